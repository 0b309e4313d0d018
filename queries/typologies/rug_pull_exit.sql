-- Rug pull, exit scam
--
-- Id        T42
-- Version   1.0
-- Family    predicate
-- Rails     E
-- Areas     fraud
-- Finds     accounts that put more into a pool than anybody else and take at least $removed of an asset of it out again
--           within $within, when what they took, or part of it, reaches a virtual-asset service provider or a mixer
--           within $exit.
-- Matters   Whoever offers a token and holds the pool that gives it a price can end both in one transaction.
-- Innocent  Tested: services and contracts as owners (intel.attributed, flow.accounts). Not tested: migration to a new
--           version, announced closure, hack by others.
-- Misses    Pools that neither a tag nor the lake names as one; owners that exit over more than one account, or sell
--           tokens into the pool instead of taking liquidity out. What an account pays a pool in a transaction in which
--           it takes nothing is put in, and the other way round; assets without a euro value do not count. A tag's day
--           is when somebody wrote it down (weak link). Pools with more than $max_degree transfers are not tested
--           (counted in the coverage).
-- Cost      the transfers of pools in order; joins of the few owners who take much out with what they then paid.
-- Returns   the finding shape; the subject is the owner, the amount what was taken out in euro, the evidence the removal
--           and the payments that reached the service, in order.
-- Source    INTERPOL, dark web and virtual assets concepts
-- Requires  flow.account_transfers.reference, intel.attributed.pool, intel.attributed.vasp_chain or
--           intel.attributed.mixer
--
-- @param removed     DECIMAL(5, 4)  0.8000
-- @param within      INTERVAL       '24 hours'
-- @param exit        INTERVAL       '7 days'
-- @param attributed  BIGINT         60
-- @param max_degree  BIGINT         100000

-- Every account of a service, read once.
CREATE TABLE ascribed AS
SELECT ledger, account, kind, name, confidence, since
FROM intel.attributed;

CREATE TABLE pools AS
SELECT account, max(name) AS name
FROM ascribed
WHERE kind = 'pool' AND ledger <> 'bank'
GROUP BY account;

CREATE TABLE moved AS
SELECT
    pools.account AS pool, transfers.src AS other, transfers.ledger, transfers.reference, transfers.asset,
    transfers.transfer_id, transfers.time, transfers.position, transfers.amount, transfers.value_eur
FROM pools
INNER JOIN flow.account_transfers AS transfers ON transfers.dst = pools.account
WHERE transfers.src <> transfers.dst AND transfers.value_eur > 0 AND transfers.reference IS NOT NULL
UNION ALL
SELECT
    pools.account, transfers.dst, transfers.ledger, transfers.reference, transfers.asset,
    transfers.transfer_id, transfers.time, transfers.position, -transfers.amount, -transfers.value_eur
FROM pools
INNER JOIN flow.account_transfers AS transfers ON transfers.src = pools.account
WHERE transfers.src <> transfers.dst AND transfers.value_eur > 0 AND transfers.reference IS NOT NULL;

CREATE TABLE busy AS
SELECT pool FROM moved GROUP BY pool HAVING count(*) > $max_degree;

SELECT 'pools with more than ' || CAST($max_degree AS VARCHAR) || ' transfers' AS untested, count(*) AS number
FROM busy;

-- In one transaction an account only gives to the pool, only takes from it, or swaps.
CREATE TABLE acts AS
SELECT
    pool,
    other,
    ledger,
    reference,
    min(time) AS time,
    bool_and(amount > 0) AS gives,
    bool_and(amount < 0) AS takes,
    sum(value_eur) AS value_eur
FROM moved
LEFT ANTI JOIN busy ON busy.pool = moved.pool
GROUP BY pool, other, ledger, reference;

CREATE TABLE owners AS
WITH given AS (
    SELECT pool, other, sum(value_eur) AS value_eur
    FROM acts
    WHERE gives
    GROUP BY pool, other
),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY pool ORDER BY value_eur DESC, other) AS place
    FROM given
)
SELECT ranked.pool, ranked.other AS owner, ranked.value_eur
FROM ranked
LEFT ANTI JOIN (SELECT account FROM ascribed) AS services ON services.account = ranked.other
LEFT ANTI JOIN (SELECT account FROM flow.accounts WHERE kind = 'contract') AS contracts ON contracts.account = ranked.other
WHERE place = 1;

-- What the pool held of an asset before each removal, the most of which counts, and what its owner took out of it within the
-- time up to it.
CREATE TABLE removals AS
WITH held AS (
    SELECT
        moved.*,
        sum(amount) OVER (
            PARTITION BY moved.pool, ledger, asset ORDER BY time, position, transfer_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS balance
    FROM moved
    LEFT SEMI JOIN owners ON owners.pool = moved.pool
),
taken AS (
    SELECT held.*, owners.owner
    FROM owners
    INNER JOIN held ON held.pool = owners.pool AND held.other = owners.owner
    INNER JOIN acts
        ON acts.pool = held.pool
        AND acts.other = held.other
        AND acts.ledger = held.ledger
        AND acts.reference = held.reference
    WHERE acts.takes AND held.balance > 0
),
summed AS (
    SELECT
        *,
        sum(-amount) OVER recent AS removed,
        max(balance) OVER recent AS before,
        min(time) OVER recent AS begins
    FROM taken
    WINDOW recent AS (PARTITION BY pool, owner, ledger, asset ORDER BY time RANGE BETWEEN $within PRECEDING AND CURRENT ROW)
)
SELECT
    pool,
    owner,
    ledger,
    min(begins) AS begins,
    min(time) AS time,
    max(CAST(removed AS DOUBLE) / CAST(before AS DOUBLE)) AS share
FROM summed
WHERE removed >= $removed * before
GROUP BY pool, owner, ledger;

CREATE TABLE evidence_out AS
SELECT
    removals.pool,
    removals.owner,
    removals.ledger,
    moved.transfer_id,
    moved.time,
    -moved.value_eur AS value_eur
FROM removals
INNER JOIN acts
    ON acts.pool = removals.pool
    AND acts.other = removals.owner
    AND acts.ledger = removals.ledger
    AND acts.takes
    AND acts.time >= removals.begins
    AND acts.time <= removals.begins + $within
INNER JOIN moved
    ON moved.pool = acts.pool
    AND moved.other = acts.other
    AND moved.ledger = acts.ledger
    AND moved.reference = acts.reference;

CREATE TABLE ends AS
SELECT account, max(name) AS name, max(confidence) AS confidence, min(since) AS since
FROM ascribed
WHERE kind IN ('vasp', 'mixer') AND ledger <> 'bank'
GROUP BY account;

-- The owner's payments to a service, and those over one account in between.
CREATE TABLE onward AS
SELECT
    removals.pool, removals.owner, removals.ledger, removals.time AS removed_at, transfers.transfer_id, transfers.time,
    transfers.position, transfers.dst, ends.account IS NOT NULL AS arrives, ends.name, ends.confidence,
    ends.since > transfers.time AS early
FROM removals
INNER JOIN flow.account_transfers AS transfers
    ON transfers.src = removals.owner
    AND transfers.ledger = removals.ledger
    AND transfers.time >= removals.time
    AND transfers.time <= removals.time + $exit
LEFT JOIN ends ON ends.account = transfers.dst
LEFT ANTI JOIN pools ON pools.account = transfers.dst
WHERE transfers.src <> transfers.dst AND transfers.value_eur > 0;

CREATE TABLE exits AS
WITH further AS (
    SELECT
        onward.pool, onward.owner, onward.ledger, onward.transfer_id AS first_id, transfers.transfer_id AS second_id,
        transfers.time, onward.removed_at, ends.name, ends.confidence, ends.since > transfers.time AS early
    FROM onward
    INNER JOIN flow.account_transfers AS transfers
        ON transfers.src = onward.dst
        AND transfers.ledger = onward.ledger
        AND (transfers.time > onward.time OR (transfers.time = onward.time AND transfers.position > onward.position))
        AND transfers.time <= onward.removed_at + $exit
    INNER JOIN ends ON ends.account = transfers.dst
    LEFT ANTI JOIN (SELECT account FROM ascribed) AS services ON services.account = onward.dst
    WHERE NOT onward.arrives AND transfers.value_eur > 0
)
SELECT pool, owner, ledger, transfer_id, time, removed_at, name, confidence, early FROM onward WHERE arrives
UNION ALL
SELECT pool, owner, ledger, second_id, time, removed_at, name, confidence, early FROM further
UNION ALL
SELECT pool, owner, ledger, first_id, time, removed_at, name, confidence, early FROM further;

WITH gone AS (
    SELECT
        pool,
        owner,
        ledger,
        min(date_part('epoch', time) - date_part('epoch', removed_at)) AS delay,
        array_to_string(array_agg(DISTINCT name ORDER BY name), ', ') AS names,
        max(confidence) AS confidence,
        bool_and(coalesce(early, false)) AS early
    FROM exits
    GROUP BY pool, owner, ledger
),
sums AS (
    SELECT pool, owner, ledger, sum(value_eur) AS amount
    FROM (SELECT DISTINCT pool, owner, ledger, transfer_id, value_eur FROM evidence_out)
    GROUP BY pool, owner, ledger
),
rows AS (
    SELECT pool, owner, ledger, transfer_id FROM evidence_out
    UNION
    SELECT pool, owner, ledger, transfer_id FROM exits
),
evidence AS (
    SELECT
        rows.pool,
        rows.owner,
        rows.ledger,
        min(transfers.time) AS first_time,
        max(transfers.time) AS last_time,
        array_agg(
            rows.transfer_id ORDER BY transfers.time, transfers.ledger, transfers.position, rows.transfer_id
        ) AS evidence
    FROM rows
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = rows.transfer_id
    GROUP BY rows.pool, rows.owner, rows.ledger
)
SELECT
    removals.owner AS subject,
    evidence.first_time,
    evidence.last_time,
    CAST(sums.amount AS DECIMAL(38, 18)) AS amount,
    'EUR' AS asset,
    (
        0.5 + 0.5 * (
            CASE
                WHEN $removed >= 1 THEN 1
                ELSE least((removals.share - CAST($removed AS DOUBLE)) / (1 - CAST($removed AS DOUBLE)), 1)
            END
            + greatest(
                1 - (date_part('epoch', removals.time) - date_part('epoch', removals.begins)) / date_part('epoch', $within), 0
            )
            + greatest(1 - gone.delay / date_part('epoch', $exit), 0)
        ) / 3
    )
        * (CASE WHEN gone.confidence < $attributed THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN gone.early THEN 0.8 ELSE 1.0 END) AS score,
    evidence.evidence,
    'The account, which had put more into the pool ' || pools.name || ' than anybody else, took '
        || CAST(CAST(sums.amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR out of it on '
        || CAST(CAST(removals.begins AS DATE) AS VARCHAR) || ', '
        || CAST(CAST(removals.share AS DECIMAL(38, 4)) AS VARCHAR) || ' of an asset that the pool held ('
        || CAST($removed AS VARCHAR) || ' within ' || CAST($within AS VARCHAR) || ' asked for), and within '
        || CAST(CAST(gone.delay / 3600 AS DECIMAL(38, 1)) AS VARCHAR) || ' hours (' || CAST($exit AS VARCHAR)
        || ' allowed) some of it reached ' || gone.names || '. '
        || CASE
            WHEN gone.confidence < $attributed THEN 'The service is attributed with less certainty than asked for (weak link). '
            ELSE ''
        END
        || CASE WHEN gone.early THEN 'Its tag was written after the payment (weak link). ' ELSE '' END
        || 'Tested: services and contracts as owners are left out; not tested: migration to a new version, announced '
        || 'closure, hack by others. This is an indicator, not proof.' AS explanation
FROM removals
INNER JOIN pools ON pools.account = removals.pool
INNER JOIN gone ON gone.pool = removals.pool AND gone.owner = removals.owner AND gone.ledger = removals.ledger
INNER JOIN sums ON sums.pool = removals.pool AND sums.owner = removals.owner AND sums.ledger = removals.ledger
INNER JOIN evidence ON evidence.pool = removals.pool AND evidence.owner = removals.owner AND evidence.ledger = removals.ledger
ORDER BY subject, first_time, evidence
