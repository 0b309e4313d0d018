-- Transactions that are struck out of the evidence for clusters
--
-- Holds     those of which the last word is that they say nothing of who owns their inputs, with who said so and why. The
--           earlier words are in btc.strikes.
-- Name      btc.struck

SELECT transactions.ledger, transactions.tx_id, strikes.txid, strikes.who, strikes.why, strikes.time
FROM (
    SELECT strikes.*
    FROM btc.strikes AS strikes
    INNER JOIN (
        SELECT ledger, txid, max(revision) AS revision FROM btc.strikes GROUP BY ledger, txid
    ) AS last ON last.ledger = strikes.ledger AND last.txid = strikes.txid AND last.revision = strikes.revision
    WHERE strikes.struck
) AS strikes
INNER JOIN btc.transactions AS transactions
    ON transactions.txid = strikes.txid AND transactions.ledger = strikes.ledger
