-- The truth beside an invented chain
--
-- Reads     what `headwater synth --chain` writes beside its blocks: which wallet each script belongs to, and what each
--           transaction was. Import the blocks first. `change.csv` is left alone.
-- Traps     For measuring, never an input to a detector.
-- Grade     A1
-- Source    headwater synth
--
-- @param ledger  VARCHAR  'btc'
--
-- @file wallets.csv
-- @counts btc.wallets

CREATE VIEW rows AS
SELECT position, byte_offset, byte_length, error, script, wallet, holder FROM read_csv($path);

INSERT INTO btc.wallets
SELECT account($ledger, decode(script, 'hex')) AS account, $ledger AS ledger, CAST(wallet AS BIGINT) AS wallet, holder, position
FROM rows
WHERE error IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, error AS reason
FROM rows
WHERE error IS NOT NULL;

-- @file transactions.csv
-- @counts btc.labelled

CREATE VIEW rows AS
SELECT position, byte_offset, byte_length, error, txid, kind, CAST(height AS BIGINT) AS height FROM read_csv($path);

INSERT INTO btc.labelled
SELECT
    coalesce(transactions.tx_id, -1) AS tx_id,
    $ledger AS ledger,
    rows.txid,
    'synth' AS data_set,
    CASE
        WHEN rows.kind IN ('whirlpool', 'wasabi1', 'wasabi2', 'joinmarket', 'tx0') THEN rows.kind
        ELSE 'none'
    END AS label,
    rows.position
FROM rows
LEFT JOIN btc.transactions AS transactions ON transactions.txid = rows.txid AND transactions.ledger = $ledger
WHERE rows.error IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, error AS reason
FROM rows
WHERE error IS NOT NULL;
