-- Third-party trade payment
--
-- Id        T13
-- Version   1.0
-- Family    corporate
-- Rails     B
-- Areas     tax, drugs
-- Finds     traders whose invoices at least $payers payers settle within $window for somebody else: none is the buyer
--           (the ultimate debtor of the payment), and each is of another country or another sector than he.
-- Matters   Goods are paid with the money of people who never wanted them: the buyer repays those elsewhere, in cash.
-- Innocent  Tested: payers who are related to the buyer (flow.related), services (flow.accounts). Not tested:
--           factoring, group treasury that nobody declared, insurer, freight forwarder, letter of credit.
-- Misses    Invoices whose buyer no source names, or of whom neither country nor sector is known (counted in the
--           coverage). Payer and buyer are one when their names are at least $name_sim alike. A country is that of the
--           holder, else that of the account; a sector is the division of its code, its first two digits. Traders with
--           more than $max_degree such payments are not tested (counted in the coverage).
-- Cost      a join of the payments that have an invoice and an ultimate debtor with the transfers; `fan_in` over those
--           left.
-- Returns   the finding shape; the subject is the trader, the amount the sum of the payments in euro, the evidence
--           these payments in the order of time.
-- Source    FATF and Egmont, Trade-Based Money Laundering Risk Indicators, March 2021
-- Requires  flow.detail_kinds.invoice, flow.detail_kinds.ultimate_debtor, flow.fact_kinds.sector or flow.holders.country or flow.accounts.bank_country
--
-- @param payers      BIGINT         3
-- @param window      INTERVAL       '90 days'
-- @param name_sim    DECIMAL(5, 4)  0.8500
-- @param max_degree  BIGINT         5000

-- An invoice that somebody pays on behalf of a buyer with a name.
CREATE TABLE settled AS
WITH invoices AS (
    SELECT transfer_id
    FROM flow.detail_kinds
    WHERE invoice IS NOT NULL
    GROUP BY transfer_id
),
buyers AS (
    SELECT transfer_id, min(ultimate_debtor) AS buyer
    FROM flow.detail_kinds
    WHERE ultimate_debtor IS NOT NULL
    GROUP BY transfer_id
)
SELECT
    transfers.transfer_id,
    transfers.src,
    transfers.dst,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.value_eur,
    buyers.buyer,
    name_key(buyers.buyer) AS buyer_key
FROM invoices
INNER JOIN buyers ON buyers.transfer_id = invoices.transfer_id
INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = buyers.transfer_id
LEFT ANTI JOIN flow.accounts AS services ON services.account = transfers.src AND services.service IS NOT NULL
LEFT ANTI JOIN flow.accounts AS tills ON tills.account = transfers.dst AND tills.service IS NOT NULL
WHERE transfers.ledger = 'bank' AND transfers.src <> transfers.dst AND transfers.value_eur > 0;

-- What is known of payers by their account, and of buyers by their name.
CREATE TABLE traits AS
WITH parties AS (
    SELECT DISTINCT src AS party, src AS account FROM settled
    UNION
    SELECT DISTINCT key_hash('buyer', settled.buyer_key), holders.account
    FROM settled
    INNER JOIN flow.holders AS holders ON holders.name_key = settled.buyer_key
)
SELECT parties.party, 'country' AS kind, upper(holders.country) AS value
FROM parties
INNER JOIN flow.holders AS holders ON holders.account = parties.account
WHERE holders.country IS NOT NULL
UNION
SELECT parties.party, 'country', upper(accounts.bank_country)
FROM parties
INNER JOIN flow.accounts AS accounts ON accounts.account = parties.account
LEFT ANTI JOIN flow.holders AS holders ON holders.account = parties.account AND holders.country IS NOT NULL
WHERE accounts.bank_country IS NOT NULL
UNION
SELECT parties.party, 'sector', substr(facts.sector, 1, 2)
FROM parties
INNER JOIN flow.fact_kinds AS facts ON facts.account = parties.account
WHERE facts.sector IS NOT NULL;

CREATE TABLE third AS
WITH kinds AS (
    SELECT DISTINCT party, kind
    FROM traits
),
-- Pairs that can be compared in some trait, and how many traits they can be told apart by.
compared AS (
    SELECT pairs.src, pairs.buyer_key, payers.kind
    FROM (SELECT DISTINCT src, buyer_key FROM settled) AS pairs
    INNER JOIN kinds AS payers ON payers.party = pairs.src
    INNER JOIN kinds AS buyers
        ON buyers.party = key_hash('buyer', pairs.buyer_key)
        AND buyers.kind = payers.kind
),
shared AS (
    SELECT DISTINCT compared.src, compared.buyer_key, compared.kind
    FROM compared
    INNER JOIN traits AS payers ON payers.party = compared.src AND payers.kind = compared.kind
    INNER JOIN traits AS buyers
        ON buyers.party = key_hash('buyer', compared.buyer_key)
        AND buyers.kind = compared.kind
        AND buyers.value = payers.value
),
apart AS (
    SELECT
        compared.src,
        compared.buyer_key,
        bool_or(compared.kind = 'country' AND shared.kind IS NULL) AS other_country,
        bool_or(compared.kind = 'sector' AND shared.kind IS NULL) AS other_sector
    FROM compared
    LEFT JOIN shared
        ON shared.src = compared.src
        AND shared.buyer_key = compared.buyer_key
        AND shared.kind = compared.kind
    GROUP BY compared.src, compared.buyer_key
),
-- The payer is the buyer, or belongs to him.
same AS (
    SELECT DISTINCT settled.src, settled.buyer_key
    FROM settled
    INNER JOIN flow.holders AS holders ON holders.account = settled.src
    WHERE name_similarity(holders.name, settled.buyer) >= $name_sim
    UNION
    SELECT DISTINCT settled.src, settled.buyer_key
    FROM settled
    INNER JOIN flow.holders AS holders ON holders.name_key = settled.buyer_key
    INNER JOIN flow.related AS related ON related.a = settled.src AND related.b = holders.account
)
SELECT
    settled.*,
    apart.src IS NOT NULL AS comparable,
    coalesce(apart.other_country, false) AS other_country,
    coalesce(apart.other_sector, false) AS other_sector
FROM settled
LEFT ANTI JOIN same ON same.src = settled.src AND same.buyer_key = settled.buyer_key
LEFT JOIN apart ON apart.src = settled.src AND apart.buyer_key = settled.buyer_key;

SELECT
    'invoices paid by another than their buyer of whom neither country nor sector can be compared' AS untested,
    count(*) AS number
FROM third
WHERE NOT comparable;

CREATE TABLE busy AS
SELECT dst AS account
FROM third
GROUP BY dst
HAVING count(*) > $max_degree;

SELECT
    'traders with more than ' || CAST($max_degree AS VARCHAR) || ' invoices paid by others' AS untested,
    count(*) AS number
FROM busy;

WITH fans AS (
    SELECT *
    FROM fan_in(
        (
            SELECT transfer_id, src, dst, time, position, value_eur AS amount
            FROM third
            LEFT ANTI JOIN busy ON busy.account = third.dst
            WHERE other_country OR other_sector
        ),
        least => $payers,
        window => $window
    )
),
rows AS (
    SELECT fans.account, fans.first_time, unnest(fans.transfers) AS transfer_id
    FROM fans
),
named AS (
    SELECT
        rows.account,
        rows.first_time,
        count(*) AS payments,
        sum(CASE WHEN third.other_country THEN 1 ELSE 0 END) AS other_country,
        sum(CASE WHEN third.other_sector THEN 1 ELSE 0 END) AS other_sector,
        count(DISTINCT third.buyer_key) AS buyers,
        min(third.buyer) AS buyer,
        array_agg(third.transfer_id ORDER BY third.time, third.ledger, third.position, third.transfer_id) AS evidence
    FROM rows
    INNER JOIN third ON third.transfer_id = rows.transfer_id
    GROUP BY rows.account, rows.first_time
)
SELECT
    fans.account AS subject,
    fans.first_time,
    fans.last_time,
    fans.amount,
    'EUR' AS asset,
    0.5 + 0.5 * least((fans.peak - $payers) / CAST($payers AS DOUBLE), 1) AS score,
    named.evidence,
    CAST(fans.counterparties AS VARCHAR) || ' payers, up to ' || CAST(fans.peak AS VARCHAR) || ' in any '
        || CAST($window AS VARCHAR) || ' (at least ' || CAST($payers AS VARCHAR) || ' asked for), settled '
        || CAST(named.payments AS VARCHAR) || ' invoices of the trader with '
        || CAST(CAST(fans.amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR from '
        || CAST(CAST(fans.first_time AS DATE) AS VARCHAR) || ' to ' || CAST(CAST(fans.last_time AS DATE) AS VARCHAR)
        || ' for ' || CASE
            WHEN named.buyers > 1 THEN CAST(named.buyers AS VARCHAR) || ' buyers'
            ELSE named.buyer
        END
        || ', whose name is less than ' || CAST($name_sim AS VARCHAR) || ' like theirs; '
        || CAST(named.other_country AS VARCHAR) || ' payments came from another country than the buyer''s and '
        || CAST(named.other_sector AS VARCHAR) || ' from another sector. '
        || 'Tested: payers related to the buyer and services are left out; not tested: factoring, group treasury that '
        || 'nobody declared, insurer, freight forwarder, letter of credit. This is an indicator, not proof.' AS explanation
FROM fans
INNER JOIN named ON named.account = fans.account AND named.first_time = fans.first_time
ORDER BY subject, first_time, evidence
