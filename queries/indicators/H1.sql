-- Financial loss to victims
--
-- Measures  identified victim payments: transfers from outside a network to its members that are evidence of a finding whose subject is a
--           victim or whose pattern is a fraud on many, in euro, each transfer once, over the window.
-- Unknown   victims nobody looked for: without investment_scam_outflow and account_takeover_drain nothing found is not nil. Transfers
--           without a euro value are left out and counted.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, H1

WITH networks AS (
    SELECT DISTINCT network
    FROM assess.network_findings
),
looked AS (
    SELECT count(*) = 2 AS complete
    FROM finding.searched
    WHERE typology IN ('investment_scam_outflow', 'account_takeover_drain')
),
payments AS (
    SELECT DISTINCT network_findings.network, unnest(findings.evidence) AS transfer_id
    FROM assess.network_findings AS network_findings
    INNER JOIN finding.findings AS findings ON findings.finding_id = network_findings.finding_id
    WHERE findings.typology IN (
        'investment_scam_outflow', 'account_takeover_drain', 'ponzi_flow', 'ransom_payment_split', 'rug_pull_exit'
    )
),
losses AS (
    SELECT
        flows.network,
        sum(flows.value_eur) AS value,
        count(*) AS transfers,
        count(*) - count(flows.value_eur) AS without_value,
        array_agg('transfer:' || CAST(flows.transfer_id AS VARCHAR) ORDER BY flows.transfer_id) AS evidence
    FROM payments
    INNER JOIN assess.network_flows AS flows
        ON flows.network = payments.network AND flows.transfer_id = payments.transfer_id
    WHERE flows.side = 'inflow'
        AND flows.time > CAST($from AS TIMESTAMP) AND flows.time <= CAST($to AS TIMESTAMP)
    GROUP BY flows.network
)
SELECT
    networks.network,
    'value' AS metric,
    CAST(coalesce(losses.value, 0) AS DECIMAL(38, 18)) AS value,
    CAST(coalesce(losses.transfers, 0) AS VARCHAR) || ' payments of victims to members'
        || CASE WHEN losses.without_value > 0
            THEN ', ' || CAST(losses.without_value AS VARCHAR) || ' of them without a euro value' ELSE '' END
        || '.' AS explanation,
    coalesce(losses.evidence, make_array('search:H1')) AS evidence
FROM networks
CROSS JOIN looked
LEFT JOIN losses ON losses.network = networks.network
WHERE losses.network IS NOT NULL OR looked.complete
ORDER BY networks.network
