-- Ransom payment and split
--
-- Id        T34
-- Version   1.0
-- Family    predicate
-- Rails     U, E
-- Areas     cyber
-- Finds     addresses without a history that receive one payment of at least $min_value euro, which is at least
--           $dominance of all they ever receive, and within $within pay at least $dominance of it on to exactly two
--           clusters that are not their own, in a proportion that comes back, give or take $split_tol: at least $repeats
--           times among the addresses of one cluster or those that pay one of the two receivers, or on the list of
--           $known.
-- Matters   Who extorts rents the tools to do it: of each ransom the renter keeps one share and the owner of the tools
--           another, always the same, and each victim gets an address of its own.
-- Innocent  Tested: change, which goes back to the payer's own cluster; services (intel.attributed, flow.accounts). Not
--           tested: broker's fee, escrow split, change to an address that nobody can tie to the payer.
-- Misses    Shares that go over an account in between, or into three hands; a ransom paid in parts. $known is a list of
--           proportions such as 0.8,0.75 that a profile may give; none is shipped. A cluster or receiver behind more
--           than $max_degree such payments is not tested (counted in the coverage).
-- Cost      one sum over the chain transfers for each address, joins of the few with one large payment.
-- Returns   the finding shape; the subject is the address that received, the amount that payment in euro, the evidence
--           it and the split, in order. Who paid is a victim: named in the details, never scored as an actor.
-- Source    FinCEN, Advisory FIN-2021-A004 (unverified)
--
-- @param min_value   DECIMAL(38, 18)  5000
-- @param dominance   DECIMAL(5, 4)    0.8000
-- @param split_tol   DECIMAL(5, 4)    0.0500
-- @param within      INTERVAL         '72 hours'
-- @param repeats     BIGINT           2
-- @param known       VARCHAR          ''
-- @param max_degree  BIGINT           5000

-- Inputs of one transaction are one payment. It must be the first thing the address ever saw, and nearly all it received.
CREATE VIEW payments AS
SELECT
    transfers.dst AS account,
    transfers.ledger,
    coalesce(transfers.reference, CAST(transfers.transfer_id AS VARCHAR)) AS payment,
    min(transfers.time) AS time,
    max(transfers.position) AS position,
    sum(transfers.value_eur) AS value,
    count(*) - count(transfers.value_eur) AS unknown,
    min(transfers.src) AS payer
FROM (
    SELECT dst AS account
    FROM flow.transfers
    WHERE ledger <> 'bank' AND src <> dst
    GROUP BY dst
    HAVING sum(value_eur) >= $min_value
) AS rich
INNER JOIN flow.transfers AS transfers ON transfers.dst = rich.account
WHERE transfers.src <> transfers.dst AND transfers.ledger <> 'bank'
GROUP BY 1, 2, 3;

CREATE TABLE credits AS
WITH received AS (
    SELECT account, max(value) AS value, sum(value) AS total, min(time) AS first_in
    FROM payments
    GROUP BY account
    HAVING max(value) >= $min_value AND max(value) >= $dominance * sum(value) AND sum(unknown) = 0
),
lone AS (
    SELECT received.*
    FROM received
    LEFT ANTI JOIN (SELECT account FROM intel.attributed) AS services ON services.account = received.account
)
SELECT payments.*, lone.total
FROM lone
INNER JOIN payments
    ON payments.account = lone.account
    AND payments.value = lone.value
    AND payments.time = lone.first_in
LEFT ANTI JOIN (SELECT src, time FROM flow.transfers WHERE ledger <> 'bank' AND src <> dst) AS spent
    ON spent.src = lone.account AND spent.time < lone.first_in;

CREATE TABLE debits AS
SELECT
    credits.account,
    transfers.transfer_id,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.value_eur,
    coalesce(payees.cluster_id, transfers.dst) AS receiver,
    coalesce(own.cluster_id, credits.account) AS node
FROM credits
INNER JOIN flow.transfers AS transfers
    ON transfers.src = credits.account
    AND transfers.time <= credits.time + $within
    AND (transfers.time > credits.time OR transfers.position > credits.position)
LEFT JOIN btc.clusters AS payees ON payees.account = transfers.dst AND payees.ledger = transfers.ledger
LEFT JOIN btc.clusters AS own ON own.account = credits.account AND own.ledger = transfers.ledger
WHERE transfers.src <> transfers.dst;

-- The larger share goes to one, the smaller to another; `proportion` is the larger one's.
CREATE TABLE splits AS
WITH shares AS (
    SELECT account, node, receiver, sum(value_eur) AS value, max(time) AS time
    FROM debits
    WHERE receiver <> node
    GROUP BY account, node, receiver
),
pairs AS (
    SELECT
        account,
        node,
        max(time) AS last_out,
        sum(value) AS paid,
        first_value(receiver ORDER BY value DESC, receiver) AS larger,
        first_value(receiver ORDER BY value, receiver DESC) AS smaller,
        CAST(max(value) AS DOUBLE) / CAST(sum(value) AS DOUBLE) AS proportion
    FROM shares
    GROUP BY account, node
    HAVING count(*) = 2 AND count(value) = 2
)
SELECT pairs.*, credits.value, credits.total, credits.time, credits.payer, credits.payment
FROM pairs
INNER JOIN credits ON credits.account = pairs.account
WHERE pairs.paid >= $dominance * credits.value;

CREATE TABLE groups AS
SELECT account, node AS member, proportion FROM splits
UNION
SELECT account, larger, proportion FROM splits
UNION
SELECT account, smaller, proportion FROM splits;

CREATE TABLE crowded AS
SELECT member FROM groups GROUP BY member HAVING count(*) > $max_degree;

SELECT
    'clusters behind more than ' || CAST($max_degree AS VARCHAR) || ' payments that were split in two' AS untested,
    count(*) AS number
FROM crowded;

CREATE TABLE repeated AS
WITH alike AS (
    SELECT one.account, one.member, count(*) AS times, max(abs(other.proportion - one.proportion)) AS distance
    FROM groups AS one
    INNER JOIN groups AS other ON other.member = one.member
    LEFT ANTI JOIN crowded ON crowded.member = one.member
    -- A billionth is below what shares of satoshis can say.
    WHERE abs(other.proportion - one.proportion) <= CAST($split_tol AS DOUBLE) + 0.000000001
    GROUP BY one.account, one.member
    HAVING count(*) >= $repeats
),
listed AS (
    SELECT splits.account, min(abs(ratios.ratio - splits.proportion)) AS distance
    FROM splits
    CROSS JOIN (
        SELECT TRY_CAST(trim(ratio) AS DOUBLE) AS ratio
        FROM (SELECT unnest(string_to_array($known, ',')) AS ratio)
    ) AS ratios
    WHERE abs(ratios.ratio - splits.proportion) <= CAST($split_tol AS DOUBLE) + 0.000000001
    GROUP BY splits.account
)
SELECT account, max(times) AS times, min(distance) AS distance, bool_or(known) AS known
FROM (
    SELECT account, times, distance, false AS known FROM alike
    UNION ALL
    SELECT account, CAST(1 AS BIGINT), distance, true FROM listed
)
GROUP BY account;

WITH rows AS (
    SELECT debits.account, debits.transfer_id, debits.time, debits.ledger, debits.position
    FROM debits
    WHERE debits.receiver <> debits.node
    UNION ALL
    SELECT splits.account, transfers.transfer_id, transfers.time, transfers.ledger, transfers.position
    FROM splits
    INNER JOIN flow.transfers AS transfers
        ON transfers.dst = splits.account
        AND coalesce(transfers.reference, CAST(transfers.transfer_id AS VARCHAR)) = splits.payment
        AND transfers.src <> transfers.dst
),
evidence AS (
    SELECT
        account,
        min(time) AS first_time,
        max(time) AS last_time,
        array_agg(transfer_id ORDER BY time, ledger, position, transfer_id) AS evidence
    FROM rows
    GROUP BY account
)
SELECT
    splits.account AS subject,
    evidence.first_time,
    evidence.last_time,
    splits.value AS amount,
    'EUR' AS asset,
    0.5 + 0.5 * (
        CASE WHEN $min_value <= 0 THEN 1 ELSE least(CAST(splits.value AS DOUBLE) / CAST($min_value AS DOUBLE) - 1, 1) END
        + CASE
            WHEN $dominance >= 1 THEN 1
            ELSE (CAST(splits.value AS DOUBLE) / CAST(splits.total AS DOUBLE) - CAST($dominance AS DOUBLE))
                / (1 - CAST($dominance AS DOUBLE))
        END
        + greatest(
            1 - (date_part('epoch', splits.last_out) - date_part('epoch', splits.time)) / date_part('epoch', $within), 0
        )
        + CASE WHEN $split_tol = 0 THEN 1 ELSE greatest(1 - repeated.distance / CAST($split_tol AS DOUBLE), 0) END
        + greatest(least((repeated.times - $repeats) / CAST($repeats AS DOUBLE), 1), 0)
    ) / 5 AS score,
    evidence.evidence,
    'The address, which had no history, received one payment of ' || CAST(CAST(splits.value AS DECIMAL(38, 2)) AS VARCHAR)
        || ' EUR on ' || CAST(CAST(splits.time AS DATE) AS VARCHAR) || ' (at least '
        || CAST(CAST($min_value AS DECIMAL(38, 2)) AS VARCHAR) || ' asked for), '
        || CAST(CAST(CAST(splits.value AS DOUBLE) / CAST(splits.total AS DOUBLE) AS DECIMAL(38, 4)) AS VARCHAR)
        || ' of all it ever received (' || CAST($dominance AS VARCHAR) || '), and within '
        || CAST(
            CAST((date_part('epoch', splits.last_out) - date_part('epoch', splits.time)) / 3600 AS DECIMAL(38, 1)) AS VARCHAR
        )
        || ' hours (' || CAST($within AS VARCHAR) || ' allowed) it went to two others, '
        || CAST(CAST(splits.proportion AS DECIMAL(38, 4)) AS VARCHAR) || ' of it to one, a proportion that '
        || CASE
            WHEN repeated.times >= $repeats
            THEN 'was seen ' || CAST(repeated.times AS VARCHAR) || ' times among payments of one cluster or to one receiver ('
                || CAST($repeats AS VARCHAR) || ' asked for, ' || CAST($split_tol AS VARCHAR) || ' apart at most)'
            ELSE 'is on the list of known ones'
        END
        || '. Whoever paid it is a victim and not an actor. '
        || 'Tested: change to the payer''s own cluster, and services, are left out; not tested: broker''s fee, escrow split, '
        || 'change that nobody can tie to the payer. This is an indicator, not proof.' AS explanation,
    '{"payer_category":"victim","payer":' || CAST(splits.payer AS VARCHAR) || '}' AS details
FROM splits
INNER JOIN repeated ON repeated.account = splits.account
INNER JOIN evidence ON evidence.account = splits.account
ORDER BY subject, first_time, evidence
