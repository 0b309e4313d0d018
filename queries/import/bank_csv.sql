-- Plain bank book (Headwater's own CSV)
--
-- Reads     a bank's payments in Headwater's plain layout, for banks whose own export has no importer yet: one payment
--           a row, `reference,booked_at,debtor_…,creditor_…,amount,currency,channel,purpose`, UTF-8, times in UTC as
--           2024-03-05T14:03:22Z, amounts with a decimal point and without a sign.
-- Traps     A payment between two banks stands in both books under one reference (UETR or end-to-end id): the second
--           is a duplicate. An empty reference means that the row is keyed by its content and its ordinal. Cash has one
--           side only: the other is the bank's till, an account `CASH:BANK` that is nobody's.
-- Grade     B2
--
-- @file *.csv
-- @counts flow.transfers

CREATE VIEW rows AS
SELECT
    *,
    CASE WHEN channel = 'cash' THEN coalesce(debtor_account, 'CASH:' || creditor_bank) ELSE debtor_account END AS payer,
    CASE WHEN channel = 'cash' THEN coalesce(creditor_account, 'CASH:' || debtor_bank) ELSE creditor_account END AS payee,
    parse_time(booked_at, '%Y-%m-%dT%H:%M:%SZ') AS time,
    parse_amount(amount) AS value,
    key_hash(booked_at, debtor_account, creditor_account, amount, currency, channel, purpose) AS content,
    CASE
        WHEN error IS NOT NULL THEN error
        WHEN parse_time(booked_at, '%Y-%m-%dT%H:%M:%SZ') IS NULL
            THEN 'booked_at is not a time like 2024-03-05T14:03:22Z: ' || coalesce(booked_at, '(empty)')
        WHEN debtor_account IS NULL AND (coalesce(channel, '') <> 'cash' OR creditor_account IS NULL)
            THEN 'debtor_account is empty'
        WHEN creditor_account IS NULL AND coalesce(channel, '') <> 'cash' THEN 'creditor_account is empty'
        WHEN parse_amount(amount) IS NULL THEN 'amount is not an amount: ' || coalesce(amount, '(empty)')
        WHEN parse_amount(amount) < 0 THEN 'amount is negative: ' || amount
        WHEN currency IS NULL OR NOT regexp_like(currency, '^[A-Z]{3}$')
            THEN 'currency is not an ISO 4217 code: ' || coalesce(currency, '(empty)')
        WHEN currency LIKE 'X%' AND currency NOT IN ('XAF', 'XAG', 'XAU', 'XCD', 'XCG', 'XDR', 'XOF', 'XPD', 'XPF', 'XPT')
            THEN 'currency is not an ISO 4217 code: ' || currency
    END AS refused
FROM read_csv(
    $path,
    'reference,booked_at,debtor_account,debtor_name,debtor_kind,debtor_country,debtor_bank,creditor_account,creditor_name,creditor_kind,creditor_country,creditor_bank,amount,currency,channel,purpose'
);

CREATE VIEW parties AS
SELECT
    payer AS identifier,
    debtor_name AS name,
    debtor_kind AS kind,
    coalesce(debtor_country, creditor_country) AS country,
    coalesce(debtor_bank, creditor_bank) AS bank
FROM rows
WHERE refused IS NULL
UNION
SELECT
    payee,
    creditor_name,
    creditor_kind,
    coalesce(creditor_country, debtor_country),
    coalesce(creditor_bank, debtor_bank)
FROM rows
WHERE refused IS NULL;

INSERT INTO flow.accounts
SELECT
    account('bank', identifier) AS account,
    'bank' AS ledger,
    identifier_text('bank', identifier) AS identifier,
    max(CASE WHEN identifier LIKE 'CASH:%' THEN 'cash' WHEN iban_valid(identifier) THEN 'iban' ELSE 'account' END) AS kind,
    min(bank) AS bank,
    min(coalesce(iban_country(identifier), country)) AS bank_country,
    max(CASE WHEN identifier LIKE 'CASH:%' THEN 'cash' END) AS service
FROM parties
GROUP BY 1, 2, 3;

INSERT INTO flow.holders
SELECT account('bank', identifier) AS account, name, coalesce(name_key(name), '') AS name_key, kind, country
FROM parties
WHERE name IS NOT NULL;

-- Only equal rows need a number, and they are few: a window over all rows took two fifths of an import. Of a join the
-- left side is held in memory, so the few stand there.
CREATE VIEW repeats AS
SELECT position, row_number() OVER (PARTITION BY rows.content ORDER BY position) AS ordinal
FROM (
    SELECT content
    FROM rows
    WHERE reference IS NULL
    GROUP BY content
    HAVING count(*) > 1
) AS twice
INNER JOIN rows ON rows.content = twice.content
WHERE reference IS NULL;

INSERT INTO flow.transfers
SELECT
    CASE
        WHEN reference IS NOT NULL THEN key_hash('reference', reference)
        ELSE key_hash('bank_csv', content, coalesce(ordinal, 1))
    END AS transfer_id,
    time,
    account('bank', payer) AS src,
    account('bank', payee) AS dst,
    value AS amount,
    rows.currency AS asset,
    CASE WHEN rows.currency = 'EUR' THEN value ELSE in_eur(value, rates.per_eur) END AS value_eur,
    'bank' AS ledger,
    channel,
    reference,
    purpose,
    rows.position
FROM repeats
RIGHT JOIN (
    flow.rates_daily AS rates RIGHT JOIN rows ON rates.currency = rows.currency AND rates.day = CAST(time AS DATE)
) ON rows.position = repeats.position
WHERE refused IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM rows
WHERE refused IS NOT NULL;
