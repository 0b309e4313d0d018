-- Wash trading
--
-- Id        T41
-- Version   1.0
-- Family    predicate
-- Rails     E
-- Areas     fraud, tax
-- Finds     two accounts that sell the same token to each other at least $sales times each way within $window, and that
--           one and the same account funded before, over at most $funder_hops transfers, or one of which funded the
--           other.
-- Matters   A price that nobody paid is a price nonetheless: it draws buyers, earns rewards, or makes a loss for the tax
--           office.
-- Innocent  Tested: services and pools as sellers and as funders (intel.attributed, flow.accounts). Not tested:
--           own-wallet moves, lending, declared market making.
-- Misses    Rings of three and more; tokens that come back through a market which holds them in between; sales paid in
--           another transaction. A sale is a transaction in which a token that is no stablecoin goes one way and
--           something else the other. Funders with more than $max_degree transfers fund everybody and are left out, as
--           are accounts with more sales (both counted in the coverage).
-- Cost      a join within transactions of chains of accounts; the funders of the few pairs that sell both ways.
-- Returns   the finding shape; the subject is the first seller (the other in the text), the amount the highest sale in
--           euro, the evidence both legs of all sales and what the funder paid, in order.
-- Source    FATF, Virtual Assets Red Flag Indicators, September 2020 (transactions); reference/crypto.md §8
-- Requires  flow.account_transfers.reference
--
-- @param sales        BIGINT    2
-- @param window       INTERVAL  '30 days'
-- @param funder_hops  BIGINT    2
-- @param max_degree   BIGINT    5000

CREATE TABLE services AS
SELECT DISTINCT account FROM intel.attributed
UNION
SELECT account FROM flow.accounts WHERE kind IN ('contract', 'coinbase');

CREATE TABLE sales AS
SELECT
    tokens.src AS seller,
    tokens.dst AS buyer,
    least(tokens.src, tokens.dst) AS one,
    greatest(tokens.src, tokens.dst) AS other,
    tokens.ledger,
    tokens.asset AS token,
    tokens.reference,
    min(tokens.time) AS time,
    min(tokens.position) AS position,
    max(paid.value_eur) AS value_eur,
    min(tokens.transfer_id) AS token_id,
    max(paid.transfer_id) AS paid_id
FROM flow.account_transfers AS tokens
INNER JOIN flow.account_transfers AS paid
    ON paid.reference = tokens.reference
    AND paid.ledger = tokens.ledger
    AND paid.src = tokens.dst
    AND paid.dst = tokens.src
LEFT ANTI JOIN services AS sellers ON sellers.account = tokens.src
LEFT ANTI JOIN services AS buyers ON buyers.account = tokens.dst
WHERE tokens.contract
    AND NOT tokens.stable
    AND paid.asset <> tokens.asset
    AND (paid.stable OR NOT paid.contract)
    AND paid.value_eur > 0
    AND tokens.src <> tokens.dst
GROUP BY 1, 2, 3, 4, 5, 6, 7;

CREATE TABLE busy AS
SELECT one, other, ledger, token FROM sales GROUP BY one, other, ledger, token HAVING count(*) > $max_degree;

SELECT
    'pairs that sold a token to each other more than ' || CAST($max_degree AS VARCHAR) || ' times' AS untested,
    count(*) AS number
FROM busy;

-- Runs of sales in which a window has enough of either way.
CREATE TABLE traded AS
WITH rolled AS (
    SELECT
        sales.*,
        sum(CASE WHEN seller = one THEN 1 ELSE 0 END) OVER recent AS forth,
        sum(CASE WHEN seller = one THEN 0 ELSE 1 END) OVER recent AS back
    FROM sales
    WINDOW recent AS (PARTITION BY one, other, ledger, token ORDER BY time RANGE BETWEEN $window PRECEDING AND CURRENT ROW)
),
reached AS (
    SELECT
        rolled.*,
        min(CASE WHEN forth >= $sales AND back >= $sales THEN time END)
            OVER (PARTITION BY one, other, ledger, token ORDER BY time DESC) AS seed_time
    FROM rolled
    LEFT ANTI JOIN busy
        ON busy.one = rolled.one
        AND busy.other = rolled.other
        AND busy.ledger = rolled.ledger
        AND busy.token = rolled.token
),
covered AS (
    SELECT
        *,
        CASE
            WHEN lag(time) OVER (PARTITION BY one, other, ledger, token ORDER BY time, position) + $window >= seed_time
            THEN 0 ELSE 1
        END AS opens
    FROM reached
    WHERE seed_time <= time + $window
)
SELECT *, sum(opens) OVER (PARTITION BY one, other, ledger, token ORDER BY time, position) AS run
FROM covered;

CREATE TABLE runs AS
SELECT
    one,
    other,
    ledger,
    token,
    run,
    min(time) AS first_time,
    max(time) AS last_time,
    count(*) AS sales,
    max(least(forth, back)) AS each_way,
    max(value_eur) AS amount,
    first_value(seller ORDER BY time, position) AS seller
FROM traded
GROUP BY one, other, ledger, token, run;

-- Who funded a trader before its first sale: itself (no hop), or over one or more transfers, each before the next.
CREATE TABLE heavy AS
SELECT src AS account FROM flow.account_transfers GROUP BY src HAVING count(*) > $max_degree;

CREATE VIEW grants AS
SELECT transfers.src, transfers.dst, transfers.ledger, transfers.time, transfers.transfer_id
FROM flow.account_transfers AS transfers
LEFT ANTI JOIN services ON services.account = transfers.src
LEFT ANTI JOIN heavy ON heavy.account = transfers.src
WHERE transfers.src <> transfers.dst;

CREATE TABLE funders AS
WITH RECURSIVE begins AS (
    SELECT trader, ledger, min(first_time) AS first_time
    FROM (
        SELECT one AS trader, ledger, first_time FROM runs
        UNION ALL
        SELECT other, ledger, first_time FROM runs
    )
    GROUP BY trader, ledger
),
ways AS (
    SELECT trader, ledger, trader AS funder, first_time AS time, CAST(0 AS BIGINT) AS hops, CAST(NULL AS BIGINT) AS transfer_id
    FROM begins
    UNION ALL
    SELECT ways.trader, ways.ledger, grants.src, grants.time, ways.hops + 1, grants.transfer_id
    FROM ways
    INNER JOIN grants
        ON grants.dst = ways.funder
        AND grants.ledger = ways.ledger
        AND grants.time < ways.time
    WHERE ways.hops < $funder_hops AND grants.src <> ways.trader
)
SELECT trader, ledger, funder, min(hops) AS hops, min(transfer_id) AS transfer_id
FROM ways
GROUP BY trader, ledger, funder;

SELECT
    'funders with more than ' || CAST($max_degree AS VARCHAR) || ' payments made' AS untested,
    count(*) AS number
FROM heavy
LEFT SEMI JOIN (
    SELECT transfers.src
    FROM (SELECT DISTINCT trader FROM funders) AS traders
    INNER JOIN flow.account_transfers AS transfers ON transfers.dst = traders.trader
) AS near ON near.src = heavy.account;

CREATE TABLE shared AS
WITH common AS (
    SELECT
        runs.one, runs.other, runs.ledger, runs.token, runs.run, near.funder, near.hops + far.hops AS hops,
        greatest(near.hops, far.hops) AS most, near.transfer_id AS near_id, far.transfer_id AS far_id
    FROM runs
    INNER JOIN funders AS near ON near.trader = runs.one AND near.ledger = runs.ledger
    INNER JOIN funders AS far
        ON far.trader = runs.other
        AND far.ledger = runs.ledger
        AND far.funder = near.funder
),
ranked AS (
    SELECT
        *, row_number() OVER (PARTITION BY one, other, ledger, token, run ORDER BY hops, funder) AS place
    FROM common
)
SELECT * FROM ranked WHERE place = 1;

WITH rows AS (
    SELECT traded.one, traded.other, traded.ledger, traded.token, traded.run, traded.token_id AS id FROM traded
    UNION
    SELECT traded.one, traded.other, traded.ledger, traded.token, traded.run, traded.paid_id FROM traded
    UNION
    SELECT one, other, ledger, token, run, near_id FROM shared WHERE near_id IS NOT NULL
    UNION
    SELECT one, other, ledger, token, run, far_id FROM shared WHERE far_id IS NOT NULL
),
evidence AS (
    SELECT
        rows.one,
        rows.other,
        rows.ledger,
        rows.token,
        rows.run,
        min(transfers.time) AS first_time,
        max(transfers.time) AS last_time,
        array_agg(rows.id ORDER BY transfers.time, transfers.ledger, transfers.position, rows.id) AS evidence
    FROM rows
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = rows.id
    GROUP BY rows.one, rows.other, rows.ledger, rows.token, rows.run
)
SELECT
    runs.seller AS subject,
    evidence.first_time,
    evidence.last_time,
    runs.amount,
    'EUR' AS asset,
    0.5 + 0.5 * (
        least((runs.each_way - $sales) / CAST($sales AS DOUBLE), 1)
        + CASE WHEN $funder_hops = 0 THEN 1 ELSE 1 - shared.most / CAST($funder_hops AS DOUBLE) END
    ) / 2 AS score,
    evidence.evidence,
    'The account and ' || CAST(CASE WHEN runs.seller = runs.one THEN runs.other ELSE runs.one END AS VARCHAR)
        || ' sold ' || runs.token || ' to each other ' || CAST(runs.sales AS VARCHAR) || ' times from '
        || CAST(CAST(runs.first_time AS DATE) AS VARCHAR) || ' to ' || CAST(CAST(runs.last_time AS DATE) AS VARCHAR) || ', '
        || CAST(runs.each_way AS VARCHAR) || ' times each way within ' || CAST($window AS VARCHAR) || ' (at least '
        || CAST($sales AS VARCHAR) || ' asked for), for up to ' || CAST(CAST(runs.amount AS DECIMAL(38, 2)) AS VARCHAR)
        || ' EUR, and ' || CAST(shared.funder AS VARCHAR) || ' had funded both, over at most '
        || CAST(shared.most AS VARCHAR) || ' transfers (' || CAST($funder_hops AS VARCHAR) || ' allowed). '
        || 'Tested: services, pools and contracts are left out as traders and funders; not tested: own-wallet moves, '
        || 'lending, declared market making. This is an indicator, not proof.' AS explanation
FROM runs
INNER JOIN shared
    ON shared.one = runs.one
    AND shared.other = runs.other
    AND shared.ledger = runs.ledger
    AND shared.token = runs.token
    AND shared.run = runs.run
INNER JOIN evidence
    ON evidence.one = runs.one
    AND evidence.other = runs.other
    AND evidence.ledger = runs.ledger
    AND evidence.token = runs.token
    AND evidence.run = runs.run
ORDER BY subject, first_time, evidence
