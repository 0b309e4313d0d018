-- Borderless reach
--
-- Measures  the countries of a network's flagged flows in the window: of the accounts and services on either side, and of the banks that
--           a payment names as intermediaries (a detail `agent`, by BIC). Nationality is never used.
-- Unknown   wallets have no country; flows whose two sides are both without a country are not counted.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, A07

WITH flows AS (
    SELECT network, transfer_id
    FROM assess.network_flows
    WHERE time > CAST($from AS TIMESTAMP) AND time <= CAST($to AS TIMESTAMP)
),
places AS (
    SELECT flows.network, flows.transfer_id, accounts.bank_country AS country
    FROM assess.network_sides AS flows
    INNER JOIN flow.accounts AS accounts ON accounts.account = flows.account
    WHERE accounts.bank_country IS NOT NULL
        AND flows.time > CAST($from AS TIMESTAMP) AND flows.time <= CAST($to AS TIMESTAMP)
    UNION
    SELECT flows.network, flows.transfer_id, substr(upper(details.value), 5, 2)
    FROM flows
    INNER JOIN flow.details AS details ON details.transfer_id = flows.transfer_id
    WHERE details.kind = 'agent' AND regexp_like(upper(details.value), '^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$')
)
SELECT
    network,
    'value' AS metric,
    CAST(count(DISTINCT country) AS DECIMAL(38, 18)) AS value,
    'Accounts in flagged flows are in ' || array_to_string(array_agg(DISTINCT country ORDER BY country), ', ') || '.'
        AS explanation,
    array_agg(DISTINCT 'transfer:' || CAST(transfer_id AS VARCHAR) ORDER BY 'transfer:' || CAST(transfer_id AS VARCHAR)) AS evidence
FROM places
GROUP BY network
ORDER BY network
