-- Borderless reach
--
-- Measures  the countries of the accounts on either side of a network's flagged flows in the window. Nationality is never used.
-- Unknown   wallets have no country; flows whose two sides are both without a country are not counted.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, A07

WITH places AS (
    SELECT DISTINCT flows.network, flows.transfer_id, accounts.bank_country AS country
    FROM assess.network_flows AS flows
    INNER JOIN flow.accounts AS accounts ON accounts.account IN (flows.src, flows.dst)
    WHERE accounts.bank_country IS NOT NULL
        AND flows.time > CAST($from AS TIMESTAMP) AND flows.time <= CAST($to AS TIMESTAMP)
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
