-- Opportunity
--
-- Measures  the highest rung that the table of crime-relevant factors (assess.factors) gives, as of the end of the window, to a country
--           in which an account of a network's flagged flows is held. Of each country, factor and authority the newest row in force counts.
-- Unknown   countries that are not in the table; wallets, which have no country.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, L4

WITH places AS (
    SELECT DISTINCT flows.network, accounts.bank_country AS country
    FROM assess.network_sides AS flows
    INNER JOIN flow.accounts AS accounts ON accounts.account = flows.account
    WHERE accounts.bank_country IS NOT NULL
        AND flows.time > CAST($from AS TIMESTAMP) AND flows.time <= CAST($to AS TIMESTAMP)
),
dated AS (
    SELECT
        country,
        factor,
        rung,
        'factor:' || country || '/' || factor || '/' || CAST(valid_from AS VARCHAR) || '/' || authority AS ground,
        row_number() OVER (PARTITION BY country, factor, authority ORDER BY valid_from DESC) AS place
    FROM assess.factors
    WHERE CAST(valid_from AS TIMESTAMP) <= CAST($to AS TIMESTAMP)
),
known AS (
    SELECT places.network, places.country, dated.factor, dated.rung, dated.ground
    FROM places
    INNER JOIN dated ON dated.country = places.country
    WHERE dated.place = 1
),
highest AS (
    SELECT network, max(rung) AS rung
    FROM known
    GROUP BY network
)
SELECT
    known.network,
    'value' AS metric,
    CAST(highest.rung AS DECIMAL(38, 18)) AS value,
    'Highest for ' || array_to_string(
        array_agg(DISTINCT known.country || ' (' || known.factor || ')' ORDER BY known.country || ' (' || known.factor || ')'), ', ')
        || '.' AS explanation,
    array_agg(DISTINCT known.ground ORDER BY known.ground) AS evidence
FROM known
INNER JOIN highest ON highest.network = known.network AND highest.rung = known.rung
GROUP BY known.network, highest.rung
ORDER BY known.network
