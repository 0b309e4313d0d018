-- Trend
--
-- Measures  a network's findings in the window against those in the year before it; the program compares the two counts by the
--           conditional-exact Poisson interval of their ratio. A finding counts only where every transfer it stands on comes from a
--           supplier that reports payments in both years: a new data set is no trend.
-- Unknown   where no supplier reports in both years, or the data do not reach back through the whole of the year before.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, L2

WITH spans AS (
    SELECT source_id, min(time) AS oldest, max(time) AS newest
    FROM flow.transfers
    WHERE time <= CAST($to AS TIMESTAMP)
    GROUP BY source_id
),
supplied AS (
    SELECT coalesce(sources.supplier, 'unknown') AS supplier, spans.source_id, spans.oldest, spans.newest
    FROM spans
    LEFT JOIN admin.source_grades AS sources ON sources.source_id = spans.source_id
),
both_years AS (
    SELECT supplier
    FROM supplied
    GROUP BY supplier
    HAVING min(oldest) <= CAST($from AS TIMESTAMP) - INTERVAL '12 months' AND max(newest) > CAST($from AS TIMESTAMP)
),
steady AS (
    SELECT DISTINCT supplied.source_id
    FROM supplied
    INNER JOIN both_years ON both_years.supplier = supplied.supplier
),
seen AS (
    SELECT network_findings.network, findings.finding_id, findings.last_time, findings.evidence
    FROM assess.network_findings AS network_findings
    INNER JOIN finding.findings AS findings ON findings.finding_id = network_findings.finding_id
    WHERE findings.last_time > CAST($from AS TIMESTAMP) - INTERVAL '12 months'
        AND findings.last_time <= CAST($to AS TIMESTAMP)
),
passing AS (
    SELECT DISTINCT evidence.finding_id
    FROM (SELECT DISTINCT finding_id, unnest(evidence) AS transfer_id FROM seen) AS evidence
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = evidence.transfer_id
    LEFT ANTI JOIN steady ON steady.source_id = transfers.source_id
),
counted AS (
    SELECT
        seen.network,
        count(DISTINCT CASE WHEN seen.last_time > CAST($from AS TIMESTAMP) THEN seen.finding_id END) AS later,
        count(DISTINCT CASE WHEN seen.last_time <= CAST($from AS TIMESTAMP) THEN seen.finding_id END) AS earlier,
        array_agg(DISTINCT 'finding:' || CAST(seen.finding_id AS VARCHAR) ORDER BY 'finding:' || CAST(seen.finding_id AS VARCHAR)) AS evidence
    FROM seen
    LEFT ANTI JOIN passing ON passing.finding_id = seen.finding_id
    GROUP BY seen.network
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
