-- Consolidated list of the United Nations Security Council
--
-- Reads     `consolidated.xml`: people and groups under the sanctions of the Security Council, with their names in Latin and in
--           their own letters, aliases and how good these are, addresses, dates of birth, documents and the day of listing.
-- Traps     A name is in up to four parts, in the order they are written in. Aliases of low quality are statements
--           (`weak_alias`) and no names: many fit anybody. One alias element may hold several, with `;` between them.
--           Nationality is never used.
-- Caution   To appear in a list is not guilt. What is printed from here says "appears in".
-- Checks    an edition that has half the entries of the one before, or fewer, is refused, unless `shrink` is `allow`.
-- Grade     A1
-- Source    scsanctions.un.org, sc-sanctions.xsd
--
-- @param shrink  VARCHAR  'refuse'
--
-- @file *consolidated*.xml
-- @counts intel.entities

CREATE VIEW records AS
SELECT * FROM read_xml_records($path, 'INDIVIDUAL,ENTITY', 'CONSOLIDATED_LIST');

CREATE VIEW facts AS
SELECT position, element, ordinal, path, split_part(place, '/', 1) AS part, text
FROM (
    SELECT
        position,
        element,
        unnest(range(1, CAST(array_length(paths) AS BIGINT) + 1)) AS ordinal,
        unnest(paths) AS path,
        unnest(places) AS place,
        unnest(texts) AS text
    FROM records
    WHERE error IS NULL
);

CREATE VIEW listed AS
SELECT
    position,
    element,
    max(CASE path WHEN 'DATAID' THEN text END) AS data_id,
    nullif(
        trim(
            concat_ws(
                ' ',
                max(CASE path WHEN 'FIRST_NAME' THEN text END),
                max(CASE path WHEN 'SECOND_NAME' THEN text END),
                max(CASE path WHEN 'THIRD_NAME' THEN text END),
                max(CASE path WHEN 'FOURTH_NAME' THEN text END)
            )
        ),
        ''
    ) AS name,
    max(CASE path WHEN 'UN_LIST_TYPE' THEN text END) AS programme,
    max(CASE path WHEN 'REFERENCE_NUMBER' THEN text END) AS reference,
    max(CASE path WHEN 'COMMENTS1' THEN text END) AS comment,
    max(CASE path WHEN 'LISTED_ON' THEN left(text, 10) END) AS listed_on
FROM facts
GROUP BY position, element;

CREATE VIEW entries AS
SELECT
    records.position,
    records.byte_offset,
    records.byte_length,
    listed.*,
    'un-' || listed.data_id AS entity_id,
    CASE
        WHEN records.error IS NOT NULL THEN records.error
        WHEN listed.data_id IS NULL THEN 'the entry has no DATAID'
        WHEN listed.name IS NULL THEN 'the entry has no name'
    END AS refused
FROM records
LEFT JOIN (
    SELECT position AS place, element, data_id, name, programme, reference, comment, listed_on FROM listed
) AS listed ON listed.place = records.position;

CREATE VIEW kept AS
SELECT entries.entity_id, facts.*
FROM entries
INNER JOIN facts ON facts.position = entries.position
WHERE entries.refused IS NULL;

CREATE VIEW edition AS
SELECT
    'un_sc' AS dataset,
    'consolidated' AS list,
    coalesce(max(before.edition), 0) + 1 AS edition,
    now.entries,
    max(before.entries) AS entries_before
FROM (SELECT count(DISTINCT entity_id) AS entries FROM entries WHERE refused IS NULL) AS now
LEFT JOIN intel.newest_editions AS before ON before.dataset = 'un_sc' AND before.list = 'consolidated'
GROUP BY now.entries;

SELECT
    'the list has ' || entries || ' entries, and ' || entries_before
        || ' when it was last imported; if that is right, --set shrink=allow'
FROM edition
WHERE $shrink <> 'allow' AND entries_before >= 10 AND entries * 2 <= entries_before;

INSERT INTO intel.editions
SELECT dataset, list, edition, entries FROM edition WHERE entries > 0;

CREATE VIEW countries AS
SELECT DISTINCT kept.entity_id, coalesce(names.code, lower(kept.text)) AS country
FROM kept
LEFT JOIN intel.country_names AS names ON names.name = lower(kept.text)
WHERE kept.path IN ('INDIVIDUAL_ADDRESS/COUNTRY', 'ENTITY_ADDRESS/COUNTRY');

CREATE VIEW addresses AS
SELECT entity_id, part, string_agg(text, ', ' ORDER BY ordinal) AS address, count(*) AS parts
FROM kept
WHERE path LIKE '%_ADDRESS/%' AND path NOT LIKE '%/NOTE'
GROUP BY entity_id, part;

INSERT INTO intel.entities
SELECT
    entries.entity_id,
    'un_sc' AS dataset,
    CASE entries.element WHEN 'INDIVIDUAL' THEN 'Person' ELSE 'Organization' END AS schema,
    entries.name AS caption,
    coalesce(name_key(entries.name), '') AS name_key,
    places.countries,
    CASE
        WHEN entries.programme IN ('Al-Qaida', 'Taliban') THEN make_array('sanction', 'crime.terror')
        ELSE make_array('sanction')
    END AS topics,
    make_array(entries.programme) AS programs,
    births.birth_date AS start_date,
    homes.address,
    concat_ws('; ', entries.reference, entries.comment) AS properties,
    entries.position
FROM entries
LEFT JOIN (
    SELECT entity_id, array_agg(country ORDER BY country) AS countries FROM countries GROUP BY entity_id
) AS places ON places.entity_id = entries.entity_id
LEFT JOIN (
    SELECT entity_id, min(parse_date(text, '%Y-%m-%d')) AS birth_date
    FROM kept
    WHERE path = 'INDIVIDUAL_DATE_OF_BIRTH/DATE'
    GROUP BY entity_id
) AS births ON births.entity_id = entries.entity_id
LEFT JOIN (
    SELECT entity_id, min(address) AS address FROM addresses WHERE parts > 1 GROUP BY entity_id
) AS homes ON homes.entity_id = entries.entity_id
WHERE entries.refused IS NULL;

CREATE VIEW aliases AS
SELECT kept.entity_id, trim(kept.text) AS text, coalesce(quality.text, '') AS quality
FROM kept
LEFT JOIN (
    SELECT entity_id, part, text FROM kept WHERE path IN ('INDIVIDUAL_ALIAS/QUALITY', 'ENTITY_ALIAS/QUALITY')
) AS quality ON quality.entity_id = kept.entity_id AND quality.part = kept.part
WHERE kept.path IN ('INDIVIDUAL_ALIAS/ALIAS_NAME', 'ENTITY_ALIAS/ALIAS_NAME');

INSERT INTO intel.names
SELECT DISTINCT entity_id, 'un_sc' AS dataset, name, name_key(name) AS name_key
FROM (
    SELECT entity_id, name FROM entries WHERE refused IS NULL
    UNION ALL
    SELECT entity_id, trim(unnest(string_to_array(text, ';'))) FROM kept WHERE path = 'NAME_ORIGINAL_SCRIPT'
    UNION ALL
    SELECT entity_id, trim(unnest(string_to_array(text, ';'))) FROM aliases WHERE quality <> 'Low'
)
WHERE name_key(name) IS NOT NULL;

INSERT INTO intel.statements
SELECT DISTINCT entity_id, 'un_sc' AS dataset, property, value
FROM (
    SELECT entity_id, 'country' AS property, country AS value FROM countries
    UNION ALL
    SELECT entity_id, 'address', address FROM addresses WHERE parts > 1
    UNION ALL
    SELECT entity_id, 'weak_alias', trim(unnest(string_to_array(text, ';'))) FROM aliases WHERE quality = 'Low'
    UNION ALL
    SELECT entity_id, 'listed_on', listed_on FROM entries WHERE refused IS NULL
    UNION ALL
    SELECT entity_id, 'birth_date', left(text, 10)
    FROM kept
    WHERE path IN (
        'INDIVIDUAL_DATE_OF_BIRTH/DATE', 'INDIVIDUAL_DATE_OF_BIRTH/YEAR', 'INDIVIDUAL_DATE_OF_BIRTH/FROM_YEAR',
        'INDIVIDUAL_DATE_OF_BIRTH/TO_YEAR'
    )
    UNION ALL
    SELECT numbers.entity_id, CASE WHEN lower(kinds.text) LIKE '%pas%port%' THEN 'passport' ELSE 'national_id' END, numbers.text
    FROM kept AS numbers
    INNER JOIN kept AS kinds ON kinds.entity_id = numbers.entity_id AND kinds.part = numbers.part
    WHERE numbers.path = 'INDIVIDUAL_DOCUMENT/NUMBER'
        AND kinds.path = 'INDIVIDUAL_DOCUMENT/TYPE_OF_DOCUMENT'
)
WHERE value <> '';

INSERT INTO intel.relationships
SELECT
    'sanction-' || entity_id AS relationship_id,
    'un_sc' AS dataset,
    'Sanction' AS schema,
    entity_id AS subject,
    programme AS role,
    parse_date(listed_on, '%Y-%m-%d') AS start_date,
    position
FROM entries
WHERE refused IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM entries
WHERE refused IS NOT NULL;
