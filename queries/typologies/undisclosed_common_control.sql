-- Undisclosed common control
--
-- Id        T12
-- Version   1.0
-- Family    corporate
-- Rails     B
-- Areas     any, corruption
-- Finds     two parties that share at least $shared of director, address, phone, device or IP address, that nobody
--           declared to belong together, and between which at least $trades payments went.
-- Matters   Trade between two companies of one owner who hides it is no trade: prices, loans and losses are what he
--           likes.
-- Innocent  Tested: declared relations and equal names (flow.related); attributes of more than $hub_cap parties
--           (formation agent, office network); two people who share nothing but address, phone or IP address (a
--           household). Not tested: shared office or accountant.
-- Misses    Accounts of which no source says any of these (counted in the coverage), other spellings of an address, a
--           director's namesakes. Parties with one name are one party. Accounts with more than $max_degree transfers on
--           a side are not tested (counted in the coverage).
-- Cost      pairs of accounts within each attribute, at most $hub_cap parties; one join of the pairs with the
--           transfers.
-- Returns   the finding shape; the subject is the account that paid more, the amount the sum between the two in euro,
--           the evidence their payments in the order of time.
-- Source    FATF, Professional Money Laundering, July 2018
-- Requires  flow.fact_kinds.director or flow.fact_kinds.address or flow.fact_kinds.phone or flow.fact_kinds.device or flow.fact_kinds.ip
--
-- @param shared      BIGINT  1
-- @param hub_cap     BIGINT  50
-- @param trades      BIGINT  1
-- @param max_degree  BIGINT  5000

CREATE TABLE busy AS
SELECT src AS account FROM flow.transfers GROUP BY src HAVING count(*) > $max_degree
UNION
SELECT dst AS account FROM flow.transfers GROUP BY dst HAVING count(*) > $max_degree;

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' transfers on a side' AS untested,
    count(*) AS number
FROM busy;

SELECT 'bank accounts of which no source says director, address, phone, device or IP address' AS untested, count(*) AS number
FROM flow.accounts AS accounts
LEFT ANTI JOIN (
    SELECT account
    FROM flow.facts
    WHERE kind IN ('director', 'address', 'phone', 'device', 'ip')
) AS facts ON facts.account = accounts.account
WHERE accounts.ledger = 'bank' AND accounts.service IS NULL;

CREATE TABLE attributes AS
SELECT DISTINCT
    facts.account,
    facts.kind,
    CASE
        WHEN facts.kind = 'director' THEN name_key(facts.value)
        WHEN facts.kind = 'phone' THEN regexp_replace(facts.value, '[^0-9+]', '', 'g')
        ELSE lower(regexp_replace(trim(facts.value), '[\s,.;]+', ' ', 'g'))
    END AS value,
    coalesce(parties.name_key, CAST(facts.account AS VARCHAR)) AS party,
    coalesce(parties.person, false) AS person
FROM flow.facts AS facts
LEFT ANTI JOIN busy ON busy.account = facts.account
LEFT ANTI JOIN flow.accounts AS services ON services.account = facts.account AND services.service IS NOT NULL
LEFT JOIN (
    SELECT account, min(name_key) AS name_key, bool_and(lower(coalesce(kind, '')) = 'person') AS person
    FROM flow.holders
    GROUP BY account
) AS parties ON parties.account = facts.account
WHERE facts.kind IN ('director', 'address', 'phone', 'device', 'ip');

CREATE TABLE pairs AS
WITH few AS (
    SELECT kind, value
    FROM attributes
    GROUP BY kind, value
    HAVING count(DISTINCT party) BETWEEN 2 AND $hub_cap
),
both AS (
    SELECT
        one.account AS a,
        other.account AS b,
        one.kind,
        min(one.value) AS value,
        bool_and(one.person AND other.person) AS people
    FROM few
    INNER JOIN attributes AS one ON one.kind = few.kind AND one.value = few.value
    INNER JOIN attributes AS other ON other.kind = one.kind AND other.value = one.value
    WHERE one.account < other.account AND one.party <> other.party
    GROUP BY one.account, other.account, one.kind
)
SELECT
    a,
    b,
    count(*) AS shared,
    array_to_string(array_agg(kind || ' (' || value || ')' ORDER BY kind), ', ') AS attributes
FROM both
LEFT ANTI JOIN flow.related AS related ON related.a = both.a AND related.b = both.b
GROUP BY a, b
HAVING count(*) >= $shared
    AND NOT (bool_and(people) AND bool_and(kind IN ('address', 'phone', 'ip')));

WITH trades AS (
    SELECT
        pairs.a,
        pairs.b,
        pairs.shared,
        pairs.attributes,
        transfers.transfer_id,
        transfers.src,
        transfers.time,
        transfers.ledger,
        transfers.position,
        transfers.value_eur
    FROM (
        SELECT a, b, shared, attributes, a AS src, b AS dst FROM pairs
        UNION ALL
        SELECT a, b, shared, attributes, b AS src, a AS dst FROM pairs
    ) AS pairs
    INNER JOIN flow.transfers AS transfers ON transfers.src = pairs.src AND transfers.dst = pairs.dst
    WHERE transfers.ledger = 'bank' AND transfers.value_eur > 0
),
findings AS (
    SELECT
        a,
        b,
        shared,
        attributes,
        min(time) AS first_time,
        max(time) AS last_time,
        sum(value_eur) AS amount,
        sum(CASE WHEN src = a THEN value_eur ELSE 0 END) AS paid_by_a,
        count(*) AS trades,
        array_agg(transfer_id ORDER BY time, ledger, position, transfer_id) AS evidence
    FROM trades
    GROUP BY a, b, shared, attributes
    HAVING count(*) >= $trades
),
sided AS (
    SELECT
        *,
        CASE WHEN paid_by_a * 2 >= amount THEN a ELSE b END AS payer,
        CASE WHEN paid_by_a * 2 >= amount THEN b ELSE a END AS payee
    FROM findings
)
SELECT
    payer AS subject,
    first_time,
    last_time,
    amount,
    'EUR' AS asset,
    0.5 + 0.5 * (
        least((shared - $shared) / CAST($shared AS DOUBLE), 1)
        + least((trades - $trades) / CAST($trades AS DOUBLE), 1)
    ) / 2 AS score,
    evidence,
    'The account shares ' || CAST(shared AS VARCHAR) || ' of director, address, phone, device and IP address (at least '
        || CAST($shared AS VARCHAR) || ' asked for) with account '
        || coalesce(accounts.identifier, CAST(payee AS VARCHAR)) || ', and no source declares that the two belong together: '
        || attributes || '. From ' || CAST(CAST(first_time AS DATE) AS VARCHAR) || ' to '
        || CAST(CAST(last_time AS DATE) AS VARCHAR) || ' ' || CAST(trades AS VARCHAR)
        || ' payments (at least ' || CAST($trades AS VARCHAR) || ' asked for) of '
        || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR went between them, most of it from this account. '
        || 'Tested: declared relations, equal names, attributes of more than ' || CAST($hub_cap AS VARCHAR)
        || ' parties and households are left out; not tested: shared office or accountant. '
        || 'This is an indicator, not proof.' AS explanation
FROM sided
LEFT JOIN flow.accounts AS accounts ON accounts.account = sided.payee
ORDER BY subject, first_time, evidence
