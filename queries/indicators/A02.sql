-- Laundering sophistication
--
-- Measures  the typology families among a network's findings in the window (exposure, predicate and link are not counted), and
--           whether its flagged flows run on more than one rail. Hops beyond those of a typology are not traced yet.
-- Unknown   obfuscation and chains of three hops and more: no typology of this release looks for them.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, A02

WITH seen AS (
    SELECT DISTINCT network_findings.network, findings.finding_id, findings.family
    FROM assess.network_findings AS network_findings
    INNER JOIN finding.findings AS findings ON findings.finding_id = network_findings.finding_id
    WHERE findings.last_time > CAST($from AS TIMESTAMP) AND findings.last_time <= CAST($to AS TIMESTAMP)
),
counted AS (
    SELECT
        network,
        count(DISTINCT CASE WHEN family NOT IN ('exposure', 'predicate', 'link') THEN family END) AS families,
        array_to_string(array_agg(DISTINCT family ORDER BY family), ', ') AS names,
        array_agg('finding:' || CAST(finding_id AS VARCHAR) ORDER BY finding_id) AS evidence
    FROM seen
    GROUP BY network
),
rails AS (
    SELECT network, count(DISTINCT CASE ledger WHEN 'bank' THEN 'bank' ELSE 'chain' END) AS rails
    FROM assess.network_flows
    WHERE time > CAST($from AS TIMESTAMP) AND time <= CAST($to AS TIMESTAMP)
    GROUP BY network
)
SELECT
    network,
    'families' AS metric,
    CAST(families AS DECIMAL(38, 18)) AS value,
    'Families among the findings: ' || names || '.' AS explanation,
    evidence
FROM counted
UNION ALL
SELECT
    counted.network,
    'cross_rail',
    CAST(CASE WHEN rails.rails > 1 THEN 1 ELSE 0 END AS DECIMAL(38, 18)),
    CASE WHEN rails.rails > 1 THEN 'Flagged flows run on the bank rail and on a chain.' ELSE 'Flagged flows run on one rail.' END,
    counted.evidence
FROM counted
LEFT JOIN rails ON rails.network = counted.network
ORDER BY network, metric
