-- Bitcoin blocks, as Bitcoin Core keeps them
--
-- Reads     a folder with `blk*.dat` (and `xor.dat`, when Core wrote one), one such file, or single raw blocks. A row is
--           a block. Blocks may lie out of order; those not on the branch with most work are refused as stale, and so is
--           a record that is cut off or does not parse.
-- Traps     Header time is not monotonic: the order is height, then place in the block. What an input spends is looked up
--           in the source and in the lake; one that is found in neither refuses the import and is named. A single raw block
--           may be imported alone all the same, and others with `--set options=missing=allow`: such inputs have no value and
--           no account, their transactions no fee, and they move nothing in `flow.transfers`.
-- Flow      Chain money is address to address (`btc.cluster_flows` has clusters): in each transaction what a script loses is shared
--           among the scripts that gain, in proportion, by largest remainder. Newly minted coins come from `coinbase`.
-- Grade     A1
-- Source    Bitcoin Core; reference/crypto.md
--
-- @param network  VARCHAR  ''
-- @param options  VARCHAR  ''
--
-- @folder blk*.dat
-- @counts btc.blocks

COPY (
    SELECT
        missing.prev_txid AS txid,
        missing.prev_vout AS vout,
        outputs.txo,
        outputs.value,
        outputs.script,
        accounts.identifier
    FROM btc.transactions AS transactions
    INNER JOIN read_bitcoin_missing($path, $network, '', $options) AS missing ON missing.prev_txid = transactions.txid
    INNER JOIN btc.outputs AS outputs ON outputs.tx_id = transactions.tx_id AND outputs.vout = missing.prev_vout
    LEFT JOIN flow.accounts AS accounts ON accounts.account = outputs.account
) TO 'prevouts';

CREATE VIEW blocks AS
SELECT * FROM read_bitcoin_blocks($path, $network, $prevouts, $options) INNER JOIN import.files USING (file);

INSERT INTO flow.accounts
SELECT
    account(ledger, script) AS account,
    ledger,
    identifier_text(ledger, script) AS identifier,
    min(script_type) AS kind,
    CAST(NULL AS VARCHAR) AS bank,
    min(source_id) AS source_id
FROM read_bitcoin_outputs($path, $network, $prevouts, $options)
INNER JOIN import.files USING (file)
WHERE spendable OR script_type <> 'null_data'
GROUP BY ledger, script
UNION ALL
SELECT account(ledger, 'coinbase'), ledger, 'coinbase', 'coinbase', CAST(NULL AS VARCHAR), min(source_id)
FROM blocks
WHERE error IS NULL
GROUP BY ledger;

INSERT INTO btc.blocks
SELECT height, ledger, hash, prev_hash, time, version, bits, nonce, tx_count, size, weight, source_id
FROM blocks
WHERE error IS NULL;

INSERT INTO btc.transactions
SELECT
    tx_id, ledger, txid, time, height, tx_index, version, locktime, size, weight, is_coinbase, input_count,
    output_count, input_value, output_value, fee
FROM read_bitcoin_transactions($path, $network, $prevouts, $options);

INSERT INTO btc.outputs
SELECT
    txo,
    ledger,
    time,
    CASE WHEN script_type <> 'null_data' THEN account(ledger, script) END AS account,
    value,
    tx_id,
    vout,
    script_type,
    spendable,
    CASE WHEN script_type IN ('p2pk', 'multisig', 'null_data', 'nonstandard') THEN script END AS script
FROM read_bitcoin_outputs($path, $network, $prevouts, $options);

INSERT INTO btc.inputs
SELECT
    txi,
    ledger,
    time,
    account(ledger, prev_script) AS account,
    prev_txo,
    prev_value,
    tx_id,
    prev_txid,
    prev_vout,
    sequence,
    has_witness,
    sighash,
    prev_script_type
FROM read_bitcoin_inputs($path, $network, $prevouts, $options);

INSERT INTO btc.spends
SELECT prev_txo, ledger, txi
FROM read_bitcoin_inputs($path, $network, $prevouts, $options)
WHERE prev_txo IS NOT NULL;

INSERT INTO flow.transfers
SELECT
    key_hash(ledger, txid, ordinal) AS transfer_id,
    time,
    coalesce(account(ledger, payer_script), account(ledger, 'coinbase')) AS src,
    account(ledger, payee_script) AS dst,
    in_coins(value, 8) AS amount,
    'BTC' AS asset,
    in_eur(in_coins(value, 8), rates.per_eur) AS value_eur,
    ledger,
    'chain' AS channel,
    txid AS reference,
    tx_id + ordinal AS position,
    source_id
FROM flow.rates_daily AS rates
RIGHT JOIN (
    import.files INNER JOIN read_bitcoin_transfers($path, $network, $prevouts, $options) USING (file)
) ON rates.currency = 'BTC' AND rates.day = CAST(time AS DATE);

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, error AS reason, source_id
FROM blocks
WHERE error IS NOT NULL;

-- @undo
DELETE FROM btc.blocks WHERE ledger = $ledger AND height >= $height;

DELETE FROM btc.transactions WHERE ledger = $ledger AND tx_id >= $height * 4294967296;

DELETE FROM btc.outputs WHERE ledger = $ledger AND txo >= $height * 4294967296;

DELETE FROM btc.inputs WHERE ledger = $ledger AND txi >= $height * 4294967296;

DELETE FROM btc.spends WHERE ledger = $ledger AND txi >= $height * 4294967296;

DELETE FROM btc.coinjoins WHERE ledger = $ledger AND tx_id >= $height * 4294967296;

DELETE FROM flow.transfers WHERE ledger = $ledger AND position >= $height * 4294967296;
