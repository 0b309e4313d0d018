-- CoinJoins and their pre-mixes, by type
--
-- Finds     transactions in which several people spend together so that nobody can say whose coin became which: whirlpool,
--           wasabi2, wasabi1, joinmarket, other equal-output mixes and what the rule of 2017 takes for one (`generic`);
--           and the pre-mix of Whirlpool (`tx0`), which has one owner and is no CoinJoin.
-- Matters   The inputs of a transaction are taken for one owner's. In a CoinJoin they are not: left in, they unite
--           strangers into one cluster; and a trace that goes on beyond one follows other people's coins.
-- Innocent  Joint spending is lawful, and most who do it want privacy. Batched payouts of an exchange look alike: an
--           input tagged as an exchange's clears wasabi1 without its coordinator and joinmarket.
-- Misses    PayJoin and swaps, which look like payments; the 50,000 sat pool that one source lists; transactions with an
--           input whose previous output is unknown; rounds of coordinators that changed the pattern.
-- Rules     Bits of `rules`, in the order they apply; the first that matches names the type, and outputs are those that
--           can be spent. 1 whirlpool: 5–10 inputs and as many outputs, all scripts of a side distinct, each output one
--           pool's amount, inputs that amount or 100 to 110,000 sat more, some of either kind. 2 wasabi2_strong: 50
--           inputs or more, all P2WPKH or P2TR, both sides in falling order, over 80 % of outputs standard amounts, one
--           of them at least twice. 4 wasabi2_weak: 20 inputs, three repeated amounts or more that hold half of the
--           outputs. 8 wasabi1_coordinator: the coordinator is paid. 16 wasabi1_denomination: ten or more equal outputs
--           near 0.1 BTC. 32 wasabi1_levels: outputs near 0.1 BTC times a power of two. 512 tx0: one data output, premix
--           outputs of one amount a little above a pool's, and at most two others, of which one is like the pool's fee.
--           64 joinmarket. 128 equal_outputs. 256 generic_2017. A tx0 comes before joinmarket, whose shape it has when it
--           spends three coins, because no CoinJoin carries data.
-- Vetoes    The shape of a Stonewall (two equal outputs of three or four) clears every rule but tx0, which has a data
--           output and a Stonewall none. A transaction that spends a coin of types 1 to 64 is no mix by 128 or 256 alone.
-- Lineage   A whirlpool is certain at 90 where every fresh input comes from a tx0 of its pool and every other from a
--           whirlpool of its pool; a tx0 where such a mix spends one of its premix outputs, and stands between $since and
--           $until as it does; else 60. What was not imported proves nothing. `as_of_height` is the last height looked at.
-- Heights   From Bitcoin mainnet (570,000 whirlpool and tx0; 741,213 wasabi2; 530,500 wasabi1, its coordinator's until
--           609,999 and its later rule from 610,000; 392,300 joinmarket); on other networks every height is open.
-- Entropy   Bits of the number of ways to read n equal inputs and n equal outputs; of whirlpools alone, as only there
--           both sides are equal.
-- Cost      one pass over the outputs of the transactions from $since to $until, grouped by amount; the script types, the
--           scripts and the inputs of those alone that repeat an amount or look like a tx0.
-- Source    nopara73/Dumplings; GraphSense; BlockSci `is_coinjoin`; LaurentMT, Boltzmann; reference/crypto.md §4
--
-- @param since  BIGINT  -1
-- @param until  BIGINT  9223372036854775807
--
-- @table btc.coinjoins
-- @from btc.transactions, btc.outputs, btc.inputs
-- @whole intel.tags
-- @since btc.transactions.tx_id
-- @window 250000

CREATE TABLE shapes AS
WITH candidates AS (
    SELECT tx_id, ledger, height, input_count, output_value
    FROM btc.transactions
    WHERE tx_id BETWEEN $since AND $until
        AND NOT is_coinbase
        AND input_value IS NOT NULL
        AND output_count >= 3
),
amounts AS (
    SELECT
        candidates.ledger,
        candidates.tx_id,
        value,
        min(height) AS height,
        min(input_count) AS n_in,
        min(output_value) AS paid,
        count(*) FILTER (WHERE spendable) AS n,
        count(*) FILTER (WHERE NOT spendable) AS carriers
    FROM candidates
    INNER JOIN btc.outputs AS outputs
        ON outputs.tx_id = candidates.tx_id AND outputs.ledger = candidates.ledger
    WHERE outputs.tx_id BETWEEN $since AND $until
    GROUP BY candidates.ledger, candidates.tx_id, value
)
SELECT
    ledger,
    tx_id,
    CASE WHEN ledger = 'btc' THEN min(height) END AS gate,
    min(height) AS height,
    min(n_in) AS n_in,
    min(paid) AS paid,
    sum(n) AS n_out,
    sum(carriers) AS carriers,
    max(n) AS most,
    min(value) FILTER (WHERE n > 0) AS least,
    first_value(value ORDER BY n DESC, value) AS common,
    count(*) FILTER (WHERE n > 0) AS amounts,
    count(*) FILTER (WHERE n = 1) AS once,
    max(value) FILTER (WHERE n = 1) AS largest_once,
    count(*) FILTER (WHERE n >= 2) AS repeated,
    coalesce(sum(n) FILTER (WHERE n >= 2), 0) AS in_repeated,
    coalesce(max(n) FILTER (WHERE value > 2730), 0) AS maker_count,
    first_value(value ORDER BY n DESC, value DESC) FILTER (WHERE value > 2730) AS maker_value,
    coalesce(sum(n) FILTER (WHERE value IN (
        5000, 6561, 8192, 10000, 13122, 16384, 19683, 20000, 32768, 39366, 50000, 59049, 65536, 100000, 118098, 131072,
        177147, 200000, 262144, 354294, 500000, 524288, 531441, 1000000, 1048576, 1062882, 1594323, 2000000, 2097152,
        3188646, 4194304, 4782969, 5000000, 8388608, 9565938, 10000000, 14348907, 16777216, 20000000, 28697814, 33554432,
        43046721, 50000000, 67108864, 86093442, 100000000, 129140163, 134217728, 200000000, 258280326, 268435456,
        387420489, 500000000, 536870912, 774840978, 1000000000, 1073741824, 1162261467, 2000000000, 2147483648,
        2324522934, 3486784401, 4294967296, 5000000000, 6973568802, 8589934592, 10000000000, 10460353203, 17179869184,
        20000000000, 20920706406, 31381059609, 34359738368, 50000000000, 62762119218, 68719476736, 94143178827,
        100000000000
    )), 0) AS standard,
    coalesce(sum(n) FILTER (WHERE value BETWEEN 9500000 AND 10500000), 0) AS level_0,
    coalesce(sum(n) FILTER (WHERE value BETWEEN 19000000 AND 21000000), 0) AS level_1,
    coalesce(sum(n) FILTER (WHERE value BETWEEN 38000000 AND 42000000), 0) AS level_2,
    coalesce(sum(n) FILTER (WHERE value BETWEEN 76000000 AND 84000000), 0) AS level_3,
    coalesce(sum(n) FILTER (WHERE value BETWEEN 152000000 AND 168000000), 0) AS level_4,
    coalesce(sum(n) FILTER (WHERE value BETWEEN 304000000 AND 336000000), 0) AS level_5,
    coalesce(sum(n) FILTER (WHERE value BETWEEN 608000000 AND 672000000), 0) AS level_6,
    coalesce(sum(n) FILTER (WHERE value BETWEEN 1216000000 AND 1344000000), 0) AS level_7,
    coalesce(sum(n) FILTER (WHERE value BETWEEN 2432000000 AND 2688000000), 0) AS level_8,
    coalesce(sum(n) FILTER (WHERE value BETWEEN 4864000000 AND 5376000000), 0) AS level_9,
    coalesce(sum(n) FILTER (WHERE value BETWEEN 9728000000 AND 10752000000), 0) AS level_10,
    -- Of each pool: how often its most frequent premix amount is paid, that amount, and outputs like its fee.
    coalesce(max(n) FILTER (WHERE value BETWEEN 100100 AND 210000), 0) AS premixes_1,
    first_value(value ORDER BY n DESC, value DESC) FILTER (WHERE n > 0 AND value BETWEEN 100100 AND 210000) AS premix_1,
    coalesce(sum(n) FILTER (WHERE value BETWEEN 2500 AND 15000), 0) AS fees_1,
    coalesce(max(n) FILTER (WHERE value BETWEEN 1000100 AND 1110000), 0) AS premixes_2,
    first_value(value ORDER BY n DESC, value DESC) FILTER (WHERE n > 0 AND value BETWEEN 1000100 AND 1110000) AS premix_2,
    coalesce(sum(n) FILTER (WHERE value BETWEEN 25000 AND 150000), 0) AS fees_2,
    coalesce(max(n) FILTER (WHERE value BETWEEN 5000100 AND 5110000), 0) AS premixes_3,
    first_value(value ORDER BY n DESC, value DESC) FILTER (WHERE n > 0 AND value BETWEEN 5000100 AND 5110000) AS premix_3,
    coalesce(sum(n) FILTER (WHERE value BETWEEN 87500 AND 525000), 0) AS fees_3,
    coalesce(max(n) FILTER (WHERE value BETWEEN 50000100 AND 50110000), 0) AS premixes_4,
    first_value(value ORDER BY n DESC, value DESC) FILTER (WHERE n > 0 AND value BETWEEN 50000100 AND 50110000) AS premix_4,
    coalesce(sum(n) FILTER (WHERE value BETWEEN 875000 AND 5250000), 0) AS fees_4
FROM amounts
GROUP BY ledger, tx_id
-- No rule can match anything else: all but tx0 want an amount that repeats and two to spend together.
HAVING (max(n) >= 2 AND min(n_in) >= 2)
    OR (
        sum(carriers) = 1
        AND count(*) FILTER (
            WHERE n > 0
                AND (
                    value BETWEEN 100100 AND 210000
                    OR value BETWEEN 1000100 AND 1110000
                    OR value BETWEEN 5000100 AND 5110000
                    OR value BETWEEN 50000100 AND 50110000
                )
        ) > 0
    );

CREATE TABLE payees AS
SELECT
    shapes.ledger,
    shapes.tx_id,
    count(DISTINCT account) FILTER (WHERE spendable) AS s_out,
    count(*) FILTER (WHERE script_type = 'null_data') AS data_outputs,
    count(*) FILTER (WHERE spendable AND script_type <> 'p2wpkh') AS not_wpkh,
    count(*) FILTER (
        WHERE account IN (
            account('btc', 'bc1qs604c7jv6amk4cxqlnvuxv26hv3e48cds4m0ew'),
            account('btc', 'bc1qa24tsgchvuxsaccp8vrnkfd85hrcpafg20kmjw')
        )
    ) AS to_coordinator
FROM shapes
INNER JOIN btc.outputs AS outputs ON outputs.tx_id = shapes.tx_id AND outputs.ledger = shapes.ledger
WHERE outputs.tx_id BETWEEN $since AND $until
GROUP BY shapes.ledger, shapes.tx_id;

CREATE TABLE payers AS
WITH exchanges AS (
    SELECT DISTINCT ledger, account
    FROM intel.tags
    WHERE category = 'exchange' AND account IS NOT NULL
),
scripts AS (
    SELECT
        shapes.ledger,
        shapes.tx_id,
        inputs.account,
        count(*) AS n,
        max(prev_value) AS largest,
        count(*) FILTER (WHERE prev_value = common) AS remixed,
        count(*) FILTER (WHERE prev_value BETWEEN common + 100 AND common + 110000) AS fresh,
        count(*) FILTER (WHERE coalesce(prev_script_type <> 'p2wpkh', true)) AS not_wpkh,
        count(*) FILTER (WHERE coalesce(prev_script_type NOT IN ('p2wpkh', 'p2tr'), true)) AS not_wpkh_tr
    FROM shapes
    INNER JOIN btc.inputs AS inputs ON inputs.tx_id = shapes.tx_id AND inputs.ledger = shapes.ledger
    WHERE inputs.tx_id BETWEEN $since AND $until
    GROUP BY shapes.ledger, shapes.tx_id, inputs.account
)
SELECT
    scripts.ledger,
    tx_id,
    count(*) AS s_in,
    max(n) AS busiest,
    max(largest) AS largest,
    sum(remixed) AS remixed,
    sum(fresh) AS fresh,
    sum(not_wpkh) AS not_wpkh,
    sum(not_wpkh_tr) AS not_wpkh_tr,
    count(exchanges.account) AS of_exchanges
FROM exchanges
RIGHT JOIN scripts ON exchanges.account = scripts.account AND exchanges.ledger = scripts.ledger
GROUP BY scripts.ledger, tx_id;

-- Only the largest transactions are sorted.
CREATE TABLE falling AS
WITH sides AS (
    SELECT
        shapes.ledger,
        shapes.tx_id,
        value,
        lag(value) OVER (PARTITION BY shapes.ledger, shapes.tx_id ORDER BY txo) AS before
    FROM shapes
    INNER JOIN btc.outputs AS outputs ON outputs.tx_id = shapes.tx_id AND outputs.ledger = shapes.ledger
    WHERE n_in >= 50 AND coalesce(gate, 741213) >= 741213 AND 5 * standard > 4 * n_out AND spendable
    UNION ALL
    SELECT
        shapes.ledger,
        shapes.tx_id,
        prev_value,
        lag(prev_value) OVER (PARTITION BY shapes.ledger, shapes.tx_id ORDER BY txi)
    FROM shapes
    INNER JOIN btc.inputs AS inputs ON inputs.tx_id = shapes.tx_id AND inputs.ledger = shapes.ledger
    WHERE n_in >= 50 AND coalesce(gate, 741213) >= 741213 AND 5 * standard > 4 * n_out
)
SELECT ledger, tx_id
FROM sides
GROUP BY ledger, tx_id
HAVING count(*) FILTER (WHERE before < value) = 0;

CREATE TABLE marked AS
WITH known AS (
    SELECT
        shapes.*,
        s_out,
        data_outputs,
        payees.not_wpkh + payers.not_wpkh AS not_wpkh,
        to_coordinator,
        s_in,
        busiest,
        largest,
        remixed,
        fresh,
        not_wpkh_tr,
        of_exchanges > 0 AS of_exchange,
        falling.tx_id IS NOT NULL AS falls,
        n_in >= 2
            AND n_out BETWEEN 3 AND 4
            AND s_out = n_out
            AND repeated = 1
            AND most = 2
            AND common >= 5000 AS stonewall,
        greatest(
            level_0, level_1, level_2, level_3, level_4, level_5, level_6, level_7, level_8, level_9, level_10
        ) AS level,
        CASE WHEN level_0 >= 2 THEN level_0 ELSE 0 END
            + CASE WHEN level_1 >= 2 THEN level_1 ELSE 0 END
            + CASE WHEN level_2 >= 2 THEN level_2 ELSE 0 END
            + CASE WHEN level_3 >= 2 THEN level_3 ELSE 0 END
            + CASE WHEN level_4 >= 2 THEN level_4 ELSE 0 END
            + CASE WHEN level_5 >= 2 THEN level_5 ELSE 0 END
            + CASE WHEN level_6 >= 2 THEN level_6 ELSE 0 END
            + CASE WHEN level_7 >= 2 THEN level_7 ELSE 0 END
            + CASE WHEN level_8 >= 2 THEN level_8 ELSE 0 END
            + CASE WHEN level_9 >= 2 THEN level_9 ELSE 0 END
            + CASE WHEN level_10 >= 2 THEN level_10 ELSE 0 END AS in_levels,
        CASE
            WHEN premixes_4 BETWEEN 1 AND 70 AND premixes_4 >= n_out - 2 AND fees_4 BETWEEN 1 AND 2 THEN 4
            WHEN premixes_3 BETWEEN 1 AND 70 AND premixes_3 >= n_out - 2 AND fees_3 BETWEEN 1 AND 2 THEN 3
            WHEN premixes_2 BETWEEN 1 AND 70 AND premixes_2 >= n_out - 2 AND fees_2 BETWEEN 1 AND 2 THEN 2
            WHEN premixes_1 BETWEEN 1 AND 70 AND premixes_1 >= n_out - 2 AND fees_1 BETWEEN 1 AND 2 THEN 1
            ELSE 0
        END AS premix_pool
    FROM falling
    RIGHT JOIN (
        shapes
        INNER JOIN payees ON payees.tx_id = shapes.tx_id AND payees.ledger = shapes.ledger
        INNER JOIN payers ON payers.tx_id = shapes.tx_id AND payers.ledger = shapes.ledger
    ) ON falling.tx_id = shapes.tx_id AND falling.ledger = shapes.ledger
),
-- A height below its gate cannot match; where there is no gate the height is NULL and every comparison is made with one
-- that passes.
ruled AS (
    SELECT
        known.*,
        coalesce(gate, 570000) >= 570000
            AND n_in BETWEEN 5 AND 10
            AND n_in = n_out
            AND s_in = n_in
            AND s_out = n_out
            AND amounts = 1
            AND common IN (100000, 1000000, 5000000, 50000000)
            AND remixed + fresh = n_in
            AND fresh BETWEEN 1 AND n_in - 1 AS whirlpool,
        coalesce(gate, 741213) >= 741213 AND n_in >= 50 AND falls AND not_wpkh_tr = 0 AS wasabi2_strong,
        coalesce(gate, 741213) >= 741213
            AND n_in >= 20
            AND 10 * busiest <= n_in
            AND least >= 5000
            AND s_out = n_out
            AND repeated >= 3
            AND 2 * in_repeated >= n_out - 1
            AND in_repeated < n_out AS wasabi2_weak,
        coalesce(gate, 530500) BETWEEN 530500 AND 609999 AND to_coordinator > 0 AND most > 2 AS wasabi1_coordinator,
        coalesce(gate, 610000) >= 610000
            AND not_wpkh = 0
            AND most >= 10
            AND n_in >= most
            AND common BETWEEN 8000000 AND 12000000
            AND once >= 2 AS wasabi1_denomination,
        coalesce(gate, 530500) >= 530500
            AND n_in >= 10
            AND 10 * busiest <= n_in
            AND level >= 3
            AND s_in BETWEEN level AND 7 * level
            AND s_out = n_out
            AND (2 * in_levels >= n_out - 1 OR in_levels >= n_out - s_in - 1)
            AND (n_in >= 20 OR 10000 * least(paid % common, common - paid % common) > paid) AS wasabi1_levels,
        coalesce(gate, 392300) >= 392300
            AND maker_count BETWEEN 3 AND s_in
            AND 2 * maker_count >= n_out
            AND maker_count < n_out
            AND s_out = n_out
            AND (n_in < 50 OR (n_in <= 20 * maker_count AND 10 * n_out >= 17 * maker_count)) AS joinmarket,
        repeated = 1
            AND 2 * most = n_out
            AND s_in >= most
            AND s_out >= most
            AND largest <= common + largest_once - 10000 AS equal_outputs,
        n_in >= 2
            AND n_out >= 3
            AND most = floor((n_out + 1) / 2)
            AND most <= n_in
            AND most <= s_in
            AND common NOT IN (546, 2730) AS generic_2017,
        coalesce(gate, 570000) >= 570000 AND data_outputs = 1 AND premix_pool > 0 AS tx0
    FROM known
),
bits AS (
    SELECT
        *,
        CASE WHEN NOT stonewall AND whirlpool THEN 1 ELSE 0 END
            + CASE WHEN NOT stonewall AND wasabi2_strong THEN 2 ELSE 0 END
            -- The weak rule takes in wasabi1 rounds that their own rule knows.
            + CASE
                WHEN NOT stonewall AND wasabi2_weak AND (wasabi2_strong OR NOT wasabi1_denomination) THEN 4 ELSE 0
            END
            + CASE WHEN NOT stonewall AND wasabi1_coordinator THEN 8 ELSE 0 END
            + CASE WHEN NOT stonewall AND NOT of_exchange AND wasabi1_denomination THEN 16 ELSE 0 END
            + CASE WHEN NOT stonewall AND NOT of_exchange AND wasabi1_levels THEN 32 ELSE 0 END
            + CASE WHEN NOT stonewall AND NOT of_exchange AND joinmarket THEN 64 ELSE 0 END
            + CASE WHEN NOT stonewall AND equal_outputs THEN 128 ELSE 0 END
            + CASE WHEN NOT stonewall AND generic_2017 THEN 256 ELSE 0 END
            + CASE WHEN tx0 THEN 512 ELSE 0 END AS rules
    FROM ruled
)
SELECT
    ledger,
    tx_id,
    rules,
    n_in,
    n_out,
    s_in,
    most,
    common,
    level,
    maker_count,
    maker_value,
    2 * in_levels >= n_out - 1 AND in_levels >= n_out - s_in - 1 AS both_shares,
    CASE premix_pool WHEN 1 THEN premix_1 WHEN 2 THEN premix_2 WHEN 3 THEN premix_3 WHEN 4 THEN premix_4 END AS premix,
    CASE premix_pool
        WHEN 1 THEN premixes_1 WHEN 2 THEN premixes_2 WHEN 3 THEN premixes_3 WHEN 4 THEN premixes_4
    END AS premixes,
    CASE premix_pool WHEN 1 THEN 100000 WHEN 2 THEN 1000000 WHEN 3 THEN 5000000 WHEN 4 THEN 50000000 END AS pool
FROM bits
WHERE rules > 0;

-- Each input of a marked transaction with the mix or pre-mix that it spends from, if it does. An output's number without
-- its last 17 bits is its transaction's.
CREATE TABLE lineage AS
WITH mixes AS (
    SELECT
        ledger,
        tx_id,
        rules & 127 > 0 AS typed,
        CASE WHEN rules & 1 > 0 THEN common END AS whirlpool_of,
        CASE WHEN rules & 512 > 0 THEN pool END AS tx0_of,
        premix
    FROM marked
    UNION ALL
    SELECT
        stored.ledger,
        stored.tx_id,
        stored.rules & 127 > 0,
        CASE WHEN stored.rules & 1 > 0 THEN denomination END,
        CASE WHEN rule = 'tx0' THEN denomination END,
        CAST(NULL AS BIGINT)
    FROM btc.coinjoins AS stored
    WHERE tx_id < $since OR tx_id > $until
)
SELECT
    marked.ledger,
    marked.tx_id,
    mixes.tx_id AS parent,
    typed,
    whirlpool_of,
    tx0_of,
    CASE WHEN marked.rules & 1 > 0 THEN common END AS mixed_in,
    prev_value = common AND whirlpool_of = common OR prev_value > common AND tx0_of = common AS proven
FROM marked
INNER JOIN btc.inputs AS inputs ON inputs.tx_id = marked.tx_id AND inputs.ledger = marked.ledger
LEFT JOIN mixes ON mixes.tx_id = prev_txo - prev_txo % 131072 AND mixes.ledger = marked.ledger
WHERE inputs.tx_id BETWEEN $since AND $until;

WITH ancestors AS (
    SELECT
        ledger,
        tx_id,
        coalesce(bool_or(typed), false) AS spends_mix,
        count(*) FILTER (WHERE proven) AS proven
    FROM lineage
    GROUP BY ledger, tx_id
),
mixed AS (
    SELECT DISTINCT ledger, parent AS tx_id
    FROM lineage
    WHERE mixed_in = tx0_of
),
judged AS (
    SELECT
        marked.*,
        ancestors.proven = n_in AS lineage_holds,
        mixed.tx_id IS NOT NULL AS premix_mixed,
        CASE WHEN spends_mix THEN rules & 639 ELSE rules END AS remaining
    FROM mixed
    RIGHT JOIN (
        marked INNER JOIN ancestors ON ancestors.tx_id = marked.tx_id AND ancestors.ledger = marked.ledger
    ) ON mixed.tx_id = marked.tx_id AND mixed.ledger = marked.ledger
),
named AS (
    SELECT
        *,
        CASE
            WHEN remaining & 1 > 0 THEN 'whirlpool'
            WHEN remaining & 2 > 0 THEN 'wasabi2_strong'
            WHEN remaining & 4 > 0 THEN 'wasabi2_weak'
            WHEN remaining & 8 > 0 THEN 'wasabi1_coordinator'
            WHEN remaining & 16 > 0 THEN 'wasabi1_denomination'
            WHEN remaining & 32 > 0 THEN 'wasabi1_levels'
            WHEN remaining & 512 > 0 THEN 'tx0'
            WHEN remaining & 64 > 0 THEN 'joinmarket'
            WHEN remaining & 128 > 0 THEN 'equal_outputs'
            ELSE 'generic_2017'
        END AS rule
    FROM judged
    WHERE remaining > 0
),
entropies (n, bits) AS (
    VALUES (5, 10.546894), (6, 14.456483), (7, 18.703312), (8, 23.244025), (9, 28.045343), (10, 33.080870)
),
heights AS (
    SELECT ledger, max(height) AS as_of_height
    FROM btc.transactions
    WHERE tx_id BETWEEN $since AND $until
    GROUP BY ledger
)
SELECT
    named.tx_id,
    named.ledger,
    transactions.time,
    transactions.txid,
    CASE
        WHEN rule LIKE 'wasabi2%' THEN 'wasabi2'
        WHEN rule LIKE 'wasabi1%' THEN 'wasabi1'
        WHEN rule = 'equal_outputs' THEN 'other'
        WHEN rule = 'generic_2017' THEN 'generic'
        ELSE rule
    END AS kind,
    rule,
    CAST(remaining AS BIGINT) AS rules,
    CAST(
        CASE rule
            WHEN 'whirlpool' THEN CASE WHEN lineage_holds THEN 90 ELSE 60 END
            WHEN 'wasabi2_strong' THEN 90
            WHEN 'wasabi2_weak' THEN 60
            WHEN 'wasabi1_coordinator' THEN 90
            WHEN 'wasabi1_denomination' THEN 80
            WHEN 'wasabi1_levels' THEN
                floor(
                    floor(50 + 50 * (CAST(level AS DOUBLE) / s_in - 1.0 / 7) * 7 / 6)
                    / CASE WHEN both_shares THEN 1 ELSE 2 END
                )
            WHEN 'joinmarket' THEN 49
            WHEN 'equal_outputs' THEN 40
            WHEN 'generic_2017' THEN 30
            ELSE CASE WHEN premix_mixed THEN 90 ELSE 60 END
        END AS BIGINT
    ) AS confidence,
    transactions.input_count,
    transactions.output_count,
    CASE
        WHEN rule LIKE 'wasabi2%' THEN NULL
        WHEN rule = 'tx0' THEN 1
        WHEN rule = 'wasabi1_levels' THEN level
        WHEN rule = 'joinmarket' THEN maker_count
        ELSE most
    END AS participants,
    CASE
        WHEN rule LIKE 'wasabi2%' THEN NULL
        WHEN rule = 'tx0' THEN pool
        WHEN rule = 'joinmarket' THEN maker_value
        ELSE common
    END AS denomination,
    CASE
        WHEN rule LIKE 'wasabi2%' THEN NULL
        WHEN rule = 'tx0' THEN premixes
        WHEN rule = 'joinmarket' THEN maker_count
        ELSE most
    END AS equal_outputs,
    CAST(entropies.bits AS DOUBLE) AS entropy,
    heights.as_of_height
FROM heights
INNER JOIN (
    entropies
    RIGHT JOIN (
        named
        INNER JOIN btc.transactions AS transactions
            ON transactions.tx_id = named.tx_id AND transactions.ledger = named.ledger
    ) ON entropies.n = named.n_out AND named.rule = 'whirlpool'
) ON heights.ledger = named.ledger
WHERE transactions.tx_id BETWEEN $since AND $until
ORDER BY named.ledger, named.tx_id
