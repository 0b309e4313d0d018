-- The account itself is on a list
--
-- Finds     findings in whose evidence an account pays or is paid that a list names as held by a known entity: an IBAN, an
--           account number, a wallet.
-- Matters   An exact identifier is the firmest link there is short of the bank's own books.
-- Innocent  The account changed hands; the list is out of date or wrong; the party in question is a victim who paid.
-- Method    equality of the account's hash of (ledger, identifier) on both sides.
-- Confidence  60 where an authority's list names the account, 50 elsewhere (attribution scale).
-- Returns   the link shape: finding_id, dataset, entity_id, role, account, method, confidence, explanation, evidence.
-- Source    reference/assessment.md 3.4

SELECT
    parties.finding_id,
    known.dataset,
    known.entity_id,
    parties.role,
    parties.account,
    'exact_identifier' AS method,
    CASE WHEN known.dataset LIKE 'ofac%' OR known.dataset LIKE 'un_%' THEN 60 ELSE 50 END AS confidence,
    'The ' || parties.role || ' account ' || identifiers.identifier || ' appears in ' || known.dataset || ' as held by '
        || known.caption || '. To appear in a list is not guilt.' AS explanation,
    array_prepend(
        'identifier:' || identifiers.dataset || '/' || identifiers.entity_id || '/' || identifiers.ledger || '/'
            || identifiers.identifier,
        string_to_array('transfer:' || array_to_string(parties.transfers, ';transfer:'), ';')
    ) AS evidence
FROM finding.parties AS parties
INNER JOIN intel.identifiers AS identifiers ON identifiers.account = parties.account
INNER JOIN intel.known_entities AS known
    ON known.dataset = identifiers.dataset AND known.entity_id = identifiers.entity_id
ORDER BY parties.finding_id, known.dataset, known.entity_id, parties.account
