-- Which outputs may be change: one vote a heuristic
--
-- Finds     for each spendable output of a transaction that has two or more of them and is no CoinJoin: the heuristics that
--           do not rule it out as change (`cand`), and those that leave it alone (`uniq`).
-- Matters   Change belongs to whoever paid. No heuristic is proof, so none unites anything here: a bit is a column for the
--           analyst, and the bits are meant to be combined.
-- Innocent  Every one is wrong at times: wallets that change their habits, payments of odd amounts, receivers that use a
--           fresh address for every payment, as they should.
-- Misses    multi_input_change (2048, kept free: it needs clusters), fiat_round (needs the price that the payer saw),
--           unnecessary_input (its source does not say of which output it speaks), and of the fingerprints all but the
--           version: orders, signatures and multisig are not in the tables, the rest has no formula to check against.
-- Rules     1 address_reuse: its script is among the input scripts. 2 address_type: all inputs share a type and it has
--           that. 4 optimal_change: smaller than every input; nothing with one input. 8 power_of_ten: no multiple of
--           $round. 16 client_behaviour: its script was never seen before. 32 locktime, 64 fixed_fee (sat per 1,000 vB),
--           8192 version: unspent, or the spender is like this transaction. 128 peeling_chain: this is a peel, and the
--           output is unspent or spent by one. 256 spent. 512 legacy: smaller than every input and a new script. 1024
--           one_time_change: up to ten outputs, the one type of the inputs, no multiple of 1,000, smaller than every
--           input, a script that receives here alone, once, and spends at most once. 4096 meiklejohn: the only new script,
--           and no input script is paid. 16384 never_reused: its script does not receive again. 32768 round_payment:
--           another output is a multiple of $round. 65536 value_ratio: of two outputs the larger, if it is $ratio times the
--           other. 512, 1024 and 4096 speak only where they leave one output. A heuristic that needs what is not known
--           (a lock time, a weight) is silent.
-- As of     `as_of_height`: 32, 64, 128, 256, 1024, 8192 and 16384 look at what came later, and change as outputs are spent.
-- Cost      outputs from $since to $until, sorted by transaction, with their spenders; one pass over all outputs and inputs
--           for the first and last time that their scripts received or spent.
-- Source    BlockSci; GraphSense; Meiklejohn et al., A Fistful of Bitcoins, 2013; reference/crypto.md §3
--
-- @param since  BIGINT  -1
-- @param until  BIGINT  9223372036854775807
-- @param round  BIGINT  1000000
-- @param ratio  BIGINT  100
--
-- @table btc.change_votes
-- @from btc.transactions, btc.outputs, btc.inputs, btc.coinjoins
-- @on_demand

CREATE TABLE scripts AS
SELECT DISTINCT ledger, account
FROM btc.outputs
WHERE tx_id BETWEEN $since AND $until AND spendable AND account IS NOT NULL;

CREATE TABLE lives AS
WITH received AS (
    SELECT outputs.ledger, outputs.account, min(tx_id) AS first_in, max(tx_id) AS last_in
    FROM btc.outputs AS outputs
    LEFT SEMI JOIN scripts ON scripts.account = outputs.account AND scripts.ledger = outputs.ledger
    GROUP BY outputs.ledger, outputs.account
),
spent AS (
    SELECT inputs.ledger, inputs.account, min(tx_id) AS first_out, max(tx_id) AS last_out
    FROM btc.inputs AS inputs
    LEFT SEMI JOIN scripts ON scripts.account = inputs.account AND scripts.ledger = inputs.ledger
    GROUP BY inputs.ledger, inputs.account
)
SELECT received.ledger, received.account, first_in, last_in, first_out, last_out
FROM spent
RIGHT JOIN received ON spent.account = received.account AND spent.ledger = received.ledger;

-- An output's number without its last 17 bits is its transaction's.
CREATE TABLE payers AS
SELECT
    ledger,
    tx_id,
    min(prev_value) AS least_in,
    CASE WHEN min(prev_script_type) = max(prev_script_type) AND count(prev_script_type) = count(*)
        THEN min(prev_script_type)
    END AS input_type,
    min(prev_txo - prev_txo % 131072) AS funding
FROM btc.inputs
WHERE tx_id BETWEEN $since AND $until
GROUP BY ledger, tx_id;

WITH payments AS (
    SELECT
        transactions.ledger,
        transactions.tx_id,
        transactions.input_count,
        transactions.output_count,
        transactions.locktime > 0 AS locked,
        1000 * transactions.fee / ceil(transactions.weight / 4.0) AS fee_rate,
        transactions.version,
        least_in,
        input_type,
        funding.input_count = 1 AND funding.output_count = 2 AS funded_by_peel
    FROM btc.transactions AS funding
    RIGHT JOIN (
        payers
        INNER JOIN btc.transactions AS transactions
            ON transactions.tx_id = payers.tx_id AND transactions.ledger = payers.ledger
    ) ON funding.tx_id = payers.funding AND funding.ledger = payers.ledger AND transactions.input_count = 1
    LEFT ANTI JOIN (SELECT ledger, tx_id FROM btc.coinjoins WHERE kind <> 'tx0') AS mixes
        ON mixes.tx_id = transactions.tx_id AND mixes.ledger = transactions.ledger
    WHERE transactions.tx_id BETWEEN $since AND $until
        AND NOT transactions.is_coinbase
        AND transactions.fee IS NOT NULL
        AND transactions.output_count >= 2
),
own AS (
    SELECT DISTINCT ledger, tx_id, account
    FROM btc.inputs
    WHERE tx_id BETWEEN $since AND $until
),
spenders AS (
    SELECT
        spends.ledger,
        spends.prev_txo,
        spender.input_count = 1 AND spender.output_count = 2 AS peels,
        spender.locktime > 0 AS locked,
        1000 * spender.fee / ceil(spender.weight / 4.0) AS fee_rate,
        spender.version
    FROM btc.spends AS spends
    INNER JOIN btc.transactions AS spender
        ON spender.tx_id = spends.txi - spends.txi % 131072 AND spender.ledger = spends.ledger
),
coins AS (
    SELECT
        outputs.ledger,
        outputs.txo,
        outputs.tx_id,
        outputs.value,
        payments.input_count,
        payments.output_count,
        own.account IS NOT NULL AS reused,
        outputs.script_type = input_type AS same_type,
        outputs.value < least_in AS below_inputs,
        outputs.value % $round <> 0 AS odd,
        first_in = outputs.tx_id AS new,
        last_in = outputs.tx_id AS last,
        first_out IS NULL OR first_out = last_out AS spends_once,
        spenders.prev_txo IS NOT NULL AS is_spent,
        payments.locked IS NOT NULL AND coalesce(spenders.locked = payments.locked, true) AS like_locktime,
        payments.fee_rate IS NOT NULL
            AND coalesce(floor(spenders.fee_rate) = floor(payments.fee_rate), true) AS like_fee,
        payments.version IS NOT NULL AND coalesce(spenders.version = payments.version, true) AS like_version,
        payments.input_count = 1 AND payments.output_count = 2 AS looks_like_peel,
        coalesce(funded_by_peel, false) AS funded_by_peel,
        coalesce(spenders.peels, false) AS spent_by_peel,
        count(*) OVER tx AS siblings,
        count(*) OVER (PARTITION BY outputs.ledger, outputs.tx_id, outputs.account) AS paid_here,
        count(*) FILTER (WHERE outputs.value % $round = 0) OVER tx AS round_outputs,
        max(outputs.value) OVER tx AS largest,
        min(outputs.value) OVER tx AS smallest,
        count(*) FILTER (WHERE spenders.peels) OVER tx AS peeled_on,
        count(own.account) OVER tx AS reuses
    FROM own
    RIGHT JOIN (
        lives
        RIGHT JOIN (
            spenders
            RIGHT JOIN (
                payments
                INNER JOIN btc.outputs AS outputs
                    ON outputs.tx_id = payments.tx_id AND outputs.ledger = payments.ledger
            ) ON spenders.prev_txo = outputs.txo AND spenders.ledger = outputs.ledger
        ) ON lives.account = outputs.account AND lives.ledger = outputs.ledger
    ) ON own.tx_id = outputs.tx_id AND own.account = outputs.account AND own.ledger = outputs.ledger
    WHERE outputs.tx_id BETWEEN $since AND $until AND outputs.spendable
    WINDOW tx AS (PARTITION BY outputs.ledger, outputs.tx_id)
),
asked AS (
    SELECT
        ledger,
        txo,
        tx_id,
        CASE WHEN reused THEN 1 ELSE 0 END AS address_reuse,
        CASE WHEN same_type THEN 1 ELSE 0 END AS address_type,
        CASE WHEN input_count >= 2 AND below_inputs THEN 1 ELSE 0 END AS optimal_change,
        CASE WHEN odd THEN 1 ELSE 0 END AS power_of_ten,
        CASE WHEN new THEN 1 ELSE 0 END AS client_behaviour,
        CASE WHEN like_locktime THEN 1 ELSE 0 END AS locktime,
        CASE WHEN like_fee THEN 1 ELSE 0 END AS fixed_fee,
        CASE
            WHEN looks_like_peel AND (funded_by_peel OR peeled_on > 0) AND (NOT is_spent OR spent_by_peel) THEN 1 ELSE 0
        END AS peeling_chain,
        CASE WHEN is_spent THEN 1 ELSE 0 END AS spent,
        CASE WHEN below_inputs AND new THEN 1 ELSE 0 END AS legacy,
        CASE
            WHEN output_count BETWEEN 2 AND 10
                AND same_type
                AND value % 1000 <> 0
                AND below_inputs
                AND new
                AND last
                AND paid_here = 1
                AND spends_once
            THEN 1 ELSE 0
        END AS one_time_change,
        CASE WHEN new AND reuses = 0 THEN 1 ELSE 0 END AS meiklejohn,
        CASE WHEN like_version THEN 1 ELSE 0 END AS version,
        CASE WHEN last THEN 1 ELSE 0 END AS never_reused,
        CASE WHEN round_outputs > CASE WHEN odd THEN 0 ELSE 1 END THEN 1 ELSE 0 END AS round_payment,
        CASE
            WHEN siblings = 2 AND value = largest AND smallest > 0 AND largest >= $ratio * smallest THEN 1 ELSE 0
        END AS value_ratio
    FROM coins
    WHERE siblings >= 2
),
-- A vote is a heuristic that leaves one output.
counted AS (
    SELECT
        *,
        CASE WHEN sum(address_reuse) OVER tx = 1 THEN address_reuse ELSE 0 END AS only_address_reuse,
        CASE WHEN sum(address_type) OVER tx = 1 THEN address_type ELSE 0 END AS only_address_type,
        CASE WHEN sum(optimal_change) OVER tx = 1 THEN optimal_change ELSE 0 END AS only_optimal_change,
        CASE WHEN sum(power_of_ten) OVER tx = 1 THEN power_of_ten ELSE 0 END AS only_power_of_ten,
        CASE WHEN sum(client_behaviour) OVER tx = 1 THEN client_behaviour ELSE 0 END AS only_client_behaviour,
        CASE WHEN sum(locktime) OVER tx = 1 THEN locktime ELSE 0 END AS only_locktime,
        CASE WHEN sum(fixed_fee) OVER tx = 1 THEN fixed_fee ELSE 0 END AS only_fixed_fee,
        CASE WHEN sum(peeling_chain) OVER tx = 1 THEN peeling_chain ELSE 0 END AS only_peeling_chain,
        CASE WHEN sum(spent) OVER tx = 1 THEN spent ELSE 0 END AS only_spent,
        CASE WHEN sum(legacy) OVER tx = 1 THEN legacy ELSE 0 END AS only_legacy,
        CASE WHEN sum(one_time_change) OVER tx = 1 THEN one_time_change ELSE 0 END AS only_one_time_change,
        CASE WHEN sum(meiklejohn) OVER tx = 1 THEN meiklejohn ELSE 0 END AS only_meiklejohn,
        CASE WHEN sum(version) OVER tx = 1 THEN version ELSE 0 END AS only_version,
        CASE WHEN sum(never_reused) OVER tx = 1 THEN never_reused ELSE 0 END AS only_never_reused,
        CASE WHEN sum(round_payment) OVER tx = 1 THEN round_payment ELSE 0 END AS only_round_payment,
        CASE WHEN sum(value_ratio) OVER tx = 1 THEN value_ratio ELSE 0 END AS only_value_ratio
    FROM asked
    WINDOW tx AS (PARTITION BY ledger, tx_id)
),
heights AS (
    SELECT ledger, max(height) AS as_of_height FROM btc.transactions GROUP BY ledger
),
voted AS (
    SELECT
        ledger,
        txo,
        tx_id,
        address_reuse + 2 * address_type + 4 * optimal_change + 8 * power_of_ten + 16 * client_behaviour
            + 32 * locktime + 64 * fixed_fee + 128 * peeling_chain + 256 * spent + 512 * only_legacy
            + 1024 * only_one_time_change + 4096 * only_meiklejohn + 8192 * version + 16384 * never_reused
            + 32768 * round_payment + 65536 * value_ratio AS cand,
        only_address_reuse + 2 * only_address_type + 4 * only_optimal_change + 8 * only_power_of_ten
            + 16 * only_client_behaviour + 32 * only_locktime + 64 * only_fixed_fee + 128 * only_peeling_chain
            + 256 * only_spent + 512 * only_legacy + 1024 * only_one_time_change + 4096 * only_meiklejohn
            + 8192 * only_version + 16384 * only_never_reused + 32768 * only_round_payment
            + 65536 * only_value_ratio AS uniq,
        only_address_reuse + only_address_type + only_optimal_change + only_power_of_ten
            + only_client_behaviour + only_locktime + only_fixed_fee + only_peeling_chain + only_spent
            + only_legacy + only_one_time_change + only_meiklejohn + only_version + only_never_reused
            + only_round_payment + only_value_ratio AS votes
    FROM counted
)
SELECT
    txo,
    voted.ledger,
    tx_id,
    CAST(cand AS BIGINT) AS cand,
    CAST(uniq AS BIGINT) AS uniq,
    CAST(votes AS BIGINT) AS votes,
    as_of_height
FROM heights
INNER JOIN voted ON voted.ledger = heights.ledger
WHERE cand > 0
ORDER BY voted.ledger, txo
