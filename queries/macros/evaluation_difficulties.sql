-- Recall by difficulty
--
-- Answers   one row for each typology and difficulty that was planted, and `all` typologies together: how many cases there
--           are, how many a finding of that typology is about, how many a finding of any is, and the interval in which the
--           recall lies with 95 %
--           certainty (Wilson). Decoys are a row of their own: of them the fewer found the better.
-- Misses    Cases without payments of their own.
-- Example   SELECT * FROM evaluation_difficulties()
-- Source    Wilson, Journal of the American Statistical Association 22, 1927 (the interval)

WITH cases AS (
    SELECT
        CAST(typology AS VARCHAR) AS typology,
        CAST(CASE WHEN decoy THEN 'decoy' ELSE difficulty END AS VARCHAR) AS difficulty,
        found,
        findings > 0 AS touched
    FROM evaluation_schemes()
    WHERE scheme IN (SELECT scheme FROM truth.transfers)
),
counted AS (
    SELECT
        typology,
        difficulty,
        count(*) AS planted,
        count(*) FILTER (WHERE found) AS found,
        count(*) FILTER (WHERE touched) AS touched
    FROM (
        SELECT typology, difficulty, found, touched FROM cases
        UNION ALL
        SELECT CAST('all' AS VARCHAR), difficulty, found, touched FROM cases
    )
    GROUP BY typology, difficulty
),
rated AS (
    SELECT
        *,
        CAST(found AS DOUBLE) / planted AS recall,
        3.8414588 / planted AS weight
    FROM counted
)
SELECT
    typology,
    difficulty,
    planted,
    found,
    touched,
    recall,
    greatest((recall + weight / 2 - sqrt(recall * (1 - recall) * weight + weight * weight / 4)) / (1 + weight), 0) AS low,
    least((recall + weight / 2 + sqrt(recall * (1 - recall) * weight + weight * weight / 4)) / (1 + weight), 1) AS high
FROM rated
ORDER BY typology = 'all', typology, difficulty = 'decoy', difficulty = 'hard', difficulty = 'medium', difficulty
