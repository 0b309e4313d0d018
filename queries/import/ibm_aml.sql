-- AMLworld transactions (IBM)
--
-- Reads     the synthetic transaction files of IBM's AMLworld, `HI-Small_Trans.csv` and its kin: one payment a row.
-- Traps     Two columns are called `Account`, so they are told apart by position. Bank ids and account numbers are text:
--           `010` is not `10`, and an account is known only together with its bank. Rows are not in time order. Where
--           the paid and the received currency differ, the received amount is the payment and the purpose says what
--           was paid. The label `Is Laundering` is not imported: it is for measuring, never an input.
-- Key       No row has a reference: it is keyed by its content and its ordinal among equal rows of the file.
-- Grade     X4
-- Source    Altman et al., Realistic Synthetic Financial Transactions for Anti-Money Laundering Models, NeurIPS 2023
--
-- @file *Trans*.csv, *.csv
-- @counts flow.transfers

CREATE VIEW cells AS
SELECT
    *,
    parse_time(timestamp, '%Y/%m/%d %H:%M') AS time,
    parse_amount(amount_received) AS amount,
    parse_amount(amount_paid) AS paid,
    CASE receiving_currency
        WHEN 'US Dollar' THEN 'USD'
        WHEN 'Euro' THEN 'EUR'
        WHEN 'UK Pound' THEN 'GBP'
        WHEN 'Swiss Franc' THEN 'CHF'
        WHEN 'Yen' THEN 'JPY'
        WHEN 'Yuan' THEN 'CNY'
        WHEN 'Rupee' THEN 'INR'
        WHEN 'Ruble' THEN 'RUB'
        WHEN 'Shekel' THEN 'ILS'
        WHEN 'Saudi Riyal' THEN 'SAR'
        WHEN 'Mexican Peso' THEN 'MXN'
        WHEN 'Brazil Real' THEN 'BRL'
        WHEN 'Canadian Dollar' THEN 'CAD'
        WHEN 'Australian Dollar' THEN 'AUD'
        WHEN 'Bitcoin' THEN 'BTC'
    END AS asset
FROM read_csv(
    $path,
    'Timestamp,From Bank,Account,To Bank,Account,Amount Received,Receiving Currency,Amount Paid,Payment Currency,Payment Format,Is Laundering'
);

CREATE VIEW rows AS
SELECT
    *,
    from_bank || ':' || account AS payer,
    to_bank || ':' || account_2 AS payee,
    CASE
        WHEN error IS NOT NULL THEN error
        WHEN time IS NULL THEN 'Timestamp is not YYYY/MM/DD HH:MM: ' || coalesce(timestamp, '(empty)')
        WHEN from_bank IS NULL OR account IS NULL THEN 'From Bank or Account is empty'
        WHEN to_bank IS NULL OR account_2 IS NULL THEN 'To Bank or Account is empty'
        WHEN amount IS NULL THEN 'Amount Received is not an amount: ' || coalesce(amount_received, '(empty)')
        WHEN amount < 0 THEN 'Amount Received is negative: ' || amount_received
        WHEN paid IS NULL THEN 'Amount Paid is not an amount: ' || coalesce(amount_paid, '(empty)')
        WHEN asset IS NULL THEN 'Receiving Currency is unknown: ' || coalesce(receiving_currency, '(empty)')
    END AS refused
FROM cells;

INSERT INTO flow.accounts
SELECT account('bank', identifier) AS account, 'bank' AS ledger, identifier, 'account' AS kind, bank
FROM (
    SELECT payer AS identifier, from_bank AS bank FROM rows WHERE refused IS NULL
    UNION
    SELECT payee AS identifier, to_bank AS bank FROM rows WHERE refused IS NULL
);

CREATE VIEW payments AS
SELECT
    position,
    key_hash(timestamp, from_bank, account, to_bank, account_2, amount_received, receiving_currency, amount_paid,
             payment_currency, payment_format) AS content,
    time,
    account('bank', payer) AS src,
    account('bank', payee) AS dst,
    amount,
    asset,
    payment_format AS channel,
    CASE WHEN payment_currency <> receiving_currency THEN 'paid ' || amount_paid || ' ' || payment_currency END AS purpose
FROM rows
WHERE refused IS NULL;

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
    key_hash('ibm_aml', content, coalesce(ordinal, 1)) AS transfer_id,
    time,
    src,
    dst,
    amount,
    asset,
    CASE WHEN asset = 'EUR' THEN amount ELSE in_eur(amount, rates.per_eur) END AS value_eur,
    'bank' AS ledger,
    channel,
    purpose,
    payments.position
FROM repeats
RIGHT JOIN (
    flow.rates_daily AS rates RIGHT JOIN payments ON rates.currency = asset AND rates.day = CAST(time AS DATE)
) ON payments.position = repeats.position;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM rows
WHERE refused IS NOT NULL;
