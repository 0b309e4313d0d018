-- High-risk corridor
--
-- Id        T17
-- Version   1.0
-- Family    exposure
-- Rails     X
-- Areas     any
-- Finds     payments of at least $min_value euro to or from an account in a country on the profile's list on that day.
-- Matters   Where measures against laundering are known to be weak, or sanctions are evaded, money is hard to follow.
-- Innocent  Tested: nothing. Not tested: family remittance, aid, licensed trade, embassy.
-- Misses    Payments split to stay below $min_value; the country of an agent bank or of a virtual-asset service provider,
--           which the data do not carry; accounts without a country, wallets above all (counted in the coverage).
--           Nationality is never used: the country is that of the account. Payments between two listed countries are
--           no corridor of anybody in scope. The profile's list `offshore` is that of loan_back.sql and not looked at here.
-- Cost      two joins of the transfers with their accounts.
-- Returns   the finding shape; the subject is the account outside the listed country, the amount the sum of its payments
--           over the corridor in euro, the evidence these payments in the order of time.
-- Source    FATF Recommendation 19 and its lists of jurisdictions; FATF, Virtual Assets Red Flag Indicators, 2020
-- Requires  profile.corridors, flow.accounts.bank_country
--
-- @param min_value  DECIMAL(38, 18)  1000

SELECT 'transfers with an account of no known country' AS untested, count(*) AS number
FROM flow.transfers AS transfers
LEFT JOIN flow.accounts AS payer ON payer.account = transfers.src
LEFT JOIN flow.accounts AS payee ON payee.account = transfers.dst
WHERE payer.bank_country IS NULL OR payee.bank_country IS NULL;

WITH corridor AS (
    SELECT
        transfers.transfer_id,
        transfers.time,
        transfers.ledger,
        transfers.position,
        transfers.value_eur,
        transfers.src AS account,
        corridors.country,
        corridors.list,
        'to' AS direction
    FROM flow.transfers AS transfers
    INNER JOIN flow.accounts AS payee ON payee.account = transfers.dst
    INNER JOIN profile.corridors AS corridors
        ON corridors.country = payee.bank_country
        AND corridors.list <> 'offshore'
        AND CAST(transfers.time AS DATE) >= corridors.valid_from
        AND CAST(transfers.time AS DATE) <= corridors.valid_to
    WHERE transfers.value_eur >= $min_value AND transfers.src <> transfers.dst
    UNION ALL
    SELECT
        transfers.transfer_id,
        transfers.time,
        transfers.ledger,
        transfers.position,
        transfers.value_eur,
        transfers.dst,
        corridors.country,
        corridors.list,
        'from'
    FROM flow.transfers AS transfers
    INNER JOIN flow.accounts AS payer ON payer.account = transfers.src
    INNER JOIN profile.corridors AS corridors
        ON corridors.country = payer.bank_country
        AND corridors.list <> 'offshore'
        AND CAST(transfers.time AS DATE) >= corridors.valid_from
        AND CAST(transfers.time AS DATE) <= corridors.valid_to
    WHERE transfers.value_eur >= $min_value AND transfers.src <> transfers.dst
),
outside AS (
    SELECT corridor.*
    FROM corridor
    LEFT JOIN flow.accounts AS accounts ON accounts.account = corridor.account
    LEFT ANTI JOIN profile.corridors AS corridors
        ON corridors.country = accounts.bank_country
        AND corridors.list <> 'offshore'
        AND CAST(corridor.time AS DATE) >= corridors.valid_from
        AND CAST(corridor.time AS DATE) <= corridors.valid_to
    WHERE accounts.service IS NULL
),
single AS (
    SELECT
        account,
        transfer_id,
        time,
        ledger,
        position,
        value_eur,
        min(country) AS country,
        min(list) AS list,
        min(direction) AS direction
    FROM outside
    GROUP BY account, transfer_id, time, ledger, position, value_eur
),
findings AS (
    SELECT
        account,
        min(time) AS first_time,
        max(time) AS last_time,
        sum(value_eur) AS amount,
        count(*) AS payments,
        sum(CASE WHEN direction = 'to' THEN 1 ELSE 0 END) AS payments_to,
        array_to_string(array_agg(DISTINCT country ORDER BY country), ', ') AS countries,
        array_to_string(array_agg(DISTINCT list ORDER BY list), ', ') AS lists,
        avg(CASE
            WHEN $min_value <= 0 THEN 1
            ELSE least(CAST(value_eur AS DOUBLE) / CAST($min_value AS DOUBLE) - 1, 1)
        END) AS margin,
        array_agg(transfer_id ORDER BY time, ledger, position, transfer_id) AS evidence
    FROM single
    GROUP BY account
)
SELECT
    account AS subject,
    first_time,
    last_time,
    amount,
    'EUR' AS asset,
    0.5 + 0.5 * margin AS score,
    evidence,
    'The account made ' || CAST(payments_to AS VARCHAR) || ' payments to and received '
        || CAST(payments - payments_to AS VARCHAR) || ' from accounts in ' || countries || ' (listed then: ' || lists
        || '), of at least ' || CAST(CAST($min_value AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR each and '
        || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR in all, from '
        || CAST(CAST(first_time AS DATE) AS VARCHAR) || ' to ' || CAST(CAST(last_time AS DATE) AS VARCHAR) || '. '
        || 'The country is that of the account; nationality is not used. '
        || 'Not tested: family remittance, aid, licensed trade, embassy. This is an indicator, not proof.' AS explanation
FROM findings
ORDER BY subject, first_time, evidence
