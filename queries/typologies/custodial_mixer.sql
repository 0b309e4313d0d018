-- Custodial mixer
--
-- Id        T31
-- Version   1.0
-- Family    obfuscation
-- Rails     X
-- Areas     any, cyber
-- Finds     accounts (clusters, on a chain with clusters) that money of a tagged mixer reaches, or whose money reaches
--           one, over at most $hops transfers, more than $dust euro of it; beyond the first transfer only where at least
--           $min_share of what came or went that way is the mixer's.
-- Matters   A mixer takes coins in and gives other people's out: what is known of them ends there, which is what it is
--           for.
-- Innocent  Tested: dust sent unasked; services in between and as subjects (intel.attributed, flow.accounts). Not
--           tested: previous owner's coins, exchange pool that nobody has tagged, wish for privacy.
-- Misses    Mixers that no tag names at 50 or more; other assets in between. What met other money in between is divided
--           in proportion (haircut), forwards over the balance held, backwards over what was paid on. $dust and
--           $min_share are not of the catalogue. A tag is taken to hold for earlier transfers too, as its day is when
--           somebody wrote it down (weak link); with later_tags strict it is not. Accounts with more than $max_degree
--           transfers on a side are not followed (counted in the coverage).
-- Cost      two walks of $hops transfers from the mixers over all transfers in assets that mixers moved.
-- Returns   the finding shape; the subject is the counterparty, the amount what of the mixer's money reached it and of
--           its money the mixer, in euro, the evidence the transfers on the way, in order.
-- Source    FATF, Virtual Assets Red Flag Indicators, September 2020 (anonymity); reference/crypto.md §6, §7
-- Requires  intel.attributed.mixer
--
-- @param hops        BIGINT           2
-- @param min_share   DECIMAL(5, 4)    0.1000
-- @param dust        DECIMAL(38, 18)  10
-- @param later_tags  VARCHAR          'weak'
-- @param attributed  BIGINT           60
-- @param max_degree  BIGINT           5000

-- Every account of a service, read once.
CREATE TABLE ascribed AS
SELECT ledger, account, kind, name, confidence, since
FROM intel.attributed;

CREATE TABLE mixers AS
SELECT
    coalesce(clusters.cluster_id, services.account) AS node,
    max(services.name) AS name,
    max(services.confidence) AS confidence,
    CASE WHEN count(services.since) = count(*) THEN min(services.since) END AS since
FROM btc.clusters AS clusters
RIGHT JOIN (SELECT * FROM ascribed WHERE kind = 'mixer') AS services ON clusters.account = services.account
GROUP BY coalesce(clusters.cluster_id, services.account);

-- Only what moves in an asset that a mixer moved can be a mixer's.
CREATE TABLE assets AS
SELECT transfers.ledger, transfers.asset
FROM (SELECT account FROM ascribed WHERE kind = 'mixer') AS services
INNER JOIN flow.transfers AS transfers ON transfers.src = services.account
UNION
SELECT transfers.ledger, transfers.asset
FROM (SELECT account FROM ascribed WHERE kind = 'mixer') AS services
INNER JOIN flow.transfers AS transfers ON transfers.dst = services.account;

CREATE VIEW flows AS
SELECT
    transfers.transfer_id,
    transfers.time,
    transfers.ledger,
    transfers.position,
    coalesce(payers.cluster_id, transfers.src) AS src,
    coalesce(payees.cluster_id, transfers.dst) AS dst,
    transfers.asset,
    transfers.amount,
    transfers.value_eur
FROM flow.transfers AS transfers
INNER JOIN assets ON assets.ledger = transfers.ledger AND assets.asset = transfers.asset
LEFT JOIN btc.clusters AS payers ON payers.account = transfers.src AND payers.ledger = transfers.ledger
LEFT JOIN btc.clusters AS payees ON payees.account = transfers.dst AND payees.ledger = transfers.ledger
WHERE coalesce(payers.cluster_id, transfers.src) <> coalesce(payees.cluster_id, transfers.dst)
    AND transfers.value_eur > 0
    AND transfers.amount > 0;

-- Nobody follows money through a service, nor through one with too many transfers.
CREATE TABLE busy AS
SELECT node FROM (SELECT src AS node FROM flows) GROUP BY node HAVING count(*) > $max_degree
UNION
SELECT node FROM (SELECT dst AS node FROM flows) GROUP BY node HAVING count(*) > $max_degree;

CREATE TABLE stops AS
SELECT node FROM busy
UNION
SELECT coalesce(clusters.cluster_id, services.account)
FROM btc.clusters AS clusters
RIGHT JOIN ascribed AS services ON clusters.account = services.account;

CREATE TABLE traced AS
SELECT 'from' AS direction, transfer_id, traced
FROM trace_forward(
    (
        SELECT transfer_id, key_hash(src, asset) AS src, key_hash(dst, asset) AS dst, time, position, amount
        FROM flows
    ),
    seeds => (SELECT key_hash(node, asset) FROM mixers CROSS JOIN assets),
    method => 'haircut',
    max_hops => $hops,
    stop => (
        SELECT key_hash(stops.node, asset)
        FROM stops
        LEFT ANTI JOIN mixers ON mixers.node = stops.node
        CROSS JOIN assets
    )
)
WHERE status = 'moved'
UNION ALL
SELECT 'to', transfer_id, traced
FROM trace_back(
    (
        SELECT transfer_id, key_hash(src, asset) AS src, key_hash(dst, asset) AS dst, time, position, amount
        FROM flows
    ),
    seeds => (SELECT key_hash(node, asset) FROM mixers CROSS JOIN assets),
    method => 'haircut',
    max_hops => $hops,
    stop => (
        SELECT key_hash(stops.node, asset)
        FROM stops
        LEFT ANTI JOIN mixers ON mixers.node = stops.node
        CROSS JOIN assets
    )
)
WHERE status = 'moved';

-- One row for each transfer that took a mixer's money along, with its far end, which is the subject.
CREATE TABLE steps AS
SELECT
    traced.direction,
    traced.transfer_id,
    flows.time,
    flows.ledger,
    flows.position,
    CASE WHEN traced.direction = 'from' THEN flows.src ELSE flows.dst END AS near,
    CASE WHEN traced.direction = 'from' THEN flows.dst ELSE flows.src END AS far,
    CAST(traced.traced AS DOUBLE) / CAST(flows.amount AS DOUBLE) AS share,
    CASE
        WHEN traced.traced = flows.amount THEN flows.value_eur
        ELSE CAST(
            CAST(
                CAST(traced.traced AS DOUBLE) / CAST(flows.amount AS DOUBLE) * CAST(flows.value_eur AS DOUBLE)
                AS DECIMAL(38, 6)
            ) AS DECIMAL(38, 18)
        )
    END AS value,
    mixers.name,
    mixers.confidence,
    mixers.since > flows.time AS early
FROM traced
INNER JOIN flows ON flows.transfer_id = traced.transfer_id
LEFT JOIN mixers
    ON mixers.node = CASE WHEN traced.direction = 'from' THEN flows.src ELSE flows.dst END;

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' transfers on a side beside a mixer' AS untested,
    count(*) AS number
FROM (SELECT DISTINCT far AS node FROM steps) AS near
LEFT SEMI JOIN busy ON busy.node = near.node;

CREATE TABLE reached AS
SELECT steps.*
FROM steps
LEFT ANTI JOIN stops AS own ON own.node = steps.far
WHERE steps.value > $dust AND (steps.name IS NOT NULL OR steps.share >= $min_share);

-- The way: from a transfer at the far end to those before it, as many as there are hops.
CREATE TABLE legs AS
WITH RECURSIVE ways AS (
    SELECT
        far AS subject, direction, near, time, ledger, position, transfer_id, 1 AS depth, name, confidence, early
    FROM reached
    UNION ALL
    SELECT
        ways.subject, ways.direction, steps.near, steps.time, steps.ledger, steps.position, steps.transfer_id,
        ways.depth + 1, steps.name, steps.confidence, steps.early
    FROM ways
    INNER JOIN steps
        ON steps.direction = ways.direction
        AND steps.far = ways.near
        AND CASE
            WHEN ways.direction = 'from'
            THEN steps.time < ways.time OR (steps.time = ways.time AND steps.position < ways.position)
            ELSE steps.time > ways.time OR (steps.time = ways.time AND steps.position > ways.position)
        END
    WHERE ways.depth < $hops AND ways.name IS NULL
)
SELECT
    subject,
    transfer_id,
    min(time) AS time,
    min(ledger) AS ledger,
    min(position) AS position,
    max(name) AS name,
    max(confidence) AS confidence,
    bool_or(early) AS early
FROM ways
GROUP BY subject, transfer_id;

WITH rows AS (
    SELECT legs.*
    FROM legs
    LEFT ANTI JOIN (SELECT subject FROM legs WHERE early AND $later_tags = 'strict') AS late ON late.subject = legs.subject
),
sums AS (
    SELECT
        far AS subject,
        sum(value) AS amount,
        sum(CASE WHEN direction = 'from' THEN value ELSE 0 END) AS received,
        sum(CASE WHEN direction = 'to' THEN value ELSE 0 END) AS paid,
        bool_or(name IS NOT NULL) AS direct,
        min(CASE WHEN name IS NULL THEN share END) AS share
    FROM reached
    GROUP BY far
),
findings AS (
    SELECT
        subject,
        min(time) AS first_time,
        max(time) AS last_time,
        array_to_string(array_agg(DISTINCT name ORDER BY name), ', ') AS names,
        min(confidence) AS confidence,
        bool_or(coalesce(early, false)) AS early,
        array_agg(transfer_id ORDER BY time, ledger, position, transfer_id) AS evidence
    FROM rows
    GROUP BY subject
)
SELECT
    findings.subject,
    first_time,
    last_time,
    sums.amount,
    'EUR' AS asset,
    (
        0.5 + 0.5 * CASE
            WHEN direct OR $min_share >= 1 THEN CAST(1 AS DOUBLE)
            ELSE least((share - CAST($min_share AS DOUBLE)) / (1 - CAST($min_share AS DOUBLE)), 1)
        END
    )
        * (CASE WHEN confidence < $attributed THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN early THEN 0.8 ELSE 1.0 END) AS score,
    evidence,
    'The account received ' || CAST(CAST(received AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR of the money of a mixer, and '
        || CAST(CAST(paid AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR of its own reached one (' || names || '), from '
        || CAST(CAST(first_time AS DATE) AS VARCHAR) || ' to ' || CAST(CAST(last_time AS DATE) AS VARCHAR) || ', '
        || CASE
            WHEN share IS NULL THEN 'directly'
            ELSE CASE WHEN direct THEN 'directly and ' ELSE '' END || 'over at most ' || CAST($hops AS VARCHAR)
                || ' transfers, in which the mixer''s part was at least '
                || CAST(CAST(share AS DECIMAL(38, 4)) AS VARCHAR) || ' by haircut (' || CAST($min_share AS VARCHAR)
                || ' asked for)'
        END
        || '. '
        || CASE
            WHEN confidence < $attributed THEN 'The mixer is attributed with less certainty than asked for (weak link). '
            ELSE ''
        END
        || CASE WHEN early THEN 'The tag was written after some of the transfers (weak link). ' ELSE '' END
        || 'Tested: up to ' || CAST(CAST($dust AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR counts as dust, services are left '
        || 'out; not tested: previous owner''s coins, pool of an untagged exchange, wish for privacy. This is an indicator, '
        || 'not proof.' AS explanation
FROM findings
INNER JOIN sums ON sums.subject = findings.subject
ORDER BY subject, first_time, evidence
