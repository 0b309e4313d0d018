-- Which planted cases were found
--
-- Answers   one row for each planted case and decoy: whether a finding of its own typology is about it (`found`; of any
--           typology where the label names none, or another library's pattern), the best score of those, how many findings of
--           any typology are, and of which typologies. What "about" means is said in `truth.hits`.
-- Misses    A label without payments of its own (AMLSim labels accounts) cannot be found here: see evaluation_scores by
--           account.
-- Example   SELECT * FROM evaluation_schemes() WHERE expected AND NOT found
-- Source    reference/typologies.md §5

WITH stems AS (
    SELECT DISTINCT typology FROM finding.coverage
),
found AS (
    SELECT
        hits.scheme,
        max(CASE WHEN hits.typology = hits.planted OR stems.typology IS NULL THEN score END) AS score,
        count(DISTINCT hits.finding_id) AS findings,
        array_to_string(array_agg(DISTINCT hits.typology ORDER BY hits.typology), ', ') AS typologies
    FROM truth.hits AS hits
    LEFT JOIN stems ON stems.typology = hits.planted
    WHERE hits.hit
    GROUP BY hits.scheme
)
SELECT
    schemes.scheme,
    schemes.typology,
    schemes.difficulty,
    schemes.expected,
    schemes.decoy,
    found.score IS NOT NULL AS found,
    found.score,
    coalesce(found.findings, 0) AS findings,
    coalesce(found.typologies, '') AS typologies
FROM truth.schemes AS schemes
LEFT JOIN found ON found.scheme = schemes.scheme
ORDER BY schemes.scheme
