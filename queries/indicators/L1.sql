-- Frequency
--
-- Measures  a network's findings a month over the window.
-- Unknown   where no typology ran to its end, nothing found is not nil.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, L1

WITH networks AS (
    SELECT DISTINCT network
    FROM assess.network_findings
),
looked AS (
    SELECT count(*) > 0 AS complete
    FROM finding.searched
),
counted AS (
    SELECT
        network_findings.network,
        count(DISTINCT findings.finding_id) AS findings,
        array_agg(DISTINCT 'finding:' || CAST(findings.finding_id AS VARCHAR) ORDER BY 'finding:' || CAST(findings.finding_id AS VARCHAR)) AS evidence
    FROM assess.network_findings AS network_findings
    INNER JOIN finding.findings AS findings ON findings.finding_id = network_findings.finding_id
    WHERE findings.last_time > CAST($from AS TIMESTAMP) AND findings.last_time <= CAST($to AS TIMESTAMP)
    GROUP BY network_findings.network
)
SELECT
    networks.network,
    'value' AS metric,
    CAST(coalesce(counted.findings, 0) AS DECIMAL(38, 18)) / 12 AS value,
    CAST(coalesce(counted.findings, 0) AS VARCHAR) || ' findings in the 12 months of the window.' AS explanation,
    coalesce(counted.evidence, make_array('search:L1')) AS evidence
FROM networks
CROSS JOIN looked
LEFT JOIN counted ON counted.network = networks.network
WHERE counted.network IS NOT NULL OR looked.complete
ORDER BY networks.network
