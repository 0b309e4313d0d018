-- Funnel account
--
-- Id        T09
-- Version   1.0
-- Family    placement
-- Rails     B
-- Areas     drugs, migrants, thb
-- Finds     accounts into which cash is paid in at least $regions regions within $window, most of it not by the holder,
--           when after at least $withdrawn of these deposits cash is taken out in another region within $out_within.
-- Matters   Takings of many places reach the one who wants them without anybody carrying cash across the country.
-- Innocent  Tested: services (flow.accounts). Not tested: franchise, travelling trade, relatives who support a student,
--           charity.
-- Misses    Cash whose region no source says (counted in the coverage); money that leaves by transfer instead of in
--           cash. A depositor is the holder when their names are at least $name_sim alike; a depositor whom no source
--           names is taken not to be, which is a weak link, and so is the order within a day without times. Accounts
--           with more than $max_degree payments in cash are not tested (counted in the coverage).
-- Cost      a join of the payments that have a place with the transfers, then windows over these alone.
-- Returns   the finding shape; the subject is the account, the amount the sum of the deposits in euro, the evidence the
--           deposits and the withdrawals that followed them elsewhere, in the order of time.
-- Source    FinCEN Advisory FIN-2014-A005 on funnel accounts, May 2014
-- Requires  flow.detail_kinds.place
--
-- @param regions     BIGINT         3
-- @param window      INTERVAL       '30 days'
-- @param out_within  INTERVAL       '72 hours'
-- @param withdrawn   BIGINT         3
-- @param name_sim    DECIMAL(5, 4)  0.8500
-- @param max_degree  BIGINT         5000

SELECT 'payments in cash of which no source says the region' AS untested, count(*) AS number
FROM flow.transfers AS transfers
LEFT ANTI JOIN flow.detail_kinds AS details ON details.transfer_id = transfers.transfer_id AND details.place IS NOT NULL
LEFT JOIN flow.accounts AS payer ON payer.account = transfers.src
LEFT JOIN flow.accounts AS payee ON payee.account = transfers.dst
WHERE transfers.ledger = 'bank'
    AND (transfers.channel = 'cash' OR payer.service = 'cash' OR payee.service = 'cash');

-- Cash over the counter or at a machine, in a region, seen from the account that is not the till.
CREATE TABLE cash AS
WITH placed AS (
    SELECT transfer_id, min(lower(trim(place))) AS place
    FROM flow.detail_kinds
    WHERE place IS NOT NULL
    GROUP BY transfer_id
)
SELECT
    CASE WHEN payer.service = 'cash' THEN transfers.dst ELSE transfers.src END AS account,
    coalesce(payer.service, '') = 'cash' AS deposit,
    transfers.transfer_id,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.value_eur,
    transfers.time = date_trunc('day', transfers.time) AS day_only,
    placed.place
FROM placed
INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = placed.transfer_id
LEFT JOIN flow.accounts AS payer ON payer.account = transfers.src
LEFT JOIN flow.accounts AS payee ON payee.account = transfers.dst
WHERE transfers.ledger = 'bank'
    AND transfers.src <> transfers.dst
    AND transfers.value_eur > 0
    AND (
        (payer.service = 'cash' AND payee.service IS NULL)
        OR (payee.service = 'cash' AND payer.service IS NULL)
    );

CREATE TABLE busy AS
SELECT account
FROM cash
GROUP BY account
HAVING count(*) > $max_degree;

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' payments in cash' AS untested,
    count(*) AS number
FROM busy;

CREATE TABLE deposits AS
WITH candidates AS (
    SELECT account
    FROM cash
    LEFT ANTI JOIN busy ON busy.account = cash.account
    WHERE deposit
    GROUP BY account
    HAVING count(DISTINCT place) >= $regions AND count(*) >= $withdrawn
),
hands AS (
    SELECT
        cash.transfer_id,
        max(name_similarity(details.depositor, holders.name)) AS likeness
    FROM candidates
    INNER JOIN cash ON cash.account = candidates.account AND cash.deposit
    INNER JOIN flow.detail_kinds AS details
        ON details.transfer_id = cash.transfer_id
        AND details.depositor IS NOT NULL
    INNER JOIN flow.holders AS holders ON holders.account = cash.account
    GROUP BY cash.transfer_id
)
SELECT
    cash.account,
    cash.transfer_id,
    cash.time,
    cash.ledger,
    cash.position,
    cash.value_eur,
    cash.day_only,
    cash.place,
    hands.likeness IS NULL AS unnamed,
    coalesce(hands.likeness >= $name_sim, false) AS own
FROM candidates
INNER JOIN cash ON cash.account = candidates.account AND cash.deposit
LEFT JOIN hands ON hands.transfer_id = cash.transfer_id;

-- A deposit and what was taken out elsewhere after it. On a day without times deposits are taken to come first.
CREATE TABLE drawn AS
SELECT
    deposits.account,
    deposits.transfer_id,
    cash.transfer_id AS drawn_id,
    cash.time,
    cash.ledger,
    cash.position,
    date_part('epoch', cash.time) - date_part('epoch', deposits.time) AS delay,
    cash.time = deposits.time AS unordered
FROM deposits
INNER JOIN cash
    ON cash.account = deposits.account
    AND cash.place <> deposits.place
    AND cash.time <= deposits.time + $out_within
    AND (
        cash.time > deposits.time
        OR (cash.time = deposits.time AND (deposits.day_only OR cash.position > deposits.position))
    )
WHERE NOT cash.deposit;

CREATE TABLE grouped AS
WITH followed AS (
    SELECT transfer_id, min(delay) AS delay, bool_and(unordered) AS unordered
    FROM drawn
    GROUP BY transfer_id
),
runs AS (
    SELECT
        deposits.*,
        coalesce(followed.unordered, false) AS unordered,
        followed.delay,
        count(DISTINCT deposits.place) OVER recent AS recent_regions,
        count(*) OVER recent AS recent_count,
        sum(CASE WHEN deposits.own THEN 1 ELSE 0 END) OVER recent AS recent_own,
        sum(CASE WHEN followed.transfer_id IS NULL THEN 0 ELSE 1 END) OVER recent AS recent_drawn
    FROM deposits
    LEFT JOIN followed ON followed.transfer_id = deposits.transfer_id
    WINDOW recent AS (PARTITION BY deposits.account ORDER BY deposits.time RANGE BETWEEN $window PRECEDING AND CURRENT ROW)
),
seeds AS (
    SELECT account, time, max(recent_regions) AS regions, max(recent_drawn) AS drawn
    FROM runs
    WHERE recent_regions >= $regions AND recent_own * 2 < recent_count AND recent_drawn >= $withdrawn
    GROUP BY account, time
),
reached AS (
    SELECT
        runs.*,
        seeds.regions AS seed_regions,
        seeds.drawn AS seed_drawn,
        min(seeds.time) OVER (PARTITION BY runs.account ORDER BY runs.time DESC) AS seed_time
    FROM runs
    LEFT JOIN seeds ON seeds.account = runs.account AND seeds.time = runs.time
),
covered AS (
    SELECT
        *,
        CASE
            WHEN lag(time) OVER (PARTITION BY account ORDER BY time, ledger, position, transfer_id) + $window >= seed_time
            THEN 0 ELSE 1
        END AS opens
    FROM reached
    WHERE seed_time <= time + $window
)
SELECT *, sum(opens) OVER (PARTITION BY account ORDER BY time, ledger, position, transfer_id) AS finding
FROM covered;

WITH incoming AS (
    SELECT
        account,
        finding,
        sum(value_eur) AS amount,
        count(*) AS payments,
        array_to_string(array_agg(DISTINCT place ORDER BY place), ', ') AS places,
        sum(CASE WHEN own THEN 1 ELSE 0 END) AS own,
        sum(CASE WHEN unnamed THEN 1 ELSE 0 END) AS unnamed,
        max(seed_regions) AS regions,
        max(seed_drawn) AS drawn,
        max(delay) AS delay,
        bool_or(unordered) AS unordered
    FROM grouped
    GROUP BY account, finding
),
rows AS (
    SELECT account, finding, transfer_id, time, ledger, position
    FROM grouped
    UNION
    SELECT grouped.account, grouped.finding, drawn.drawn_id, drawn.time, drawn.ledger, drawn.position
    FROM grouped
    INNER JOIN drawn ON drawn.transfer_id = grouped.transfer_id
),
evidence AS (
    SELECT
        account,
        finding,
        min(time) AS first_time,
        max(time) AS last_time,
        array_agg(transfer_id ORDER BY time, ledger, position, transfer_id) AS evidence
    FROM rows
    GROUP BY account, finding
)
SELECT
    incoming.account AS subject,
    evidence.first_time,
    evidence.last_time,
    incoming.amount,
    'EUR' AS asset,
    (
        0.5 + 0.5 * (
            least((regions - $regions) / CAST($regions AS DOUBLE), 1)
            + least((drawn - $withdrawn) / CAST($withdrawn AS DOUBLE), 1)
            + greatest(1 - delay / date_part('epoch', $out_within), 0)
        ) / 3
    )
        * (CASE WHEN unnamed > 0 THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN unordered THEN 0.8 ELSE 1.0 END) AS score,
    evidence.evidence,
    'Cash of ' || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR was paid into the account in '
        || CAST(payments AS VARCHAR) || ' deposits from ' || CAST(CAST(first_time AS DATE) AS VARCHAR) || ' to '
        || CAST(CAST(last_time AS DATE) AS VARCHAR) || ' in ' || places || ', up to ' || CAST(regions AS VARCHAR)
        || ' regions in any ' || CAST($window AS VARCHAR) || ' (at least ' || CAST($regions AS VARCHAR) || ' asked for), '
        || CAST(own AS VARCHAR) || ' of them by the holder (less than half allowed). After up to '
        || CAST(drawn AS VARCHAR) || ' of them (at least ' || CAST($withdrawn AS VARCHAR)
        || ' asked for) cash was taken out in another region within ' || CAST(CAST(delay / 3600 AS DECIMAL(38, 1)) AS VARCHAR)
        || ' hours (' || CAST($out_within AS VARCHAR) || ' allowed). '
        || CASE
            WHEN unnamed > 0 THEN 'Of ' || CAST(unnamed AS VARCHAR) || ' deposits the depositor is not known (weak link). '
            ELSE ''
        END
        || CASE
            WHEN unordered THEN 'The order of payments within a day is not known and was taken as money in, then out (weak '
                || 'link). '
            ELSE ''
        END
        || 'Tested: services are left out; not tested: franchise, travelling trade, relatives who support a student, charity. '
        || 'This is an indicator, not proof.' AS explanation
FROM incoming
INNER JOIN evidence ON evidence.account = incoming.account AND evidence.finding = incoming.finding
ORDER BY subject, first_time, evidence
