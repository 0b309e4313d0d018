-- Rates for every day
--
-- Holds     `flow.rates` with the gaps filled: a day without a published rate (week-ends, holidays) carries the last one
--           published before it, up to six days back, and says so in `published`. Currency, day and rate as in flow.rates.
-- Name      flow.rates_daily

SELECT
    currency,
    CAST(unnest(generate_series(
        CAST(published AS TIMESTAMP),
        CAST(last_day AS TIMESTAMP),
        INTERVAL '1 day'
    )) AS DATE) AS day,
    per_eur,
    published
FROM (
    SELECT
        currency,
        day AS published,
        per_eur,
        least(
            day + 6,
            coalesce(lead(day) OVER (PARTITION BY currency ORDER BY day) - 1, day + 6)
        ) AS last_day
    FROM flow.rates
)
