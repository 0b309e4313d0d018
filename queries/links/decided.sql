-- Somebody decided that the holder is the entity
--
-- Finds     findings in whose evidence an account pays or is paid whose holder somebody decided to be the same as a known
--           entity, or as one that was decided to be the same as it.
-- Matters   A name that was checked is more than a name.
-- Innocent  The decision is wrong: it says who took it and why, and can be taken back.
-- Method    the identities that decisions make (intel.identities); nothing else unites.
-- Confidence  60 (attribution scale): what an investigation found, below the bank's own books.
-- Returns   the link shape: finding_id, dataset, entity_id, role, account, method, confidence, explanation, evidence.
-- Source    reference/assessment.md 3.4

WITH holders AS (
    SELECT account, 'holder:' || CAST(account AS VARCHAR) || '/' || name_key AS party, min(name) AS name
    FROM flow.holders
    GROUP BY account, name_key
),
known AS (
    SELECT dataset, entity_id, caption, 'entity:' || dataset || '/' || entity_id AS party
    FROM intel.known_entities
),
ties AS (
    SELECT holders.account, holders.name, holders.party AS holder, known.dataset, known.entity_id, known.caption, own.identity
    FROM intel.identities AS own
    INNER JOIN holders ON holders.party = own.party
    INNER JOIN intel.identities AS other ON other.identity = own.identity
    INNER JOIN known ON known.party = other.party
),
grounds AS (
    SELECT
        identities.identity,
        array_sort(
            array_agg('decision:' || decisions.a || ' = ' || decisions.b || ' #' || CAST(decisions.revision AS VARCHAR))
        ) AS decisions,
        array_to_string(array_sort(array_agg(DISTINCT decisions.who)), ', ') AS who
    FROM intel.current_decisions AS decisions
    INNER JOIN intel.identities AS identities ON identities.party = decisions.a
    WHERE decisions.verdict = 'same'
    GROUP BY identities.identity
)
SELECT
    parties.finding_id,
    ties.dataset,
    ties.entity_id,
    parties.role,
    parties.account,
    'decided' AS method,
    60 AS confidence,
    'The holder of the ' || parties.role || ' account, ' || min(ties.name) || ', is ' || ties.caption || ', who appears in '
        || ties.dataset || ', as ' || grounds.who || ' decided. To appear in a list is not guilt.' AS explanation,
    array_concat(
        grounds.decisions,
        make_array('holder:' || CAST(parties.account AS VARCHAR) || '/' || min(ties.name)),
        string_to_array('transfer:' || array_to_string(min(parties.transfers), ';transfer:'), ';')
    ) AS evidence
FROM finding.parties AS parties
INNER JOIN ties ON ties.account = parties.account
INNER JOIN grounds ON grounds.identity = ties.identity
GROUP BY parties.finding_id, ties.dataset, ties.entity_id, ties.caption, parties.role, parties.account, grounds.who, grounds.decisions
ORDER BY parties.finding_id, ties.dataset, ties.entity_id, parties.account
