-- The labels of an AMLworld file
--
-- Reads     the rows of a transaction file of IBM's AMLworld whose `Is Laundering` is 1. Import the payments with `ibm_aml`
--           first.
-- Traps     For measuring, never an input to a detector. The label names no pattern: labelled rows are one case, `laundering`;
--           the others are `innocent`, which is no case. Equal rows are numbered as the payments are, so that of two the right
--           one is labelled. A row that is no payment is labelled all the same, and nothing is found of it.
-- Grade     A1
-- Source    Altman et al., Realistic Synthetic Financial Transactions for Anti-Money Laundering Models, NeurIPS 2023
--
-- @file *Trans*.csv, *.csv
-- @counts truth.transfers

CREATE VIEW rows AS
SELECT
    position,
    byte_offset,
    byte_length,
    error,
    is_laundering = '1' AS labelled,
    key_hash(timestamp, from_bank, account, to_bank, account_2, amount_received, receiving_currency, amount_paid,
             payment_currency, payment_format) AS content
FROM read_csv(
    $path,
    'Timestamp,From Bank,Account,To Bank,Account,Amount Received,Receiving Currency,Amount Paid,Payment Currency,Payment Format,Is Laundering'
);

CREATE VIEW repeats AS
SELECT position, row_number() OVER (PARTITION BY rows.content ORDER BY position) AS ordinal
FROM (
    SELECT content
    FROM rows
    WHERE error IS NULL
    GROUP BY content
    HAVING count(*) > 1
) AS twice
INNER JOIN rows ON rows.content = twice.content
WHERE error IS NULL;

INSERT INTO truth.schemes
SELECT 'laundering' AS scheme, '' AS typology, 'unknown' AS difficulty, true AS expected, false AS decoy
FROM rows
WHERE error IS NULL AND labelled
LIMIT 1;

INSERT INTO truth.transfers
SELECT
    CASE WHEN labelled THEN 'laundering' ELSE 'innocent' END AS scheme,
    key_hash('ibm_aml', rows.content, coalesce(ordinal, 1)) AS transfer_id
FROM repeats
RIGHT JOIN rows ON rows.position = repeats.position
WHERE error IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, error AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM rows
WHERE error IS NOT NULL;
