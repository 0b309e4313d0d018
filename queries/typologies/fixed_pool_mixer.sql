-- Fixed-denomination pool
--
-- Id        T32
-- Version   1.0
-- Family    obfuscation
-- Rails     E
-- Areas     cyber, sanctions
-- Finds     accounts that pay a tagged mixer on a chain of accounts a denomination of its pools ($denominations).
-- Matters   In a pool every deposit is like every other: whoever withdraws one shows only that somebody deposited it
--           before.
-- Innocent  Not tested: wish for privacy, confidential payroll. Services as depositors are left out (intel.attributed,
--           flow.accounts).
-- Misses    Pools that no tag names at 50 or more, and other denominations. Who withdrew is a hypothesis and never
--           unites two accounts: the finding says which accounts the methods name (the same address; at least $outside
--           transfers between depositor and withdrawer outside the pool; the same deposits and withdrawals in several
--           pools, on each side within $portfolio), with a probability and the number of deposits that a withdrawal may
--           have been. Unusual gas prices are not looked at, as no table holds them. A tag's day is when somebody wrote
--           it down: earlier deposits count (weak link). Depositors with more than $max_degree deposits are not tested
--           (counted in the coverage).
-- Cost      joins of the few pools with what they received and paid, and of depositors with withdrawers.
-- Returns   the finding shape, a technique and no crime; the subject is the depositor, the amount what it deposited in
--           euro, the evidence the deposits, in order; the hypotheses are in the text and in the details.
-- Source    FATF, Virtual Assets Red Flag Indicators, September 2020 (anonymity); reference/crypto.md §8 (tutela)
-- Requires  flow.account_transfers, intel.attributed.mixer
--
-- @param denominations  VARCHAR   '0.1,1,10,100,1000,10000,100000'
-- @param outside        BIGINT    3
-- @param portfolio      INTERVAL  '24 hours'
-- @param attributed     BIGINT    60
-- @param max_degree     BIGINT    5000

CREATE TABLE pools AS
SELECT account, max(name) AS name, max(confidence) AS confidence, min(since) AS since
FROM intel.attributed
WHERE kind = 'mixer' AND ledger <> 'bank'
GROUP BY account;

CREATE TABLE sizes AS
SELECT DISTINCT TRY_CAST(trim(size) AS DECIMAL(38, 18)) AS size
FROM (SELECT unnest(string_to_array($denominations, ',')) AS size);

CREATE TABLE deposits AS
SELECT
    transfers.src AS account,
    transfers.dst AS pool,
    transfers.transfer_id,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.asset,
    transfers.amount AS size,
    transfers.value_eur,
    pools.name,
    pools.confidence,
    pools.since > transfers.time AS early
FROM pools
INNER JOIN flow.account_transfers AS transfers ON transfers.dst = pools.account
INNER JOIN sizes ON sizes.size = transfers.amount
LEFT ANTI JOIN (SELECT account FROM intel.attributed) AS services ON services.account = transfers.src
WHERE transfers.src <> transfers.dst AND transfers.value_eur > 0;

CREATE TABLE busy AS
SELECT account FROM deposits GROUP BY account HAVING count(*) > $max_degree;

SELECT 'depositors with more than ' || CAST($max_degree AS VARCHAR) || ' deposits' AS untested, count(*) AS number
FROM busy;

-- What a pool pays in one transaction is one withdrawal; where it pays two accounts, the smaller part is the relayer's fee.
CREATE TABLE withdrawals AS
SELECT
    transfers.src AS pool,
    transfers.ledger,
    transfers.asset,
    min(transfers.time) AS time,
    sum(transfers.amount) AS size,
    first_value(transfers.dst ORDER BY transfers.amount DESC, transfers.dst) AS account,
    count(DISTINCT transfers.dst) > 1 AS relayed
FROM pools
INNER JOIN flow.account_transfers AS transfers ON transfers.src = pools.account
WHERE transfers.src <> transfers.dst
GROUP BY
    transfers.src, transfers.ledger, transfers.asset,
    coalesce(transfers.reference, CAST(transfers.transfer_id AS VARCHAR));

-- Each deposit and the withdrawals after it, of the pool and denomination: how many deposits each may have been.
CREATE TABLE queue AS
WITH steps AS (
    SELECT pool, asset, size, time, 1 AS change, CAST(NULL AS BIGINT) AS account, false AS relayed FROM deposits
    UNION ALL
    SELECT withdrawals.pool, withdrawals.asset, withdrawals.size, withdrawals.time, -1, withdrawals.account, withdrawals.relayed
    FROM withdrawals
    INNER JOIN sizes ON sizes.size = withdrawals.size
)
SELECT
    *,
    sum(CASE WHEN change = 1 THEN 1 ELSE 0 END) OVER (
        PARTITION BY pool, asset, size ORDER BY time RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS deposited,
    sum(CASE WHEN change = -1 THEN 1 ELSE 0 END) OVER (
        PARTITION BY pool, asset, size ORDER BY time RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS withdrawn
FROM steps;

CREATE TABLE hypotheses AS
WITH left_over AS (
    SELECT pool, asset, size, time, account, relayed, greatest(deposited - withdrawn + 1, 1) AS anonymity
    FROM queue
    WHERE change = -1
),
same AS (
    SELECT DISTINCT deposits.account, left_over.account AS withdrawer, 'same address' AS method, left_over.anonymity
    FROM deposits
    INNER JOIN left_over
        ON left_over.account = deposits.account
        AND left_over.pool = deposits.pool
        AND left_over.asset = deposits.asset
        AND left_over.size = deposits.size
        AND left_over.time > deposits.time
),
dealings AS (
    SELECT near, far, sum(transfers) AS number
    FROM (
        SELECT src AS near, dst AS far, count(*) AS transfers
        FROM (SELECT DISTINCT account FROM deposits) AS own
        INNER JOIN flow.account_transfers AS transfers ON transfers.src = own.account
        GROUP BY src, dst
        UNION ALL
        SELECT dst, src, count(*)
        FROM (SELECT DISTINCT account FROM deposits) AS own
        INNER JOIN flow.account_transfers AS transfers ON transfers.dst = own.account
        GROUP BY dst, src
    )
    GROUP BY near, far
    HAVING sum(transfers) >= $outside
),
dealt AS (
    SELECT
        deposits.account,
        left_over.account AS withdrawer,
        'transfers outside' AS method,
        max(left_over.anonymity) AS anonymity
    FROM dealings
    INNER JOIN deposits ON deposits.account = dealings.near
    INNER JOIN left_over
        ON left_over.account = dealings.far
        AND left_over.pool = deposits.pool
        AND left_over.asset = deposits.asset
        AND left_over.size = deposits.size
        AND left_over.time > deposits.time
    WHERE left_over.account <> deposits.account
    GROUP BY deposits.account, left_over.account
),
put AS (
    SELECT
        account,
        max(time) AS last_time,
        array_to_string(array_agg(part ORDER BY part), ' ') AS portfolio
    FROM (
        SELECT account, time, CAST(pool AS VARCHAR) || ':' || asset || ':' || CAST(size AS VARCHAR) AS part, pool
        FROM deposits
    )
    GROUP BY account
    HAVING count(*) >= 3
        AND count(DISTINCT part) > 1
        AND date_part('epoch', max(time)) - date_part('epoch', min(time)) <= date_part('epoch', $portfolio)
),
taken AS (
    SELECT
        account,
        min(time) AS first_time,
        max(anonymity) AS anonymity,
        array_to_string(array_agg(part ORDER BY part), ' ') AS portfolio
    FROM (
        SELECT account, time, anonymity, CAST(pool AS VARCHAR) || ':' || asset || ':' || CAST(size AS VARCHAR) AS part
        FROM left_over
    )
    GROUP BY account
    HAVING count(*) >= 3
        AND count(DISTINCT part) > 1
        AND date_part('epoch', max(time)) - date_part('epoch', min(time)) <= date_part('epoch', $portfolio)
),
matched AS (
    SELECT put.account, taken.account AS withdrawer, 'equal portfolio' AS method, taken.anonymity
    FROM put
    INNER JOIN taken ON taken.portfolio = put.portfolio AND taken.first_time > put.last_time
    WHERE taken.account <> put.account
),
united AS (
    SELECT account, withdrawer, method, max(anonymity) AS anonymity
    FROM (SELECT * FROM same UNION ALL SELECT * FROM dealt UNION ALL SELECT * FROM matched)
    GROUP BY account, withdrawer, method
)
-- A method that names several withdrawers of one depositor, or several depositors of one withdrawer, is sure of none.
SELECT
    *,
    1 / CAST(greatest(
        count(*) OVER (PARTITION BY account, method),
        count(*) OVER (PARTITION BY withdrawer, method)
    ) AS DOUBLE) AS probability
FROM united;

WITH named AS (
    SELECT
        account,
        array_to_string(
            array_agg(
                CAST(withdrawer AS VARCHAR) || ' (' || method || ', probability '
                    || CAST(CAST(probability AS DECIMAL(38, 2)) AS VARCHAR) || ', one of ' || CAST(anonymity AS VARCHAR)
                    || ' deposits)'
                ORDER BY withdrawer, method
            ), ', '
        ) AS words,
        '[' || array_to_string(
            array_agg(
                '{"withdrawer":' || CAST(withdrawer AS VARCHAR) || ',"method":"' || method || '","probability":'
                    || CAST(CAST(probability AS DECIMAL(38, 4)) AS VARCHAR) || ',"anonymity_set":'
                    || CAST(anonymity AS VARCHAR) || '}'
                ORDER BY withdrawer, method
            ), ','
        ) || ']' AS json
    FROM hypotheses
    GROUP BY account
),
findings AS (
    SELECT
        account,
        min(time) AS first_time,
        max(time) AS last_time,
        sum(value_eur) AS amount,
        count(*) AS deposits,
        array_to_string(array_agg(DISTINCT name ORDER BY name), ', ') AS names,
        array_to_string(
            array_agg(
                DISTINCT CAST(CAST(size AS DOUBLE) AS VARCHAR) || ' ' || asset
                ORDER BY CAST(CAST(size AS DOUBLE) AS VARCHAR) || ' ' || asset
            ), ', '
        ) AS sizes,
        min(confidence) AS confidence,
        bool_or(coalesce(early, false)) AS early,
        array_agg(transfer_id ORDER BY time, ledger, position, transfer_id) AS evidence
    FROM deposits
    LEFT ANTI JOIN busy ON busy.account = deposits.account
    GROUP BY account
)
SELECT
    findings.account AS subject,
    first_time,
    last_time,
    amount,
    'EUR' AS asset,
    CAST(1 AS DOUBLE)
        * (CASE WHEN confidence < $attributed THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN early THEN 0.8 ELSE 1.0 END) AS score,
    evidence,
    'The account made ' || CAST(deposits AS VARCHAR) || ' deposits worth ' || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR)
        || ' EUR into pools of ' || names || ' in their denominations (' || sizes || '), from '
        || CAST(CAST(first_time AS DATE) AS VARCHAR) || ' to ' || CAST(CAST(last_time AS DATE) AS VARCHAR)
        || ': a technique of obfuscation, not a crime. '
        || CASE
            WHEN named.words IS NULL THEN 'No method names who withdrew. '
            ELSE 'Who withdrew is a hypothesis: ' || named.words || '. '
        END
        || CASE
            WHEN confidence < $attributed THEN 'The pool is attributed with less certainty than asked for (weak link). '
            ELSE ''
        END
        || CASE WHEN early THEN 'Its tag was written after some of the deposits (weak link). ' ELSE '' END
        || 'Tested: services are left out; not tested: wish for privacy, confidential payroll. This is an indicator, not '
        || 'proof.' AS explanation,
    '{"hypotheses":' || coalesce(named.json, '[]') || '}' AS details
FROM findings
LEFT JOIN named ON named.account = findings.account
ORDER BY subject, first_time, evidence
