-- The Azerbaijani Laundromat (OCCRP)
--
-- Reads     the payments that OCCRP published in 2017, with the accounts, companies and persons in them: the folder of
--           `transactions.csv`, `accounts.csv`, `companies.csv`, `persons.csv` and `entities.csv`.
-- Traps     `amount_orig` is negative on money that leaves the core accounts; the direction is in payer and beneficiary,
--           so the sign is dropped. Texts were wrapped by SWIFT at 35 characters and joined with a blank, which cannot
--           be undone: the purpose is kept as it is. Names that ran into the next field have a mended form in
--           `entities.csv`, which is the one stored. 115 payers and a few beneficiaries have no account, mostly banks
--           that return a payment: they get an account of their own under the party's id. Dates have no time of day.
-- Key       No row has a reference: it is keyed by its content and its ordinal among equal rows of the file.
-- Caution   To appear in these files is not guilt. What is printed from them says "appears in".
-- Grade     B2
-- Source    OCCRP, The Azerbaijani Laundromat, 2017, CC BY 4.0
--
-- @file companies.csv, persons.csv
-- @counts intel.entities

CREATE VIEW parties AS
SELECT
    position,
    byte_offset,
    byte_length,
    id,
    name,
    CASE WHEN jurisdiction IN ('null', 'UNKNOWN') THEN NULL ELSE jurisdiction END AS country,
    CASE
        WHEN error IS NOT NULL THEN error
        WHEN id IS NULL THEN 'id is empty'
        WHEN name IS NULL THEN 'name is empty'
    END AS refused
FROM read_csv($path, 'id,name,jurisdiction');

INSERT INTO intel.entities
SELECT
    id AS entity_id,
    'az_laundromat' AS dataset,
    CASE WHEN $path LIKE '%persons.csv' THEN 'Person' ELSE 'Company' END AS schema,
    name AS caption,
    name_key(name) AS name_key,
    CASE WHEN country IS NOT NULL THEN make_array(lower(country)) END AS countries,
    position
FROM parties
WHERE refused IS NULL;

INSERT INTO intel.names
SELECT id AS entity_id, 'az_laundromat' AS dataset, name, name_key(name) AS name_key
FROM parties
WHERE refused IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM parties
WHERE refused IS NOT NULL;

-- @file accounts.csv
-- @counts flow.accounts

CREATE VIEW books AS
SELECT
    position,
    byte_offset,
    byte_length,
    bank_account_number AS identifier,
    nullif(bank_name, 'null') AS bank,
    nullif(bank_country, 'null') AS bank_country,
    CASE WHEN error IS NOT NULL THEN error WHEN bank_account_number IS NULL THEN 'bankAccountNumber is empty' END AS refused
FROM read_csv($path, 'id,bankAccountNumber,bankName,swiftBic,bankCountry');

INSERT INTO flow.accounts
SELECT
    account('bank', identifier) AS account,
    'bank' AS ledger,
    identifier_text('bank', identifier) AS identifier,
    CASE WHEN iban_valid(identifier) THEN 'iban' ELSE 'account' END AS kind,
    bank,
    coalesce(bank_country, iban_country(identifier)) AS bank_country
FROM books
WHERE refused IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM books
WHERE refused IS NOT NULL;

-- @file entities.csv
-- @counts intel.names

CREATE VIEW spellings AS
SELECT
    entities.position,
    entities.byte_offset,
    entities.byte_length,
    entities.name,
    parties.id,
    CASE
        WHEN entities.error IS NOT NULL THEN entities.error
        WHEN entities.name IS NULL THEN 'name is empty'
        WHEN parties.id IS NULL THEN 'no payment in transactions.csv names this party'
    END AS refused
FROM read_csv($path, 'name,jurisdiction,name_norm,node_type') AS entities
LEFT JOIN (
    SELECT name, min(id) AS id
    FROM (
        SELECT payer_name AS name, payer_id AS id
        FROM read_csv($folder || '/transactions.csv')
        UNION ALL
        SELECT beneficiary_name, beneficiary_id
        FROM read_csv($folder || '/transactions.csv')
    )
    GROUP BY name
) AS parties ON parties.name = entities.name;

INSERT INTO intel.names
SELECT 'occrp-az-laundromat-' || id AS entity_id, 'az_laundromat' AS dataset, name, name_key(name) AS name_key
FROM spellings
WHERE refused IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM spellings
WHERE refused IS NOT NULL;

-- @file transactions.csv
-- @counts flow.transfers

CREATE VIEW payments AS
SELECT
    *,
    parse_time(date, '%Y-%m-%d') AS time,
    abs(parse_amount(amount_orig)) AS amount,
    coalesce(payer_account, 'az_laundromat:' || payer_id) AS payer,
    coalesce(beneficiary_account, 'az_laundromat:' || beneficiary_id) AS payee,
    key_hash(date, payer_account, payer_id, beneficiary_account, beneficiary_id, amount_orig, currency, purpose) AS content,
    CASE
        WHEN error IS NOT NULL THEN error
        WHEN parse_time(date, '%Y-%m-%d') IS NULL THEN 'date is not YYYY-MM-DD: ' || coalesce(date, '(empty)')
        WHEN payer_account IS NULL AND payer_id IS NULL THEN 'the payer has neither account nor id'
        WHEN beneficiary_account IS NULL AND beneficiary_id IS NULL THEN 'the beneficiary has neither account nor id'
        WHEN parse_amount(amount_orig) IS NULL THEN 'amount_orig is not an amount: ' || coalesce(amount_orig, '(empty)')
        WHEN currency IS NULL OR NOT regexp_like(currency, '^[A-Z]{3}$')
            THEN 'currency is not an ISO 4217 code: ' || coalesce(currency, '(empty)')
    END AS refused
FROM read_csv(
    $path,
    'row,date,payer_account,payer_id,payer_name,payer_type,beneficiary_account,beneficiary_id,beneficiary_name,beneficiary_type,amount_orig,currency,amount_usd,amount_eur,purpose'
);

CREATE VIEW sides AS
SELECT payer AS identifier, payer_account AS written, payer_name AS name, payer_type AS type
FROM payments
WHERE refused IS NULL
UNION
SELECT payee, beneficiary_account, beneficiary_name, beneficiary_type
FROM payments
WHERE refused IS NULL;

INSERT INTO flow.accounts
SELECT
    account('bank', identifier) AS account,
    'bank' AS ledger,
    identifier_text('bank', identifier) AS identifier,
    max(CASE WHEN written IS NULL THEN 'unnamed' WHEN iban_valid(written) THEN 'iban' ELSE 'account' END) AS kind,
    CAST(NULL AS VARCHAR) AS bank,
    max(iban_country(written)) AS bank_country
FROM sides
GROUP BY 1, 2, 3;

INSERT INTO flow.holders
SELECT DISTINCT
    account('bank', identifier) AS account,
    coalesce(entities.name_norm, sides.name) AS name,
    name_key(coalesce(entities.name_norm, sides.name)) AS name_key,
    nullif(type, 'Invalid') AS kind,
    CASE WHEN entities.jurisdiction IN ('null', 'UNKNOWN') THEN NULL ELSE entities.jurisdiction END AS country
FROM sides
LEFT JOIN read_csv($folder || '/entities.csv') AS entities ON entities.name = sides.name
WHERE sides.name IS NOT NULL;

-- Only equal rows need a number, and they are few: a window over all rows took two fifths of an import. Of a join the
-- left side is held in memory, so the few stand there.
CREATE VIEW repeats AS
SELECT position, row_number() OVER (PARTITION BY payments.content ORDER BY position) AS ordinal
FROM (
    SELECT content
    FROM payments
    GROUP BY content
    HAVING count(*) > 1
) AS twice
INNER JOIN payments ON payments.content = twice.content;

INSERT INTO flow.transfers
SELECT
    key_hash('az_laundromat', content, coalesce(ordinal, 1)) AS transfer_id,
    time,
    account('bank', payer) AS src,
    account('bank', payee) AS dst,
    amount,
    currency AS asset,
    parse_amount(amount_eur) AS value_eur,
    'bank' AS ledger,
    'wire' AS channel,
    purpose,
    payments.position
FROM repeats
RIGHT JOIN payments ON payments.position = repeats.position
WHERE refused IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM payments
WHERE refused IS NOT NULL;
