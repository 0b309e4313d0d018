-- Over- or under-invoicing
--
-- Id        T14
-- Version   1.0
-- Family    corporate
-- Rails     B
-- Areas     tax, corruption
-- Finds     payments for goods whose price a unit lies more than $excess below the fifth or above the ninety-fifth of a
--           hundred prices that others paid for the same commodity in the same month between the same two countries.
-- Matters   Goods for ten that are invoiced for a hundred move ninety across a border with papers that look right.
-- Innocent  Tested: nothing. Not tested: quality, spot market, small lot, Incoterms, error in the unit, transfer price.
-- Misses    Payments of which no source says commodity and quantity: Headwater holds no trade documents but those a
--           bank sends as details. Units must be the same for one commodity code. The reference is made of the other
--           payments in the data; with fewer than $peers of them a payment is not tested (counted in the coverage). A
--           country is that of the account.
-- Cost      a join of the payments that have a commodity with the transfers; windows over these alone.
-- Returns   the finding shape; the subject is the payee of what is too dear and the payer of what is too cheap, the
--           amount the value outside the range in euro, the evidence the payment.
-- Source    FATF and Egmont, Trade-Based Money Laundering Risk Indicators, March 2021
-- Requires  flow.detail_kinds.commodity, flow.detail_kinds.quantity, flow.accounts.bank_country
--
-- @param lo      DECIMAL(5, 4)  0.0500
-- @param hi      DECIMAL(5, 4)  0.9500
-- @param excess  DECIMAL(9, 4)  0.5000
-- @param peers   BIGINT         20

CREATE TABLE priced AS
SELECT
    transfers.transfer_id,
    transfers.src,
    transfers.dst,
    transfers.time,
    transfers.value_eur,
    goods.commodity,
    goods.quantity,
    CAST(transfers.value_eur AS DOUBLE) / CAST(goods.quantity AS DOUBLE) AS price,
    date_trunc('month', transfers.time) AS month,
    payer.bank_country AS payer_country,
    payee.bank_country AS payee_country
FROM (
    SELECT transfer_id, min(trim(commodity)) AS commodity, min(quantity) AS quantity
    FROM flow.detail_kinds
    WHERE commodity IS NOT NULL OR quantity IS NOT NULL
    GROUP BY transfer_id
    HAVING count(commodity) = 1 AND count(quantity) = 1 AND min(quantity) > 0
) AS goods
INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = goods.transfer_id
INNER JOIN flow.accounts AS payer ON payer.account = transfers.src
INNER JOIN flow.accounts AS payee ON payee.account = transfers.dst
WHERE transfers.ledger = 'bank'
    AND transfers.src <> transfers.dst
    AND transfers.value_eur > 0
    AND payer.bank_country IS NOT NULL
    AND payee.bank_country IS NOT NULL;

-- Places among all that are the fifth and the ninety-fifth among the others: one further for those whose own place is
-- below.
CREATE TABLE ranked AS
SELECT
    *,
    CAST(row_number() OVER (PARTITION BY commodity, month, payer_country, payee_country ORDER BY price, transfer_id) AS BIGINT)
        AS place,
    CAST(count(*) OVER (PARTITION BY commodity, month, payer_country, payee_country) AS BIGINT) - 1 AS others
FROM priced;

SELECT
    'payments for goods with fewer than ' || CAST($peers AS VARCHAR) || ' others of their commodity, month and countries'
        AS untested,
    count(*) AS number
FROM ranked
WHERE others < $peers;

WITH marks AS (
    SELECT
        commodity,
        month,
        payer_country,
        payee_country,
        max(CASE WHEN place = greatest(CAST(ceil($lo * others) AS BIGINT), 1) THEN price END) AS low,
        max(CASE WHEN place = greatest(CAST(ceil($lo * others) AS BIGINT), 1) + 1 THEN price END) AS low_next,
        max(CASE WHEN place = greatest(CAST(ceil($hi * others) AS BIGINT), 1) THEN price END) AS high,
        max(CASE WHEN place = greatest(CAST(ceil($hi * others) AS BIGINT), 1) + 1 THEN price END) AS high_next
    FROM ranked
    WHERE others >= $peers
    GROUP BY commodity, month, payer_country, payee_country
),
ranges AS (
    SELECT
        ranked.*,
        CASE WHEN place <= greatest(CAST(ceil($lo * others) AS BIGINT), 1) THEN low_next ELSE low END AS low,
        CASE WHEN place <= greatest(CAST(ceil($hi * others) AS BIGINT), 1) THEN high_next ELSE high END AS high
    FROM ranked
    INNER JOIN marks
        ON marks.commodity = ranked.commodity
        AND marks.month = ranked.month
        AND marks.payer_country = ranked.payer_country
        AND marks.payee_country = ranked.payee_country
    WHERE ranked.others >= $peers
),
outside AS (
    SELECT
        *,
        price > high AS over,
        CASE WHEN price > high THEN price / high - 1 ELSE 1 - price / low END AS deviation,
        CASE
            WHEN price > high THEN (price - high) * CAST(quantity AS DOUBLE)
            ELSE (low - price) * CAST(quantity AS DOUBLE)
        END AS value
    FROM ranges
    WHERE price < low * (1 - CAST($excess AS DOUBLE)) OR price > high * (1 + CAST($excess AS DOUBLE))
)
SELECT
    CASE WHEN over THEN dst ELSE src END AS subject,
    time AS first_time,
    time AS last_time,
    CAST(CAST(value AS DECIMAL(38, 6)) AS DECIMAL(38, 18)) AS amount,
    'EUR' AS asset,
    0.5 + 0.5 * CASE
        WHEN $excess = 0 THEN CAST(1 AS DOUBLE)
        ELSE least(deviation / CAST($excess AS DOUBLE) - 1, 1)
    END AS score,
    make_array(transfer_id) AS evidence,
    CAST(CAST(quantity AS DECIMAL(38, 2)) AS VARCHAR) || ' units of commodity ' || commodity || ' were paid on '
        || CAST(CAST(time AS DATE) AS VARCHAR) || ' from ' || payer_country || ' to ' || payee_country || ' with '
        || CAST(CAST(value_eur AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR, '
        || CAST(CAST(price AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR each: '
        || CAST(CAST(deviation AS DECIMAL(38, 4)) AS VARCHAR) || CASE WHEN over THEN ' above ' ELSE ' below ' END
        || CAST(CAST(CASE WHEN over THEN high ELSE low END AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR, which '
        || CASE WHEN over THEN CAST($hi AS VARCHAR) ELSE CAST($lo AS VARCHAR) END || ' of ' || CAST(others AS VARCHAR)
        || ' other payments of that month do not exceed (more than ' || CAST($excess AS VARCHAR) || ' counts). '
        || 'Not tested: quality, spot market, small lot, Incoterms, error in the unit, transfer price. '
        || 'This is an indicator, not proof.' AS explanation
FROM outside
ORDER BY subject, first_time, evidence
