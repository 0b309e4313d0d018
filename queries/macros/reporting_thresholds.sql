-- Reporting thresholds in euro, day by day
--
-- Answers   for each day with payments, each rail on it (`bank`, `chain`), and each country that an account's bank is in, and `*`
--           for accounts of no known country: the reporting threshold that the detection profile has for it, its own or else
--           that of all countries, in euro at the day's rate, and where it is from. NULL where the profile has none or the
--           day no rate.
-- Misses    profile.thresholds is there while typologies run, and not in a shell.
-- Example   SELECT * FROM reporting_thresholds()
-- Source    reference/typologies.md §2, θ

WITH days AS (
    SELECT DISTINCT CASE ledger WHEN 'bank' THEN 'bank' ELSE 'chain' END AS rail, CAST(time AS DATE) AS day
    FROM flow.transfers
),
places AS (
    SELECT DISTINCT coalesce(bank_country, '*') AS country
    FROM flow.accounts
    UNION
    SELECT '*'
),
rules AS (
    SELECT
        places.country,
        days.rail,
        days.day,
        coalesce(own.source, general.source) AS source,
        coalesce(own.currency, general.currency) AS currency,
        coalesce(own.amount, general.amount) AS amount
    FROM days
    CROSS JOIN places
    LEFT JOIN profile.thresholds AS own
        ON own.country = places.country
        AND own.rail = days.rail
        AND days.day >= own.valid_from
        AND days.day <= own.valid_to
    LEFT JOIN profile.thresholds AS general
        ON general.country = '*'
        AND general.rail = days.rail
        AND days.day >= general.valid_from
        AND days.day <= general.valid_to
)
SELECT
    rules.country,
    rules.rail,
    rules.day,
    rules.source,
    CASE rules.currency WHEN 'EUR' THEN rules.amount ELSE in_eur(rules.amount, rates.per_eur) END AS threshold
FROM rules
LEFT JOIN flow.rates_daily AS rates ON rates.currency = rules.currency AND rates.day = rules.day
