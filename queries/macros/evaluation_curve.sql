-- Precision and recall over the score
--
-- Answers   for each typology, and `all` of them, and each twentieth of the score: the findings that reach it, how many of
--           them are about a planted case of their typology (of any, for `all`), and the part of the expected cases that are
--           still found.
-- Misses    Scores rank the findings of one typology and are not compared across typologies: the curve of `all` says what a
--           queue sorted by score alone would hold, no more.
-- Example   SELECT * FROM evaluation_curve('structuring')
-- Source    reference/typologies.md §1
--
-- @param typology  VARCHAR  ''

WITH steps AS (
    SELECT CAST(value AS DOUBLE) / 20 AS least_score FROM generate_series(0, 20)
),
judged AS (
    SELECT typology, score, verdict = 'right' AS is_right FROM truth.verdicts
    UNION ALL
    SELECT 'all', score, verdict IN ('right', 'other case') FROM truth.verdicts
),
flagged AS (
    SELECT
        steps.least_score,
        judged.typology,
        count(*) AS findings,
        count(*) FILTER (WHERE judged.is_right) AS findings_right
    FROM steps
    INNER JOIN judged ON judged.score >= steps.least_score
    GROUP BY steps.least_score, judged.typology
),
best AS (
    SELECT hits.scheme, hits.typology, max(hits.score) AS score
    FROM truth.hits AS hits
    WHERE hits.hit AND NOT hits.decoy AND hits.planted IN (hits.typology, '')
    GROUP BY hits.scheme, hits.typology
    UNION ALL
    SELECT scheme, 'all', max(score)
    FROM truth.hits
    WHERE hit AND NOT decoy
    GROUP BY scheme
),
wanted AS (
    SELECT ran.typology, schemes.scheme
    FROM truth.schemes AS schemes
    INNER JOIN (SELECT DISTINCT typology FROM finding.findings) AS ran ON schemes.typology IN ('', ran.typology)
    WHERE schemes.expected AND NOT schemes.decoy AND schemes.scheme IN (SELECT scheme FROM truth.transfers)
    UNION ALL
    SELECT 'all', scheme
    FROM truth.schemes
    WHERE expected AND NOT decoy AND scheme IN (SELECT scheme FROM truth.transfers)
),
recalled AS (
    SELECT
        steps.least_score,
        wanted.typology,
        count(*) AS planted,
        count(*) FILTER (WHERE best.score >= steps.least_score) AS found
    FROM steps
    CROSS JOIN wanted
    LEFT JOIN best ON best.scheme = wanted.scheme AND best.typology = wanted.typology
    GROUP BY steps.least_score, wanted.typology
)
SELECT
    flagged.typology,
    flagged.least_score,
    flagged.findings,
    CAST(flagged.findings_right AS DOUBLE) / flagged.findings AS precision,
    CAST(recalled.found AS DOUBLE) / recalled.planted AS recall
FROM flagged
LEFT JOIN recalled ON recalled.typology = flagged.typology AND recalled.least_score = flagged.least_score
WHERE $typology IN ('', flagged.typology)
ORDER BY flagged.typology = 'all', flagged.typology, flagged.least_score
