-- Scatter-gather
--
-- Id        T04
-- Version   1.0
-- Family    layering
-- Rails     X
-- Areas     any
-- Finds     accounts that at least $mids others pay within $window out of money which all of them had from one source, each
--           passing on between $conserve and $at_most of what it received, in the same asset.
-- Matters   One sum travels in parts through many hands, so that no single way from the source to the sink shows it.
-- Innocent  Tested: own accounts and declared family or employer (flow.related), services (flow.accounts). Not tested:
--           family or staff paying one bill from money given, agency payroll, card top-ups.
-- Misses    Parts that change asset on the way or go through a service; ways of more than two transfers; an intermediary
--           that passes its part on in several payments. Bank rows with a date and no time are taken in the order of their
--           file, a weak link. Accounts with more than $max_degree transfers on a side are not tested, nor what a search of
--           $budget pairs from one source did not reach (both counted in the coverage). $at_most is of the pattern's
--           definition and not of the catalogue's entry.
-- Cost      `scatter_gather` over all hops: one step for each payment that follows a receipt within $window.
-- Returns   the finding shape; the subject is the sink, the amount what it received in euro, the evidence the payments into
--           the intermediaries and out of them, in the order of time.
-- Source    FATF, Professional Money Laundering, July 2018; Altman et al., NeurIPS 2023 (the pattern)
--
-- @param mids        BIGINT         3
-- @param window      INTERVAL       '14 days'
-- @param conserve    DECIMAL(5, 4)  0.8000
-- @param at_most     DECIMAL(5, 4)  1.2500
-- @param max_degree  BIGINT         5000
-- @param budget      BIGINT         10000000

CREATE TABLE busy AS
SELECT src AS account FROM flow.transfers GROUP BY src HAVING count(*) > $max_degree
UNION
SELECT dst AS account FROM flow.transfers GROUP BY dst HAVING count(*) > $max_degree;

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' transfers on a side' AS untested,
    count(*) AS number
FROM busy;

-- A node is an account and an asset, so that a pattern stays within one.
CREATE TABLE found AS
SELECT CAST(row_number() OVER (ORDER BY transfers, sink) AS BIGINT) AS instance, instances.*
FROM scatter_gather(
    (
        SELECT
            transfer_id,
            key_hash(payer, asset) AS src,
            key_hash(receiver, asset) AS dst,
            time,
            position,
            amount
        FROM flow.hops AS hops
        LEFT ANTI JOIN busy AS payers ON payers.account = hops.src
        LEFT ANTI JOIN busy AS receivers ON receivers.account = hops.dst
    ),
    mids => $mids,
    window => $window,
    conserve => $conserve,
    at_most => $at_most,
    budget => $budget
) AS instances;

SELECT
    'sources whose search ended after ' || CAST($budget AS VARCHAR) || ' pairs of transfers' AS untested,
    count(DISTINCT source) AS number
FROM found
WHERE truncated;

CREATE TABLE hops AS
SELECT found.instance, hops.*
FROM (SELECT instance, unnest(transfers) AS transfer_id FROM found) AS found
INNER JOIN flow.hops AS hops ON hops.transfer_id = found.transfer_id;

-- A leg is a payment into an intermediary and the one out of it.
CREATE TABLE legs AS
SELECT
    scatter.instance,
    scatter.src AS source,
    scatter.dst AS middle,
    gather.dst AS sink,
    scatter.transfer_id AS scatter_id,
    gather.transfer_id AS gather_id,
    gather.asset,
    gather.value_eur,
    CAST(gather.amount AS DOUBLE) / CAST(scatter.amount AS DOUBLE) AS share,
    scatter.day_only AND scatter.time = gather.time AS unordered
FROM hops AS scatter
INNER JOIN hops AS gather ON gather.instance = scatter.instance AND gather.src = scatter.dst;

-- Instances of one sink that share transfers are one finding: a component of instances and transfers.
CREATE TABLE grouped AS
SELECT legs.*, parts.component AS finding
FROM legs
INNER JOIN components(
    (
        SELECT instance AS src, key_hash(sink, gather_id) AS dst, TIMESTAMP '1970-01-01' AS time, 0 AS amount FROM legs
        UNION ALL
        SELECT instance, key_hash(sink, scatter_id), TIMESTAMP '1970-01-01', 0 FROM legs
    )
) AS parts ON parts.account = legs.instance;

WITH instances AS (
    SELECT
        grouped.finding,
        grouped.instance,
        count(*) AS mids,
        min(share) AS share,
        bool_or(unordered) AS unordered,
        date_part('epoch', min(found.last_time)) - date_part('epoch', min(found.first_time)) AS seconds
    FROM grouped
    INNER JOIN found ON found.instance = grouped.instance
    GROUP BY grouped.finding, grouped.instance
),
scored AS (
    SELECT
        *,
        (
            0.5 + 0.5 * (
                least((mids - $mids) / CAST($mids AS DOUBLE), 1)
                + CASE
                    WHEN $conserve >= 1 THEN 1
                    ELSE least((share - CAST($conserve AS DOUBLE)) / (1 - CAST($conserve AS DOUBLE)), 1)
                END
                + greatest(1 - seconds / date_part('epoch', $window), 0)
            ) / 3
        ) * (CASE WHEN unordered THEN 0.8 ELSE 1.0 END) AS score
    FROM instances
),
facts AS (
    SELECT
        finding,
        max(mids) AS mids,
        min(share) AS share,
        max(seconds) AS seconds,
        bool_or(unordered) AS unordered,
        max(score) AS score
    FROM scored
    GROUP BY finding
),
received AS (
    SELECT finding, sink, asset, sum(value_eur) AS amount, count(*) AS payments
    FROM (SELECT DISTINCT finding, sink, asset, gather_id, value_eur FROM grouped)
    GROUP BY finding, sink, asset
),
sources AS (
    SELECT
        finding,
        count(*) AS sources,
        array_to_string(array_agg(name ORDER BY name), ', ') AS names
    FROM (
        SELECT DISTINCT finding, coalesce(accounts.identifier, CAST(source AS VARCHAR)) AS name
        FROM grouped
        LEFT JOIN flow.accounts AS accounts ON accounts.account = grouped.source
    )
    GROUP BY finding
),
evidence AS (
    SELECT
        rows.finding,
        min(transfers.time) AS first_time,
        max(transfers.time) AS last_time,
        array_agg(transfers.transfer_id ORDER BY time, ledger, position, transfers.transfer_id) AS evidence
    FROM (
        SELECT finding, scatter_id AS transfer_id FROM grouped
        UNION
        SELECT finding, gather_id FROM grouped
    ) AS rows
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = rows.transfer_id
    GROUP BY rows.finding
)
SELECT
    received.sink AS subject,
    evidence.first_time,
    evidence.last_time,
    received.amount,
    'EUR' AS asset,
    facts.score,
    evidence.evidence,
    CAST(mids AS VARCHAR) || ' intermediaries (at least ' || CAST($mids AS VARCHAR) || ' asked for) had money from '
        || names || ' and paid the account ' || CAST(payments AS VARCHAR) || ' times in ' || received.asset || ', worth '
        || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR, from '
        || CAST(CAST(evidence.first_time AS DATE) AS VARCHAR) || ' to ' || CAST(CAST(evidence.last_time AS DATE) AS VARCHAR)
        || ', within ' || CAST(CAST(seconds / 86400 AS DECIMAL(38, 1)) AS VARCHAR) || ' days (' || CAST($window AS VARCHAR)
        || ' allowed); each passed on at least ' || CAST(CAST(share AS DECIMAL(38, 4)) AS VARCHAR)
        || ' of what it received (' || CAST($conserve AS VARCHAR) || ' asked for). '
        || CASE WHEN unordered THEN 'The order of transfers within a day is taken from the file (weak link). ' ELSE '' END
        || 'Tested: own accounts, declared family or employer, services; not tested: family or staff paying one bill from '
        || 'money given, agency payroll, card top-ups. This is an indicator, not proof.' AS explanation
FROM received
INNER JOIN facts ON facts.finding = received.finding
INNER JOIN sources ON sources.finding = received.finding
INNER JOIN evidence ON evidence.finding = received.finding
ORDER BY subject, first_time, evidence
