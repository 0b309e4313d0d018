-- Illicit volume
--
-- Measures  the boundary inflow of a network in flagged flows, in euro, over the window: each transfer from outside the members to
--           a member once, never summed along hops. Findings of the families exposure and link alone flag nothing.
-- Unknown   transfers without a euro value are left out and counted in the explanation. Where no typology ran to its end, nothing
--           found is not nil; and where no flagged transfer of the window has a euro value, neither.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, A01

WITH networks AS (
    SELECT DISTINCT network
    FROM assess.network_findings
),
looked AS (
    SELECT count(*) > 0 AS complete
    FROM finding.searched
),
inflow AS (
    SELECT
        network,
        sum(value_eur) AS value,
        count(*) AS transfers,
        count(*) - count(value_eur) AS without_value,
        array_agg('transfer:' || CAST(transfer_id AS VARCHAR) ORDER BY transfer_id) AS evidence
    FROM assess.network_flows
    WHERE side = 'inflow' AND time > CAST($from AS TIMESTAMP) AND time <= CAST($to AS TIMESTAMP)
    GROUP BY network
)
SELECT
    networks.network,
    'value' AS metric,
    CAST(coalesce(inflow.value, 0) AS DECIMAL(38, 18)) AS value,
    CAST(coalesce(inflow.transfers, 0) AS VARCHAR) || ' flagged transfers from outside the members to a member in the window'
        || CASE WHEN inflow.without_value > 0
            THEN ', ' || CAST(inflow.without_value AS VARCHAR) || ' of them without a euro value' ELSE '' END
        || '.' AS explanation,
    coalesce(inflow.evidence, make_array('search:A01')) AS evidence
FROM networks
CROSS JOIN looked
LEFT JOIN inflow ON inflow.network = networks.network
WHERE inflow.value IS NOT NULL OR (inflow.network IS NULL AND looked.complete)
ORDER BY networks.network
