-- Layering chain
--
-- Id        T07
-- Version   1.0
-- Family    layering
-- Rails     X
-- Areas     any
-- Finds     money that goes over at least $hops transfers in the same asset, each time within $gap of the time before and
--           between $retention and $at_most of the amount before, through accounts that are all different.
-- Matters   Every hand it goes through is one more bank, one more country and one more request for information.
-- Innocent  Tested: own accounts and declared family or employer (flow.related), services (flow.accounts). Not tested:
--           supply chain, agent and sub-agent, group treasury, wallet migration.
-- Misses    Chains that split or merge on the way, change asset, or go through a service; chains longer than $longest are
--           reported up to there. Bank rows with a date and no time are taken in the order of their file, a weak link.
--           Accounts with more than $max_degree transfers on a side are not tested, nor what a search of $budget steps
--           from one transfer did not reach (both counted in the coverage). $at_most, $longest and $min_eur, the least the
--           last transfer is worth, are not of the catalogue.
-- Cost      `chains` over all hops: one step for each payment that can follow a receipt.
-- Returns   the finding shape; the subject is the origin, the amount the last transfer in euro, of the largest chain where
--           several share transfers; the evidence is the transfers, in the order of time.
-- Source    FATF, Professional Money Laundering, July 2018
--
-- @param hops        BIGINT           4
-- @param gap         INTERVAL         '72 hours'
-- @param retention   DECIMAL(5, 4)    0.8500
-- @param at_most     DECIMAL(5, 4)    1.2500
-- @param longest     BIGINT           12
-- @param min_eur     DECIMAL(38, 18)  0
-- @param max_degree  BIGINT           5000
-- @param budget      BIGINT           100000

CREATE TABLE busy AS
SELECT src AS account FROM flow.transfers GROUP BY src HAVING count(*) > $max_degree
UNION
SELECT dst AS account FROM flow.transfers GROUP BY dst HAVING count(*) > $max_degree;

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' transfers on a side' AS untested,
    count(*) AS number
FROM busy;

-- A node is an account and an asset, so that a chain stays within one.
CREATE TABLE found AS
SELECT CAST(row_number() OVER (ORDER BY transfers) AS BIGINT) AS chain, chains.*
FROM chains(
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
    least => $hops,
    gap => $gap,
    retention => $retention,
    at_most => $at_most,
    max_hops => $longest,
    budget => $budget
) AS chains;

SELECT
    'first transfers whose search ended after ' || CAST($budget AS VARCHAR) || ' steps' AS untested,
    count(DISTINCT transfers[1]) + count(DISTINCT CASE WHEN hops = 0 THEN chain END) AS number
FROM found
WHERE truncated;

CREATE TABLE steps AS
SELECT
    places.chain,
    places.place,
    places.transfer_id,
    first_value(hops.src) OVER chain AS origin,
    last_value(hops.value_eur) OVER chain AS final_value,
    hops.src,
    hops.dst,
    hops.asset,
    hops.day_only AND hops.time = lag(hops.time) OVER steps AS unordered
FROM (
    SELECT chain, unnest(transfers) AS transfer_id, unnest(generate_series(1, hops)) AS place
    FROM found
    WHERE hops > 0
) AS places
INNER JOIN flow.hops AS hops ON hops.transfer_id = places.transfer_id
WINDOW
    steps AS (PARTITION BY places.chain ORDER BY place),
    chain AS (PARTITION BY places.chain ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING);

-- Chains of one origin that share transfers are one finding: a component of chains and transfers.
CREATE TABLE grouped AS
SELECT steps.*, parts.component AS finding
FROM steps
INNER JOIN components(
    (
        SELECT chain AS src, key_hash(origin, transfer_id) AS dst, TIMESTAMP '1970-01-01' AS time, 0 AS amount
        FROM steps
        WHERE final_value >= $min_eur
    )
) AS parts ON parts.account = steps.chain;

WITH scored AS (
    SELECT
        grouped.finding,
        grouped.chain,
        found.hops,
        found.first_time,
        found.last_time,
        found.weakest,
        found.retention,
        min(grouped.origin) AS origin,
        min(grouped.asset) AS asset,
        min(grouped.final_value) AS amount,
        coalesce(bool_or(grouped.unordered), false) AS unordered,
        (
            0.5 + 0.5 * (
                least((found.hops - $hops) / CAST($hops AS DOUBLE), 1)
                + CASE
                    WHEN $retention >= 1 THEN 1
                    ELSE least((found.weakest - CAST($retention AS DOUBLE)) / (1 - CAST($retention AS DOUBLE)), 1)
                END
                + greatest(1 - date_part('epoch', found.max_dwell) / date_part('epoch', $gap), 0)
            ) / 3
        ) * (CASE WHEN coalesce(bool_or(grouped.unordered), false) THEN 0.8 ELSE 1.0 END) AS score,
        date_part('epoch', found.max_dwell) AS dwell
    FROM grouped
    INNER JOIN found ON found.chain = grouped.chain
    GROUP BY grouped.finding, grouped.chain, found.hops, found.first_time, found.last_time, found.weakest, found.retention, found.max_dwell
),
best AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY finding ORDER BY amount DESC, chain) AS place,
        max(score) OVER (PARTITION BY finding) AS best_score,
        count(*) OVER (PARTITION BY finding) AS chains
    FROM scored
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
    best.origin AS subject,
    evidence.first_time,
    evidence.last_time,
    best.amount,
    'EUR' AS asset,
    best.best_score AS score,
    evidence.evidence,
    'Money in ' || asset || ' went from account to account over ' || CAST(hops AS VARCHAR) || ' transfers (at least '
        || CAST($hops AS VARCHAR) || ' asked for) from ' || CAST(CAST(best.first_time AS DATE) AS VARCHAR) || ' to '
        || CAST(CAST(best.last_time AS DATE) AS VARCHAR) || ', each time within '
        || CAST(CAST(dwell / 3600 AS DECIMAL(38, 1)) AS VARCHAR) || ' hours (' || CAST($gap AS VARCHAR)
        || ' allowed) and with at least ' || CAST(CAST(weakest AS DECIMAL(38, 4)) AS VARCHAR)
        || ' of the amount before (' || CAST($retention AS VARCHAR) || ' asked for); '
        || CAST(CAST(best.retention AS DECIMAL(38, 4)) AS VARCHAR) || ' of it, worth '
        || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR, reached the last account. '
        || CASE WHEN chains > 1 THEN 'It is the largest of ' || CAST(chains AS VARCHAR) || ' such chains that share transfers. ' ELSE '' END
        || CASE WHEN unordered THEN 'The order of transfers within a day is taken from the file (weak link). ' ELSE '' END
        || 'Tested: own accounts, declared family or employer, services; not tested: supply chain, agent and sub-agent, '
        || 'group treasury, wallet migration. This is an indicator, not proof.' AS explanation
FROM best
INNER JOIN evidence ON evidence.finding = best.finding
WHERE best.place = 1
ORDER BY subject, first_time, evidence
