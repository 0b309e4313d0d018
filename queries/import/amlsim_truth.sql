-- The labels of an AMLSim sample
--
-- Reads     `nodes.csv` of the sample archives of IBM's AMLSim: the accounts whose `isFraud` is true. Import the payments with
--           `amlsim` first, under the same $world.
-- Traps     For measuring, never an input to a detector. Accounts are labelled and payments are not, so that of all cases
--           together only the members are known: they are one label, `laundering`, and the others `innocent`, which is no case.
-- Grade     A1
-- Source    github.com/IBM/AMLSim, sample archives of 2019
--
-- @param world  VARCHAR  ''
--
-- @file nodes.csv
-- @counts truth.accounts

CREATE VIEW nodes AS
SELECT
    position,
    byte_offset,
    byte_length,
    'amlsim:' || world || ':' || nodeid AS identifier,
    lower(coalesce(is_fraud, '')) = 'true' OR coalesce(is_fraud, '') = '1' AS labelled,
    CASE WHEN error IS NOT NULL THEN error WHEN nodeid IS NULL THEN 'nodeid is empty' END AS refused
FROM read_csv($path, 'nodeid,isFraud,init_balance,fraudStep')
CROSS JOIN (SELECT CASE WHEN $world = '' THEN regexp_replace($folder, '^.*/', '') ELSE $world END AS world);

INSERT INTO truth.schemes
SELECT 'laundering' AS scheme, '' AS typology, 'unknown' AS difficulty, true AS expected, false AS decoy
FROM nodes
WHERE refused IS NULL AND labelled
LIMIT 1;

INSERT INTO truth.accounts
SELECT CASE WHEN labelled THEN 'laundering' ELSE 'innocent' END AS scheme, account('bank', identifier) AS account
FROM nodes
WHERE refused IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM nodes
WHERE refused IS NOT NULL;
