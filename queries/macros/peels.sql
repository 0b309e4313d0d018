-- What was peeled off a coin
--
-- Answers   the peel chain that begins with the coin `txid:vout`: each peel, to whom it went and what told it from the
--           change, and where the chain ends; stopped at CoinJoins and at accounts that a tag pack or the lake names as a
--           service's. A chain of fewer than three peels says little.
-- Example   SELECT * FROM peels('f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16:1')
-- Source    reference/crypto.md §5
--
-- @param coin          VARCHAR  required
-- @param max_hops      BIGINT   100
-- @param until_height  BIGINT   2147483647
-- @param ledger        VARCHAR  'btc'

SELECT
    chain.step,
    chain.status,
    chain.hop,
    transactions.txid,
    transactions.time,
    chain.value,
    identifier(chain.account) AS address,
    chain.peeled_value,
    identifier(chain.peeled_account) AS peeled_address,
    tags.category AS peeled_category,
    tags.actor AS peeled_actor,
    chain.fee,
    CAST(chain.dwell / 1000000 AS BIGINT) AS dwell_seconds,
    chain.rule
FROM peel_chain(
    (SELECT txo, tx_id, value, account, spendable FROM btc.outputs WHERE ledger = $ledger),
    inputs => (
        SELECT txi, tx_id, prev_txo, prev_value, prev_txid IS NULL AS coinbase FROM btc.inputs WHERE ledger = $ledger
    ),
    spends => (SELECT prev_txo, txi FROM btc.spends WHERE ledger = $ledger),
    looks => (SELECT tx_id, time, look FROM btc.fingerprints WHERE ledger = $ledger),
    clusters => (SELECT account, cluster_id FROM btc.clusters WHERE ledger = $ledger),
    seeds => (
        SELECT outputs.txo
        FROM btc.transactions AS made
        INNER JOIN btc.outputs AS outputs ON outputs.tx_id = made.tx_id AND outputs.ledger = made.ledger
        WHERE made.ledger = $ledger
            AND made.txid = split_part($coin, ':', 1)
            AND outputs.vout = TRY_CAST(split_part($coin, ':', 2) AS BIGINT)
    ),
    max_hops => $max_hops,
    until_height => $until_height,
    stop_transactions => (SELECT tx_id FROM btc.coinjoins WHERE ledger = $ledger AND kind <> 'tx0' AND confidence >= 40),
    stop => (SELECT account FROM btc.services WHERE ledger = $ledger)
) AS chain
LEFT JOIN btc.transactions AS transactions ON transactions.tx_id = chain.tx_id AND transactions.ledger = $ledger
LEFT JOIN btc.clusters AS clusters ON clusters.account = chain.peeled_account AND clusters.ledger = $ledger
LEFT JOIN btc.cluster_tags AS tags
    ON tags.cluster_id = coalesce(clusters.cluster_id, chain.peeled_account)
    AND tags.ledger = $ledger
ORDER BY chain.step
