-- Sanctions exposure
--
-- Id        T26
-- Version   1.0
-- Family    exposure
-- Rails     X
-- Areas     sanctions, any
-- Finds     accounts that paid or were paid by a listed party, straight or through one account in between; through one in
--           between only when the listed share of what the subject paid, or received, is at least $min_share.
-- Matters   Dealing with a listed party is forbidden whatever the money is for, and one account in between is how it is done.
-- Innocent  Tested: payments before the listing, and after its end; dust sent unasked (up to $dust euro from a listed
--           party); services in between (flow.accounts, intel.tags). Not tested: licence, pooled wallet, frozen account.
-- Misses    More than one account in between; listed parties known by name alone (an account must be on file for them);
--           owners of listed parties. The haircut is taken over all that the account in between had received until it
--           paid on, not over its balance then. Accounts in between with more than $max_degree transfers are not followed
--           (counted in the coverage).
-- Cost      joins of the transfers with the few listed accounts, then with the accounts that dealt with them.
-- Returns   the finding shape; the subject is the exposed account, the amount the tainted value in euro (direct in full,
--           indirect by haircut), the evidence the payments of both legs in the order of time.
-- Source    OFAC and EU consolidated lists as imported; FATF, Virtual Assets Red Flag Indicators, September 2020
-- Requires  intel.identifiers or intel.tags
--
-- @param min_share   DECIMAL(5, 4)    0.0100
-- @param dust        DECIMAL(38, 18)  10
-- @param attributed  BIGINT           60
-- @param max_degree  BIGINT           5000

-- One row for each listing of an account; a date that is not known counts as always, and is a weak link.
CREATE TABLE listings AS
SELECT
    identifiers.account,
    entities.caption AS name,
    entities.dataset AS list,
    sanctions.start_date AS valid_from,
    sanctions.end_date AS valid_to,
    sanctions.start_date IS NULL AS undated,
    false AS unsure
FROM intel.identifiers AS identifiers
INNER JOIN intel.entities AS entities
    ON entities.dataset = identifiers.dataset
    AND entities.entity_id = identifiers.entity_id
LEFT JOIN (SELECT * FROM intel.relationships WHERE schema = 'Sanction') AS sanctions
    ON sanctions.dataset = entities.dataset
    AND sanctions.subject = entities.entity_id
WHERE array_to_string(entities.topics, ' ') LIKE '%sanction%'
UNION ALL
SELECT account, label, source, CAST(NULL AS DATE), CAST(NULL AS DATE), true, confidence_level < $attributed
FROM intel.tags
WHERE account IS NOT NULL
    AND regexp_like(concat_ws(' ', label, source, category, abuse, concepts), '(?i)sanction|\bofac\b');

CREATE VIEW flows AS
SELECT transfer_id, time, ledger, position, src, dst, value_eur
FROM flow.transfers
WHERE src <> dst AND value_eur > 0;

CREATE TABLE direct AS
WITH touched AS (
    SELECT
        flows.src AS account,
        'to' AS direction,
        flows.transfer_id,
        flows.time,
        flows.ledger,
        flows.position,
        flows.value_eur,
        listings.name,
        listings.list,
        listings.undated,
        listings.unsure
    FROM flows
    INNER JOIN listings ON listings.account = flows.dst
    WHERE (listings.valid_from IS NULL OR CAST(flows.time AS DATE) >= listings.valid_from)
        AND (listings.valid_to IS NULL OR CAST(flows.time AS DATE) < listings.valid_to)
    UNION ALL
    SELECT
        flows.dst,
        'from',
        flows.transfer_id,
        flows.time,
        flows.ledger,
        flows.position,
        flows.value_eur,
        listings.name,
        listings.list,
        listings.undated,
        listings.unsure
    FROM flows
    INNER JOIN listings ON listings.account = flows.src
    WHERE (listings.valid_from IS NULL OR CAST(flows.time AS DATE) >= listings.valid_from)
        AND (listings.valid_to IS NULL OR CAST(flows.time AS DATE) < listings.valid_to)
        AND flows.value_eur > $dust
)
SELECT
    account,
    direction,
    transfer_id,
    time,
    ledger,
    position,
    value_eur,
    min(name) AS name,
    min(list) AS list,
    bool_and(undated) AS undated,
    bool_and(unsure) AS unsure
FROM touched
LEFT ANTI JOIN listings AS own ON own.account = touched.account
GROUP BY account, direction, transfer_id, time, ledger, position, value_eur;

CREATE TABLE busy AS
SELECT account
FROM (SELECT src AS account FROM flow.transfers UNION ALL SELECT dst FROM flow.transfers)
GROUP BY account
HAVING count(*) > $max_degree;

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' transfers beside a listed one' AS untested,
    count(*) AS number
FROM (SELECT DISTINCT account FROM direct) AS near
LEFT SEMI JOIN busy ON busy.account = near.account;

CREATE TABLE middles AS
WITH services AS (
    SELECT account
    FROM flow.accounts
    WHERE service IS NOT NULL
    UNION
    SELECT account
    FROM intel.tags
    WHERE account IS NOT NULL
        AND confidence_level >= $attributed
        AND regexp_like(coalesce(category, ''), '(?i)exchange|wallet_service|payment_processor|mixing_service|service')
)
SELECT DISTINCT direct.account
FROM direct
LEFT ANTI JOIN services ON services.account = direct.account
LEFT ANTI JOIN busy ON busy.account = direct.account;

-- What an account in between had received when it paid on: its pool, over which a tainted payment is shared out.
CREATE TABLE pools AS
SELECT
    payments.account,
    payments.transfer_id,
    payments.time,
    sum(flows.value_eur) AS pool
FROM (
    SELECT flows.src AS account, flows.transfer_id, flows.time
    FROM flows
    INNER JOIN middles ON middles.account = flows.src
) AS payments
INNER JOIN flows ON flows.dst = payments.account AND flows.time <= payments.time
GROUP BY payments.account, payments.transfer_id, payments.time;

CREATE TABLE tainted AS
WITH indirect AS (
    -- The subject paid one who then paid a listed party.
    SELECT
        flows.src AS account,
        'to' AS direction,
        flows.transfer_id AS first_id,
        direct.transfer_id AS second_id,
        least(direct.value_eur, pools.pool) AS passed,
        flows.value_eur AS own_value,
        pools.pool,
        direct.name,
        direct.list,
        direct.undated,
        direct.unsure,
        flows.ledger = 'bank' AND flows.time = direct.time AND flows.time = date_trunc('day', flows.time) AS unordered
    FROM direct
    INNER JOIN middles ON middles.account = direct.account
    INNER JOIN flows
        ON flows.dst = direct.account
        AND (flows.time < direct.time OR (
            flows.time = direct.time
            AND (flows.time = date_trunc('day', flows.time) OR flows.position < direct.position)
        ))
    INNER JOIN pools ON pools.account = direct.account AND pools.transfer_id = direct.transfer_id
    WHERE direct.direction = 'to'
    UNION ALL
    -- The subject was paid by one whom a listed party had paid.
    SELECT
        flows.dst,
        'from',
        direct.transfer_id,
        flows.transfer_id,
        least(flows.value_eur, pools.pool),
        direct.value_eur,
        pools.pool,
        direct.name,
        direct.list,
        direct.undated,
        direct.unsure,
        flows.ledger = 'bank' AND flows.time = direct.time AND flows.time = date_trunc('day', flows.time)
    FROM direct
    INNER JOIN middles ON middles.account = direct.account
    INNER JOIN flows
        ON flows.src = direct.account
        AND (flows.time > direct.time OR (
            flows.time = direct.time
            AND (flows.time = date_trunc('day', flows.time) OR flows.position > direct.position)
        ))
    INNER JOIN pools ON pools.account = direct.account AND pools.transfer_id = flows.transfer_id
    WHERE direct.direction = 'from'
)
SELECT
    account,
    direction,
    first_id,
    second_id,
    CASE
        WHEN passed = pool THEN own_value
        WHEN own_value = pool THEN passed
        ELSE CAST(
            CAST(CAST(own_value AS DOUBLE) * CAST(passed AS DOUBLE) / CAST(pool AS DOUBLE) AS DECIMAL(38, 6))
            AS DECIMAL(38, 18)
        )
    END AS value,
    name,
    list,
    undated,
    unsure,
    unordered
FROM indirect
LEFT ANTI JOIN listings AS own ON own.account = indirect.account;

WITH totals AS (
    SELECT exposed.account, exposed.direction, sum(flows.value_eur) AS total
    FROM (SELECT DISTINCT account, direction FROM tainted WHERE direction = 'to') AS exposed
    INNER JOIN flows ON flows.src = exposed.account
    GROUP BY exposed.account, exposed.direction
    UNION ALL
    SELECT exposed.account, exposed.direction, sum(flows.value_eur)
    FROM (SELECT DISTINCT account, direction FROM tainted WHERE direction = 'from') AS exposed
    INNER JOIN flows ON flows.dst = exposed.account
    GROUP BY exposed.account, exposed.direction
),
shares AS (
    SELECT
        tainted.account,
        tainted.direction,
        sum(tainted.value) AS value,
        CAST(sum(tainted.value) AS DOUBLE) / CAST(totals.total AS DOUBLE) AS share
    FROM tainted
    INNER JOIN totals ON totals.account = tainted.account AND totals.direction = tainted.direction
    GROUP BY tainted.account, tainted.direction, totals.total
    HAVING sum(tainted.value) >= $min_share * totals.total
),
parts AS (
    SELECT
        account, transfer_id, value_eur AS direct_value, CAST(0 AS DECIMAL(38, 18)) AS indirect_value,
        CAST(NULL AS DOUBLE) AS share, name, list, undated, unsure, false AS unordered
    FROM direct
    UNION ALL
    SELECT
        tainted.account, tainted.first_id, CAST(0 AS DECIMAL(38, 18)), tainted.value,
        shares.share, name, list, undated, unsure, unordered
    FROM tainted
    INNER JOIN shares ON shares.account = tainted.account AND shares.direction = tainted.direction
    UNION ALL
    SELECT
        tainted.account, tainted.second_id, CAST(0 AS DECIMAL(38, 18)), CAST(0 AS DECIMAL(38, 18)),
        shares.share, name, list, undated, unsure, unordered
    FROM tainted
    INNER JOIN shares ON shares.account = tainted.account AND shares.direction = tainted.direction
),
rows AS (
    SELECT
        account,
        transfer_id,
        sum(direct_value) AS direct_value,
        sum(indirect_value) AS indirect_value,
        max(share) AS share,
        min(name) AS name,
        min(list) AS list,
        bool_or(undated) AS undated,
        bool_or(unsure) AS unsure,
        bool_or(unordered) AS unordered
    FROM parts
    GROUP BY account, transfer_id
),
findings AS (
    SELECT
        rows.account,
        min(flows.time) AS first_time,
        max(flows.time) AS last_time,
        sum(direct_value) AS direct_value,
        sum(indirect_value) AS indirect_value,
        sum(CASE WHEN direct_value > 0 THEN 1 ELSE 0 END) AS direct_payments,
        max(share) AS share,
        array_to_string(array_agg(DISTINCT name || ' (' || list || ')' ORDER BY name || ' (' || list || ')'), ', ') AS names,
        bool_or(undated) AS undated,
        bool_or(unsure) AS unsure,
        bool_or(unordered) AS unordered,
        array_agg(rows.transfer_id ORDER BY flows.time, flows.ledger, flows.position, rows.transfer_id) AS evidence
    FROM rows
    INNER JOIN flows ON flows.transfer_id = rows.transfer_id
    GROUP BY rows.account
)
SELECT
    account AS subject,
    first_time,
    last_time,
    direct_value + indirect_value AS amount,
    'EUR' AS asset,
    (
        0.5 + 0.5 * CASE
            WHEN direct_value > 0 OR $min_share >= 1 THEN CAST(1 AS DOUBLE)
            ELSE least((share - CAST($min_share AS DOUBLE)) / (1 - CAST($min_share AS DOUBLE)), 1)
        END
    )
        * (CASE WHEN undated THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN unsure THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN unordered THEN 0.8 ELSE 1.0 END) AS score,
    evidence,
    'The account dealt with a party that appears in a sanctions list, ' || names || ': '
        || CASE
            WHEN direct_payments = 0 THEN ''
            ELSE 'directly in ' || CAST(direct_payments AS VARCHAR) || ' payments of '
                || CAST(CAST(direct_value AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR'
        END
        || CASE WHEN direct_payments > 0 AND indirect_value > 0 THEN ' and ' ELSE '' END
        || CASE
            WHEN indirect_value = 0 THEN ''
            ELSE 'through one account in between with ' || CAST(CAST(indirect_value AS DECIMAL(38, 2)) AS VARCHAR)
                || ' EUR by haircut'
        END
        || CASE
            WHEN share IS NULL THEN ''
            ELSE ', ' || CAST(CAST(share AS DECIMAL(38, 4)) AS VARCHAR) || ' of what it paid or received (at least '
                || CAST($min_share AS VARCHAR) || ' asked for)'
        END
        || ', from ' || CAST(CAST(first_time AS DATE) AS VARCHAR) || ' to ' || CAST(CAST(last_time AS DATE) AS VARCHAR)
        || '. '
        || CASE
            WHEN undated THEN 'The day of listing is not known for all of it (weak link). '
            ELSE 'It was listed at the time of each payment. '
        END
        || CASE WHEN unsure THEN 'The address is attributed with less certainty than asked for (weak link). ' ELSE '' END
        || CASE WHEN unordered THEN 'The order of payments within a day is not known (weak link). ' ELSE '' END
        || 'Tested: payments outside the listing and dust sent unasked are left out; not tested: licence, pooled wallet, '
        || 'frozen account. This is an indicator, not proof.' AS explanation
FROM findings
ORDER BY subject, first_time, evidence
