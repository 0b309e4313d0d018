-- OFAC Specially Designated Nationals
--
-- Reads     the list of the US Treasury's Office of Foreign Assets Control: `sdn.csv` (without a header, `-0-` for
--           empty) with its addresses (`add.csv`), `sdn.xml`, or `sdn_advanced.xml`, which alone has names in other scripts,
--           who is tied to whom and the days of listing. Digital-currency addresses become identifiers of the entry that names them.
--           One entry has one id in all of them, so that what they say of it adds up.
-- Traps     Remarks are cut in the CSV, so the XML knows more addresses and names. A copy of the CSV with a header line
--           is read too: that line is no entry, and is quarantined as such. The advanced file says everything by number; the numbers are
--           explained at its beginning.
-- Caution   Listing dates are in the advanced file alone: elsewhere an entry counts as listed from the day it is imported with.
-- Checks    an edition that has half the entries of the one before, or fewer, is refused, unless `shrink` is `allow`.
-- Grade     A1
-- Source    OFAC sanctions list service; its Advanced Sanctions Data Model
--
-- @param shrink  VARCHAR  'refuse'
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

CREATE VIEW edition AS
SELECT
    'ofac_sdn' AS dataset,
    'sdn.csv' AS list,
    coalesce(max(before.edition), 0) + 1 AS edition,
    now.entries,
    max(before.entries) AS entries_before
FROM (SELECT count(DISTINCT entity_id) AS entries FROM entries WHERE refused IS NULL) AS now
LEFT JOIN intel.newest_editions AS before ON before.dataset = 'ofac_sdn' AND before.list = 'sdn.csv'
GROUP BY now.entries;

SELECT
    'the list has ' || entries || ' entries, and ' || entries_before
        || ' when it was last imported; if that is right, --set shrink=allow'
FROM edition
WHERE $shrink <> 'allow' AND entries_before >= 10 AND entries * 2 <= entries_before;

INSERT INTO intel.editions
SELECT dataset, list, edition, entries FROM edition WHERE entries > 0;

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
    coalesce(name_key(sdn_name), '') AS name_key,
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
WHERE name_key(name) IS NOT NULL;

INSERT INTO intel.statements
SELECT DISTINCT entity_id, 'ofac_sdn' AS dataset, property, value
FROM (
    SELECT
        entity_id,
        CASE
            WHEN regexp_like(part, '^(alt\. )?DOB ') THEN 'birth_date'
            WHEN regexp_like(part, '^(alt\. )?Passport ') THEN 'passport'
            WHEN regexp_like(part, '^(Tax ID|R\.F\.C\.|NIT |RUC )') THEN 'tax'
            WHEN regexp_like(part, '^(Registration|Company) ') THEN 'registration'
            WHEN regexp_like(part, '^(National ID|Identification|Cedula|D\.N\.I\.|C\.U\.R\.P\.|SSN|Driver)') THEN 'national_id'
        END AS property,
        CASE
            WHEN regexp_like(part, '^(alt\. )?DOB ') THEN coalesce(
                CAST(parse_date((regexp_match(part, 'DOB (?:circa )?([0-9]{2} [A-Z][a-z]{2} [0-9]{4})'))[1], '%d %b %Y') AS VARCHAR),
                (regexp_match(part, 'DOB .*?([0-9]{4})'))[1]
            )
            ELSE (regexp_match(part, '([A-Z0-9][A-Z0-9./-]*[0-9][A-Z0-9./-]*)'))[1]
        END AS value
    FROM (
        SELECT entity_id, trim(unnest(string_to_array(remark, ';'))) AS part
        FROM entries
        WHERE refused IS NULL AND remark IS NOT NULL
    )
)
WHERE property IS NOT NULL AND value IS NOT NULL;

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

-- @file *sdn_add*.csv, add.csv
-- @counts intel.statements

CREATE VIEW addresses AS
SELECT
    *,
    'ofac-' || trim(ent_num) AS entity_id,
    concat_ws(', ', nullif(trim(address), '-0-'), nullif(trim(city), '-0-'), nullif(trim(country), '-0-')) AS place,
    CASE
        WHEN error IS NOT NULL THEN error
        WHEN TRY_CAST(trim(ent_num) AS BIGINT) IS NULL THEN 'not an address: the first field is not a number'
        WHEN concat_ws('', nullif(trim(address), '-0-'), nullif(trim(city), '-0-'), nullif(trim(country), '-0-')) = ''
            THEN 'the address is empty'
    END AS refused
FROM read_csv($path, 'ent_num,add_num,address,city,country,remarks', 'header=absent');

INSERT INTO intel.statements
SELECT entity_id, 'ofac_sdn' AS dataset, 'address' AS property, place AS value
FROM addresses
WHERE refused IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM addresses
WHERE refused IS NOT NULL;

-- @file *sdn_advanced*.xml
-- @counts intel.entities

CREATE VIEW parties AS
SELECT * FROM read_xml_records($path, 'DistinctParty', 'Sanctions');

CREATE VIEW reference_values AS
SELECT element, max(CASE path WHEN '@ID' THEN text END) AS id, max(CASE path WHEN '.' THEN text END) AS name
FROM (
    SELECT position, element, unnest(paths) AS path, unnest(texts) AS text
    FROM read_xml_records($path, 'FeatureType,IDRegDocType,PartySubType,RelationType,Country,AliasType', 'Sanctions')
)
GROUP BY position, element;

CREATE VIEW apart AS
SELECT element, position, ordinal, path, place, text
FROM (
    SELECT
        element,
        position,
        unnest(range(1, CAST(array_length(paths) AS BIGINT) + 1)) AS ordinal,
        unnest(paths) AS path,
        unnest(places) AS place,
        unnest(texts) AS text
    FROM read_xml_records($path, 'Location,IDRegDocument,ProfileRelationship,SanctionsEntry', 'Sanctions')
    WHERE error IS NULL
);

CREATE VIEW facts AS
SELECT
    position,
    ordinal,
    path,
    split_part(place, '/', 2) AS part,
    regexp_replace(place, '/DocumentedName.*$', '') AS alias,
    regexp_replace(place, '/DocumentedNamePart.*$', '') AS spelling,
    regexp_replace(place, '/FeatureVersion.*$', '') AS feature,
    text
FROM (
    SELECT
        position,
        unnest(range(1, CAST(array_length(paths) AS BIGINT) + 1)) AS ordinal,
        unnest(paths) AS path,
        unnest(places) AS place,
        unnest(texts) AS text
    FROM parties
    WHERE error IS NULL
);

-- A name is one spelling of an alias: the parts of one DocumentedName, in order.
CREATE VIEW spellings AS
SELECT
    parts.position,
    min(parts.ordinal) AS ordinal,
    string_agg(parts.text, ' ' ORDER BY parts.ordinal) AS name,
    bool_or(coalesce(aliases.first, false)) AS first,
    bool_or(coalesce(aliases.weak, false)) AS weak
FROM facts AS parts
LEFT JOIN (
    SELECT
        position,
        alias,
        bool_or(path = 'Profile/Identity/Alias/@Primary' AND text = 'true') AS first,
        bool_or(path = 'Profile/Identity/Alias/@LowQuality' AND text = 'true') AS weak
    FROM (
        SELECT position, path, text, regexp_replace(alias, '/@.*$', '') AS alias
        FROM facts
        WHERE path IN ('Profile/Identity/Alias/@Primary', 'Profile/Identity/Alias/@LowQuality')
    )
    GROUP BY position, alias
) AS aliases ON aliases.position = parts.position AND aliases.alias = parts.alias
WHERE parts.path = 'Profile/Identity/Alias/DocumentedName/DocumentedNamePart/NamePartValue'
GROUP BY parts.position, parts.spelling;

CREATE VIEW entries AS
SELECT
    parties.position,
    parties.byte_offset,
    parties.byte_length,
    numbers.profile,
    'ofac-' || numbers.uid AS entity_id,
    kinds.name AS kind,
    captions.name,
    CASE
        WHEN parties.error IS NOT NULL THEN parties.error
        WHEN numbers.uid IS NULL THEN 'the party has no FixedRef'
        WHEN captions.name IS NULL THEN 'the party has no name'
    END AS refused
FROM parties
LEFT JOIN (
    SELECT
        position,
        max(CASE path WHEN '@FixedRef' THEN text END) AS uid,
        max(CASE path WHEN 'Profile/@ID' THEN text END) AS profile,
        max(CASE path WHEN 'Profile/@PartySubTypeID' THEN text END) AS kind
    FROM facts
    GROUP BY position
) AS numbers ON numbers.position = parties.position
LEFT JOIN reference_values AS kinds ON kinds.element = 'PartySubType' AND kinds.id = numbers.kind
LEFT JOIN (
    SELECT position, first_value(name ORDER BY first DESC, weak, ordinal) AS name
    FROM spellings
    GROUP BY position
) AS captions ON captions.position = parties.position;

CREATE VIEW kept AS
SELECT entries.entity_id, facts.*
FROM entries
INNER JOIN facts ON facts.position = entries.position
WHERE entries.refused IS NULL;

CREATE VIEW edition AS
SELECT
    'ofac_sdn' AS dataset,
    'sdn_advanced.xml' AS list,
    coalesce(max(before.edition), 0) + 1 AS edition,
    now.entries,
    max(before.entries) AS entries_before
FROM (SELECT count(DISTINCT entity_id) AS entries FROM entries WHERE refused IS NULL) AS now
LEFT JOIN intel.newest_editions AS before ON before.dataset = 'ofac_sdn' AND before.list = 'sdn_advanced.xml'
GROUP BY now.entries;

SELECT
    'the list has ' || entries || ' entries, and ' || entries_before
        || ' when it was last imported; if that is right, --set shrink=allow'
FROM edition
WHERE $shrink <> 'allow' AND entries_before >= 10 AND entries * 2 <= entries_before;

INSERT INTO intel.editions
SELECT dataset, list, edition, entries FROM edition WHERE entries > 0;

CREATE VIEW locations AS
SELECT
    max(CASE path WHEN '@ID' THEN text END) AS location,
    max(CASE path WHEN 'LocationCountry/@CountryID' THEN text END) AS country_id,
    string_agg(CASE path WHEN 'LocationPart/LocationPartValue/Value' THEN text END, ', ' ORDER BY ordinal) AS address
FROM apart
WHERE element = 'Location'
GROUP BY position;

CREATE VIEW places AS
SELECT
    kept.entity_id,
    locations.address,
    reference.name AS country,
    coalesce(names.code, lower(reference.name)) AS code
FROM kept
INNER JOIN locations ON locations.location = kept.text
LEFT JOIN reference_values AS reference ON reference.element = 'Country' AND reference.id = locations.country_id
LEFT JOIN intel.country_names AS names ON names.name = lower(reference.name)
INNER JOIN (
    SELECT position, feature, text AS type FROM facts WHERE path = 'Profile/Feature/@FeatureTypeID'
) AS features ON features.position = kept.position AND regexp_replace(features.feature, '/@.*$', '') = kept.feature
INNER JOIN reference_values AS types ON types.element = 'FeatureType' AND types.id = features.type
WHERE kept.path = 'Profile/Feature/FeatureVersion/VersionLocation/@LocationID' AND types.name = 'Location';

-- What a feature is, and what its version says.
CREATE VIEW features AS
SELECT kept.entity_id, kept.feature, types.name AS feature_type, kept.path, kept.text, kept.ordinal
FROM kept
INNER JOIN (
    SELECT position, regexp_replace(feature, '/@.*$', '') AS feature, text AS type
    FROM facts
    WHERE path = 'Profile/Feature/@FeatureTypeID'
) AS numbers ON numbers.position = kept.position AND numbers.feature = kept.feature
INNER JOIN reference_values AS types ON types.element = 'FeatureType' AND types.id = numbers.type;

CREATE VIEW births AS
SELECT
    entity_id,
    concat_ws(
        '-',
        max(CASE WHEN path LIKE '%/Start/From/Year' THEN text END),
        max(CASE WHEN path LIKE '%/Start/From/Month' THEN lpad(text, 2, '0') END),
        max(CASE WHEN path LIKE '%/Start/From/Day' THEN lpad(text, 2, '0') END)
    ) AS birth_date,
    coalesce(
        concat_ws(
            '-',
            max(CASE WHEN path LIKE '%/End/To/Year' THEN text END),
            max(CASE WHEN path LIKE '%/End/To/Month' THEN lpad(text, 2, '0') END),
            max(CASE WHEN path LIKE '%/End/To/Day' THEN lpad(text, 2, '0') END)
        ),
        ''
    ) AS last_date
FROM features
WHERE feature_type = 'Birthdate'
GROUP BY entity_id, feature;

CREATE VIEW listings AS
SELECT
    entries.entity_id,
    min(days.listed_on) AS listed_on,
    array_agg(DISTINCT days.programme ORDER BY days.programme) FILTER (WHERE days.programme IS NOT NULL) AS programs
FROM (
    SELECT
        max(CASE path WHEN '@ProfileID' THEN text END) AS profile,
        parse_date(
            concat_ws(
                '-',
                min(CASE path WHEN 'EntryEvent/Date/Year' THEN text END),
                min(CASE path WHEN 'EntryEvent/Date/Month' THEN lpad(text, 2, '0') END),
                min(CASE path WHEN 'EntryEvent/Date/Day' THEN lpad(text, 2, '0') END)
            ),
            '%Y-%m-%d'
        ) AS listed_on,
        max(CASE path WHEN 'SanctionsMeasure/Comment' THEN text END) AS programme
    FROM (
        -- A party has a measure for each programme: each is a row with the day of its entry.
        SELECT position, path, text, 0 AS measure FROM apart WHERE element = 'SanctionsEntry' AND path NOT LIKE 'SanctionsMeasure/%'
        UNION ALL
        SELECT position, path, text, ordinal AS measure FROM apart WHERE element = 'SanctionsEntry' AND path = 'SanctionsMeasure/Comment'
        UNION ALL
        SELECT header.position, header.path, header.text, measures.ordinal
        FROM apart AS header
        INNER JOIN apart AS measures ON measures.position = header.position AND measures.element = header.element
        WHERE header.element = 'SanctionsEntry'
            AND header.path = '@ProfileID'
            AND measures.path = 'SanctionsMeasure/Comment'
    )
    GROUP BY position, measure
) AS days
INNER JOIN entries ON entries.profile = days.profile
WHERE entries.refused IS NULL
GROUP BY entries.entity_id;

INSERT INTO intel.entities
SELECT
    entries.entity_id,
    'ofac_sdn' AS dataset,
    CASE entries.kind
        WHEN 'Individual' THEN 'Person'
        WHEN 'Vessel' THEN 'Vessel'
        WHEN 'Aircraft' THEN 'Airplane'
        ELSE 'Organization'
    END AS schema,
    entries.name AS caption,
    coalesce(name_key(entries.name), '') AS name_key,
    homes.countries,
    CASE
        WHEN array_to_string(listings.programs, ' ') LIKE '%TCO%' THEN make_array('sanction', 'crime')
        WHEN array_to_string(listings.programs, ' ') LIKE '%SDNTK%' THEN make_array('sanction', 'crime.traffick.drug')
        WHEN array_to_string(listings.programs, ' ') LIKE '%CYBER%' THEN make_array('sanction', 'crime.cyber')
        WHEN array_to_string(listings.programs, ' ') LIKE '%SDGT%' THEN make_array('sanction', 'crime.terror')
        ELSE make_array('sanction')
    END AS topics,
    listings.programs,
    born.start_date,
    homes.address,
    entries.position
FROM entries
LEFT JOIN listings ON listings.entity_id = entries.entity_id
LEFT JOIN (
    SELECT
        entity_id,
        array_agg(DISTINCT code ORDER BY code) FILTER (WHERE code IS NOT NULL) AS countries,
        min(address) AS address
    FROM places
    GROUP BY entity_id
) AS homes ON homes.entity_id = entries.entity_id
LEFT JOIN (
    SELECT entity_id, min(parse_date(birth_date, '%Y-%m-%d')) AS start_date FROM births GROUP BY entity_id
) AS born ON born.entity_id = entries.entity_id
WHERE entries.refused IS NULL;

INSERT INTO intel.names
SELECT DISTINCT entries.entity_id, 'ofac_sdn' AS dataset, spellings.name, name_key(spellings.name) AS name_key
FROM entries
INNER JOIN spellings ON spellings.position = entries.position
WHERE entries.refused IS NULL AND NOT spellings.weak AND name_key(spellings.name) IS NOT NULL;

INSERT INTO intel.statements
SELECT DISTINCT entity_id, 'ofac_sdn' AS dataset, property, value
FROM (
    SELECT entries.entity_id, 'weak_alias' AS property, spellings.name AS value
    FROM entries
    INNER JOIN spellings ON spellings.position = entries.position
    WHERE entries.refused IS NULL AND spellings.weak
    UNION ALL
    SELECT entity_id, 'country', code FROM places
    UNION ALL
    SELECT entity_id, 'address', concat_ws(', ', address, country) FROM places WHERE address IS NOT NULL
    UNION ALL
    -- A whole year from its first to its last day is a year.
    SELECT
        entity_id,
        'birth_date',
        CASE WHEN birth_date LIKE '%-01-01' AND last_date LIKE '%-12-31' THEN left(birth_date, 4) ELSE birth_date END
    FROM births
    UNION ALL
    SELECT entity_id, 'listed_on', CAST(listed_on AS VARCHAR) FROM listings
    UNION ALL
    SELECT
        entries.entity_id,
        CASE
            WHEN types.name LIKE '%Passport%' THEN 'passport'
            WHEN types.name LIKE 'Tax%' OR types.name IN ('R.F.C.', 'RUC #', 'NIT #', 'VAT') THEN 'tax'
            WHEN types.name LIKE '%Registration%' OR types.name LIKE '%Company%' THEN 'registration'
            ELSE 'national_id'
        END,
        documents.number
    FROM (
        SELECT
            max(CASE path WHEN '@IdentityID' THEN text END) AS identity,
            max(CASE path WHEN '@IDRegDocTypeID' THEN text END) AS type,
            max(CASE path WHEN 'IDRegistrationNo' THEN text END) AS number
        FROM apart
        WHERE element = 'IDRegDocument'
        GROUP BY position
    ) AS documents
    INNER JOIN kept AS entries ON entries.path = 'Profile/Identity/@ID' AND entries.text = documents.identity
    LEFT JOIN reference_values AS types ON types.element = 'IDRegDocType' AND types.id = documents.type
)
WHERE value IS NOT NULL AND value <> '';

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
        text AS number,
        CASE replace(feature_type, 'Digital Currency Address - ', '')
            WHEN 'XBT' THEN 'btc'
            WHEN 'TRX' THEN 'tron'
            WHEN 'USDT' THEN CASE WHEN text LIKE '0x%' THEN 'eth' WHEN text LIKE 'T%' THEN 'tron' ELSE 'btc' END
            WHEN 'USDC' THEN 'eth'
            ELSE lower(replace(feature_type, 'Digital Currency Address - ', ''))
        END AS ledger
    FROM features
    WHERE feature_type LIKE 'Digital Currency Address - %'
        AND path = 'Profile/Feature/FeatureVersion/VersionDetail'
);

-- "From is owned or controlled by To" is an ownership of To's.
INSERT INTO intel.relationships
SELECT
    'ofac-rel-' || ties.id AS relationship_id,
    'ofac_sdn' AS dataset,
    CASE
        WHEN types.name LIKE 'Owned or Controlled%' THEN 'Ownership'
        WHEN types.name LIKE 'Leader or official%' OR types.name LIKE 'Principal Executive%' THEN 'Directorship'
        WHEN types.name LIKE 'Family%' THEN 'Family'
        WHEN types.name LIKE 'Associate%' THEN 'Associate'
        ELSE 'UnknownLink'
    END AS schema,
    CASE WHEN types.name LIKE 'Owned or Controlled%' THEN there.entity_id ELSE here.entity_id END AS subject,
    CASE WHEN types.name LIKE 'Owned or Controlled%' THEN here.entity_id ELSE there.entity_id END AS object,
    coalesce(types.name, 'tied') || CASE ties.former WHEN 'true' THEN ' (former)' ELSE '' END AS role,
    CAST(NULL AS DATE) AS start_date,
    ties.position
FROM (
    SELECT
        position,
        max(CASE path WHEN '@ID' THEN text END) AS id,
        max(CASE path WHEN '@From-ProfileID' THEN text END) AS near,
        max(CASE path WHEN '@To-ProfileID' THEN text END) AS far,
        max(CASE path WHEN '@RelationTypeID' THEN text END) AS type,
        max(CASE path WHEN '@Former' THEN text END) AS former
    FROM apart
    WHERE element = 'ProfileRelationship'
    GROUP BY position
) AS ties
INNER JOIN entries AS here ON here.profile = ties.near AND here.refused IS NULL
INNER JOIN entries AS there ON there.profile = ties.far AND there.refused IS NULL
LEFT JOIN reference_values AS types ON types.element = 'RelationType' AND types.id = ties.type
WHERE ties.id IS NOT NULL
UNION ALL
SELECT
    'sanction-' || entity_id,
    'ofac_sdn',
    'Sanction',
    entity_id,
    CAST(NULL AS VARCHAR),
    array_to_string(programs, ' '),
    listed_on,
    CAST(0 AS BIGINT)
FROM listings
WHERE listed_on IS NOT NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM entries
WHERE refused IS NOT NULL;

-- @file *sdn*.xml
-- @counts intel.entities

CREATE VIEW entries AS
SELECT *, 'ofac-' || uid AS entity_id, array_to_string(programs, ' ') AS program FROM read_ofac_sdn($path);

CREATE VIEW edition AS
SELECT
    'ofac_sdn' AS dataset,
    'sdn.xml' AS list,
    coalesce(max(before.edition), 0) + 1 AS edition,
    now.entries,
    max(before.entries) AS entries_before
FROM (SELECT count(DISTINCT entity_id) AS entries FROM entries WHERE error IS NULL) AS now
LEFT JOIN intel.newest_editions AS before ON before.dataset = 'ofac_sdn' AND before.list = 'sdn.xml'
GROUP BY now.entries;

SELECT
    'the list has ' || entries || ' entries, and ' || entries_before
        || ' when it was last imported; if that is right, --set shrink=allow'
FROM edition
WHERE $shrink <> 'allow' AND entries_before >= 10 AND entries * 2 <= entries_before;

INSERT INTO intel.editions
SELECT dataset, list, edition, entries FROM edition WHERE entries > 0;

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
    coalesce(name_key(name), '') AS name_key,
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
WHERE name_key(name) IS NOT NULL;

INSERT INTO intel.statements
SELECT DISTINCT entity_id, 'ofac_sdn' AS dataset, property, value
FROM (
    SELECT places.entity_id, 'country' AS property, coalesce(names.code, lower(places.country)) AS value
    FROM (SELECT entity_id, unnest(countries) AS country FROM entries WHERE error IS NULL) AS places
    LEFT JOIN intel.country_names AS names ON names.name = lower(places.country)
    UNION ALL
    SELECT entity_id, 'address', unnest(addresses) FROM entries WHERE error IS NULL
    UNION ALL
    SELECT
        entity_id,
        'birth_date',
        coalesce(CAST(parse_date(birth_date, '%d %b %Y') AS VARCHAR), (regexp_match(birth_date, '([0-9]{4})'))[1])
    FROM (SELECT entity_id, unnest(birth_dates) AS birth_date FROM entries WHERE error IS NULL)
    UNION ALL
    SELECT
        entity_id,
        CASE
            WHEN kind LIKE '%Passport%' THEN 'passport'
            WHEN kind LIKE 'Tax%' OR kind IN ('R.F.C.', 'RUC #', 'NIT #', 'VAT') THEN 'tax'
            WHEN kind LIKE '%Registration%' OR kind LIKE '%Company%' THEN 'registration'
            WHEN kind = 'Email Address' THEN 'email'
            WHEN kind = 'Phone Number' THEN 'phone'
            WHEN kind = 'SWIFT/BIC' THEN 'swift'
            WHEN kind IN ('Website', 'Gender') OR kind LIKE 'Digital Currency%' OR kind LIKE 'Secondary sanctions%' THEN NULL
            ELSE 'national_id'
        END,
        number
    FROM (SELECT entity_id, unnest(id_kinds) AS kind, unnest(id_numbers) AS number FROM entries WHERE error IS NULL)
)
WHERE property IS NOT NULL AND value IS NOT NULL AND value <> '';

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
