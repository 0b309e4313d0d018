-- Precision where the plain cases are found
--
-- Answers   for each typology with planted cases of the plain difficulty: the highest score that at least $recall of them still
--           reach, what part of the plain and of the medium cases reach it, how many findings do, how many of these are about a
--           planted case of this typology, of whatever difficulty, and that as precision. A typology of whose plain cases
--           fewer are found at all has no such score.
-- Misses    The score is read off the same world that it is measured on, and a few cases make it coarse.
-- Example   SELECT * FROM evaluation_cut()
-- Source    reference/typologies.md §1
--
-- @param recall  DOUBLE  0.9

WITH best AS (
    SELECT scheme, typology, max(score) AS score
    FROM truth.hits
    WHERE hit AND planted = typology
    GROUP BY scheme, typology
),
cases AS (
    SELECT
        schemes.typology,
        schemes.difficulty,
        best.score,
        row_number() OVER (PARTITION BY schemes.typology, schemes.difficulty ORDER BY best.score DESC NULLS LAST) AS place,
        count(*) OVER (PARTITION BY schemes.typology, schemes.difficulty) AS number
    FROM truth.schemes AS schemes
    LEFT JOIN best ON best.scheme = schemes.scheme AND best.typology = schemes.typology
    WHERE NOT schemes.decoy
        AND schemes.scheme IN (SELECT scheme FROM truth.transfers)
        AND schemes.typology IN (SELECT typology FROM finding.coverage WHERE status <> 'not run')
),
cuts AS (
    SELECT typology, number, score
    FROM cases
    WHERE difficulty = 'plain' AND place = ceil($recall * number)
),
reached AS (
    SELECT
        cases.typology,
        count(*) FILTER (WHERE difficulty = 'plain' AND cases.score >= cuts.score) AS plain,
        count(*) FILTER (WHERE difficulty = 'medium') AS medium_planted,
        count(*) FILTER (WHERE difficulty = 'medium' AND cases.score >= cuts.score) AS medium
    FROM cases
    INNER JOIN cuts ON cuts.typology = cases.typology
    GROUP BY cases.typology
),
flagged AS (
    SELECT
        verdicts.typology,
        count(*) AS findings,
        count(*) FILTER (WHERE verdicts.verdict = 'right') AS findings_right
    FROM truth.verdicts AS verdicts
    INNER JOIN cuts ON cuts.typology = verdicts.typology AND verdicts.score >= cuts.score
    GROUP BY verdicts.typology
)
SELECT
    cuts.typology,
    cuts.number AS plain,
    cuts.score AS cut,
    CAST(reached.plain AS DOUBLE) / cuts.number AS recall,
    CASE WHEN reached.medium_planted > 0 THEN CAST(reached.medium AS DOUBLE) / reached.medium_planted END AS recall_medium,
    coalesce(flagged.findings, 0) AS findings,
    coalesce(flagged.findings_right, 0) AS findings_right,
    CAST(flagged.findings_right AS DOUBLE) / flagged.findings AS precision
FROM cuts
INNER JOIN reached ON reached.typology = cuts.typology
LEFT JOIN flagged ON flagged.typology = cuts.typology
ORDER BY cuts.typology
