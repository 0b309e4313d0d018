-- Single Bitcoin transactions, with what they spend
--
-- Reads     transactions that come one by one instead of in blocks: JSON of the Esplora API (one object, a list, or one a
--           line, also gzipped) and the lines of Dumplings' scanner, single files, folders or archives of them. A row is a
--           record. Some are labelled: what a transaction is said to be goes to `btc.labelled`, by the name of the file
--           (`SamouraiCoinJoins`, `SamouraiTx0s`, `Wasabi2CoinJoins`, `WasabiPostMixTxs`, …) or as $label.
-- Traps     Such a list has no blocks. A transaction that the lake has already keeps its place there and gets its label, so
--           blocks are best imported first. Of any other a height that is not said is estimated from the time (mainnet
--           only, to some hundred blocks), or is $height where there is no time either, and a place in the block that is
--           not said is 16,384 or later; a record whose place is another's is refused. What is spent is resolved among the
--           transactions in the lake, these included, where it stands before the spender. Dumplings says no version, lock
--           time, sequence, weight or witness: they are NULL. A label is a claim, for measuring, never an input to a
--           detector; lists of what surrounds the mixes of a period hold mixes of another. Nothing goes to
--           `flow.transfers`.
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
    coalesce(present.tx_id, loose.tx_id) AS place,
    -- What this import has stored already stands where this record would.
    present.tx_id IS NULL OR present.tx_id = loose.tx_id AS is_new,
    coalesce(
        error,
        CASE
            WHEN present.tx_id IS NULL AND taken.txid <> loose.txid
            THEN 'another transaction has its place, height ' || CAST(loose.height AS VARCHAR) || ' number '
                || CAST(loose.tx_index AS VARCHAR) || ': import it into a lake of its own'
        END
    ) AS refused
FROM import.files
INNER JOIN read_loose_transactions($path, $network, $height) AS loose USING (file)
LEFT JOIN btc.transactions AS taken ON taken.tx_id = loose.tx_id AND taken.ledger = loose.ledger
LEFT JOIN btc.transactions AS present ON present.txid = loose.txid AND present.ledger = loose.ledger;

CREATE VIEW fresh AS
SELECT DISTINCT ledger, tx_id
FROM records
WHERE refused IS NULL AND is_new;

INSERT INTO btc.labelled
SELECT
    place AS tx_id,
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

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, source_id
FROM records
WHERE refused IS NOT NULL;

INSERT INTO btc.transactions
SELECT
    tx_id, ledger, txid, time, height, tx_index, version, locktime, size, weight, is_coinbase, input_count,
    output_count, input_value, output_value, fee
FROM records
WHERE refused IS NULL AND is_new;

INSERT INTO flow.accounts
SELECT
    account(scripts.ledger, script) AS account,
    scripts.ledger,
    identifier_text(scripts.ledger, script) AS identifier,
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
LEFT SEMI JOIN fresh ON fresh.tx_id = scripts.tx_id AND fresh.ledger = scripts.ledger
GROUP BY scripts.ledger, script;

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
LEFT SEMI JOIN fresh ON fresh.tx_id = outputs.tx_id AND fresh.ledger = outputs.ledger;

-- What this list spends of the lake, and of itself: a transaction's number and the output's place in it.
CREATE VIEW spenders AS
SELECT
    inputs.*,
    CASE WHEN parents.tx_id < inputs.tx_id AND inputs.prev_vout < parents.output_count THEN parents.tx_id + inputs.prev_vout END
        AS spent
FROM read_loose_inputs($path, $network, $height) AS inputs
LEFT SEMI JOIN fresh ON fresh.tx_id = inputs.tx_id AND fresh.ledger = inputs.ledger
LEFT JOIN btc.transactions AS parents ON parents.txid = inputs.prev_txid AND parents.ledger = inputs.ledger;

INSERT INTO btc.inputs
SELECT
    txi,
    ledger,
    time,
    account(ledger, prev_script) AS account,
    spent AS prev_txo,
    prev_value,
    tx_id,
    prev_txid,
    prev_vout,
    sequence,
    has_witness,
    prev_script_type
FROM spenders;

INSERT INTO btc.spends
SELECT spent AS prev_txo, ledger, txi
FROM spenders
WHERE spent IS NOT NULL;
