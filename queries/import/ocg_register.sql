-- An agency's own register of organised crime groups
--
-- Reads     a CSV file in UTF-8, one row a statement: about the group itself where `member` is empty, else about that member. A
--           member with two accounts is two rows. The header is
--           `ocg_id,name,aliases,activity,member_id,member,member_aliases,member_kind,role,birth_date,country,address,identifier_kind,identifier,since,until,grade`;
--           `ocg_id`, `name` and `grade` are required, the rest may be empty.
-- Columns   `aliases` and `member_aliases` hold names with `;` between them; `activity` topics as FollowTheMoney has them
--           (crime.traffick.drug); without `member_id` members of one name in one group are one; `member_kind` is person or
--           company; `birth_date` is a day (1971-02-03) or a year, `country` a code of two letters; `identifier_kind` is iban, account,
--           passport, national_id, registration, tax, or a ledger (btc, eth, tron) whose address `identifier` is; `since` and
--           `until` are days.
-- Traps     A row without a grade is quarantined until it has one: what cannot be weighed is not used. With `--set grade=B2`
--           such rows are taken at that grade.
-- Caution   A register says what an agency believes, not what a court found.
-- Checks    an edition that names half the groups and members of the one before, or fewer, is refused, unless `shrink` is `allow`.
-- Grade     B2
-- Source    the agency; the layout is Headwater's own
--
-- @param dataset  VARCHAR  'ocg_register'
-- @param grade    VARCHAR  'none'
-- @param shrink   VARCHAR  'refuse'
--
-- @file *ocg*.csv, *register*.csv
-- @counts intel.relationships

CREATE VIEW register AS
SELECT
    *,
    coalesce(upper(grade), CASE WHEN $grade <> 'none' THEN upper($grade) END) AS row_grade,
    'ocg-' || ocg_id AS ocg,
    CASE
        WHEN member IS NULL THEN 'ocg-' || ocg_id
        ELSE coalesce('member-' || member_id, 'member-' || ocg_id || '-' || replace(name_key(member), ' ', '-'))
    END AS party,
    CASE
        WHEN error IS NOT NULL THEN error
        WHEN ocg_id IS NULL THEN 'ocg_id is empty'
        WHEN name_key(name) IS NULL THEN 'name holds no letter or digit'
        WHEN member IS NOT NULL AND name_key(member) IS NULL THEN 'member holds no letter or digit'
        WHEN member IS NULL AND member_id IS NOT NULL THEN 'member_id without a member'
        WHEN coalesce(member_kind, 'person') NOT IN ('person', 'company') THEN 'member_kind is neither person nor company: ' || member_kind
        WHEN grade IS NULL AND $grade = 'none' THEN 'not graded: fill in grade, or import with --set grade=…'
        WHEN NOT regexp_like(coalesce(upper(grade), upper($grade)), '^[A-GX][1-6]$')
            THEN 'grade is not a letter and a figure like B2: ' || coalesce(grade, $grade)
        WHEN birth_date IS NOT NULL AND NOT regexp_like(birth_date, '^[0-9]{4}$') AND parse_date(birth_date, '%Y-%m-%d') IS NULL
            THEN 'birth_date is neither a day nor a year: ' || birth_date
        WHEN country IS NOT NULL AND NOT regexp_like(country, '^[A-Za-z]{2}$') THEN 'country is not two letters: ' || country
        WHEN since IS NOT NULL AND parse_date(since, '%Y-%m-%d') IS NULL THEN 'since is not a day: ' || since
        WHEN until IS NOT NULL AND parse_date(until, '%Y-%m-%d') IS NULL THEN 'until is not a day: ' || until
        WHEN (identifier IS NULL) <> (identifier_kind IS NULL) THEN 'identifier and identifier_kind are given together'
        WHEN identifier_kind IS NOT NULL
            AND lower(identifier_kind) NOT IN ('iban', 'account', 'passport', 'national_id', 'registration', 'tax', 'btc', 'eth', 'tron')
            THEN 'identifier_kind is not known: ' || identifier_kind
        WHEN lower(identifier_kind) = 'iban' AND NOT iban_valid(identifier) THEN 'identifier is not an IBAN: ' || identifier
    END AS refused
FROM read_csv(
    $path,
    'ocg_id,name,aliases,activity,member_id,member,member_aliases,member_kind,role,birth_date,country,address,identifier_kind,identifier,since,until,grade'
);

CREATE VIEW edition AS
SELECT
    $dataset AS dataset,
    'register' AS list,
    coalesce(max(before.edition), 0) + 1 AS edition,
    now.entries,
    max(before.entries) AS entries_before
FROM (SELECT count(DISTINCT party) AS entries FROM register WHERE refused IS NULL) AS now
LEFT JOIN intel.newest_editions AS before ON before.dataset = $dataset AND before.list = 'register'
GROUP BY now.entries;

SELECT
    'the register has ' || entries || ' groups and members, and ' || entries_before
        || ' when it was last imported; if that is right, --set shrink=allow'
FROM edition
WHERE $shrink <> 'allow' AND entries_before >= 10 AND entries * 2 <= entries_before;

INSERT INTO intel.editions
SELECT dataset, list, edition, entries FROM edition WHERE entries > 0;

-- A group is known for crime: that is what the register is of.
INSERT INTO intel.entities
SELECT
    ocg AS entity_id,
    $dataset AS dataset,
    'Organization' AS schema,
    first_value(name ORDER BY position) AS caption,
    name_key(first_value(name ORDER BY position)) AS name_key,
    array_append(
        coalesce(string_to_array(string_agg(DISTINCT replace(activity, ' ', ''), ';' ORDER BY replace(activity, ' ', '')), ';'), make_array()),
        'crime'
    ) AS topics,
    min(position) AS position
FROM register
WHERE refused IS NULL
GROUP BY ocg;

INSERT INTO intel.entities
SELECT
    party AS entity_id,
    $dataset AS dataset,
    CASE max(member_kind) WHEN 'company' THEN 'Company' ELSE 'Person' END AS schema,
    first_value(member ORDER BY position) AS caption,
    name_key(first_value(member ORDER BY position)) AS name_key,
    array_agg(DISTINCT lower(country) ORDER BY lower(country)) FILTER (WHERE country IS NOT NULL) AS countries,
    min(parse_date(birth_date, '%Y-%m-%d')) AS start_date,
    min(address) AS address,
    min(position) AS position
FROM register
WHERE refused IS NULL AND member IS NOT NULL
GROUP BY party;

INSERT INTO intel.names
SELECT DISTINCT entity_id, $dataset AS dataset, name, name_key(name) AS name_key
FROM (
    SELECT ocg AS entity_id, name FROM register WHERE refused IS NULL
    UNION ALL
    SELECT ocg, trim(unnest(string_to_array(aliases, ';'))) FROM register WHERE refused IS NULL
    UNION ALL
    SELECT party, member FROM register WHERE refused IS NULL AND member IS NOT NULL
    UNION ALL
    SELECT party, trim(unnest(string_to_array(member_aliases, ';'))) FROM register WHERE refused IS NULL AND member IS NOT NULL
)
WHERE name_key(name) IS NOT NULL;

-- What two rows say alike stands on the better graded one.
INSERT INTO intel.statements
SELECT entity_id, $dataset AS dataset, property, value, min(grade) AS grade
FROM (
    SELECT party AS entity_id, 'birth_date' AS property, birth_date AS value, row_grade AS grade FROM register WHERE refused IS NULL
    UNION ALL
    SELECT party, 'country', lower(country), row_grade FROM register WHERE refused IS NULL
    UNION ALL
    SELECT party, 'address', address, row_grade FROM register WHERE refused IS NULL
    UNION ALL
    SELECT party, 'membership', ocg || coalesce(': ' || role, ''), row_grade FROM register WHERE refused IS NULL AND member IS NOT NULL
    UNION ALL
    SELECT party, lower(identifier_kind), identifier, row_grade FROM register WHERE refused IS NULL
)
WHERE value IS NOT NULL
GROUP BY entity_id, property, value;

INSERT INTO intel.identifiers
SELECT DISTINCT
    entity_id,
    $dataset AS dataset,
    kind,
    ledger,
    identifier_text(ledger, identifier) AS identifier,
    account(ledger, identifier) AS account
FROM (
    SELECT
        party AS entity_id,
        CASE lower(identifier_kind) WHEN 'iban' THEN 'iban' WHEN 'account' THEN 'account' ELSE 'wallet' END AS kind,
        CASE WHEN lower(identifier_kind) IN ('iban', 'account') THEN 'bank' ELSE lower(identifier_kind) END AS ledger,
        identifier
    FROM register
    WHERE refused IS NULL AND lower(identifier_kind) IN ('iban', 'account', 'btc', 'eth', 'tron')
);

-- One relationship a row: a membership, or the group's own standing in the register.
INSERT INTO intel.relationships
SELECT
    'register-' || CAST(key_hash(ocg, party, role, identifier_kind, identifier, birth_date, country, address, since, until, name, aliases, activity, member_aliases) AS VARCHAR) AS relationship_id,
    $dataset AS dataset,
    CASE WHEN member IS NULL THEN 'Listing' ELSE 'Membership' END AS schema,
    party AS subject,
    CASE WHEN member IS NOT NULL THEN ocg END AS object,
    role,
    parse_date(since, '%Y-%m-%d') AS start_date,
    parse_date(until, '%Y-%m-%d') AS end_date,
    position
FROM register
WHERE refused IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM register
WHERE refused IS NOT NULL;
