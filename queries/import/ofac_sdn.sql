-- OFAC Specially Designated Nationals
--
-- Reads     the list of the US Treasury's Office of Foreign Assets Control: `sdn.csv` (without a header, `-0-` for
--           empty) or `sdn.xml`. Digital-currency addresses become identifiers of the entry that names them.
-- Traps     Remarks are cut in the CSV, so the XML knows more addresses and names. A copy of the CSV with a header line
--           is read too: that line is no entry, and is quarantined as such.
-- Caution   Listing dates are not in these files: an entry counts as listed from the day it is imported with.
-- Grade     A1
-- Source    OFAC sanctions list service
--
-- @file *sdn.csv
-- @counts intel.entities

CREATE VIEW entries AS
SELECT
    *,
    'ofac-' || trim(ent_num) AS entity_id,
    nullif(trim(remarks), '-0-') AS remark,
    CASE
        WHEN error IS NOT NULL THEN error
        WHEN TRY_CAST(trim(ent_num) AS BIGINT) IS NULL THEN 'not an entry: the first field is not a number'
        WHEN sdn_name IS NULL THEN 'the name is empty'
    END AS refused
FROM read_csv(
    $path,
    'ent_num,sdn_name,sdn_type,program,title,call_sign,vessel_type,tonnage,grt,vessel_flag,vessel_owner,remarks',
    'header=absent'
);

INSERT INTO intel.entities
SELECT
    entity_id,
    'ofac_sdn' AS dataset,
    CASE trim(sdn_type)
        WHEN 'individual' THEN 'Person'
        WHEN 'vessel' THEN 'Vessel'
        WHEN 'aircraft' THEN 'Airplane'
        ELSE 'Organization'
    END AS schema,
    sdn_name AS caption,
    name_key(sdn_name) AS name_key,
    CASE
        WHEN program LIKE '%TCO%' THEN make_array('sanction', 'crime')
        WHEN program LIKE '%SDNTK%' THEN make_array('sanction', 'crime.traffick.drug')
        WHEN program LIKE '%CYBER%' THEN make_array('sanction', 'crime.cyber')
        WHEN program LIKE '%SDGT%' THEN make_array('sanction', 'crime.terror')
        ELSE make_array('sanction')
    END AS topics,
    string_to_array(replace(replace(trim(program), '[', ''), ']', ''), ' ') AS programs,
    remark AS properties,
    position
FROM entries
WHERE refused IS NULL;

INSERT INTO intel.names
SELECT DISTINCT entity_id, 'ofac_sdn' AS dataset, name, name_key(name) AS name_key
FROM (
    SELECT entity_id, sdn_name AS name
    FROM entries
    WHERE refused IS NULL
    UNION ALL
    SELECT entity_id, (regexp_match(remark, 'a\.k\.a\. ''([^'']+)'''))[1]
    FROM entries
    WHERE refused IS NULL
)
WHERE name IS NOT NULL;

CREATE VIEW coins AS
SELECT entity_id, regexp_match(part, 'Digital Currency Address - ([A-Z0-9]+) ([A-Za-z0-9]+)') AS found
FROM (
    SELECT entity_id, unnest(string_to_array(remark, ';')) AS part
    FROM entries
    WHERE refused IS NULL AND remark LIKE '%Digital Currency Address%'
)
WHERE part LIKE '%Digital Currency Address - %';

INSERT INTO intel.identifiers
SELECT
    entity_id,
    'ofac_sdn' AS dataset,
    'wallet' AS kind,
    ledger,
    identifier_text(ledger, identifier) AS identifier,
    account(ledger, identifier) AS account
FROM (
    SELECT
        entity_id,
        CASE found[1]
            WHEN 'XBT' THEN 'btc'
            WHEN 'TRX' THEN 'tron'
            WHEN 'USDT' THEN CASE WHEN found[2] LIKE '0x%' THEN 'eth' WHEN found[2] LIKE 'T%' THEN 'tron' ELSE 'btc' END
            WHEN 'USDC' THEN 'eth'
            ELSE lower(found[1])
        END AS ledger,
        found[2] AS identifier
    FROM coins
    WHERE found IS NOT NULL
);

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM entries
WHERE refused IS NOT NULL;

-- @file *sdn*.xml
-- @counts intel.entities

CREATE VIEW entries AS
SELECT *, 'ofac-' || uid AS entity_id, array_to_string(programs, ' ') AS program FROM read_ofac_sdn($path);

INSERT INTO intel.entities
SELECT
    entity_id,
    'ofac_sdn' AS dataset,
    CASE sdn_type
        WHEN 'Individual' THEN 'Person'
        WHEN 'Vessel' THEN 'Vessel'
        WHEN 'Aircraft' THEN 'Airplane'
        ELSE 'Organization'
    END AS schema,
    name AS caption,
    name_key(name) AS name_key,
    countries,
    CASE
        WHEN program LIKE '%TCO%' THEN make_array('sanction', 'crime')
        WHEN program LIKE '%SDNTK%' THEN make_array('sanction', 'crime.traffick.drug')
        WHEN program LIKE '%CYBER%' THEN make_array('sanction', 'crime.cyber')
        WHEN program LIKE '%SDGT%' THEN make_array('sanction', 'crime.terror')
        ELSE make_array('sanction')
    END AS topics,
    programs,
    remarks AS properties,
    position
FROM entries
WHERE error IS NULL;

INSERT INTO intel.names
SELECT DISTINCT entity_id, 'ofac_sdn' AS dataset, name, name_key(name) AS name_key
FROM (
    SELECT entity_id, name FROM entries WHERE error IS NULL
    UNION ALL
    SELECT entity_id, unnest(akas) FROM entries WHERE error IS NULL
)
WHERE name IS NOT NULL;

INSERT INTO intel.identifiers
SELECT
    entity_id,
    'ofac_sdn' AS dataset,
    'wallet' AS kind,
    ledger,
    identifier_text(ledger, number) AS identifier,
    account(ledger, number) AS account
FROM (
    SELECT
        entity_id,
        number,
        CASE code
            WHEN 'XBT' THEN 'btc'
            WHEN 'TRX' THEN 'tron'
            WHEN 'USDT' THEN CASE WHEN number LIKE '0x%' THEN 'eth' WHEN number LIKE 'T%' THEN 'tron' ELSE 'btc' END
            WHEN 'USDC' THEN 'eth'
            ELSE lower(code)
        END AS ledger
    FROM (
        SELECT entity_id, replace(kind, 'Digital Currency Address - ', '') AS code, number
        FROM (SELECT entity_id, unnest(id_kinds) AS kind, unnest(id_numbers) AS number FROM entries WHERE error IS NULL)
        WHERE kind LIKE 'Digital Currency Address - %'
    )
);

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, error AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM entries
WHERE error IS NOT NULL;
