-- AMLSim sample transactions (IBM)
--
-- Reads     the sample archives of IBM's AMLSim, unpacked: `transactions.csv` (one payment a row) and `nodes.csv`.
-- Traps     `time` is the number of a day, so the order within a day is unknown; $base_date is day 0. There is no
--           currency: the asset is $currency, by default XXX, ISO 4217's code for none, and then no euro value is
--           known. Identical rows are real payments and are kept apart by their ordinal. The label `isFraud` is not
--           imported: it is for measuring, never an input.
-- Key       No row has a reference: it is keyed by its content and its ordinal among equal rows of the file.
-- Grade     X4
-- Source    github.com/IBM/AMLSim, sample archives of 2019
--
-- @param base_date  DATE     '2017-01-01'
-- @param currency   VARCHAR  'XXX'
--
-- @file transactions.csv
-- @counts flow.transfers

CREATE VIEW rows AS
SELECT
    position,
    byte_offset,
    byte_length,
    TRY_CAST(time AS INT) AS day,
    source_node_id AS payer,
    target_node_id AS payee,
    parse_amount(value) AS amount,
    key_hash(source_node_id, target_node_id, value, time) AS content,
    CASE
        WHEN error IS NOT NULL THEN error
        WHEN TRY_CAST(time AS INT) IS NULL THEN 'time is not the number of a day: ' || coalesce(time, '(empty)')
        WHEN source_node_id IS NULL OR target_node_id IS NULL THEN 'a node id is empty'
        WHEN parse_amount(value) IS NULL THEN 'value is not an amount: ' || coalesce(value, '(empty)')
        WHEN parse_amount(value) < 0 THEN 'value is negative: ' || value
    END AS refused
FROM read_csv($path, 'sourceNodeId,targetNodeId,value,time');

INSERT INTO flow.accounts
SELECT account('bank', 'amlsim:' || node) AS account, 'bank' AS ledger, 'amlsim:' || node AS identifier, 'account' AS kind
FROM (
    SELECT payer AS node FROM rows WHERE refused IS NULL
    UNION
    SELECT payee AS node FROM rows WHERE refused IS NULL
);

INSERT INTO flow.transfers
SELECT
    key_hash('amlsim', content, row_number() OVER (PARTITION BY rows.day, content ORDER BY position)) AS transfer_id,
    CAST($base_date + rows.day AS TIMESTAMP) AS time,
    account('bank', 'amlsim:' || payer) AS src,
    account('bank', 'amlsim:' || payee) AS dst,
    amount,
    $currency AS asset,
    CASE WHEN $currency = 'EUR' THEN amount ELSE in_eur(amount, rates.per_eur) END AS value_eur,
    'bank' AS ledger,
    position
FROM rows
LEFT JOIN flow.rates_daily AS rates ON rates.currency = $currency AND rates.day = $base_date + rows.day
WHERE refused IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM rows
WHERE refused IS NOT NULL;

-- @file nodes.csv
-- @counts flow.accounts

CREATE VIEW nodes AS
SELECT
    position,
    byte_offset,
    byte_length,
    nodeid,
    CASE WHEN error IS NOT NULL THEN error WHEN nodeid IS NULL THEN 'nodeid is empty' END AS refused
FROM read_csv($path, 'nodeid,isFraud,init_balance,fraudStep');

INSERT INTO flow.accounts
SELECT account('bank', 'amlsim:' || nodeid) AS account, 'bank' AS ledger, 'amlsim:' || nodeid AS identifier, 'account' AS kind
FROM nodes
WHERE refused IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM nodes
WHERE refused IS NOT NULL;
