-- Single Bitcoin transactions, with what they spend
--
-- Reads     transactions that come one by one instead of in blocks: JSON of the Esplora API (one object, a list, or one a
--           line, also gzipped) and the lines of Dumplings' scanner, single files, folders or archives of them. A row is a
--           record. Some are labelled: what a transaction is said to be goes to `btc.labelled`, by the name of the file
--           (`SamouraiCoinJoins`, `SamouraiTx0s`, `Wasabi2CoinJoins`, `WasabiPostMixTxs`, …) or as $label.
-- Traps     Such a list has no blocks. A height that is not said is estimated from the time (mainnet only, to some
--           hundred blocks), or is $height where there is no time either; a place in the block that is not said is
--           16,384 or later; what is spent is resolved within the files read together, and in no other. So import them
--           into a lake of their own: a record whose place is taken, or whose transaction stands elsewhere in the lake, is
--           refused. Dumplings says no version, lock time, sequence, weight or witness: they are NULL. A label is a claim,
--           for measuring, never an input to a detector; lists of what surrounds the mixes of a period hold mixes of
--           another. Nothing goes to `flow.transfers`.
-- Grade     B2
-- Source    github.com/Blockstream/esplora (API); github.com/nopara73/Dumplings
--
-- @param network   VARCHAR  'main'
-- @param height    VARCHAR  ''
-- @param label     VARCHAR  'unknown'
-- @param data_set  VARCHAR  ''
--
-- @folder *.txt, *.json, *.ndjson, *.ndjson.gz
-- @counts btc.labelled

CREATE VIEW records AS
SELECT
    loose.*,
    source_id,
    coalesce(
        error,
        CASE
            WHEN at_place.txid <> loose.txid THEN 'another transaction has its place: import it into a lake of its own'
            WHEN elsewhere.tx_id <> loose.tx_id THEN 'the transaction is in the lake at another place'
        END
    ) AS refused
FROM import.files
INNER JOIN read_loose_transactions($path, $network, $height) AS loose USING (file)
LEFT JOIN btc.transactions AS at_place ON at_place.tx_id = loose.tx_id AND at_place.ledger = loose.ledger
LEFT JOIN btc.transactions AS elsewhere ON elsewhere.txid = loose.txid AND elsewhere.ledger = loose.ledger;

CREATE VIEW accepted AS
SELECT DISTINCT ledger, tx_id
FROM records
WHERE refused IS NULL;

INSERT INTO btc.labelled
SELECT
    tx_id,
    ledger,
    txid,
    CASE
        WHEN $data_set <> '' THEN $data_set
        WHEN file LIKE 'Samourai%' THEN 'samourai'
        WHEN file LIKE 'Wasabi2%' THEN 'wasabi2'
        WHEN file LIKE 'Wasabi%' THEN 'wasabi'
        ELSE regexp_replace(file, '\..*$', '')
    END AS data_set,
    CASE
        WHEN file LIKE 'SamouraiCoinJoins%' OR file LIKE 'whirlpool%' THEN 'whirlpool'
        WHEN file LIKE 'SamouraiTx0s%' THEN 'tx0'
        WHEN file LIKE 'Wasabi2CoinJoins%' OR file LIKE 'wabisabi%' THEN 'wasabi2'
        WHEN file LIKE 'WasabiCoinJoins%' THEN 'wasabi1'
        WHEN file LIKE 'joinmarket%' THEN 'joinmarket'
        WHEN file LIKE 'OtherCoinJoins%' THEN 'other'
        WHEN file LIKE '%PostMixTxs%' THEN 'postmix'
        ELSE $label
    END AS label,
    source_id,
    position
FROM records
WHERE refused IS NULL;

INSERT INTO flow.accounts
SELECT
    account(ledger, script) AS account,
    ledger,
    identifier_text(ledger, script) AS identifier,
    min(script_type) AS kind,
    min(source_id) AS source_id
FROM (
    SELECT file, tx_id, ledger, script, script_type
    FROM read_loose_outputs($path, $network, $height)
    WHERE spendable OR script_type <> 'null_data'
    UNION ALL
    SELECT file, tx_id, ledger, prev_script, prev_script_type
    FROM read_loose_inputs($path, $network, $height)
    WHERE prev_script IS NOT NULL
) AS scripts
INNER JOIN import.files USING (file)
LEFT SEMI JOIN accepted ON accepted.tx_id = scripts.tx_id AND accepted.ledger = scripts.ledger
GROUP BY ledger, script;

INSERT INTO btc.outputs
SELECT
    txo,
    outputs.ledger,
    time,
    CASE WHEN script_type <> 'null_data' THEN account(outputs.ledger, script) END AS account,
    value,
    outputs.tx_id,
    vout,
    script_type,
    spendable,
    CASE WHEN script_type IN ('p2pk', 'multisig', 'null_data', 'nonstandard') THEN script END AS script
FROM read_loose_outputs($path, $network, $height) AS outputs
LEFT SEMI JOIN accepted ON accepted.tx_id = outputs.tx_id AND accepted.ledger = outputs.ledger;

INSERT INTO btc.inputs
SELECT
    txi,
    inputs.ledger,
    time,
    account(inputs.ledger, prev_script) AS account,
    prev_txo,
    prev_value,
    inputs.tx_id,
    prev_txid,
    prev_vout,
    sequence,
    has_witness,
    prev_script_type
FROM read_loose_inputs($path, $network, $height) AS inputs
LEFT SEMI JOIN accepted ON accepted.tx_id = inputs.tx_id AND accepted.ledger = inputs.ledger;

INSERT INTO btc.spends
SELECT prev_txo, inputs.ledger, txi
FROM read_loose_inputs($path, $network, $height) AS inputs
LEFT SEMI JOIN accepted ON accepted.tx_id = inputs.tx_id AND accepted.ledger = inputs.ledger
WHERE prev_txo IS NOT NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, source_id
FROM records
WHERE refused IS NOT NULL;

-- Last, because it is what makes a place taken.
INSERT INTO btc.transactions
SELECT
    tx_id, ledger, txid, time, height, tx_index, version, locktime, size, weight, is_coinbase, input_count,
    output_count, input_value, output_value, fee
FROM records
WHERE refused IS NULL;
