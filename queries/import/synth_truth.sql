-- The truth beside an invented world
--
-- Reads     `truth/schemes.csv` of a world that `headwater synth` wrote: which payments belong to which planted case or decoy.
--           Import the world first: a payment is found by its reference, or by file and line where it has none.
-- Traps     For measuring, never an input to a detector. A transaction of a chain is several transfers of one reference, and
--           all of them are the case's. The demo's *easy* cases are *plain* here.
-- Grade     A1
-- Source    headwater synth
--
-- @file schemes.csv
-- @counts truth.schemes

CREATE VIEW rows AS
SELECT *
FROM read_csv(
    $path,
    'scheme_id,typology,difficulty,expected,decoy,subject_ledger,subject_identifier,subject_name,network,first_time,last_time,amount_eur,references'
);

INSERT INTO truth.schemes
SELECT
    scheme_id AS scheme,
    typology,
    CASE difficulty WHEN 'easy' THEN 'plain' ELSE difficulty END AS difficulty,
    expected = 'true' AS expected,
    decoy = 'true' AS decoy,
    account(subject_ledger, subject_identifier) AS subject
FROM rows
WHERE error IS NULL;

CREATE VIEW named AS
SELECT scheme_id AS scheme, unnest(string_to_array("references", ';')) AS reference
FROM rows
WHERE error IS NULL;

INSERT INTO truth.transfers
SELECT named.scheme, transfers.transfer_id
FROM named
INNER JOIN flow.transfers AS transfers ON transfers.reference = named.reference
UNION
SELECT lines.scheme, transfers.transfer_id
FROM (
    SELECT
        scheme,
        regexp_replace(split_part(reference, ':', 1), '^.*/', '') AS file,
        CAST(split_part(reference, ':', 2) AS BIGINT) AS line
    FROM named
    WHERE regexp_like(reference, '^[^:]+\.csv:[0-9]+$')
) AS lines
INNER JOIN admin.sources AS sources ON regexp_replace(sources.name, '^.*/', '') = lines.file
INNER JOIN flow.transfers AS transfers
    ON transfers.source_id = sources.source_id AND transfers.position = lines.line - 1;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, error AS reason
FROM rows
WHERE error IS NOT NULL;
