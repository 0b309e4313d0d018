-- The holder's name is on a list
--
-- Finds     findings in whose evidence an account pays or is paid whose holder has the same name key (transliterated, in any
--           order, without legal form) as a known entity, both of at least two words.
-- Matters   Lists know more names than accounts.
-- Innocent  Namesakes, above all of people with common names; a company of the same name in another country.
-- Leaves    out pairs that somebody decided to be distinct (intel.apart).
-- Method    equality of name_key; the country of holder and entity agrees, differs, or is not known on one side.
-- Confidence  40 where the country agrees or is not known, 10 where it differs (attribution scale).
-- Returns   the link shape: finding_id, dataset, entity_id, role, account, method, confidence, explanation, evidence.
-- Source    reference/assessment.md 3.4

WITH matches AS (
    SELECT
        parties.finding_id,
        parties.role,
        parties.account,
        parties.transfers,
        holders.name AS holder,
        holders.country,
        known.dataset,
        known.entity_id,
        known.caption,
        CASE
            WHEN holders.country IS NULL OR coalesce(array_length(known.countries), 0) = 0 THEN 'not known on one side'
            WHEN array_has(known.countries, lower(holders.country)) THEN 'the same'
            ELSE 'different'
        END AS same_country
    FROM finding.parties AS parties
    INNER JOIN flow.holders AS holders ON holders.account = parties.account
    INNER JOIN intel.names AS names ON names.name_key = holders.name_key
    INNER JOIN intel.known_entities AS known ON known.dataset = names.dataset AND known.entity_id = names.entity_id
    LEFT ANTI JOIN intel.apart AS apart
        ON apart.a = 'entity:' || known.dataset || '/' || known.entity_id
        AND apart.b = 'holder:' || CAST(holders.account AS VARCHAR) || '/' || holders.name_key
    WHERE holders.name_key LIKE '% %'
)
SELECT
    finding_id,
    dataset,
    entity_id,
    role,
    account,
    'holder_name' AS method,
    max(CASE same_country WHEN 'different' THEN 10 ELSE 40 END) AS confidence,
    'The holder of the ' || role || ' account, ' || min(holder) || ', has the name of ' || min(caption)
        || ', who appears in ' || dataset || '; the country is ' || max(same_country)
        || '. A namesake is possible; to appear in a list is not guilt.' AS explanation,
    array_prepend(
        'holder:' || CAST(account AS VARCHAR) || '/' || min(holder),
        string_to_array('transfer:' || array_to_string(min(transfers), ';transfer:'), ';')
    ) AS evidence
FROM matches
GROUP BY finding_id, dataset, entity_id, role, account
ORDER BY finding_id, dataset, entity_id, account
