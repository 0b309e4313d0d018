-- Peel chain
--
-- Id        T29
-- Version   1.0
-- Family    layering
-- Rails     U
-- Areas     any, cyber
-- Finds     a coin that at least $hops transactions in a row divide in two, each soon after the other ($within): a small part
--           of at most $peel goes to somebody, and the rest goes on.
-- Matters   Stolen or extorted coins are cashed out so, a little at each of many places, below what a place would ask about.
-- Innocent  Tested: services (btc.services), CoinJoins (btc.coinjoins). Not tested: an ordinary wallet that spends one coin,
--           payroll, withdrawals that an exchange pays from one coin.
-- Misses    Chains through transactions with more outputs or inputs; hops where neither the cluster nor the look of the
--           next transaction nor the value tells the change; chains that rest longer than $within. Of a chain longer than
--           $longest the rest is a chain of its own.
-- Cost      joins of the transactions with one input and two outputs; `chains` over what they hand on, where nothing branches.
-- Returns   the finding shape; the subject is the account whose coin is peeled first, the amount what was peeled off in
--           coins, the evidence the transfers to where the peels went, in the order of time.
-- Source    FATF, Virtual Assets Red Flag Indicators, September 2020; Meiklejohn et al., A Fistful of Bitcoins, 2013
-- Requires  btc.transactions
--
-- @param hops     BIGINT         5
-- @param peel     DECIMAL(5, 4)  0.2000
-- @param within   INTERVAL       '24 hours'
-- @param longest  BIGINT         1000

SELECT 'transactions with one input and two outputs of which neither is told to go on' AS untested, count(*) AS number
FROM btc.transactions AS transactions
LEFT ANTI JOIN btc.peels AS peels ON peels.tx_id = transactions.tx_id AND peels.ledger = transactions.ledger
WHERE transactions.input_count = 1 AND transactions.output_count = 2 AND NOT transactions.is_coinbase;

-- A node is a coin, so that what is handed on is one edge and nothing branches. Beyond a service coins are other people's.
CREATE TABLE hops AS
SELECT peels.*, key_hash(peels.ledger, CAST(peels.tx_id AS VARCHAR)) AS hop
FROM btc.peels AS peels
LEFT ANTI JOIN btc.services AS services ON services.account = peels.account AND services.ledger = peels.ledger
WHERE peels.peeled_value > 0 AND peels.peeled_value <= peels.prev_value * $peel;

CREATE TABLE found AS
SELECT CAST(row_number() OVER (ORDER BY transfers) AS BIGINT) AS chain, chains.*
FROM chains(
    (
        SELECT
            hop AS transfer_id,
            key_hash(ledger, CAST(prev_txo AS VARCHAR)) AS src,
            key_hash(ledger, CAST(change_txo AS VARCHAR)) AS dst,
            time,
            tx_id AS position,
            change_value AS amount
        FROM hops
    ),
    least => $hops,
    gap => $within,
    max_hops => $longest
) AS chains
WHERE hops > 0;

WITH steps AS (
    SELECT places.chain, places.place, hops.*
    FROM (
        SELECT chain, unnest(transfers) AS hop, unnest(generate_series(1, hops)) AS place FROM found
    ) AS places
    INNER JOIN hops ON hops.hop = places.hop
),
evidence AS (
    SELECT
        steps.chain,
        array_agg(transfers.transfer_id ORDER BY transfers.time, transfers.ledger, transfers.position, transfers.transfer_id)
            AS evidence,
        min(transfers.time) AS first_time,
        max(transfers.time) AS last_time,
        sum(transfers.amount) AS amount,
        min(transfers.asset) AS asset,
        count(DISTINCT transfers.dst) AS receivers
    FROM steps
    INNER JOIN flow.transfers AS transfers
        ON transfers.reference = steps.txid
        AND transfers.ledger = steps.ledger
        AND transfers.dst = steps.peeled_account
    GROUP BY steps.chain
),
chain AS (
    SELECT
        steps.chain,
        first_value(steps.account ORDER BY steps.place) AS origin,
        first_value(steps.prev_value ORDER BY steps.place) AS start_value,
        last_value(steps.change_value ORDER BY steps.place) AS end_value,
        max(steps.peeled_value / CAST(steps.prev_value AS DOUBLE)) AS largest,
        count(*) AS hops,
        count(*) FILTER (WHERE steps.rule = 'larger') AS weak
    FROM steps
    GROUP BY steps.chain
),
scored AS (
    SELECT
        chain.*,
        date_part('epoch', found.max_dwell) AS dwell,
        (
            0.5 + 0.5 * (
                least((chain.hops - $hops) / CAST($hops AS DOUBLE), 1)
                + greatest(1 - chain.largest / CAST($peel AS DOUBLE), 0)
                + least(greatest(1 - date_part('epoch', found.max_dwell) / date_part('epoch', $within), 0), 1)
            ) / 3
        ) * power(0.8, chain.weak) AS score
    FROM chain
    INNER JOIN found ON found.chain = chain.chain
)
SELECT
    scored.origin AS subject,
    evidence.first_time,
    evidence.last_time,
    evidence.amount,
    evidence.asset,
    scored.score,
    evidence.evidence,
    'A coin of ' || CAST(CAST(in_coins(start_value, 8) AS DECIMAL(38, 8)) AS VARCHAR) || ' ' || asset || ' was peeled ' || CAST(hops AS VARCHAR)
        || ' times in a row (at least ' || CAST($hops AS VARCHAR) || ' asked for) from '
        || CAST(CAST(first_time AS DATE) AS VARCHAR) || ' to ' || CAST(CAST(last_time AS DATE) AS VARCHAR)
        || ': each time at most ' || CAST(CAST(largest AS DECIMAL(38, 4)) AS VARCHAR) || ' of it ('
        || CAST($peel AS VARCHAR) || ' allowed) went to one of ' || CAST(receivers AS VARCHAR)
        || ' addresses, and the rest went on within ' || CAST(CAST(dwell / 3600 AS DECIMAL(38, 1)) AS VARCHAR) || ' hours ('
        || CAST($within AS VARCHAR) || ' allowed); ' || CAST(CAST(in_coins(end_value, 8) AS DECIMAL(38, 8)) AS VARCHAR) || ' ' || asset
        || ' were left. '
        || CASE
            WHEN weak > 0 THEN 'In ' || CAST(weak AS VARCHAR) || ' of the transactions the change is told by its value alone '
                || '(a weak link each). '
            ELSE ''
        END
        || 'Tested: services, CoinJoins; not tested: an ordinary wallet that spends one coin, payroll, withdrawals from an '
        || 'exchange. This is an indicator, not proof.' AS explanation
FROM scored
INNER JOIN evidence ON evidence.chain = scored.chain
ORDER BY subject, first_time, evidence
