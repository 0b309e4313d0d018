-- The holder's name is like one on a list
--
-- Finds     findings in whose evidence an account pays or is paid whose holder's name is similar to a known entity's,
--           where no link by the same name key was found: $similarity and more, within the same first four letters.
-- Matters   Banks cut and misspell names; transliterations differ.
-- Innocent  Similar names of different people are common: this link is a lead to check, never a fact.
-- Leaves    out pairs that somebody decided to be distinct (intel.apart).
-- Method    name_similarity of the name keys; only pairs that share the first four letters of the key are compared.
-- Confidence  10, heuristic (attribution scale): below what counts a finding towards a network.
-- Returns   the link shape: finding_id, dataset, entity_id, role, account, method, confidence, explanation, evidence.
-- Source    reference/assessment.md 3.4
--
-- @param similarity  DOUBLE  0.93

WITH candidates AS (
    SELECT DISTINCT
        holders.account,
        holders.name AS holder,
        known.dataset,
        known.entity_id,
        known.caption,
        name_similarity(holders.name, names.name) AS similarity
    FROM flow.holders AS holders
    INNER JOIN intel.names AS names ON left(names.name_key, 4) = left(holders.name_key, 4)
    INNER JOIN intel.known_entities AS known ON known.dataset = names.dataset AND known.entity_id = names.entity_id
    LEFT ANTI JOIN intel.apart AS apart
        ON apart.a = 'entity:' || known.dataset || '/' || known.entity_id
        AND apart.b = 'holder:' || CAST(holders.account AS VARCHAR) || '/' || holders.name_key
    WHERE names.name_key <> holders.name_key
        AND names.name_key LIKE '% %'
        AND holders.name_key LIKE '% %'
),
best AS (
    SELECT account, dataset, entity_id, min(holder) AS holder, min(caption) AS caption, max(similarity) AS similarity
    FROM candidates
    WHERE similarity >= $similarity
    GROUP BY account, dataset, entity_id
)
SELECT
    parties.finding_id,
    best.dataset,
    best.entity_id,
    parties.role,
    parties.account,
    'holder_similar_name' AS method,
    10 AS confidence,
    'The holder of the ' || parties.role || ' account, ' || best.holder || ', has a name like ' || best.caption
        || ', who appears in ' || best.dataset || ' (similarity ' || CAST(round(best.similarity, 2) AS VARCHAR)
        || '). A lead to check; to appear in a list is not guilt.' AS explanation,
    array_prepend(
        'holder:' || CAST(parties.account AS VARCHAR) || '/' || best.holder,
        string_to_array('transfer:' || array_to_string(parties.transfers, ';transfer:'), ';')
    ) AS evidence
FROM finding.parties AS parties
INNER JOIN best ON best.account = parties.account
LEFT ANTI JOIN (
    SELECT holders.account, names.dataset, names.entity_id
    FROM flow.holders AS holders
    INNER JOIN intel.names AS names ON names.name_key = holders.name_key
) AS same ON same.account = best.account AND same.dataset = best.dataset AND same.entity_id = best.entity_id
ORDER BY parties.finding_id, best.dataset, best.entity_id, parties.account
