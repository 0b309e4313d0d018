-- Why two addresses are in one cluster
--
-- Answers   the transactions and heuristics that join them, weakest first: the link of `weakness` 1 is the one without
--           which nothing would. No row: nothing joins them. Each link says that two accounts were spent by one
--           transaction, which is a fact; that they therefore have one owner is the heuristic.
-- Example   SELECT * FROM why_linked('mjiGKYjgj5FhFtVFTm8WLWvHchjpeHtmTn', 'mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r', 'btc-regtest')
-- Source    reference/crypto.md §2
--
-- @param a       VARCHAR  required
-- @param b       VARCHAR  required
-- @param ledger  VARCHAR  'btc'

SELECT
    path.weakness,
    path.step,
    identifier(path.account_a) AS address_a,
    identifier(path.account_b) AS address_b,
    merges.heuristic,
    transactions.txid,
    transactions.height,
    transactions.time
FROM forest_path(
    (
        SELECT rank, tx_id, place, account_a, account_b
        FROM btc.merges
        WHERE status = 'merged'
            AND cluster_id IN (SELECT cluster_id FROM btc.clusters WHERE account = account($ledger, $a))
    ),
    a => account($ledger, $a),
    b => account($ledger, $b)
) AS path
INNER JOIN btc.merges AS merges
    ON merges.tx_id = path.tx_id AND merges.place = path.place AND merges.rank = path.rank AND merges.ledger = $ledger
INNER JOIN btc.transactions AS transactions ON transactions.tx_id = path.tx_id AND transactions.ledger = $ledger
ORDER BY path.weakness
