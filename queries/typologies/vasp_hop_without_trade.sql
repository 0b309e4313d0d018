-- VASP hop without trade
--
-- Id        T36
-- Version   1.0
-- Family    obfuscation
-- Rails     X
-- Areas     any
-- Finds     deposits at a virtual-asset service provider after which, within $within, or within $listed_within where the
--           provider is of a country on the profile's list on that day, the same asset is withdrawn, at most $tol apart.
-- Matters   Whoever pays in and takes out the same thing wanted no trade: the provider's pool is used to cut the trail.
-- Innocent  Tested: what a provider moves between its own wallets (intel.attributed, flow.accounts). Not tested:
--           arbitrage, format change, abandoned purchase.
-- Misses    Providers that nobody has named; withdrawals in parts, in another asset or later. From outside nobody sees
--           whose withdrawal it is: back to the same cluster or to a related account it is the depositor's, otherwise
--           the match must be unique, or is a weak link with the number of candidates; more than $candidates are left
--           out (counted in the coverage), which is not of the catalogue. Bank rows with a date and no time may be in
--           any order within the day (weak link). A tag's day is when somebody wrote it down: earlier transfers count
--           (weak link).
-- Cost      the payments of service providers, joined on service, asset, time and amount in steps, never with each other
--           as a whole.
-- Returns   the finding shape; the subject is the depositor (a cluster, on a chain with clusters), the amount what was
--           withdrawn in euro, the evidence both legs, in order.
-- Source    FATF, Virtual Assets Red Flag Indicators, September 2020 (transaction patterns)
-- Requires  intel.attributed.vasp
--
-- @param within         INTERVAL       '1 hour'
-- @param tol            DECIMAL(5, 4)  0.0200
-- @param listed_within  INTERVAL       '24 hours'
-- @param candidates     BIGINT         10
-- @param attributed     BIGINT         60

CREATE TABLE vasps AS
WITH places AS (
    SELECT entity_id AS owner, upper(unnest(countries)) AS country
    FROM intel.entities
    WHERE dataset = 'graphsense_actors'
)
SELECT
    services.account,
    services.ledger,
    coalesce(max(services.owner), CAST(services.account AS VARCHAR)) AS owner,
    max(services.name) AS name,
    max(services.confidence) AS confidence,
    min(services.since) AS since,
    max(accounts.bank_country) AS own_country,
    array_agg(DISTINCT places.country ORDER BY places.country) AS countries
FROM places
RIGHT JOIN (SELECT * FROM intel.attributed WHERE kind = 'vasp') AS services ON places.owner = services.owner
LEFT JOIN flow.accounts AS accounts ON accounts.account = services.account
GROUP BY services.account, services.ledger;

-- Inputs of one transaction are one payment; what a service pays itself is nobody's.
CREATE TABLE legs AS
WITH moved AS (
    SELECT
        'in' AS direction, vasps.account AS service, vasps.owner, vasps.name, vasps.confidence, vasps.since,
        vasps.own_country, vasps.countries, transfers.ledger, transfers.asset, transfers.reference,
        transfers.transfer_id, transfers.time, transfers.amount, transfers.value_eur, transfers.src AS other
    FROM vasps
    INNER JOIN flow.transfers AS transfers ON transfers.dst = vasps.account
    WHERE transfers.amount > 0 AND transfers.value_eur > 0
    UNION ALL
    SELECT
        'out', vasps.account, vasps.owner, vasps.name, vasps.confidence, vasps.since, vasps.own_country, vasps.countries,
        transfers.ledger, transfers.asset, transfers.reference, transfers.transfer_id, transfers.time, transfers.amount,
        transfers.value_eur, transfers.dst
    FROM vasps
    INNER JOIN flow.transfers AS transfers ON transfers.src = vasps.account
    WHERE transfers.amount > 0 AND transfers.value_eur > 0
)
SELECT
    moved.direction,
    moved.owner,
    moved.ledger,
    moved.asset,
    coalesce(clusters.cluster_id, moved.other) AS node,
    min(moved.other) AS other,
    min(moved.transfer_id) AS leg,
    min(moved.time) AS time,
    moved.ledger = 'bank' AND min(moved.time) = date_trunc('day', min(moved.time)) AS day_only,
    sum(moved.amount) AS amount,
    sum(moved.value_eur) AS value_eur,
    max(moved.name) AS name,
    min(moved.confidence) AS confidence,
    bool_or(coalesce(moved.since > moved.time, false)) AS early,
    max(moved.own_country) AS own_country,
    max(moved.countries) AS countries,
    array_agg(moved.transfer_id ORDER BY moved.transfer_id) AS transfers
FROM moved
LEFT JOIN btc.clusters AS clusters ON clusters.account = moved.other AND clusters.ledger = moved.ledger
LEFT ANTI JOIN vasps AS own ON own.account = moved.other AND own.owner = moved.owner
GROUP BY
    moved.direction, moved.owner, moved.ledger, moved.asset, coalesce(clusters.cluster_id, moved.other),
    CASE WHEN moved.ledger = 'bank' THEN CAST(moved.transfer_id AS VARCHAR)
        ELSE coalesce(moved.reference, CAST(moved.transfer_id AS VARCHAR)) END;

CREATE TABLE deposits AS
WITH listed AS (
    SELECT legs.leg, max(corridors.country) AS country
    FROM legs
    INNER JOIN profile.corridors AS corridors
        ON CAST(legs.time AS DATE) >= corridors.valid_from
        AND CAST(legs.time AS DATE) <= corridors.valid_to
    WHERE legs.direction = 'in'
        AND (legs.own_country = corridors.country OR array_has(legs.countries, corridors.country))
    GROUP BY legs.leg
)
SELECT
    legs.*,
    listed.country,
    CASE WHEN listed.country IS NULL THEN date_part('epoch', $within) ELSE date_part('epoch', $listed_within) END AS allowed
FROM legs
LEFT JOIN listed ON listed.leg = legs.leg
WHERE legs.direction = 'in';

-- Both legs lie in a step of time and a step of amount; a deposit looks in every step its bounds touch.
CREATE TABLE matches AS
WITH sized AS (
    SELECT
        *,
        CAST(
            floor(
                ln(CAST(amount AS DOUBLE))
                    / greatest(-1.000001 * ln(1 - least(CAST($tol AS DOUBLE), 0.99)), 0.0001)
            ) AS BIGINT
        ) AS size
    FROM deposits
),
stepped AS (
    SELECT
        *,
        unnest(range(
            CAST(floor(date_part('epoch', time) / date_part('epoch', $within)) AS BIGINT),
            CAST(floor((date_part('epoch', time) + allowed) / date_part('epoch', $within)) AS BIGINT) + 1
        )) AS step
    FROM sized
),
spread AS (
    SELECT *, unnest(range(size - 1, size + 2)) AS near
    FROM stepped
),
placed AS (
    SELECT
        *,
        CAST(floor(date_part('epoch', time) / date_part('epoch', $within)) AS BIGINT) AS step,
        CAST(
            floor(
                ln(CAST(amount AS DOUBLE))
                    / greatest(-1.000001 * ln(1 - least(CAST($tol AS DOUBLE), 0.99)), 0.0001)
            ) AS BIGINT
        ) AS size
    FROM legs
    WHERE direction = 'out'
)
SELECT
    spread.node AS subject,
    spread.leg AS deposit,
    placed.leg AS withdrawal,
    spread.name,
    spread.country,
    spread.allowed,
    spread.asset,
    spread.transfers AS paid,
    placed.transfers AS taken,
    placed.value_eur,
    least(spread.confidence, placed.confidence) AS confidence,
    spread.early OR placed.early AS early,
    (spread.day_only OR placed.day_only) AND placed.time = spread.time AS unordered,
    placed.node = spread.node OR related.a IS NOT NULL AS same,
    CAST(abs(placed.amount - spread.amount) AS DOUBLE) / CAST(spread.amount AS DOUBLE) AS difference,
    date_part('epoch', placed.time) - date_part('epoch', spread.time) AS delay
FROM spread
INNER JOIN placed
    ON placed.owner = spread.owner
    AND placed.ledger = spread.ledger
    AND placed.asset = spread.asset
    AND placed.step = spread.step
    AND placed.size = spread.near
LEFT JOIN flow.related AS related ON related.a = spread.other AND related.b = placed.other
WHERE date_part('epoch', placed.time) - date_part('epoch', spread.time) <= spread.allowed
    AND placed.time >= spread.time
    AND abs(placed.amount - spread.amount) <= $tol * spread.amount;

CREATE TABLE counted AS
WITH rivals AS (
    SELECT
        *,
        greatest(count(*) OVER (PARTITION BY deposit), count(*) OVER (PARTITION BY withdrawal)) AS rivals
    FROM matches
)
SELECT
    *,
    CASE WHEN same THEN 1 ELSE rivals END AS number,
    row_number() OVER (PARTITION BY deposit ORDER BY same DESC, difference, delay, withdrawal) AS place
FROM rivals;

SELECT
    'deposits with more than ' || CAST($candidates AS VARCHAR) || ' withdrawals that may be theirs' AS untested,
    count(*) AS number
FROM counted
WHERE place = 1 AND number > $candidates;

WITH best AS (
    SELECT * FROM counted WHERE place = 1 AND number <= $candidates
),
rows AS (
    SELECT deposit, unnest(paid) AS id FROM best
    UNION
    SELECT deposit, unnest(taken) FROM best
),
evidence AS (
    SELECT
        rows.deposit,
        min(transfers.time) AS first_time,
        max(transfers.time) AS last_time,
        array_agg(rows.id ORDER BY transfers.time, transfers.ledger, transfers.position, rows.id) AS evidence
    FROM rows
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = rows.id
    GROUP BY rows.deposit
)
SELECT
    best.subject,
    evidence.first_time,
    evidence.last_time,
    best.value_eur AS amount,
    'EUR' AS asset,
    (
        0.5 + 0.5 * (
            greatest(1 - best.delay / best.allowed, 0)
            + CASE WHEN $tol = 0 THEN 1 ELSE greatest(1 - best.difference / CAST($tol AS DOUBLE), 0) END
        ) / 2
    )
        * (CASE WHEN number > 1 THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN confidence < $attributed THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN early THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN unordered THEN 0.8 ELSE 1.0 END) AS score,
    evidence.evidence,
    'The account deposited ' || best.asset || ' at ' || best.name || ', and '
        || CAST(CAST(best.delay / 60 AS BIGINT) AS VARCHAR) || ' minutes later ('
        || CASE WHEN best.country IS NULL THEN CAST($within AS VARCHAR) ELSE CAST($listed_within AS VARCHAR) END
        || ' allowed' || CASE WHEN best.country IS NULL THEN '' ELSE ', as it is in ' || best.country || ', which was listed' END
        || ') as much of it, ' || CAST(CAST(best.difference AS DECIMAL(38, 4)) AS VARCHAR) || ' apart ('
        || CAST($tol AS VARCHAR) || ' allowed) and worth ' || CAST(CAST(best.value_eur AS DECIMAL(38, 2)) AS VARCHAR)
        || ' EUR, was withdrawn on ' || CAST(CAST(evidence.last_time AS DATE) AS VARCHAR) || ', '
        || CASE
            WHEN best.same THEN 'back to the same owner. '
            WHEN best.number = 1 THEN 'and no other deposit or withdrawal fits. '
            ELSE 'one of ' || CAST(best.number AS VARCHAR) || ' candidates (weak link). '
        END
        || CASE
            WHEN confidence < $attributed THEN 'The provider is attributed with less certainty than asked for (weak link). '
            ELSE ''
        END
        || CASE WHEN early THEN 'Its tag was written after the transfers (weak link). ' ELSE '' END
        || CASE WHEN unordered THEN 'The order of payments within a day is not known (weak link). ' ELSE '' END
        || 'Tested: what the provider moves between its own wallets is left out; not tested: arbitrage, format change, '
        || 'abandoned purchase. This is an indicator, not proof.' AS explanation
FROM best
INNER JOIN evidence ON evidence.deposit = best.deposit
ORDER BY subject, first_time, evidence
