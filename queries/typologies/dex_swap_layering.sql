-- DEX-swap layering
--
-- Id        T38
-- Version   1.0
-- Family    layering
-- Rails     E
-- Areas     cyber, fraud
-- Finds     wallets that swap what they swapped again, in at least $swaps transactions through at least $tokens assets
--           within $window, and end with at least $retention of the value they began with.
-- Matters   Each swap is one more asset to look for; who pays the fees of several and wants none of the assets in
--           between buys the distance.
-- Innocent  Tested: services, pools and contracts (intel.attributed, flow.accounts); a routed transaction is one swap.
--           Not tested: arbitrage bot, rebalancing.
-- Misses    Swaps over several wallets; swaps whose first or last asset has no known value (counted in the coverage); a
--           transaction in which more than one asset leaves or more than one comes. What a wallet sells must be what it
--           bought in the swap before. Wallets with more than $max_degree swaps are not tested (counted in the
--           coverage).
-- Cost      one sum for each transaction, account and asset on chains of accounts; a sliding window over the wallets'
--           swaps.
-- Returns   the finding shape; the subject is the wallet, the amount what it ends with in euro, the evidence its
--           transfers in the swaps, in order.
-- Source    FATF, Virtual Assets Red Flag Indicators, September 2020 (anonymity); reference/crypto.md §8
-- Requires  flow.account_transfers.reference
--
-- @param swaps       BIGINT         3
-- @param tokens      BIGINT         3
-- @param window      INTERVAL       '1 hour'
-- @param retention   DECIMAL(5, 4)  0.9000
-- @param max_degree  BIGINT         5000

-- A swap: of one transaction one asset leaves the wallet and another comes.
CREATE TABLE swapped AS
WITH moved AS (
    SELECT src AS account, ledger, reference, asset, time, position, -amount AS amount, -value_eur AS value_eur
    FROM flow.account_transfers
    WHERE reference IS NOT NULL AND src <> dst AND amount > 0
    UNION ALL
    SELECT dst, ledger, reference, asset, time, position, amount, value_eur
    FROM flow.account_transfers
    WHERE reference IS NOT NULL AND src <> dst AND amount > 0
),
nets AS (
    SELECT
        account,
        ledger,
        reference,
        asset,
        min(time) AS time,
        min(position) AS position,
        sum(amount) AS amount,
        CASE WHEN count(value_eur) = count(*) THEN sum(value_eur) END AS value_eur
    FROM moved
    GROUP BY account, ledger, reference, asset
    HAVING sum(amount) <> 0
),
pairs AS (
    SELECT
        account,
        ledger,
        reference,
        min(time) AS time,
        min(position) AS position,
        max(CASE WHEN amount < 0 THEN asset END) AS sold,
        max(CASE WHEN amount > 0 THEN asset END) AS bought,
        max(CASE WHEN amount < 0 THEN -value_eur END) AS paid,
        max(CASE WHEN amount > 0 THEN value_eur END) AS received
    FROM nets
    GROUP BY account, ledger, reference
    HAVING count(*) = 2 AND sum(CASE WHEN amount < 0 THEN 1 ELSE 0 END) = 1
)
SELECT pairs.*
FROM pairs
LEFT ANTI JOIN (SELECT account FROM intel.attributed) AS services ON services.account = pairs.account
LEFT ANTI JOIN (SELECT account FROM flow.accounts WHERE kind = 'contract') AS contracts ON contracts.account = pairs.account;

CREATE TABLE busy AS
SELECT account FROM swapped GROUP BY account HAVING count(*) > $max_degree;

SELECT 'wallets with more than ' || CAST($max_degree AS VARCHAR) || ' swaps' AS untested, count(*) AS number
FROM busy;

CREATE TABLE runs AS
WITH opened AS (
    SELECT
        swapped.*,
        CASE
            WHEN lag(bought) OVER steps = sold AND lag(time) OVER steps + $window >= time THEN 0
            ELSE 1
        END AS opens
    FROM swapped
    LEFT ANTI JOIN busy ON busy.account = swapped.account
    WINDOW steps AS (PARTITION BY swapped.account, swapped.ledger ORDER BY time, position, reference)
)
SELECT
    *,
    sum(opens) OVER (PARTITION BY account, ledger ORDER BY time, position, reference) AS run,
    row_number() OVER (PARTITION BY account, ledger ORDER BY time, position, reference) AS step
FROM opened;

CREATE TABLE windows AS
WITH rolled AS (
    SELECT
        account,
        ledger,
        run,
        time,
        received,
        count(*) OVER recent AS swaps,
        array_agg(bought) OVER recent AS bought,
        min(step) OVER recent AS first_step
    FROM runs
    WINDOW recent AS (PARTITION BY account, ledger, run ORDER BY time RANGE BETWEEN $window PRECEDING AND CURRENT ROW)
)
SELECT
    rolled.account,
    rolled.ledger,
    rolled.run,
    rolled.time,
    rolled.received,
    rolled.swaps,
    opening.paid,
    CAST(array_length(array_distinct(array_append(rolled.bought, opening.sold))) AS BIGINT) AS tokens
FROM rolled
INNER JOIN runs AS opening
    ON opening.account = rolled.account
    AND opening.ledger = rolled.ledger
    AND opening.step = rolled.first_step
WHERE rolled.swaps >= $swaps AND array_length(array_distinct(array_append(rolled.bought, opening.sold))) >= $tokens;

SELECT 'rows of swaps that begin or end in an asset without euro value' AS untested, count(*) AS number
FROM windows
WHERE paid IS NULL OR received IS NULL;

WITH seeds AS (
    SELECT
        account,
        ledger,
        run,
        time,
        max(swaps) AS swaps,
        max(tokens) AS tokens,
        max(CAST(received AS DOUBLE) / CAST(paid AS DOUBLE)) AS ratio
    FROM windows
    WHERE paid > 0 AND received >= $retention * paid
    GROUP BY account, ledger, run, time
),
reached AS (
    SELECT
        runs.*,
        seeds.swaps,
        seeds.tokens,
        seeds.ratio,
        min(seeds.time) OVER (PARTITION BY runs.account, runs.ledger, runs.run ORDER BY runs.time DESC) AS seed_time
    FROM runs
    LEFT JOIN seeds
        ON seeds.account = runs.account
        AND seeds.ledger = runs.ledger
        AND seeds.run = runs.run
        AND seeds.time = runs.time
),
covered AS (
    SELECT
        *,
        CASE
            WHEN lag(time) OVER (PARTITION BY account, ledger, run ORDER BY time, position, reference) + $window >= seed_time
            THEN 0 ELSE 1
        END AS opens_finding
    FROM reached
    WHERE seed_time <= time + $window
),
grouped AS (
    SELECT
        *,
        sum(opens_finding) OVER (PARTITION BY account, ledger, run ORDER BY time, position, reference) AS finding
    FROM covered
),
findings AS (
    SELECT
        account,
        ledger,
        run,
        finding,
        count(*) AS number,
        max(swaps) AS swaps,
        max(tokens) AS tokens,
        max(ratio) AS ratio,
        first_value(sold ORDER BY time, position, reference) AS first_sold,
        last_value(bought ORDER BY time, position, reference) AS last_bought,
        last_value(received ORDER BY time, position, reference) AS amount
    FROM grouped
    GROUP BY account, ledger, run, finding
),
evidence AS (
    SELECT
        grouped.account,
        grouped.ledger,
        grouped.run,
        grouped.finding,
        min(transfers.time) AS first_time,
        max(transfers.time) AS last_time,
        array_agg(
            transfers.transfer_id ORDER BY transfers.time, transfers.ledger, transfers.position, transfers.transfer_id
        ) AS evidence
    FROM grouped
    INNER JOIN flow.account_transfers AS transfers
        ON transfers.reference = grouped.reference
        AND transfers.ledger = grouped.ledger
        AND (transfers.src = grouped.account OR transfers.dst = grouped.account)
    WHERE transfers.src <> transfers.dst AND transfers.amount > 0
    GROUP BY grouped.account, grouped.ledger, grouped.run, grouped.finding
)
SELECT
    findings.account AS subject,
    evidence.first_time,
    evidence.last_time,
    CAST(findings.amount AS DECIMAL(38, 18)) AS amount,
    'EUR' AS asset,
    0.5 + 0.5 * (
        least((swaps - $swaps) / CAST($swaps AS DOUBLE), 1)
        + least((tokens - $tokens) / CAST($tokens AS DOUBLE), 1)
        + CASE
            WHEN $retention >= 1 THEN 1
            ELSE least((ratio - CAST($retention AS DOUBLE)) / (1 - CAST($retention AS DOUBLE)), 1)
        END
    ) / 3 AS score,
    evidence.evidence,
    'The wallet swapped what it held ' || CAST(number AS VARCHAR) || ' times in a row from '
        || CAST(CAST(evidence.first_time AS DATE) AS VARCHAR) || ' to ' || CAST(CAST(evidence.last_time AS DATE) AS VARCHAR)
        || ', from ' || first_sold || ' to ' || last_bought || ', up to ' || CAST(swaps AS VARCHAR) || ' times through '
        || CAST(tokens AS VARCHAR) || ' assets within ' || CAST($window AS VARCHAR) || ' (at least '
        || CAST($swaps AS VARCHAR) || ' and ' || CAST($tokens AS VARCHAR) || ' asked for), and had '
        || CAST(CAST(ratio AS DECIMAL(38, 4)) AS VARCHAR) || ' of the value left (' || CAST($retention AS VARCHAR)
        || '), ' || CAST(CAST(findings.amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR in the end. '
        || 'Tested: services, pools and contracts are left out; not tested: arbitrage bot, rebalancing. This is an indicator, '
        || 'not proof.' AS explanation
FROM findings
INNER JOIN evidence
    ON evidence.account = findings.account
    AND evidence.ledger = findings.ledger
    AND evidence.run = findings.run
    AND evidence.finding = findings.finding
WHERE findings.amount IS NOT NULL
ORDER BY subject, first_time, evidence
