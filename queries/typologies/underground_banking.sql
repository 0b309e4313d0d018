-- Underground banking (informal value transfer)
--
-- Id        T20
-- Version   1.1
-- Family    parallel
-- Rails     B
-- Areas     any, drugs, migrants
-- Finds     two accounts in two countries where at least $repeats times within $window what the one received is matched
--           by what the other paid, within $within after and within $tol in value, though no money goes between the two
--           over one or two payments; and more often than by chance.
-- Matters   A hawaladar takes money here and his partner pays it out there: it never crosses a border, and no bank sees
--           it do so.
-- Innocent  Tested: chance, against 100 shifts of the one side in time (p < 0.01); services, currency desks above all
--           (flow.accounts); declared relations (flow.related); matches of two round sums; shared pay day and rent day
--           (payments of one account to another that are made in at least $standing different months). Not tested:
--           market maker.
-- Misses    Customers who come month after month, which is how a standing order looks; settlement in parts; payouts before the receipt; values below $min_eur, which is not of the catalogue;
--           accounts in the same country or of no known one (counted in the coverage). A round sum is a multiple of
--           $round in its own asset. Matches are mutual: of a receipt the closest payment in value, and of that payment
--           the closest receipt. Of a day without times receipts are taken to come first (weak link). Accounts with
--           more than $max_degree transfers on a side are not tested, nor are pairs beyond the $max_pairs of whose
--           payments the most is matched (counted in the coverage).
-- Cost      transfers of at least $min_eur put in buckets of value and time, and joined by bucket, the payments held and
--           the receipts, ten buckets each, run past them; then pairs with enough matches.
-- Returns   the finding shape; the subject is a broker who deals with both sides, else the receiver; the amount the sum
--           of the smaller legs in euro, the evidence both legs in the order of time.
-- Source    FinCEN, Informal Value Transfer Systems, FIN-2010-A011; FATF, Professional Money Laundering, July 2018
-- Requires  flow.accounts.bank_country
--
-- @param tol         DECIMAL(5, 4)    0.0200
-- @param within      INTERVAL         '24 hours'
-- @param repeats     BIGINT           5
-- @param window      INTERVAL         '90 days'
-- @param min_eur     DECIMAL(38, 18)  1000
-- @param round       DECIMAL(38, 18)  100
-- @param standing    BIGINT           4
-- @param max_degree  BIGINT           5000
-- @param max_pairs   BIGINT           2000

SELECT
    'transfers of ' || CAST(CAST($min_eur AS DECIMAL(38, 2)) AS VARCHAR)
        || ' EUR and more with an account of no known country' AS untested,
    count(*) AS number
FROM flow.transfers AS transfers
LEFT JOIN flow.accounts AS payer ON payer.account = transfers.src
LEFT JOIN flow.accounts AS payee ON payee.account = transfers.dst
WHERE transfers.ledger = 'bank'
    AND transfers.value_eur >= $min_eur
    AND (payer.bank_country IS NULL OR payee.bank_country IS NULL);

CREATE TABLE busy AS
SELECT src AS account FROM flow.transfers GROUP BY src HAVING count(*) > $max_degree
UNION
SELECT dst AS account FROM flow.transfers GROUP BY dst HAVING count(*) > $max_degree;

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' transfers on a side' AS untested,
    count(*) AS number
FROM busy;

CREATE TABLE standing AS
SELECT src, dst
FROM flow.transfers
WHERE ledger = 'bank' AND src <> dst AND value_eur >= $min_eur
GROUP BY src, dst
HAVING count(DISTINCT date_trunc('month', time)) >= $standing;

CREATE TABLE large AS
SELECT
    transfer_id,
    transfers.src,
    transfers.dst,
    time,
    ledger,
    position,
    value_eur,
    amount % $round = 0 AS even,
    time = date_trunc('day', time) AS day_only
FROM flow.transfers AS transfers
LEFT ANTI JOIN standing ON standing.src = transfers.src AND standing.dst = transfers.dst
WHERE ledger = 'bank' AND transfers.src <> transfers.dst AND value_eur >= $min_eur AND value_eur > 0;

CREATE TABLE sides AS
SELECT counted.account, counted.received, accounts.bank_country AS country
FROM (
    SELECT dst AS account, true AS received FROM large GROUP BY dst HAVING count(*) >= $repeats
    UNION ALL
    SELECT src, false FROM large GROUP BY src HAVING count(*) >= $repeats
) AS counted
INNER JOIN flow.accounts AS accounts ON accounts.account = counted.account
LEFT ANTI JOIN busy ON busy.account = counted.account
WHERE accounts.service IS NULL AND accounts.bank_country IS NOT NULL;

CREATE TABLE credits AS
SELECT
    sides.account,
    sides.country,
    large.transfer_id,
    large.src AS other,
    large.time,
    large.position,
    large.value_eur,
    large.even,
    large.day_only,
    CAST(floor(ln(CAST(large.value_eur AS DOUBLE)) / ln(1 + greatest(CAST($tol AS DOUBLE), 0.000001))) AS BIGINT) AS size,
    CAST(floor(date_part('epoch', large.time) / date_part('epoch', $within)) AS BIGINT) AS span
FROM sides
INNER JOIN large ON large.dst = sides.account
WHERE sides.received;

CREATE TABLE debits AS
SELECT
    sides.account,
    sides.country,
    large.transfer_id,
    large.dst AS other,
    large.time,
    large.position,
    large.value_eur,
    large.even,
    large.day_only,
    CAST(floor(ln(CAST(large.value_eur AS DOUBLE)) / ln(1 + greatest(CAST($tol AS DOUBLE), 0.000001))) AS BIGINT) AS size,
    CAST(floor(date_part('epoch', large.time) / date_part('epoch', $within)) AS BIGINT) AS span
FROM sides
INNER JOIN large ON large.src = sides.account
WHERE NOT sides.received;

-- Values within the tolerance lie two buckets apart at most, times within the limit in the same span or the next. Pairs that
-- never have enough matches within the window, whichever receipt is taken for which payment, are dropped here.
CREATE TABLE alike AS
WITH spread AS (
    SELECT credits.*, credits.size + near.value AS near_size, credits.span + later.value AS near_span
    FROM generate_series(-2, 2) AS near
    CROSS JOIN generate_series(0, 1) AS later
    CROSS JOIN credits
)
SELECT a, b, least(count(DISTINCT credit_id), count(DISTINCT debit_id)) AS matches
FROM (
    SELECT
        credits.account AS a,
        debits.account AS b,
        credits.transfer_id AS credit_id,
        debits.transfer_id AS debit_id,
        count(*) OVER (
            PARTITION BY credits.account, debits.account
            ORDER BY debits.time RANGE BETWEEN $window PRECEDING AND CURRENT ROW
        ) AS recent
    FROM debits
    INNER JOIN spread AS credits
        ON debits.size = credits.near_size
        AND debits.span = credits.near_span
        AND debits.country <> credits.country
        AND debits.account <> credits.account
        AND debits.transfer_id <> credits.transfer_id
        AND debits.time <= credits.time + $within
        AND (
            debits.time > credits.time
            OR (debits.time = credits.time AND (debits.day_only OR debits.position > credits.position))
        )
    WHERE NOT (credits.even AND debits.even)
        AND abs(credits.value_eur - debits.value_eur) <= $tol * greatest(credits.value_eur, debits.value_eur)
) AS possible
GROUP BY a, b
HAVING max(recent) >= $repeats AND least(count(DISTINCT credit_id), count(DISTINCT debit_id)) >= $repeats;

-- The test against chance costs a hundred searches a pair. Whoever deals in this way does little else with the account, so
-- the pairs of whose payments the most is matched come first.
CREATE TABLE ranked AS
SELECT
    alike.a,
    alike.b,
    row_number() OVER (
        ORDER BY CAST(alike.matches AS DOUBLE) / greatest(received.number, paid.number) DESC, alike.a, alike.b
    ) AS place
FROM (SELECT account, count(*) AS number FROM credits GROUP BY account) AS received
INNER JOIN (
    (SELECT account, count(*) AS number FROM debits GROUP BY account) AS paid
    INNER JOIN alike ON alike.b = paid.account
) ON received.account = alike.a;

SELECT 'pairs of accounts of whose payments others match more' AS untested, count(*) AS number
FROM ranked
WHERE place > $max_pairs;

CREATE TABLE candidates AS
SELECT a, b FROM ranked WHERE place <= $max_pairs;

-- No way between the two, in either direction, over one or two payments. Whom either side pays is put down first: it is little,
-- and the planner sees that it is.
CREATE TABLE paid AS
SELECT DISTINCT sides.account, transfers.dst AS middle
FROM (SELECT a AS account FROM candidates UNION SELECT b FROM candidates) AS sides
INNER JOIN flow.transfers AS transfers ON transfers.src = sides.account;

CREATE TABLE there AS
SELECT candidates.a, candidates.b, paid.middle, candidates.b AS other
FROM candidates
INNER JOIN paid ON paid.account = candidates.a
UNION ALL
SELECT candidates.a, candidates.b, paid.middle, candidates.a AS other
FROM candidates
INNER JOIN paid ON paid.account = candidates.b;

CREATE TABLE apart AS
WITH linked AS (
    SELECT a, b
    FROM there
    WHERE middle = other
    UNION
    SELECT there.a, there.b
    FROM there
    INNER JOIN flow.transfers AS transfers ON transfers.src = there.middle AND transfers.dst = there.other
)
SELECT candidates.a, candidates.b
FROM candidates
LEFT ANTI JOIN linked ON linked.a = candidates.a AND linked.b = candidates.b
LEFT ANTI JOIN flow.related AS related ON related.a = candidates.a AND related.b = candidates.b;

-- The receipts as they were (shift 0), and turned round the time of the data by a hundred different stretches.
CREATE TABLE matched AS
WITH extent AS (
    SELECT min(time) AS begins, date_part('epoch', max(time)) - date_part('epoch', min(time)) + 1 AS length
    FROM flow.transfers
    WHERE ledger = 'bank'
),
shifted AS (
    SELECT
        apart.a,
        apart.b,
        shifts.value AS shift,
        credits.transfer_id,
        credits.time,
        credits.position,
        credits.value_eur,
        credits.even,
        credits.day_only,
        CASE
            WHEN shifts.value = 0 THEN date_part('epoch', credits.time)
            ELSE date_part('epoch', extent.begins) + (
                date_part('epoch', credits.time) - date_part('epoch', extent.begins)
                + floor(extent.length * shifts.value / 101)
            ) % extent.length
        END AS moment
    FROM extent
    CROSS JOIN generate_series(0, 100) AS shifts
    CROSS JOIN (
        apart
        INNER JOIN credits ON credits.account = apart.a
    )
),
possible AS (
    SELECT
        shifted.a,
        shifted.b,
        shifted.shift,
        shifted.transfer_id AS credit_id,
        debits.transfer_id AS debit_id,
        debits.time,
        least(shifted.value_eur, debits.value_eur) AS value,
        abs(shifted.value_eur - debits.value_eur) AS difference,
        CAST(abs(shifted.value_eur - debits.value_eur) AS DOUBLE)
            / CAST(greatest(shifted.value_eur, debits.value_eur) AS DOUBLE) AS deviation,
        date_part('epoch', debits.time) - shifted.moment AS delay
    FROM debits
    INNER JOIN shifted ON shifted.b = debits.account
    WHERE NOT (shifted.even AND debits.even)
        AND abs(shifted.value_eur - debits.value_eur) <= $tol * greatest(shifted.value_eur, debits.value_eur)
        AND date_part('epoch', debits.time) - shifted.moment <= date_part('epoch', $within)
        AND (
            date_part('epoch', debits.time) > shifted.moment
            OR (
                date_part('epoch', debits.time) = shifted.moment
                AND (shifted.shift > 0 OR debits.day_only OR debits.position > shifted.position)
            )
        )
)
SELECT *
FROM (
    SELECT
        *,
        row_number() OVER (PARTITION BY a, b, shift, credit_id ORDER BY difference, delay, debit_id) AS best_debit,
        row_number() OVER (PARTITION BY a, b, shift, debit_id ORDER BY difference, delay, credit_id) AS best_credit
    FROM possible
)
WHERE best_debit = 1 AND best_credit = 1;

CREATE TABLE pairs AS
WITH dense AS (
    SELECT
        a,
        b,
        shift,
        count(*) OVER (PARTITION BY a, b, shift ORDER BY time RANGE BETWEEN $window PRECEDING AND CURRENT ROW) AS recent
    FROM matched
),
peaks AS (
    SELECT a, b, shift, max(recent) AS peak
    FROM dense
    GROUP BY a, b, shift
)
SELECT
    observed.a,
    observed.b,
    observed.peak,
    sum(CASE WHEN shuffled.peak >= observed.peak THEN 1 ELSE 0 END) AS as_good,
    coalesce(max(shuffled.peak), 0) AS best_by_chance
FROM peaks AS observed
LEFT JOIN peaks AS shuffled ON shuffled.a = observed.a AND shuffled.b = observed.b AND shuffled.shift > 0
WHERE observed.shift = 0 AND observed.peak >= $repeats
GROUP BY observed.a, observed.b, observed.peak
HAVING sum(CASE WHEN shuffled.peak >= observed.peak THEN 1 ELSE 0 END) = 0;

-- Who deals with both sides. A way through him would have been a path of two payments: so he pays both, or both pay
-- him.
CREATE TABLE brokers_found AS
WITH dealing AS (
    SELECT pairs.a, pairs.b, transfers.dst AS broker, 'a' AS side, 'in' AS way
    FROM pairs
    INNER JOIN flow.transfers AS transfers ON transfers.src = pairs.a
    UNION
    SELECT pairs.a, pairs.b, transfers.src, 'a', 'out'
    FROM pairs
    INNER JOIN flow.transfers AS transfers ON transfers.dst = pairs.a
    UNION
    SELECT pairs.a, pairs.b, transfers.dst, 'b', 'in'
    FROM pairs
    INNER JOIN flow.transfers AS transfers ON transfers.src = pairs.b
    UNION
    SELECT pairs.a, pairs.b, transfers.src, 'b', 'out'
    FROM pairs
    INNER JOIN flow.transfers AS transfers ON transfers.dst = pairs.b
)
SELECT a, b, min(broker) AS broker
FROM (
    SELECT a, b, broker, way
    FROM dealing
    LEFT ANTI JOIN flow.accounts AS services ON services.account = dealing.broker AND services.service IS NOT NULL
    GROUP BY a, b, broker, way
    HAVING count(DISTINCT side) = 2
)
GROUP BY a, b;

WITH kept AS (
    SELECT matched.*, pairs.peak, pairs.best_by_chance
    FROM pairs
    INNER JOIN matched ON matched.a = pairs.a AND matched.b = pairs.b AND matched.shift = 0
),
totals AS (
    SELECT
        a,
        b,
        peak,
        best_by_chance,
        count(*) AS matches,
        sum(value) AS amount,
        avg(deviation) AS deviation,
        avg(delay) AS delay,
        bool_or(delay = 0) AS unordered
    FROM kept
    GROUP BY a, b, peak, best_by_chance
),
rows AS (
    SELECT a, b, credit_id AS transfer_id FROM kept
    UNION
    SELECT a, b, debit_id FROM kept
),
evidence AS (
    SELECT
        rows.a,
        rows.b,
        min(transfers.time) AS first_time,
        max(transfers.time) AS last_time,
        array_agg(
            transfers.transfer_id
            ORDER BY transfers.time, transfers.ledger, transfers.position, transfers.transfer_id
        ) AS evidence
    FROM rows
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = rows.transfer_id
    GROUP BY rows.a, rows.b
)
SELECT
    coalesce(brokers.broker, totals.a) AS subject,
    evidence.first_time,
    evidence.last_time,
    totals.amount,
    'EUR' AS asset,
    (
        0.5 + 0.5 * (
            least((peak - $repeats) / CAST($repeats AS DOUBLE), 1)
            + CASE WHEN $tol = 0 THEN 1 ELSE greatest(1 - deviation / CAST($tol AS DOUBLE), 0) END
            + greatest(1 - delay / date_part('epoch', $within), 0)
        ) / 3
    ) * (CASE WHEN unordered THEN 0.8 ELSE 1.0 END) AS score,
    evidence.evidence,
    'What account ' || coalesce(receivers.identifier, CAST(totals.a AS VARCHAR)) || ' in ' || receivers.bank_country
        || ' received was matched ' || CAST(matches AS VARCHAR) || ' times from '
        || CAST(CAST(first_time AS DATE) AS VARCHAR) || ' to ' || CAST(CAST(last_time AS DATE) AS VARCHAR) || ', up to '
        || CAST(peak AS VARCHAR) || ' times in any ' || CAST($window AS VARCHAR) || ' (at least '
        || CAST($repeats AS VARCHAR) || ' asked for), by what account '
        || coalesce(payers.identifier, CAST(totals.b AS VARCHAR)) || ' in ' || payers.bank_country || ' paid, on average '
        || CAST(CAST(delay / 3600 AS DECIMAL(38, 1)) AS VARCHAR) || ' hours later (' || CAST($within AS VARCHAR)
        || ' allowed) and ' || CAST(CAST(deviation AS DECIMAL(38, 4)) AS VARCHAR) || ' off in value (' || CAST($tol AS VARCHAR)
        || ' allowed); ' || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR)
        || ' EUR in all. No money went between the two over one or two payments. With the receipts shifted in time there were no '
        || 'more than ' || CAST(best_by_chance AS VARCHAR) || ' matches in 100 trials (p < 0.01). '
        || CASE
            WHEN brokers.broker IS NULL THEN 'The receiver is the subject, as nobody is seen to deal with both. '
            ELSE 'The subject deals with both. '
        END
        || CASE
            WHEN unordered THEN 'The order of payments within a day is not known and was taken as money in, then out (weak '
                || 'link). '
            ELSE ''
        END
        || 'Tested: chance, services, declared relations, pairs of round sums, standing payments; not tested: market maker. '
        || 'This is an indicator, not proof.' AS explanation
FROM totals
INNER JOIN evidence ON evidence.a = totals.a AND evidence.b = totals.b
INNER JOIN flow.accounts AS receivers ON receivers.account = totals.a
INNER JOIN flow.accounts AS payers ON payers.account = totals.b
LEFT JOIN brokers_found AS brokers ON brokers.a = totals.a AND brokers.b = totals.b
ORDER BY subject, first_time, evidence
