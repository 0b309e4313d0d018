-- AMLSim sample transactions (IBM)
--
-- Reads     the sample archives of IBM's AMLSim (`20K_cycle200.tgz`) or what is in them: `transactions.csv` (one payment
--           a row) and `nodes.csv`.
-- Traps     Every world numbers its nodes from 0, so node 7 of two worlds is two accounts: $world, by default the name
--           of the folder, is part of the identifier. `time` is the number of a day, so the order within a day is
--           unknown; $base_date is day 0. There is no currency: the asset is $currency, by default XXX, ISO 4217's code
--           for none, and then no euro value is known. Identical rows are real payments and are kept apart by their
--           ordinal. The label `isFraud` is not imported: it is for measuring, never an input.
-- Key       No row has a reference: it is keyed by its content and its ordinal among equal rows of the file.
-- Grade     X4
-- Source    github.com/IBM/AMLSim, sample archives of 2019
--
-- @param base_date  DATE     '2017-01-01'
-- @param currency   VARCHAR  'XXX'
-- @param world      VARCHAR  ''
--
-- @file transactions.csv
-- @counts flow.transfers

CREATE VIEW rows AS
SELECT
    position,
    byte_offset,
    byte_length,
    TRY_CAST(time AS INT) AS day,
    'amlsim:' || world || ':' || source_node_id AS payer,
    'amlsim:' || world || ':' || target_node_id AS payee,
    parse_amount(value) AS amount,
    key_hash('amlsim', world, source_node_id, target_node_id, value, time) AS content,
    CASE
        WHEN error IS NOT NULL THEN error
        WHEN TRY_CAST(time AS INT) IS NULL THEN 'time is not the number of a day: ' || coalesce(time, '(empty)')
        WHEN source_node_id IS NULL OR target_node_id IS NULL THEN 'a node id is empty'
        WHEN parse_amount(value) IS NULL THEN 'value is not an amount: ' || coalesce(value, '(empty)')
        WHEN parse_amount(value) < 0 THEN 'value is negative: ' || value
    END AS refused
FROM read_csv($path, 'sourceNodeId,targetNodeId,value,time')
CROSS JOIN (SELECT CASE WHEN $world = '' THEN regexp_replace($folder, '^.*/', '') ELSE $world END AS world);

INSERT INTO flow.accounts
SELECT account('bank', identifier) AS account, 'bank' AS ledger, identifier, 'account' AS kind
FROM (
    SELECT payer AS identifier FROM rows WHERE refused IS NULL
    UNION
    SELECT payee AS identifier FROM rows WHERE refused IS NULL
);

-- Only equal rows need a number, and they are few: a window over all rows took two fifths of an import. Of a join the
-- left side is held in memory, so the few stand there.
CREATE VIEW repeats AS
SELECT position, row_number() OVER (PARTITION BY rows.content ORDER BY position) AS ordinal
FROM (
    SELECT content
    FROM rows
    GROUP BY content
    HAVING count(*) > 1
) AS twice
INNER JOIN rows ON rows.content = twice.content;

INSERT INTO flow.transfers
SELECT
    key_hash(content, coalesce(ordinal, 1)) AS transfer_id,
    CAST($base_date + rows.day AS TIMESTAMP) AS time,
    account('bank', payer) AS src,
    account('bank', payee) AS dst,
    amount,
    $currency AS asset,
    CASE WHEN $currency = 'EUR' THEN amount ELSE in_eur(amount, rates.per_eur) END AS value_eur,
    'bank' AS ledger,
    rows.position
FROM repeats
RIGHT JOIN (
    flow.rates_daily AS rates RIGHT JOIN rows ON rates.currency = $currency AND rates.day = $base_date + rows.day
) ON rows.position = repeats.position
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
    'amlsim:' || world || ':' || nodeid AS identifier,
    CASE WHEN error IS NOT NULL THEN error WHEN nodeid IS NULL THEN 'nodeid is empty' END AS refused
FROM read_csv($path, 'nodeid,isFraud,init_balance,fraudStep')
CROSS JOIN (SELECT CASE WHEN $world = '' THEN regexp_replace($folder, '^.*/', '') ELSE $world END AS world);

INSERT INTO flow.accounts
SELECT account('bank', identifier) AS account, 'bank' AS ledger, identifier, 'account' AS kind
FROM nodes
WHERE refused IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM nodes
WHERE refused IS NOT NULL;
