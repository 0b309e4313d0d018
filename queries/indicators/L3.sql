-- New countries
--
-- Measures  the countries of accounts that a network's accounts dealt with in the window and never before in the data.
-- Unknown   where the data begin inside the window everything would be new, and nothing is said.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, L3

WITH accounts AS (
    SELECT DISTINCT network, account
    FROM intel.network_accounts
),
dealings AS (
    SELECT accounts.network, transfers.transfer_id, transfers.time, other.bank_country AS country
    FROM accounts
    INNER JOIN flow.transfers AS transfers ON transfers.src = accounts.account
    INNER JOIN flow.accounts AS other ON other.account = transfers.dst
    WHERE transfers.time <= CAST($to AS TIMESTAMP)
    UNION
    SELECT accounts.network, transfers.transfer_id, transfers.time, other.bank_country
    FROM accounts
    INNER JOIN flow.transfers AS transfers ON transfers.dst = accounts.account
    INNER JOIN flow.accounts AS other ON other.account = transfers.src
    WHERE transfers.time <= CAST($to AS TIMESTAMP)
),
firsts AS (
    SELECT
        network,
        country,
        min(time) AS first_time,
        first_value(transfer_id ORDER BY time, transfer_id) AS first_transfer
    FROM dealings
    WHERE country IS NOT NULL
    GROUP BY network, country
),
reach AS (
    SELECT network, min(time) AS data_begin
    FROM dealings
    GROUP BY network
),
networks AS (
    SELECT DISTINCT network
    FROM assess.network_findings
)
SELECT
    firsts.network,
    'value' AS metric,
    CAST(count(*) FILTER (WHERE firsts.first_time > CAST($from AS TIMESTAMP)) AS DECIMAL(38, 18)) AS value,
    coalesce(
        'First seen in the window: ' || array_to_string(
            array_agg(firsts.country ORDER BY firsts.country) FILTER (WHERE firsts.first_time > CAST($from AS TIMESTAMP)), ', ') || '.',
        'No country was first seen in the window.'
    ) AS explanation,
    array_agg('transfer:' || CAST(firsts.first_transfer AS VARCHAR) ORDER BY firsts.country) AS evidence
FROM firsts
INNER JOIN reach ON reach.network = firsts.network
INNER JOIN networks ON networks.network = firsts.network
WHERE reach.data_begin <= CAST($from AS TIMESTAMP)
GROUP BY firsts.network
ORDER BY firsts.network
