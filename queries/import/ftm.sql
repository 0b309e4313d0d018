-- FollowTheMoney entities
--
-- Reads     JSON lines of FollowTheMoney: people, companies, organisations and what ties them (ownership, directorship,
--           membership, sanctions), their bank accounts and wallets. OpenSanctions' `entities.ftm.json` is this, and its
--           `targets.nested.json`, where an entity holds those it is tied to: each is taken out.
-- Traps     An entity without a name, or with one that holds no letter or digit, is called by its id, and no name leads to it. An account or a wallet is an identifier of its holder, not a party. Nationality is never used. In a nested file the same
--           company stands in many lines: it is stored once, and the rest are duplicates.
-- Checks    an edition of a list that has half the entries of the one before, or fewer, is refused, unless `shrink` is
--           `allow`: half a file looks like half a list.
-- Caution   To appear in a list is not guilt. What is printed from here says "appears in".
-- Grade     B2
-- Source    followthemoney.tech
--
-- @param dataset  VARCHAR  'ftm'
-- @param shrink   VARCHAR  'refuse'
--
-- @file *.ftm.json, *.ftm.jsonl, *.ijson, *.json, *.jsonl, *.ndjson
-- @counts intel.entities, intel.relationships, intel.identifiers

CREATE VIEW placed AS
SELECT
    *,
    CASE
        WHEN schema IN ('BankAccount', 'CryptoWallet') THEN 'identifier'
        WHEN schema IN ('Ownership', 'Directorship', 'Membership', 'Employment', 'Family', 'Associate', 'UnknownLink',
                        'Representation', 'Succession', 'Sanction', 'Payment') THEN 'relationship'
        ELSE 'entity'
    END AS place,
    coalesce(owner, director, member, employee, person, subject, entity, payer) AS first_party,
    coalesce(asset, organization, employer, relative, associate, object, beneficiary) AS second_party
FROM read_ftm($path);

CREATE VIEW things AS
SELECT
    *,
    CASE
        WHEN error IS NOT NULL THEN error
        WHEN entity_id IS NULL OR schema IS NULL THEN 'id or schema is missing'
        WHEN place = 'identifier' AND coalesce(holder, owner) IS NULL THEN schema || ' without a holder'
        WHEN schema = 'BankAccount' AND coalesce(iban, account_number) IS NULL THEN 'BankAccount without a number'
        WHEN schema = 'CryptoWallet' AND public_key IS NULL THEN 'CryptoWallet without a publicKey'
        WHEN place = 'relationship' AND first_party IS NULL THEN schema || ' without its first party'
    END AS refused
FROM placed;

CREATE VIEW edition AS
SELECT
    $dataset AS dataset,
    files.file AS list,
    coalesce(max(before.edition), 0) + 1 AS edition,
    now.entries,
    max(before.entries) AS entries_before
FROM import.files AS files
CROSS JOIN (SELECT count(DISTINCT entity_id) AS entries FROM things WHERE refused IS NULL AND place = 'entity') AS now
LEFT JOIN intel.newest_editions AS before ON before.dataset = $dataset AND before.list = files.file
GROUP BY files.file, now.entries;

SELECT
    list || ' has ' || entries || ' entries, and ' || entries_before
        || ' when it was last imported; if that is right, --set shrink=allow'
FROM edition
WHERE $shrink <> 'allow' AND entries_before >= 10 AND entries * 2 <= entries_before;

INSERT INTO intel.editions
SELECT dataset, list, edition, entries FROM edition WHERE entries > 0;

INSERT INTO intel.entities
SELECT
    entity_id,
    $dataset AS dataset,
    schema,
    coalesce(caption, entity_id) AS caption,
    coalesce(name_key(caption), name_key(entity_id), '') AS name_key,
    countries,
    topics,
    CASE WHEN program IS NOT NULL THEN make_array(program) END AS programs,
    parse_date(coalesce(incorporation_date, birth_date), '%Y-%m-%d') AS start_date,
    addresses[1] AS address,
    properties,
    position
FROM things
WHERE refused IS NULL AND place = 'entity';

INSERT INTO intel.names
SELECT DISTINCT entity_id, $dataset AS dataset, name, name_key(name) AS name_key
FROM (SELECT entity_id, unnest(names) AS name FROM things WHERE refused IS NULL AND place = 'entity')
WHERE name_key(name) IS NOT NULL;

INSERT INTO intel.statements
SELECT DISTINCT entity_id, $dataset AS dataset, property, value
FROM (
    SELECT
        entity_id,
        CASE stated
            WHEN 'country' THEN 'country'
            WHEN 'jurisdiction' THEN 'country'
            WHEN 'mainCountry' THEN 'country'
            WHEN 'birthDate' THEN 'birth_date'
            WHEN 'incorporationDate' THEN 'incorporation_date'
            WHEN 'address' THEN 'address'
            WHEN 'passportNumber' THEN 'passport'
            WHEN 'idNumber' THEN 'national_id'
            WHEN 'socialSecurityNumber' THEN 'national_id'
            WHEN 'registrationNumber' THEN 'registration'
            WHEN 'ogrnCode' THEN 'registration'
            WHEN 'taxNumber' THEN 'tax'
            WHEN 'innCode' THEN 'tax'
            WHEN 'vatCode' THEN 'tax'
            WHEN 'leiCode' THEN 'lei'
            WHEN 'imoNumber' THEN 'imo'
            WHEN 'swiftBic' THEN 'swift'
            WHEN 'email' THEN 'email'
            WHEN 'phone' THEN 'phone'
            WHEN 'weakAlias' THEN 'weak_alias'
        END AS property,
        CASE WHEN stated IN ('country', 'jurisdiction', 'mainCountry') THEN lower(value) ELSE value END AS value
    FROM (
        SELECT entity_id, unnest(stated) AS stated, unnest(statements) AS value
        FROM things
        WHERE refused IS NULL AND place = 'entity'
    )
)
WHERE property IS NOT NULL AND value <> '';

INSERT INTO intel.identifiers
SELECT
    coalesce(holder, owner) AS entity_id,
    $dataset AS dataset,
    CASE WHEN schema = 'CryptoWallet' THEN 'wallet' WHEN iban IS NOT NULL THEN 'iban' ELSE 'account' END AS kind,
    ledger,
    identifier_text(ledger, identifier) AS identifier,
    account(ledger, identifier) AS account
FROM (
    SELECT
        *,
        CASE
            WHEN schema = 'BankAccount' THEN 'bank'
            WHEN public_key LIKE 'bcrt1%' OR (currency IN ('BTC', 'XBT') AND regexp_like(public_key, '^[mn2][a-km-zA-HJ-NP-Z1-9]{25,39}$'))
                THEN 'btc-regtest'
            WHEN currency IN ('BTC', 'XBT') THEN 'btc'
            WHEN currency = 'ETH' OR (currency IS NULL AND public_key LIKE '0x%') THEN 'eth'
            WHEN currency = 'TRX' THEN 'tron'
            ELSE lower(coalesce(currency, 'btc'))
        END AS ledger,
        coalesce(iban, account_number, public_key) AS identifier
    FROM things
    WHERE refused IS NULL AND place = 'identifier'
);

INSERT INTO intel.relationships
SELECT
    entity_id AS relationship_id,
    $dataset AS dataset,
    schema,
    first_party AS subject,
    second_party AS object,
    coalesce(role, program) AS role,
    parse_date(coalesce(start_date, date), '%Y-%m-%d') AS start_date,
    parse_date(end_date, '%Y-%m-%d') AS end_date,
    position
FROM things
WHERE refused IS NULL AND place = 'relationship';

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM things
WHERE refused IS NOT NULL;
