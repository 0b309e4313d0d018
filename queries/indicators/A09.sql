-- Cooperation with other networks
--
-- Measures  the other networks whose members' accounts stand in the same flagged transfers of the window: confirmed where an exact
--           identifier ties the account to the other network, tentative where a name does. With them, whether the network is among the
--           hundredth that is linked to most others, and how many networks there are, because that counts from 100 on.
-- Unknown   cooperation that leaves no transfer. Where no typology ran to its end, nothing found is not nil.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, A09

WITH pairs AS (
    SELECT DISTINCT
        flows.network,
        others.network AS other,
        flows.transfer_id,
        others.basis = 'identifier' AS exact
    FROM assess.network_sides AS flows
    INNER JOIN intel.network_accounts AS others ON others.account = flows.account
    WHERE others.network <> flows.network
        AND flows.time > CAST($from AS TIMESTAMP) AND flows.time <= CAST($to AS TIMESTAMP)
),
networks AS (
    SELECT DISTINCT network
    FROM assess.network_findings
),
looked AS (
    SELECT count(*) > 0 AS complete
    FROM finding.searched
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
),
ranked AS (
    SELECT
        network,
        rank() OVER (ORDER BY confirmed DESC) AS place
    FROM counted
    WHERE confirmed > 0
),
totals AS (
    SELECT CAST(count(*) AS BIGINT) AS networks
    FROM networks
)
SELECT
    networks.network,
    'confirmed_links' AS metric,
    CAST(coalesce(counted.confirmed, 0) AS DECIMAL(38, 18)) AS value,
    coalesce('Members of other networks in the same flagged transfers: ' || counted.names || '.',
        'No member of another known network stands in a flagged transfer.') AS explanation,
    coalesce(counted.evidence, make_array('search:A09')) AS evidence
FROM networks
CROSS JOIN looked
LEFT JOIN counted ON counted.network = networks.network
WHERE counted.network IS NOT NULL OR looked.complete
UNION ALL
SELECT
    networks.network,
    'tentative_links',
    CAST(coalesce(counted.any_link, 0) AS DECIMAL(38, 18)),
    'Links in which one side may be known by name only are counted as tentative.',
    coalesce(counted.evidence, make_array('search:A09'))
FROM networks
CROSS JOIN looked
LEFT JOIN counted ON counted.network = networks.network
WHERE counted.network IS NOT NULL OR looked.complete
UNION ALL
SELECT
    counted.network,
    'top_broker',
    CAST(CASE WHEN CAST(ranked.place AS BIGINT) * 100 <= totals.networks THEN 1 ELSE 0 END AS DECIMAL(38, 18)),
    'Rank ' || CAST(ranked.place AS VARCHAR) || ' by confirmed links among ' || CAST(totals.networks AS VARCHAR) || ' networks.',
    counted.evidence
FROM counted
INNER JOIN ranked ON ranked.network = counted.network
CROSS JOIN totals
UNION ALL
SELECT
    counted.network,
    'networks_in_dataset',
    CAST(totals.networks AS DECIMAL(38, 18)),
    'Links in which one side may be known by name only are counted as tentative.',
    counted.evidence
FROM counted
CROSS JOIN totals
ORDER BY network, metric
