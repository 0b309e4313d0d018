-- Where a coin went
--
-- Answers   the outputs that the coin `txid:vout` became, transaction by transaction, and where it rests; stopped at
--           CoinJoins and at accounts that a tag pack or the lake names as a service's.
-- Example   SELECT * FROM where_went('f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16:0', method => 'fifo')
-- Source    reference/crypto.md §6, §7
--
-- @param coin          VARCHAR  required
-- @param method        VARCHAR  'fifo'
-- @param max_hops      BIGINT   6
-- @param until_height  BIGINT   2147483647
-- @param min_amount    BIGINT   0
-- @param ledger        VARCHAR  'btc'

SELECT
    trace.step,
    trace.status,
    trace.hop,
    transactions.txid || CASE WHEN trace.txo IS NULL THEN '' ELSE ':' || CAST(trace.txo - trace.tx_id AS VARCHAR) END AS coin,
    transactions.time,
    identifier(trace.account) AS address,
    trace.value,
    trace.traced,
    trace.share,
    via.txid AS via_txid,
    next.txid AS next_txid,
    trace.truncated
FROM trace_coins_forward(
    (SELECT txo, tx_id, value, account, spendable FROM btc.outputs WHERE ledger = $ledger),
    inputs => (
        SELECT txi, tx_id, prev_txo, prev_value, prev_txid IS NULL AS coinbase FROM btc.inputs WHERE ledger = $ledger
    ),
    spends => (SELECT prev_txo, txi FROM btc.spends WHERE ledger = $ledger),
    seeds => (
        SELECT outputs.txo
        FROM btc.transactions AS made
        INNER JOIN btc.outputs AS outputs ON outputs.tx_id = made.tx_id AND outputs.ledger = made.ledger
        WHERE made.ledger = $ledger
            AND made.txid = split_part($coin, ':', 1)
            AND outputs.vout = TRY_CAST(split_part($coin, ':', 2) AS BIGINT)
    ),
    method => $method,
    max_hops => $max_hops,
    until_height => $until_height,
    min_amount => $min_amount,
    stop_transactions => (SELECT tx_id FROM btc.coinjoins WHERE ledger = $ledger AND kind <> 'tx0' AND confidence >= 40),
    stop => (SELECT account FROM btc.services WHERE ledger = $ledger)
) AS trace
INNER JOIN btc.transactions AS transactions ON transactions.tx_id = trace.tx_id AND transactions.ledger = $ledger
LEFT JOIN btc.transactions AS via ON via.tx_id = trace.via_tx_id AND via.ledger = $ledger
LEFT JOIN btc.transactions AS next ON next.tx_id = trace.next_tx_id AND next.ledger = $ledger
ORDER BY trace.step
