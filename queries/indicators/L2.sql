-- Trend
--
-- Measures  a network's findings in the window against those in the year before it; the program compares the two counts by the
--           conditional-exact Poisson interval of their ratio.
-- Unknown   where the data do not reach back through the whole of the year before, there is no trend.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, L2

WITH reach AS (
    SELECT min(time) AS data_begin
    FROM flow.transfers
    WHERE ledger = 'bank'
),
counted AS (
    SELECT
        network_findings.network,
        count(DISTINCT CASE WHEN findings.last_time > CAST($from AS TIMESTAMP) THEN findings.finding_id END) AS later,
        count(DISTINCT CASE WHEN findings.last_time <= CAST($from AS TIMESTAMP) THEN findings.finding_id END) AS earlier,
        array_agg(DISTINCT 'finding:' || CAST(findings.finding_id AS VARCHAR) ORDER BY 'finding:' || CAST(findings.finding_id AS VARCHAR)) AS evidence
    FROM assess.network_findings AS network_findings
    INNER JOIN finding.findings AS findings ON findings.finding_id = network_findings.finding_id
    CROSS JOIN reach
    WHERE findings.last_time > CAST($from AS TIMESTAMP) - INTERVAL '12 months'
        AND findings.last_time <= CAST($to AS TIMESTAMP)
        AND reach.data_begin <= CAST($from AS TIMESTAMP) - INTERVAL '12 months'
    GROUP BY network_findings.network
)
SELECT
    network,
    'earlier' AS metric,
    CAST(earlier AS DECIMAL(38, 18)) AS value,
    CAST(earlier AS VARCHAR) || ' findings in the year before the window.' AS explanation,
    evidence
FROM counted
UNION ALL
SELECT
    network,
    'later',
    CAST(later AS DECIMAL(38, 18)),
    CAST(later AS VARCHAR) || ' findings in the window.',
    evidence
FROM counted
ORDER BY network, metric
