-- Frequency
--
-- Measures  a network's findings a month over the window.
-- Unknown   nothing: a month without findings is a month that was looked at.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, L1

SELECT
    network_findings.network,
    'value' AS metric,
    CAST(count(DISTINCT findings.finding_id) AS DECIMAL(38, 18)) / 12 AS value,
    CAST(count(DISTINCT findings.finding_id) AS VARCHAR) || ' findings in the 12 months of the window.' AS explanation,
    array_agg(DISTINCT 'finding:' || CAST(findings.finding_id AS VARCHAR) ORDER BY 'finding:' || CAST(findings.finding_id AS VARCHAR)) AS evidence
FROM assess.network_findings AS network_findings
INNER JOIN finding.findings AS findings ON findings.finding_id = network_findings.finding_id
WHERE findings.last_time > CAST($from AS TIMESTAMP) AND findings.last_time <= CAST($to AS TIMESTAMP)
GROUP BY network_findings.network
ORDER BY network_findings.network
