-- The address carries a tag
--
-- Finds     findings in whose evidence an address pays or is paid that a tag pack labels with an abuse, or names an actor
--           for: the tag is the link, its confidence the pack's own.
-- Matters   Tags are how wallets get a name.
-- Innocent  A tag is a claim about an address; packs contradict each other and are not corrected when they are wrong.
-- Method    equality of the account's hash of (ledger, identifier) on both sides.
-- Confidence  the tag's own level (attribution scale).
-- Returns   the link shape: finding_id, dataset, entity_id, role, account, method, confidence, explanation, evidence.
-- Source    reference/crypto.md 9

WITH tags AS (
    SELECT
        account,
        'tags' AS dataset,
        coalesce(actor, 'label:' || label) AS entity_id,
        min(label) AS label,
        min(source) AS source,
        min(coalesce(abuse, category, 'no category')) AS category,
        max(confidence_level) AS confidence,
        min('tag:' || ledger || '/' || identifier || '/' || label || '/' || creator) AS ground
    FROM intel.tags
    WHERE account IS NOT NULL AND (abuse IS NOT NULL OR actor IS NOT NULL)
    GROUP BY account, coalesce(actor, 'label:' || label)
)
SELECT
    parties.finding_id,
    tags.dataset,
    tags.entity_id,
    parties.role,
    parties.account,
    'tag' AS method,
    tags.confidence,
    'The ' || parties.role || ' address is tagged "' || tags.label || '" (' || tags.category || ') by ' || tags.source
        || '. A tag is a claim about an address, not about a person.' AS explanation,
    array_prepend(
        tags.ground,
        string_to_array('transfer:' || array_to_string(parties.transfers, ';transfer:'), ';')
    ) AS evidence
FROM finding.parties AS parties
INNER JOIN tags ON tags.account = parties.account
ORDER BY parties.finding_id, tags.dataset, tags.entity_id, parties.account
