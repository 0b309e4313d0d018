-- Cooperation with other networks
--
-- Measures  the other networks whose members' accounts stand in the same flagged transfers (a confirmed link), by exact identifier on
--           both sides, and those where one side is known by name only (a tentative link).
-- Unknown   cooperation that leaves no transfer.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, A09

WITH pairs AS (
    SELECT DISTINCT
        flows.network,
        others.network AS other,
        flows.transfer_id,
        others.basis = 'identifier' AS exact
    FROM assess.network_flows AS flows
    INNER JOIN intel.network_accounts AS others ON others.account IN (flows.src, flows.dst)
    WHERE others.network <> flows.network
        AND flows.time > CAST($from AS TIMESTAMP) AND flows.time <= CAST($to AS TIMESTAMP)
),
networks AS (
    SELECT DISTINCT network
    FROM assess.network_findings
),
counted AS (
    SELECT
        network,
        count(DISTINCT CASE WHEN exact THEN other END) AS confirmed,
        count(DISTINCT other) AS any_link,
        array_to_string(array_agg(DISTINCT other ORDER BY other), ', ') AS names,
        array_agg(DISTINCT 'transfer:' || CAST(transfer_id AS VARCHAR) ORDER BY 'transfer:' || CAST(transfer_id AS VARCHAR)) AS evidence
    FROM pairs
    GROUP BY network
)
SELECT
    networks.network,
    'confirmed_links' AS metric,
    CAST(coalesce(counted.confirmed, 0) AS DECIMAL(38, 18)) AS value,
    coalesce('Members of other networks in the same flagged transfers: ' || counted.names || '.',
        'No member of another known network stands in a flagged transfer.') AS explanation,
    coalesce(counted.evidence, make_array('search:A09')) AS evidence
FROM networks
LEFT JOIN counted ON counted.network = networks.network
UNION ALL
SELECT
    networks.network,
    'tentative_links',
    CAST(coalesce(counted.any_link, 0) AS DECIMAL(38, 18)),
    'Links in which one side may be known by name only are counted as tentative.',
    coalesce(counted.evidence, make_array('search:A09'))
FROM networks
LEFT JOIN counted ON counted.network = networks.network
ORDER BY network, metric
