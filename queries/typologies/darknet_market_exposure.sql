-- Darknet-market exposure
--
-- Id        T35
-- Version   1.0
-- Family    predicate
-- Rails     U, E
-- Areas     drugs, firearms, fraud, cse
-- Finds     accounts (clusters, on a chain with clusters) of whose income at least $share comes from a tagged market,
--           over at most $hops transfers.
-- Matters   Who sells on a market is paid by the market: what it pays out is the price of what it sold.
-- Innocent  Tested: services in between and as subjects (intel.attributed, flow.accounts). Not tested: old coins bought
--           from a person, pool of an exchange that nobody has tagged.
-- Misses    Markets that no tag names at 50 or more; money that went through a mixer, a service or more than $hops
--           transfers, or was changed for another asset. How money that met other money is told apart is the choice of
--           $method: haircut (in proportion) or fifo, among others. A tag is taken to hold for earlier transfers too, as
--           its day is when somebody wrote it down (weak link); with later_tags strict it is not. Accounts with more
--           than $max_degree transfers on a side are not followed (counted in the coverage).
-- Cost      one walk of $hops transfers from the markets over all transfers in assets that markets moved.
-- Returns   the finding shape; the subject is the receiver, the amount what of its income is tainted in euro, the
--           evidence the tainted transfers and those that tainted them, in order.
-- Source    FATF, Virtual Assets Red Flag Indicators, September 2020 (source of funds); reference/crypto.md §6, §7
-- Requires  intel.attributed.market
--
-- @param share       DECIMAL(5, 4)  0.1000
-- @param method      VARCHAR        'haircut'
-- @param hops        BIGINT         2
-- @param later_tags  VARCHAR        'weak'
-- @param attributed  BIGINT         60
-- @param max_degree  BIGINT         5000

-- Every account of a service, read once.
CREATE TABLE ascribed AS
SELECT ledger, account, kind, name, confidence, since
FROM intel.attributed;

CREATE TABLE markets AS
SELECT
    coalesce(clusters.cluster_id, services.account) AS node,
    max(services.name) AS name,
    max(services.confidence) AS confidence,
    CASE WHEN count(services.since) = count(*) THEN min(services.since) END AS since
FROM btc.clusters AS clusters
RIGHT JOIN (SELECT * FROM ascribed WHERE kind = 'market' AND ledger <> 'bank') AS services
    ON clusters.account = services.account
GROUP BY coalesce(clusters.cluster_id, services.account);

-- Only what moves in an asset that a market paid out can be a market's.
CREATE TABLE assets AS
SELECT DISTINCT transfers.ledger, transfers.asset
FROM (SELECT account FROM ascribed WHERE kind = 'market' AND ledger <> 'bank') AS services
INNER JOIN flow.transfers AS transfers ON transfers.src = services.account;

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

CREATE TABLE services AS
SELECT DISTINCT coalesce(clusters.cluster_id, services.account) AS node
FROM btc.clusters AS clusters
RIGHT JOIN ascribed AS services ON clusters.account = services.account;

CREATE TABLE steps AS
SELECT
    traced.hop,
    flows.transfer_id,
    flows.time,
    flows.ledger,
    flows.position,
    flows.src,
    flows.dst,
    CASE
        WHEN traced.traced = flows.amount THEN flows.value_eur
        ELSE CAST(
            CAST(
                CAST(traced.traced AS DOUBLE) / CAST(flows.amount AS DOUBLE) * CAST(flows.value_eur AS DOUBLE)
                AS DECIMAL(38, 6)
            ) AS DECIMAL(38, 18)
        )
    END AS value,
    markets.name,
    markets.confidence,
    markets.since > flows.time AS early
FROM trace_forward(
    (
        SELECT transfer_id, key_hash(src, asset) AS src, key_hash(dst, asset) AS dst, time, position, amount
        FROM flows
    ),
    seeds => (SELECT key_hash(node, asset) FROM markets CROSS JOIN assets),
    method => $method,
    max_hops => $hops,
    stop => (
        SELECT key_hash(stops.node, asset)
        FROM (SELECT node FROM services UNION SELECT node FROM busy) AS stops
        LEFT ANTI JOIN markets ON markets.node = stops.node
        CROSS JOIN assets
    )
) AS traced
INNER JOIN flows ON flows.transfer_id = traced.transfer_id
LEFT JOIN markets ON markets.node = flows.src
WHERE traced.status = 'moved' AND traced.traced > 0;

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' transfers on a side beside a market' AS untested,
    count(*) AS number
FROM (SELECT DISTINCT dst AS node FROM steps) AS near
LEFT SEMI JOIN busy ON busy.node = near.node;

CREATE TABLE incomes AS
WITH tainted AS (
    SELECT dst AS node, sum(value) AS amount, max(hop) AS hops, count(*) AS payments
    FROM steps
    LEFT ANTI JOIN services ON services.node = steps.dst
    GROUP BY dst
)
SELECT
    tainted.node,
    tainted.amount,
    tainted.hops,
    tainted.payments,
    sum(flows.value_eur) AS income
FROM tainted
INNER JOIN flows ON flows.dst = tainted.node
GROUP BY 1, 2, 3, 4
HAVING tainted.amount >= $share * sum(flows.value_eur);

-- From a tainted receipt to those that tainted it, as many as there are hops.
CREATE TABLE legs AS
WITH RECURSIVE ways AS (
    SELECT
        incomes.node AS subject, steps.src, steps.time, steps.ledger, steps.position, steps.transfer_id, 1 AS depth, steps.name,
        steps.confidence, steps.early
    FROM incomes
    INNER JOIN steps ON steps.dst = incomes.node
    UNION ALL
    SELECT
        ways.subject, steps.src, steps.time, steps.ledger, steps.position, steps.transfer_id, ways.depth + 1, steps.name,
        steps.confidence, steps.early
    FROM ways
    INNER JOIN steps
        ON steps.dst = ways.src
        AND (steps.time < ways.time OR (steps.time = ways.time AND steps.position < ways.position))
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
    bool_or(coalesce(early, false)) AS early
FROM ways
GROUP BY subject, transfer_id;

WITH findings AS (
    SELECT
        subject,
        min(time) AS first_time,
        max(time) AS last_time,
        array_to_string(array_agg(DISTINCT name ORDER BY name), ', ') AS names,
        min(confidence) AS confidence,
        bool_or(early) AS early,
        array_agg(transfer_id ORDER BY time, ledger, position, transfer_id) AS evidence
    FROM legs
    GROUP BY subject
)
SELECT
    findings.subject,
    first_time,
    last_time,
    incomes.amount,
    'EUR' AS asset,
    (
        0.5 + 0.5 * CASE
            WHEN $share >= 1 THEN CAST(1 AS DOUBLE)
            ELSE least(
                (CAST(incomes.amount AS DOUBLE) / CAST(incomes.income AS DOUBLE) - CAST($share AS DOUBLE))
                    / (1 - CAST($share AS DOUBLE)),
                1
            )
        END
    )
        * (CASE WHEN confidence < $attributed THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN early THEN 0.8 ELSE 1.0 END) AS score,
    evidence,
    'Of ' || CAST(CAST(incomes.income AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR that the account received, '
        || CAST(CAST(incomes.amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR in ' || CAST(incomes.payments AS VARCHAR)
        || ' payments come from a market (' || names || '), '
        || CAST(CAST(CAST(incomes.amount AS DOUBLE) / CAST(incomes.income AS DOUBLE) AS DECIMAL(38, 4)) AS VARCHAR)
        || ' of it by ' || $method || ' (' || CAST($share AS VARCHAR) || ' asked for), over '
        || CAST(incomes.hops AS VARCHAR) || ' transfers at most, from ' || CAST(CAST(first_time AS DATE) AS VARCHAR) || ' to '
        || CAST(CAST(last_time AS DATE) AS VARCHAR) || '. '
        || CASE
            WHEN confidence < $attributed THEN 'The market is attributed with less certainty than asked for (weak link). '
            ELSE ''
        END
        || CASE WHEN early THEN 'The tag was written after some of the transfers (weak link). ' ELSE '' END
        || 'Tested: services are left out and not followed; not tested: old coins bought from a person, pool of an untagged '
        || 'exchange. This is an indicator, not proof.' AS explanation
FROM findings
INNER JOIN incomes ON incomes.node = findings.subject
WHERE NOT (early AND $later_tags = 'strict')
ORDER BY subject, first_time, evidence
