-- Adaptability
--
-- Measures  how often, within 90 days of a block in the last 24 months, a network took up what it had not used before: a typology
--           among its findings, or a venue (a bank, a service) among the counterparties of its flagged flows. What two blocks
--           explain counts once.
-- Unknown   where no block is on record there is nothing to adapt to.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, A12

WITH networks AS (
    SELECT DISTINCT network
    FROM assess.network_findings
),
blocks AS (
    SELECT blocks.network, blocks.day, unnest(blocks.evidence) AS ground
    FROM assess.network_blocks AS blocks
    INNER JOIN networks ON networks.network = blocks.network
    WHERE CAST(blocks.day AS TIMESTAMP) > CAST($to AS TIMESTAMP) - INTERVAL '24 months'
        AND CAST(blocks.day AS TIMESTAMP) <= CAST($to AS TIMESTAMP)
),
used AS (
    SELECT
        network_findings.network,
        'typology ' || findings.typology AS means,
        findings.first_time AS time,
        'finding:' || CAST(findings.finding_id AS VARCHAR) AS ground
    FROM assess.network_findings AS network_findings
    INNER JOIN finding.findings AS findings ON findings.finding_id = network_findings.finding_id
    WHERE findings.first_time <= CAST($to AS TIMESTAMP)
    UNION ALL
    SELECT
        flows.network,
        'venue ' || coalesce(places.service, places.bank),
        flows.time,
        'transfer:' || CAST(flows.transfer_id AS VARCHAR)
    FROM assess.network_sides AS flows
    INNER JOIN flow.accounts AS places ON places.account = flows.account
    WHERE coalesce(places.service, places.bank) IS NOT NULL AND flows.time <= CAST($to AS TIMESTAMP)
),
firsts AS (
    SELECT network, means, min(time) AS first_time, first_value(ground ORDER BY time, ground) AS ground
    FROM used
    GROUP BY network, means
),
changes AS (
    SELECT DISTINCT firsts.network, firsts.means, firsts.ground
    FROM firsts
    INNER JOIN blocks ON blocks.network = firsts.network
    WHERE firsts.first_time > CAST(blocks.day AS TIMESTAMP)
        AND firsts.first_time <= CAST(blocks.day AS TIMESTAMP) + INTERVAL '90 days'
),
counted AS (
    SELECT
        network,
        count(*) AS changes,
        array_to_string(array_agg(means ORDER BY means), ', ') AS names,
        array_agg(ground ORDER BY ground) AS evidence
    FROM changes
    GROUP BY network
),
blocked AS (
    SELECT
        network,
        count(DISTINCT day) AS days,
        array_agg(DISTINCT ground ORDER BY ground) AS evidence
    FROM blocks
    GROUP BY network
)
SELECT
    blocked.network,
    'value' AS metric,
    CAST(coalesce(counted.changes, 0) AS DECIMAL(38, 18)) AS value,
    CAST(blocked.days AS VARCHAR) || ' days with a block in 24 months; within 90 days of one, new: '
        || coalesce(counted.names, 'nothing') || '.' AS explanation,
    array_sort(array_distinct(array_concat(blocked.evidence, coalesce(counted.evidence, blocked.evidence)))) AS evidence
FROM blocked
LEFT JOIN counted ON counted.network = blocked.network
ORDER BY blocked.network
