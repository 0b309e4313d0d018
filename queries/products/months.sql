-- Month by month
--
-- Shows     findings by the month in which they end, over the window and the one before it, with the transfers held in
--           that month: the number that the findings are out of.
-- Careful   a month with few transfers held has few findings whatever happened in it. Months without findings are missing.
-- Source    reference/assessment.md 4 (the denominator)

WITH found AS (
    SELECT
        to_char(date_trunc('month', last_time), '%Y-%m') AS month,
        finding_id,
        typology,
        evidence
    FROM finding.findings
    WHERE last_time > CAST($before AS TIMESTAMP) AND last_time <= CAST($to AS TIMESTAMP)
),
held AS (
    SELECT to_char(date_trunc('month', time), '%Y-%m') AS month, count(*) AS held
    FROM flow.transfers
    WHERE time > CAST($before AS TIMESTAMP) AND time <= CAST($to AS TIMESTAMP)
    GROUP BY 1
),
moved AS (
    SELECT once.month, sum(transfers.value_eur) AS volume
    FROM (
        SELECT DISTINCT month, transfer_id
        FROM (SELECT month, unnest(evidence) AS transfer_id FROM found) AS evidence
    ) AS once
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = once.transfer_id
    GROUP BY once.month
),
counted AS (
    SELECT
        month,
        count(*) AS findings,
        count(DISTINCT typology) AS typologies,
        array_agg('finding:' || CAST(finding_id AS VARCHAR) ORDER BY finding_id) AS evidence
    FROM found
    GROUP BY month
)
SELECT
    counted.month,
    counted.findings,
    counted.typologies,
    coalesce(held.held, 0) AS held,
    moved.volume,
    counted.evidence
FROM counted
LEFT JOIN held ON held.month = counted.month
LEFT JOIN moved ON moved.month = counted.month
ORDER BY counted.month
