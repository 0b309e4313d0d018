-- How transactions look
--
-- Holds     for each transaction a number that is equal where wallets that wrote two of them may be the same: version, use
--           of the lock time, of replacement and of witnesses, and the type of script that is spent; NULL where a list of
--           single transactions does not say. Whether change goes to a fresh script is not looked at.
-- Name      btc.fingerprints
-- Source    Kappos et al., How to Peel a Million, 2022; reference/crypto.md §5

WITH spent AS (
    SELECT
        ledger,
        tx_id,
        bool_or(sequence < 4294967294) AS replaceable,
        bool_or(has_witness) AS segwit,
        min(prev_script_type) AS script_type,
        min(prev_script_type) = max(prev_script_type) AS one_type
    FROM btc.inputs
    GROUP BY ledger, tx_id
)
SELECT
    transactions.ledger,
    transactions.tx_id,
    transactions.time,
    CASE
        WHEN transactions.version IS NOT NULL AND transactions.locktime IS NOT NULL AND spent.replaceable IS NOT NULL
            THEN key_hash(
                CAST(transactions.version AS VARCHAR),
                CAST(transactions.locktime > 0 AS VARCHAR),
                CAST(spent.replaceable AS VARCHAR),
                CAST(coalesce(spent.segwit, false) AS VARCHAR),
                CASE WHEN spent.one_type THEN spent.script_type ELSE 'several' END
            )
    END AS look
FROM btc.transactions AS transactions
INNER JOIN spent ON spent.tx_id = transactions.tx_id AND spent.ledger = transactions.ledger
