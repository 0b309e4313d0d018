-- Cycle, round trip
--
-- Id        T06
-- Version   1.2
-- Family    layering
-- Rails     X
-- Areas     any, tax, fraud
-- Finds     money that comes back to the account it left, over at least $shortest and at most $longest transfers within
--           $window, no other account twice, when the smallest of them is at least $even of the largest.
-- Matters   What returns as a loan, an investment or a sale looks like income; whoever sends it round pays for nothing.
-- Innocent  Tested: own accounts and declared family or employer (flow.related), services (flow.accounts), and for a round
--           trip of two transfers a refund: the word in the purpose, the same reference, or the exact amount back within
--           $refund; treasury pooling, netting and standing trade: loops of which every transfer is between two accounts
--           that so pay each other in at least $standing different months. Not tested: repaid loan.
-- Misses    Loops through an exchange or another service; loops that were longer or slower; money that comes back to
--           another account of the same holder; loops that are run month after month as if they were trade. With ordered
--           false transfers need not follow each other in time, because booking dates do not always do: such a finding is a
--           weak link. Bank rows with a date and no time are taken in the order of their file, a weak link too. Amounts are
--           compared in euro, so that a change of currency does not break a loop. $standing, and $min_eur, the least the smallest transfer is worth, are not of the catalogue. Accounts
--           with more than $max_degree transfers on a side are not tested, nor what a search of $budget steps from one
--           transfer did not reach (both counted in the coverage).
-- Cost      `cycles` over the hops worth $min_eur: the neighbourhood of each first transfer within $window, twice, and the loops.
-- Returns   the finding shape; the subject is the account that paid first, the amount the smallest transfer in euro, of the
--           largest loop where several share transfers; the evidence is the transfers, in the order of time.
-- Source    FATF/Egmont, Trade-Based Money Laundering Indicators, 2021; FATF, Professional Money Laundering, July 2018
--
-- @param shortest    BIGINT         2
-- @param longest     BIGINT         11
-- @param window      INTERVAL       '30 days'
-- @param even        DECIMAL(5, 4)  0.7000
-- @param refund      INTERVAL       '14 days'
-- @param standing    BIGINT         4
-- @param min_eur     DECIMAL(38, 18)  0
-- @param ordered     BOOLEAN        true
-- @param max_degree  BIGINT         5000
-- @param budget      BIGINT         100000

CREATE TABLE busy AS
SELECT src AS account FROM flow.transfers GROUP BY src HAVING count(*) > $max_degree
UNION
SELECT dst AS account FROM flow.transfers GROUP BY dst HAVING count(*) > $max_degree;

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' transfers on a side' AS untested,
    count(*) AS number
FROM busy;

CREATE TABLE loops AS
SELECT CAST(row_number() OVER (ORDER BY transfers) AS BIGINT) AS loop, cycles.*
FROM cycles(
    (
        SELECT transfer_id, payer AS src, receiver AS dst, time, position, value_eur AS amount
        FROM flow.hops AS hops
        LEFT ANTI JOIN busy AS payers ON payers.account = hops.src
        LEFT ANTI JOIN busy AS receivers ON receivers.account = hops.dst
        -- The smallest transfer of a loop is worth that much, and so is each.
        WHERE hops.value_eur >= $min_eur
    ),
    window => $window,
    max_length => $longest,
    ordered => $ordered,
    evenness => $even,
    budget => $budget
) AS cycles;

SELECT
    'first transfers whose search ended after ' || CAST($budget AS VARCHAR) || ' steps' AS untested,
    count(DISTINCT transfers[1]) + count(DISTINCT CASE WHEN length = 0 THEN loop END) AS number
FROM loops
WHERE truncated;

CREATE TABLE likely AS
SELECT loops.*
FROM loops
INNER JOIN flow.transfers AS paid ON paid.transfer_id = loops.transfers[1]
INNER JOIN flow.transfers AS back ON back.transfer_id = loops.transfers[length]
WHERE loops.length >= $shortest
    AND NOT (
        loops.length = 2
        AND (
            coalesce(back.purpose ILIKE '%refund%' OR back.purpose ILIKE '%reversal%' OR back.purpose ILIKE '%chargeback%', false)
            OR coalesce(back.reference = paid.reference, false)
            OR (back.asset = paid.asset AND back.amount = paid.amount AND back.time <= paid.time + $refund)
        )
    );

CREATE TABLE sides AS
SELECT likely.loop, hops.payer, hops.receiver
FROM (SELECT loop, unnest(transfers) AS transfer_id FROM likely) AS likely
INNER JOIN flow.hops AS hops ON hops.transfer_id = likely.transfer_id;

-- In how many months the two sides of each transfer so paid each other, this one counted.
CREATE TABLE strangers AS
SELECT DISTINCT sides.loop
FROM sides
INNER JOIN (
    SELECT hops.payer, hops.receiver, count(DISTINCT date_trunc('month', hops.time)) AS months
    FROM flow.hops AS hops
    LEFT SEMI JOIN sides ON sides.payer = hops.payer AND sides.receiver = hops.receiver
    GROUP BY hops.payer, hops.receiver
) AS paid ON paid.payer = sides.payer AND paid.receiver = sides.receiver
WHERE paid.months < $standing;

CREATE TABLE kept AS
SELECT likely.*
FROM likely
LEFT SEMI JOIN strangers ON strangers.loop = likely.loop;

-- Loops of one account that share transfers are one finding: a component of loops and transfers.
CREATE TABLE steps AS
SELECT kept.loop, kept.account, unnest(kept.transfers) AS transfer_id
FROM kept;

CREATE TABLE grouped AS
SELECT steps.loop, steps.account, steps.transfer_id, parts.component AS finding
FROM steps
INNER JOIN components(
    (SELECT loop AS src, key_hash(account, transfer_id) AS dst, TIMESTAMP '1970-01-01' AS time, 0 AS amount FROM steps)
) AS parts ON parts.account = steps.loop;

WITH hops AS (
    SELECT
        grouped.loop,
        hops.day_only AND hops.time = lag(hops.time) OVER steps AS unordered,
        coalesce(hops.time < lag(hops.time) OVER steps, false) AS turned,
        hops.asset
    FROM (SELECT loop, transfers, unnest(generate_series(1, length)) AS place FROM kept) AS places
    INNER JOIN grouped ON grouped.loop = places.loop AND grouped.transfer_id = places.transfers[place]
    INNER JOIN flow.hops AS hops ON hops.transfer_id = grouped.transfer_id
    WINDOW steps AS (PARTITION BY grouped.loop ORDER BY place)
),
weak AS (
    SELECT
        loop,
        coalesce(bool_or(unordered), false) AS unordered,
        bool_or(turned) AS turned,
        min(asset) AS asset,
        count(DISTINCT asset) AS assets
    FROM hops
    GROUP BY loop
),
scored AS (
    SELECT
        kept.*,
        weak.unordered,
        weak.turned,
        weak.assets,
        weak.asset,
        (
            0.5 + 0.5 * (
                least((length - $shortest) / CAST($shortest AS DOUBLE), 1)
                + CASE WHEN $even >= 1 THEN 1 ELSE (evenness - CAST($even AS DOUBLE)) / (1 - CAST($even AS DOUBLE)) END
                + greatest(1 - (date_part('epoch', last_time) - date_part('epoch', first_time)) / date_part('epoch', $window), 0)
            ) / 3
        ) * power(
            CAST(0.8 AS DOUBLE),
            CASE WHEN unordered THEN 1 ELSE 0 END + CASE WHEN turned THEN 1 ELSE 0 END + CASE WHEN assets > 1 THEN 1 ELSE 0 END
        ) AS score
    FROM kept
    INNER JOIN weak ON weak.loop = kept.loop
),
best AS (
    SELECT
        members.finding,
        members.loops,
        scored.*,
        row_number() OVER (PARTITION BY members.finding ORDER BY amount DESC, scored.loop) AS place,
        max(score) OVER (PARTITION BY members.finding) AS best_score
    FROM scored
    INNER JOIN (SELECT DISTINCT loop, finding FROM grouped) AS homes ON homes.loop = scored.loop
    INNER JOIN (SELECT finding, count(DISTINCT loop) AS loops FROM grouped GROUP BY finding) AS members
        ON members.finding = homes.finding
),
evidence AS (
    SELECT
        rows.finding,
        min(transfers.time) AS first_time,
        max(transfers.time) AS last_time,
        array_agg(transfers.transfer_id ORDER BY time, ledger, position, transfers.transfer_id) AS evidence
    FROM (SELECT DISTINCT finding, transfer_id FROM grouped) AS rows
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = rows.transfer_id
    GROUP BY rows.finding
)
SELECT
    best.account AS subject,
    evidence.first_time,
    evidence.last_time,
    best.amount,
    'EUR' AS asset,
    best.best_score AS score,
    evidence.evidence,
    CAST(CAST(first_amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR left the account on '
        || CAST(CAST(best.first_time AS DATE) AS VARCHAR) || ' and '
        || CAST(CAST(last_amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR came back by '
        || CAST(CAST(best.last_time AS DATE) AS VARCHAR) || ' over ' || CAST(length AS VARCHAR) || ' transfers ('
        || CAST($shortest AS VARCHAR) || ' to ' || CAST($longest AS VARCHAR) || ' within ' || CAST($window AS VARCHAR)
        || ' looked for); the smallest was ' || CAST(CAST(evenness AS DECIMAL(38, 4)) AS VARCHAR) || ' of the largest (at least '
        || CAST($even AS VARCHAR) || ' asked for). '
        || CASE WHEN loops > 1 THEN 'It is the largest of ' || CAST(loops AS VARCHAR) || ' such loops that share transfers. ' ELSE '' END
        || CASE WHEN assets > 1 THEN 'It changed currency on the way and was compared in euro (weak link). ' ELSE '' END
        || CASE WHEN unordered THEN 'The order of transfers within a day is taken from the file (weak link). ' ELSE '' END
        || CASE WHEN turned THEN 'Its transfers do not follow each other in time (weak link). ' ELSE '' END
        || 'Tested: own accounts, declared family or employer, services, pooling, netting and standing trade'
        || CASE WHEN length = 2 THEN ', refunds' ELSE '' END
        || '; not tested: repaid loan. This is an indicator, not proof.' AS explanation
FROM best
INNER JOIN evidence ON evidence.finding = best.finding
WHERE best.place = 1
ORDER BY subject, first_time, evidence
