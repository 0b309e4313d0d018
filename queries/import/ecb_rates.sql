-- Euro reference rates (ECB)
--
-- Reads     the European Central Bank's history, `eurofxref-hist.csv`: a day a row, a currency a column, units of the
--           currency for one euro, `N/A` where none was published. A row, here, is one rate of one day. Any other
--           currency or coin may stand in a column of its own, so that rates the ECB does not publish (BTC) come in the
--           same way.
-- Traps     There are no rates for week-ends and holidays: `flow.rates_daily` carries the last one published. Import
--           rates before payments: a payment's euro value is computed when it is stored.
-- Grade     A1
-- Source    European Central Bank, euro foreign exchange reference rates
--
-- @file *.csv
-- @counts flow.rates

CREATE VIEW rates AS
SELECT
    *,
    CASE
        WHEN error IS NOT NULL THEN error
        WHEN parse_date(key, '%Y-%m-%d') IS NULL THEN 'Date is not YYYY-MM-DD: ' || coalesce(key, '(empty)')
        WHEN NOT regexp_like(name, '^[a-z]{3,5}$') THEN 'the column is not a currency: ' || name
        WHEN parse_amount(value) IS NULL OR parse_amount(value) <= 0
            THEN 'the rate of ' || name || ' is not a positive number: ' || value
    END AS refused
FROM read_csv_long($path, '', 'skip=N/A');

INSERT INTO flow.rates
SELECT parse_date(key, '%Y-%m-%d') AS day, upper(name) AS currency, parse_amount(value) AS per_eur
FROM rates
WHERE refused IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM rates
WHERE refused IS NOT NULL;
