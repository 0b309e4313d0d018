-- Evasion after listing
--
-- Id        T27
-- Version   1.0
-- Family    exposure
-- Rails     U, E
-- Areas     sanctions
-- Finds     wallets (clusters, on a chain with clusters) that were first seen from the day of a listing to $new_within
--           after it, and took at least $share of what the listed party's wallets paid out from then on for $window.
-- Matters   Whoever is listed moves what is left to a wallet that no list knows, before those who must freeze it look.
-- Innocent  Tested: services (intel.attributed, flow.accounts), where customers' money goes. Not tested: custodian that
--           moves its wallets, seizure by an authority.
-- Misses    Wallets that were prepared before the listing; money that goes over an account in between; listings without
--           a date, and wallets that were listed on days for which the lake has no transfers before, so that nobody is
--           known to be new (both counted in the coverage). Addresses that are in one cluster are one wallet.
-- Cost      joins of the few listed wallets with what they paid, and of the receivers with what they ever did.
-- Returns   the finding shape; the subject is the wallet, the amount what it received from the listed party in euro, the
--           evidence these transfers, in order.
-- Source    OFAC lists as imported; FATF, Virtual Assets Red Flag Indicators, September 2020 (geography)
-- Requires  intel.identifiers, intel.relationships.start_date
--
-- @param new_within  INTERVAL       '30 days'
-- @param share       DECIMAL(5, 4)  0.2000
-- @param window      INTERVAL       '90 days'

-- One row for each listed wallet and day of listing, with all addresses of its cluster.
CREATE TABLE listed AS
WITH named AS (
    SELECT
        identifiers.account,
        coalesce(clusters.cluster_id, identifiers.account) AS node,
        entities.dataset,
        entities.entity_id,
        entities.caption AS name,
        entities.dataset AS list,
        sanctions.start_date AS listed_on,
        sanctions.end_date
    FROM intel.identifiers AS identifiers
    INNER JOIN intel.entities AS entities
        ON entities.dataset = identifiers.dataset
        AND entities.entity_id = identifiers.entity_id
    LEFT JOIN (SELECT * FROM intel.relationships WHERE schema = 'Sanction') AS sanctions
        ON sanctions.dataset = entities.dataset
        AND sanctions.subject = entities.entity_id
    LEFT JOIN btc.clusters AS clusters ON clusters.account = identifiers.account
    WHERE identifiers.ledger <> 'bank' AND array_to_string(entities.topics, ' ') LIKE '%sanction%'
)
SELECT
    coalesce(members.account, named.account) AS account,
    named.node,
    named.dataset || ' ' || named.entity_id AS party,
    max(named.name) AS name,
    max(named.list) AS list,
    named.listed_on,
    max(named.end_date) AS end_date
FROM btc.clusters AS members
RIGHT JOIN named ON members.cluster_id = named.node
GROUP BY coalesce(members.account, named.account), named.node, named.dataset, named.entity_id, named.listed_on;

SELECT 'listed wallets with transfers and no day of listing' AS untested, count(DISTINCT listed.account) AS number
FROM (SELECT account FROM listed WHERE listed_on IS NULL) AS listed
INNER JOIN flow.transfers AS transfers ON transfers.src = listed.account
WHERE transfers.ledger <> 'bank';

-- What the party's wallets paid to others from the day of the listing on.
CREATE TABLE paid AS
WITH moved AS (
    SELECT
        listed.party,
        listed.name,
        listed.list,
        listed.listed_on,
        transfers.transfer_id,
        transfers.time,
        transfers.ledger,
        transfers.position,
        transfers.dst,
        transfers.value_eur,
        coalesce(clusters.cluster_id, transfers.dst) AS receiver
    FROM listed
    INNER JOIN flow.transfers AS transfers ON transfers.src = listed.account
    LEFT JOIN btc.clusters AS clusters ON clusters.account = transfers.dst AND clusters.ledger = transfers.ledger
    WHERE transfers.ledger <> 'bank'
        AND listed.listed_on IS NOT NULL
        AND transfers.time >= CAST(listed.listed_on AS TIMESTAMP)
        AND transfers.time <= CAST(listed.listed_on AS TIMESTAMP) + $window
        AND (listed.end_date IS NULL OR CAST(transfers.time AS DATE) < listed.end_date)
)
SELECT moved.*
FROM moved
LEFT ANTI JOIN listed AS own ON own.account = moved.dst AND own.party = moved.party;

CREATE TABLE begins AS
SELECT ledger, min(time) AS time FROM flow.transfers WHERE ledger <> 'bank' GROUP BY ledger;

SELECT
    'transfers of listed wallets after a listing before which the data do not reach' AS untested,
    count(DISTINCT paid.transfer_id) AS number
FROM paid
INNER JOIN begins ON begins.ledger = paid.ledger
WHERE begins.time >= CAST(paid.listed_on AS TIMESTAMP);

CREATE TABLE totals AS
SELECT paid.party, paid.ledger, paid.listed_on, sum(paid.value_eur) AS total
FROM paid
INNER JOIN begins ON begins.ledger = paid.ledger
WHERE begins.time < CAST(paid.listed_on AS TIMESTAMP)
GROUP BY paid.party, paid.ledger, paid.listed_on
HAVING count(*) = count(paid.value_eur) AND sum(paid.value_eur) > 0;

CREATE TABLE takers AS
SELECT
    paid.party, paid.ledger, paid.listed_on, paid.receiver, max(paid.name) AS name, max(paid.list) AS list,
    sum(paid.value_eur) AS amount, totals.total
FROM totals
INNER JOIN paid ON paid.party = totals.party AND paid.ledger = totals.ledger AND paid.listed_on = totals.listed_on
LEFT ANTI JOIN (SELECT account FROM intel.attributed) AS services ON services.account = paid.dst
GROUP BY paid.party, paid.ledger, paid.listed_on, paid.receiver, totals.total
HAVING sum(paid.value_eur) >= $share * totals.total;

-- When a taker, or any address of its cluster, was first seen.
CREATE TABLE lives AS
WITH members AS (
    SELECT DISTINCT takers.ledger, takers.receiver, coalesce(clusters.account, takers.receiver) AS account
    FROM btc.clusters AS clusters
    RIGHT JOIN takers ON clusters.cluster_id = takers.receiver AND clusters.ledger = takers.ledger
)
SELECT ledger, receiver, min(time) AS since
FROM (
    SELECT members.ledger, members.receiver, transfers.time
    FROM members
    INNER JOIN flow.transfers AS transfers ON transfers.dst = members.account
    UNION ALL
    SELECT members.ledger, members.receiver, transfers.time
    FROM members
    INNER JOIN flow.transfers AS transfers ON transfers.src = members.account
)
GROUP BY ledger, receiver;

WITH fresh AS (
    SELECT takers.*, lives.since
    FROM takers
    INNER JOIN lives ON lives.receiver = takers.receiver AND lives.ledger = takers.ledger
    WHERE lives.since >= CAST(takers.listed_on AS TIMESTAMP)
        AND lives.since <= CAST(takers.listed_on AS TIMESTAMP) + $new_within
),
evidence AS (
    SELECT
        fresh.party,
        fresh.ledger,
        fresh.listed_on,
        fresh.receiver,
        count(*) AS payments,
        min(paid.time) AS first_time,
        max(paid.time) AS last_time,
        array_agg(paid.transfer_id ORDER BY paid.time, paid.ledger, paid.position, paid.transfer_id) AS evidence
    FROM fresh
    INNER JOIN paid
        ON paid.party = fresh.party
        AND paid.ledger = fresh.ledger
        AND paid.listed_on = fresh.listed_on
        AND paid.receiver = fresh.receiver
    GROUP BY fresh.party, fresh.ledger, fresh.listed_on, fresh.receiver
)
SELECT
    fresh.receiver AS subject,
    evidence.first_time,
    evidence.last_time,
    fresh.amount,
    'EUR' AS asset,
    0.5 + 0.5 * (
        CASE
            WHEN $share >= 1 THEN 1
            ELSE (CAST(fresh.amount AS DOUBLE) / CAST(fresh.total AS DOUBLE) - CAST($share AS DOUBLE))
                / (1 - CAST($share AS DOUBLE))
        END
        + greatest(
            1 - (date_part('epoch', fresh.since) - date_part('epoch', CAST(fresh.listed_on AS TIMESTAMP)))
                / date_part('epoch', $new_within),
            0
        )
    ) / 2 AS score,
    evidence.evidence,
    'The wallet, first seen on ' || CAST(CAST(fresh.since AS DATE) AS VARCHAR) || ', received '
        || CAST(CAST(fresh.amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR in ' || CAST(evidence.payments AS VARCHAR)
        || ' payments from ' || fresh.name || ', which appears in a sanctions list (' || fresh.list || ') since '
        || CAST(fresh.listed_on AS VARCHAR) || ' (new is within ' || CAST($new_within AS VARCHAR) || ' of it): '
        || CAST(CAST(CAST(fresh.amount AS DOUBLE) / CAST(fresh.total AS DOUBLE) AS DECIMAL(38, 4)) AS VARCHAR)
        || ' of what its wallets paid out in ' || CAST($window AS VARCHAR) || ' (' || CAST($share AS VARCHAR)
        || ' asked for). '
        || 'Tested: services are left out; not tested: custodian that moves its wallets, seizure by an authority. This is an '
        || 'indicator, not proof.' AS explanation
FROM fresh
INNER JOIN evidence
    ON evidence.party = fresh.party
    AND evidence.ledger = fresh.ledger
    AND evidence.listed_on = fresh.listed_on
    AND evidence.receiver = fresh.receiver
ORDER BY subject, first_time, evidence
