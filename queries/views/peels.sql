-- Peels
--
-- Holds     one row for each transaction with one input and two outputs of which one can be told to go on (`change_txo`): the
--           other was peeled off. `rule` says by what: the *cluster* of the coin that is spent; else the *fingerprint*, where
--           one output alone is spent by a transaction that looks the same; else the *larger* of two that differ ten times or
--           more, which is weak. CoinJoins are left out. `peel_chain` follows one coin by the same rules.
-- Name      btc.peels
-- Source    reference/crypto.md §5

WITH mixed AS (
    SELECT ledger, tx_id FROM btc.coinjoins WHERE kind <> 'tx0' AND confidence >= 40
),
alike AS (
    SELECT transactions.ledger, transactions.tx_id, transactions.txid, transactions.time, transactions.fee
    FROM btc.transactions AS transactions
    LEFT ANTI JOIN mixed ON mixed.tx_id = transactions.tx_id AND mixed.ledger = transactions.ledger
    WHERE transactions.input_count = 1 AND transactions.output_count = 2 AND NOT transactions.is_coinbase
),
spent AS (
    SELECT
        alike.ledger,
        alike.tx_id,
        alike.txid,
        alike.time,
        alike.fee,
        inputs.prev_txo,
        inputs.prev_value,
        inputs.account,
        coalesce(clusters.cluster_id, inputs.account) AS cluster_id
    FROM alike
    INNER JOIN btc.inputs AS inputs ON inputs.tx_id = alike.tx_id AND inputs.ledger = alike.ledger
    LEFT JOIN btc.clusters AS clusters ON clusters.account = inputs.account AND clusters.ledger = inputs.ledger
    WHERE inputs.prev_txo IS NOT NULL
),
paid AS (
    SELECT
        outputs.ledger,
        outputs.tx_id,
        outputs.txo,
        outputs.vout,
        outputs.value,
        outputs.account,
        coalesce(clusters.cluster_id, outputs.account) AS cluster_id,
        later.look
    FROM alike
    INNER JOIN btc.outputs AS outputs ON outputs.tx_id = alike.tx_id AND outputs.ledger = alike.ledger
    LEFT JOIN btc.clusters AS clusters ON clusters.account = outputs.account AND clusters.ledger = outputs.ledger
    LEFT JOIN btc.spends AS spends ON spends.prev_txo = outputs.txo AND spends.ledger = outputs.ledger
    LEFT JOIN btc.fingerprints AS later
        ON later.tx_id = spends.txi - spends.txi % 131072
        AND later.ledger = spends.ledger
),
judged AS (
    SELECT
        spent.*,
        one.txo AS first_txo,
        one.value AS first_value,
        one.account AS first_account,
        two.txo AS second_txo,
        two.value AS second_value,
        two.account AS second_account,
        coalesce(one.cluster_id = spent.cluster_id, false) AS first_own,
        coalesce(two.cluster_id = spent.cluster_id, false) AS second_own,
        coalesce(one.look = looks.look, false) AS first_alike,
        coalesce(two.look = looks.look, false) AS second_alike
    FROM spent
    INNER JOIN paid AS one ON one.tx_id = spent.tx_id AND one.ledger = spent.ledger AND one.vout = 0
    INNER JOIN paid AS two ON two.tx_id = spent.tx_id AND two.ledger = spent.ledger AND two.vout = 1
    LEFT JOIN btc.fingerprints AS looks ON looks.tx_id = spent.tx_id AND looks.ledger = spent.ledger
),
told AS (
    SELECT
        *,
        CASE
            WHEN first_own <> second_own THEN 'cluster'
            WHEN first_alike <> second_alike THEN 'fingerprint'
            WHEN first_value > 0 AND second_value * 10 <= first_value THEN 'larger'
            WHEN second_value > 0 AND first_value * 10 <= second_value THEN 'larger'
        END AS rule,
        CASE
            WHEN first_own <> second_own THEN first_own
            WHEN first_alike <> second_alike THEN first_alike
            ELSE first_value > second_value
        END AS first_goes_on
    FROM judged
)
SELECT
    ledger,
    tx_id,
    txid,
    time,
    prev_txo,
    prev_value,
    account,
    CASE WHEN first_goes_on THEN first_txo ELSE second_txo END AS change_txo,
    CASE WHEN first_goes_on THEN first_value ELSE second_value END AS change_value,
    CASE WHEN first_goes_on THEN first_account ELSE second_account END AS change_account,
    CASE WHEN first_goes_on THEN second_txo ELSE first_txo END AS peeled_txo,
    CASE WHEN first_goes_on THEN second_value ELSE first_value END AS peeled_value,
    CASE WHEN first_goes_on THEN second_account ELSE first_account END AS peeled_account,
    fee,
    rule
FROM told
WHERE rule IS NOT NULL
