-- Procurement money to an official
--
-- Id        T25
-- Version   1.0
-- Family    predicate
-- Rails     B
-- Areas     corruption
-- Finds     suppliers whom a public body pays and from whom, in the order of time and within $window, money goes on to
--           an official or somebody close to one: over at most $hops payments, that of the public body included, each
--           of at least $min_value euro.
-- Matters   Who awards a contract is thanked for it out of the contract's own money, by way of somebody else.
-- Innocent  Tested: services (flow.accounts) and public bodies in between. Not tested: declared salary, dividend, rent,
--           legal fee; how many of the payments have such words ($words) is said.
-- Misses    The day of the award, for which the public body's payment stands; more than two accounts in between;
--           payments split to stay below $min_value; cash. That it is the same money is not said, only that it can be.
--           Officials tied to an account by name alone, office without dates, and days without times are weak links.
--           Accounts in between with more than $max_degree transfers on a side are not followed (counted in the
--           coverage).
-- Cost      joins of the few payments from public bodies and to officials, and one of the transfers between their two
--           ends.
-- Returns   the finding shape; the subject is the supplier, the amount what officials received in euro, the evidence
--           the payments of all paths in the order of time.
-- Source    FinCEN advisories on foreign corruption (unverified); FATF, Laundering the Proceeds of Corruption, July
--           2011
-- Requires  intel.officials, flow.public_bodies
--
-- @param hops        BIGINT           3
-- @param window      INTERVAL         '180 days'
-- @param min_value   DECIMAL(38, 18)  10000
-- @param words       VARCHAR          '(?i)(\b(salar|wage|payroll|palk|dividend|rent\b|lease|üür|legal|lawyer|fee|honora))'
-- @param max_degree  BIGINT           5000

CREATE TABLE busy AS
SELECT src AS account FROM flow.transfers GROUP BY src HAVING count(*) > $max_degree
UNION
SELECT dst AS account FROM flow.transfers GROUP BY dst HAVING count(*) > $max_degree;

CREATE TABLE official_accounts AS
WITH held AS (
    SELECT identifiers.account, officials.caption, officials.role, officials.since, officials.until, officials.dated, 0 AS named
    FROM intel.officials AS officials
    INNER JOIN intel.identifiers AS identifiers
        ON identifiers.dataset = officials.dataset
        AND identifiers.entity_id = officials.entity_id
    UNION ALL
    SELECT holders.account, officials.caption, officials.role, officials.since, officials.until, officials.dated, 1
    FROM intel.officials AS officials
    INNER JOIN intel.names AS names ON names.dataset = officials.dataset AND names.entity_id = officials.entity_id
    INNER JOIN flow.holders AS holders ON holders.name_key = names.name_key
    WHERE lower(coalesce(holders.kind, 'person')) = 'person'
)
SELECT held.*
FROM held
LEFT ANTI JOIN flow.public_bodies AS bodies ON bodies.account = held.account;

SELECT 'officials and those close to them without a known account' AS untested, count(*) AS number
FROM (SELECT DISTINCT dataset, entity_id FROM intel.officials) AS officials
LEFT ANTI JOIN intel.identifiers AS identifiers
    ON identifiers.dataset = officials.dataset
    AND identifiers.entity_id = officials.entity_id
LEFT ANTI JOIN (
    SELECT names.dataset, names.entity_id
    FROM intel.names AS names
    INNER JOIN flow.holders AS holders ON holders.name_key = names.name_key
) AS known ON known.dataset = officials.dataset AND known.entity_id = officials.entity_id;

CREATE VIEW large AS
SELECT
    transfer_id,
    src,
    dst,
    time,
    ledger,
    position,
    value_eur,
    time = date_trunc('day', time) AS day_only,
    coalesce(purpose, '') AS purpose
FROM flow.transfers
WHERE ledger = 'bank' AND src <> dst AND value_eur >= $min_value;

-- What a public body pays a supplier: not to a person, a service, another body or an official.
CREATE TABLE awards AS
SELECT large.*, bodies.named
FROM flow.public_bodies AS bodies
INNER JOIN large ON large.src = bodies.account
LEFT ANTI JOIN flow.public_bodies AS own ON own.account = large.dst
LEFT ANTI JOIN official_accounts AS officials ON officials.account = large.dst
LEFT ANTI JOIN flow.accounts AS services ON services.account = large.dst AND services.service IS NOT NULL
LEFT ANTI JOIN flow.holders AS people ON people.account = large.dst AND lower(people.kind) = 'person';

-- What an official receives while in office, from others than public bodies and services.
CREATE TABLE receipts AS
SELECT
    large.transfer_id,
    large.src,
    large.dst,
    large.time,
    large.ledger,
    large.position,
    large.value_eur,
    large.day_only,
    large.purpose,
    min(officials.caption || ' (' || officials.role || ')') AS official,
    min(officials.named) AS named,
    bool_or(officials.dated) AS dated
FROM official_accounts AS officials
INNER JOIN large
    ON large.dst = officials.account
    AND CAST(large.time AS DATE) >= officials.since
    AND CAST(large.time AS DATE) <= officials.until
LEFT ANTI JOIN flow.public_bodies AS bodies ON bodies.account = large.src
LEFT ANTI JOIN flow.accounts AS services ON services.account = large.src AND services.service IS NOT NULL
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' transfers that were paid by a public body or paid an official'
        AS untested,
    count(*) AS number
FROM busy
LEFT SEMI JOIN (
    SELECT dst AS account FROM awards
    UNION ALL
    SELECT src FROM receipts
) AS ends ON ends.account = busy.account;

CREATE TABLE paths AS
WITH onward AS (
    SELECT large.*
    FROM (SELECT DISTINCT dst AS account FROM awards) AS suppliers
    LEFT ANTI JOIN busy AS crowded ON crowded.account = suppliers.account
    INNER JOIN large ON large.src = suppliers.account
    LEFT SEMI JOIN receipts AS ends ON ends.src = large.dst
    LEFT ANTI JOIN busy ON busy.account = large.dst
    LEFT ANTI JOIN flow.public_bodies AS bodies ON bodies.account = large.dst
    LEFT ANTI JOIN official_accounts AS officials ON officials.account = large.dst
),
found AS (
    SELECT
        awards.dst AS supplier,
        awards.transfer_id AS award_id,
        awards.time AS award_time,
        CAST(NULL AS BIGINT) AS onward_id,
        receipts.transfer_id AS receipt_id,
        receipts.time AS receipt_time,
        awards.time = receipts.time AS unordered,
        awards.named AS body_named,
        2 AS hops
    FROM awards
    LEFT ANTI JOIN busy ON busy.account = awards.dst
    INNER JOIN receipts
        ON receipts.src = awards.dst
        AND receipts.time <= awards.time + $window
        AND (
            receipts.time > awards.time
            OR (receipts.time = awards.time AND (receipts.day_only OR receipts.position > awards.position))
        )
    WHERE $hops >= 2
    UNION ALL
    SELECT
        awards.dst,
        awards.transfer_id,
        awards.time,
        onward.transfer_id,
        receipts.transfer_id,
        receipts.time,
        awards.time = onward.time OR onward.time = receipts.time,
        awards.named,
        3
    FROM awards
    INNER JOIN onward
        ON onward.src = awards.dst
        AND onward.dst <> awards.src
        AND onward.time <= awards.time + $window
        AND (
            onward.time > awards.time
            OR (onward.time = awards.time AND (onward.day_only OR onward.position > awards.position))
        )
    INNER JOIN receipts
        ON receipts.src = onward.dst
        AND receipts.dst <> awards.dst
        AND receipts.time <= awards.time + $window
        AND (
            receipts.time > onward.time
            OR (receipts.time = onward.time AND (receipts.day_only OR receipts.position > onward.position))
        )
    WHERE $hops >= 3
)
SELECT *
FROM (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY supplier, receipt_id
            ORDER BY hops, award_time DESC, award_id, onward_id
        ) AS place
    FROM found
)
WHERE place = 1;

WITH ends AS (
    SELECT
        paths.supplier,
        sum(receipts.value_eur) AS amount,
        count(*) AS payments,
        sum(CASE WHEN regexp_like(receipts.purpose, $words) THEN 1 ELSE 0 END) AS declared,
        array_to_string(array_agg(DISTINCT receipts.official ORDER BY receipts.official), ', ') AS officials,
        max(paths.hops) AS hops,
        bool_or(receipts.named = 1) AS named,
        bool_or(paths.body_named) AS body_named,
        bool_or(NOT receipts.dated) AS undated,
        bool_or(paths.unordered) AS unordered,
        avg(
            greatest(
                1 - (date_part('epoch', paths.receipt_time) - date_part('epoch', paths.award_time))
                    / date_part('epoch', $window),
                0
            )
        ) AS quickness,
        avg(CASE
            WHEN $min_value <= 0 THEN 1
            ELSE least(CAST(receipts.value_eur AS DOUBLE) / CAST($min_value AS DOUBLE) - 1, 1)
        END) AS size,
        max(date_part('epoch', paths.receipt_time) - date_part('epoch', paths.award_time)) AS delay
    FROM paths
    INNER JOIN receipts ON receipts.transfer_id = paths.receipt_id
    GROUP BY paths.supplier
),
rows AS (
    SELECT supplier, award_id AS transfer_id FROM paths
    UNION
    SELECT supplier, onward_id FROM paths WHERE onward_id IS NOT NULL
    UNION
    SELECT supplier, receipt_id FROM paths
),
evidence AS (
    SELECT
        rows.supplier,
        min(large.time) AS first_time,
        max(large.time) AS last_time,
        array_agg(large.transfer_id ORDER BY large.time, large.ledger, large.position, large.transfer_id) AS evidence
    FROM rows
    INNER JOIN large ON large.transfer_id = rows.transfer_id
    GROUP BY rows.supplier
)
SELECT
    ends.supplier AS subject,
    first_time,
    last_time,
    amount,
    'EUR' AS asset,
    (0.5 + 0.5 * (quickness + size) / 2)
        * (CASE WHEN named OR body_named THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN undated THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN unordered THEN 0.8 ELSE 1.0 END) AS score,
    evidence.evidence,
    'After a public body had paid the supplier, ' || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR in '
        || CAST(payments AS VARCHAR) || ' payments of at least ' || CAST(CAST($min_value AS DECIMAL(38, 2)) AS VARCHAR)
        || ' EUR reached ' || officials || ' over up to ' || CAST(hops AS VARCHAR) || ' payments in the order of time ('
        || CAST($hops AS VARCHAR) || ' allowed), up to ' || CAST(CAST(ceil(delay / 86400) AS BIGINT) AS VARCHAR)
        || ' days after it (' || CAST($window AS VARCHAR) || ' allowed), from ' || CAST(CAST(first_time AS DATE) AS VARCHAR)
        || ' to ' || CAST(CAST(last_time AS DATE) AS VARCHAR) || '. That it is the same money is not shown. '
        || CASE
            WHEN declared > 0 THEN 'The words of ' || CAST(declared AS VARCHAR)
                || ' of the payments speak of salary, dividend, rent or a fee. '
            ELSE ''
        END
        || CASE
            WHEN named AND body_named THEN 'Official and public body are tied to their accounts by name or kind alone (weak link). '
            WHEN named THEN 'The official is tied to the account by name alone (weak link). '
            WHEN body_named THEN 'The public body is known by the kind of its holder alone (weak link). '
            ELSE ''
        END
        || CASE WHEN undated THEN 'Since when the office is held is not known (weak link). ' ELSE '' END
        || CASE WHEN unordered THEN 'The order of payments within a day is not known (weak link). ' ELSE '' END
        || 'Tested: services and public bodies in between are left out; not tested: declared salary, dividend, rent, legal '
        || 'fee. This is an indicator, not proof.' AS explanation
FROM ends
INNER JOIN evidence ON evidence.supplier = ends.supplier
ORDER BY subject, first_time, evidence
