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

CREATE VIEW rows AS
SELECT
    position,
    byte_offset,
    byte_length,
    parse_time(timestamp, '%Y/%m/%d %H:%M') AS time,
    from_bank || ':' || account AS payer,
    to_bank || ':' || account_2 AS payee,
    from_bank,
    to_bank,
    parse_amount(amount_received) AS amount,
    parse_amount(amount_paid) AS paid,
    received.code AS asset,
    amount_paid,
    payment_currency,
    receiving_currency,
    payment_format,
    key_hash(timestamp, from_bank, account, to_bank, account_2, amount_received, receiving_currency, amount_paid,
             payment_currency, payment_format) AS content,
    CASE
        WHEN error IS NOT NULL THEN error
        WHEN parse_time(timestamp, '%Y/%m/%d %H:%M') IS NULL
            THEN 'Timestamp is not YYYY/MM/DD HH:MM: ' || coalesce(timestamp, '(empty)')
        WHEN from_bank IS NULL OR account IS NULL THEN 'From Bank or Account is empty'
        WHEN to_bank IS NULL OR account_2 IS NULL THEN 'To Bank or Account is empty'
        WHEN parse_amount(amount_received) IS NULL
            THEN 'Amount Received is not an amount: ' || coalesce(amount_received, '(empty)')
        WHEN parse_amount(amount_received) < 0 THEN 'Amount Received is negative: ' || amount_received
        WHEN parse_amount(amount_paid) IS NULL
            THEN 'Amount Paid is not an amount: ' || coalesce(amount_paid, '(empty)')
        WHEN received.code IS NULL
            THEN 'Receiving Currency is unknown: ' || coalesce(receiving_currency, '(empty)')
    END AS refused
FROM read_csv(
    $path,
    'Timestamp,From Bank,Account,To Bank,Account,Amount Received,Receiving Currency,Amount Paid,Payment Currency,Payment Format,Is Laundering'
)
LEFT JOIN (
    VALUES
        ('US Dollar', 'USD'), ('Euro', 'EUR'), ('UK Pound', 'GBP'), ('Swiss Franc', 'CHF'), ('Yen', 'JPY'),
        ('Yuan', 'CNY'), ('Rupee', 'INR'), ('Ruble', 'RUB'), ('Shekel', 'ILS'), ('Saudi Riyal', 'SAR'),
        ('Mexican Peso', 'MXN'), ('Brazil Real', 'BRL'), ('Canadian Dollar', 'CAD'), ('Australian Dollar', 'AUD'),
        ('Bitcoin', 'BTC')
) AS received (name, code) ON received.name = receiving_currency;

INSERT INTO flow.accounts
SELECT account('bank', identifier) AS account, 'bank' AS ledger, identifier, 'account' AS kind, bank
FROM (
    SELECT payer AS identifier, from_bank AS bank FROM rows WHERE refused IS NULL
    UNION
    SELECT payee AS identifier, to_bank AS bank FROM rows WHERE refused IS NULL
);

INSERT INTO flow.transfers
SELECT
    key_hash('ibm_aml', content, row_number() OVER (PARTITION BY time, content ORDER BY position)) AS transfer_id,
    time,
    account('bank', payer) AS src,
    account('bank', payee) AS dst,
    amount,
    asset,
    CASE WHEN asset = 'EUR' THEN amount ELSE in_eur(amount, rates.per_eur) END AS value_eur,
    'bank' AS ledger,
    payment_format AS channel,
    CASE WHEN payment_currency <> receiving_currency THEN 'paid ' || amount_paid || ' ' || payment_currency END AS purpose,
    position
FROM rows
LEFT JOIN flow.rates_daily AS rates ON rates.currency = asset AND rates.day = CAST(time AS DATE)
WHERE refused IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM rows
WHERE refused IS NOT NULL;
