-- Splitting into fresh wallets
--
-- Id        T40
-- Version   1.0
-- Family    layering
-- Rails     U, E
-- Areas     cyber, fraud
-- Finds     wallets (clusters, on a chain with clusters) not older than $age that receive at least $min_value euro from
--           an account that is tagged for abuse, as a mixer or a market, or listed, and that then pay at least $wallets
--           wallets, none of them older than $age, within $age of receiving it.
-- Matters   A wallet that is made for one purpose and passes on to others like it is there to make the trail long and
--           wide.
-- Innocent  Tested: services (intel.attributed, flow.accounts) on either side. Not tested: wallet rotation, airdrop
--           farming.
-- Misses    Wallets that wait for longer than $age; money that comes over an account in between. Flagged is what tags
--           and lists say: findings of other typologies are not read, because then one run would depend on the one
--           before. An address that was never spent together with another is a wallet of its own, so that on a chain of
--           coins a change output counts as one (weak link). Wallets seen in the first $age of a ledger are of no known
--           age (counted in the coverage), and those that make more than $max_degree payments are not tested (counted
--           too).
-- Cost      joins of the flagged accounts with what they paid, of its receivers with what they did, and of theirs with
--           when they were first seen.
-- Returns   the finding shape; the subject is the wallet, the amount what it paid to fresh wallets in euro, the evidence
--           the receipt and these payments, in order.
-- Source    FATF, Virtual Assets Red Flag Indicators, September 2020 (transaction patterns)
-- Requires  intel.tags or intel.identifiers
--
-- @param age         INTERVAL         '24 hours'
-- @param min_value   DECIMAL(38, 18)  1000
-- @param wallets     BIGINT           5
-- @param attributed  BIGINT           60
-- @param max_degree  BIGINT           5000

-- Every account of a service, read once.
CREATE TABLE ascribed AS
SELECT ledger, account, kind, name, confidence, since
FROM intel.attributed;

CREATE TABLE flagged AS
SELECT account, max(name) AS name, max(confidence) AS confidence, min(valid_from) AS valid_from
FROM (
    SELECT account, label AS name, confidence_level AS confidence, CAST(NULL AS DATE) AS valid_from
    FROM intel.tags
    WHERE account IS NOT NULL AND confidence_level >= 50 AND abuse IS NOT NULL
    UNION ALL
    SELECT account, name, confidence, NULL
    FROM ascribed
    WHERE kind IN ('mixer', 'market')
    UNION ALL
    SELECT identifiers.account, entities.caption, 100, sanctions.start_date
    FROM intel.identifiers AS identifiers
    INNER JOIN intel.entities AS entities
        ON entities.dataset = identifiers.dataset
        AND entities.entity_id = identifiers.entity_id
    LEFT JOIN (SELECT * FROM intel.relationships WHERE schema = 'Sanction') AS sanctions
        ON sanctions.dataset = entities.dataset
        AND sanctions.subject = entities.entity_id
    WHERE array_to_string(entities.topics, ' ') LIKE '%sanction%'
)
GROUP BY account;

CREATE TABLE services AS
SELECT DISTINCT account FROM ascribed;

CREATE TABLE receipts AS
SELECT
    transfers.transfer_id,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.reference,
    transfers.value_eur,
    flagged.name,
    flagged.confidence,
    coalesce(clusters.cluster_id, transfers.dst) AS node
FROM flagged
INNER JOIN flow.transfers AS transfers ON transfers.src = flagged.account
LEFT ANTI JOIN services ON services.account = transfers.dst
LEFT ANTI JOIN flagged AS own ON own.account = transfers.dst
LEFT JOIN btc.clusters AS clusters ON clusters.account = transfers.dst AND clusters.ledger = transfers.ledger
WHERE transfers.ledger <> 'bank'
    AND transfers.src <> transfers.dst
    AND transfers.value_eur > 0
    AND (flagged.valid_from IS NULL OR CAST(transfers.time AS DATE) >= flagged.valid_from);

-- The wallets that received, and later those that they paid: every address, and when any of them was first seen.
CREATE TABLE members AS
SELECT DISTINCT receipts.ledger, receipts.node, coalesce(clusters.account, receipts.node) AS account
FROM btc.clusters AS clusters
RIGHT JOIN receipts ON clusters.cluster_id = receipts.node AND clusters.ledger = receipts.ledger;

CREATE TABLE begins AS
SELECT ledger, min(time) AS time FROM flow.transfers WHERE ledger <> 'bank' GROUP BY ledger;

CREATE TABLE born AS
SELECT ledger, node, min(time) AS since
FROM (
    SELECT members.ledger, members.node, transfers.time
    FROM members
    INNER JOIN flow.transfers AS transfers ON transfers.dst = members.account
    UNION ALL
    SELECT members.ledger, members.node, transfers.time
    FROM members
    INNER JOIN flow.transfers AS transfers ON transfers.src = members.account
)
GROUP BY ledger, node;

SELECT
    'wallets paid by flagged accounts in the first ' || CAST($age AS VARCHAR) || ' of the data' AS untested,
    count(*) AS number
FROM born
INNER JOIN begins ON begins.ledger = born.ledger
WHERE born.since < begins.time + $age;

-- Inputs of one transaction are one receipt.
CREATE TABLE candidates AS
WITH paid AS (
    SELECT
        ledger,
        node,
        coalesce(reference, CAST(transfer_id AS VARCHAR)) AS payment,
        min(time) AS time,
        max(position) AS position,
        sum(value_eur) AS value,
        max(name) AS name,
        max(confidence) AS confidence
    FROM receipts
    GROUP BY ledger, node, coalesce(reference, CAST(transfer_id AS VARCHAR))
    HAVING sum(value_eur) >= $min_value
)
SELECT paid.*, born.since
FROM paid
INNER JOIN born ON born.node = paid.node AND born.ledger = paid.ledger
INNER JOIN begins ON begins.ledger = paid.ledger
WHERE paid.time <= born.since + $age AND born.since >= begins.time + $age;

CREATE TABLE payments AS
SELECT
    candidates.ledger,
    candidates.node,
    candidates.payment,
    transfers.transfer_id,
    transfers.time,
    transfers.position,
    transfers.value_eur,
    transfers.reference,
    transfers.src,
    coalesce(clusters.cluster_id, transfers.dst) AS receiver,
    clusters.cluster_id IS NULL AS lone
FROM candidates
INNER JOIN members ON members.node = candidates.node AND members.ledger = candidates.ledger
INNER JOIN flow.transfers AS transfers
    ON transfers.src = members.account
    AND transfers.ledger = candidates.ledger
    AND transfers.time <= candidates.time + $age
    AND (transfers.time > candidates.time OR (transfers.time = candidates.time AND transfers.position > candidates.position))
LEFT ANTI JOIN services ON services.account = transfers.dst
LEFT JOIN btc.clusters AS clusters ON clusters.account = transfers.dst AND clusters.ledger = transfers.ledger
WHERE coalesce(clusters.cluster_id, transfers.dst) <> candidates.node;

CREATE TABLE busy AS
SELECT ledger, node FROM payments GROUP BY ledger, node HAVING count(DISTINCT transfer_id) > $max_degree;

SELECT
    'wallets that make more than ' || CAST($max_degree AS VARCHAR) || ' payments within ' || CAST($age AS VARCHAR) AS untested,
    count(*) AS number
FROM busy;

CREATE TABLE fresh AS
WITH receivers AS (
    SELECT DISTINCT payments.ledger, payments.receiver, coalesce(clusters.account, payments.receiver) AS account
    FROM btc.clusters AS clusters
    RIGHT JOIN payments ON clusters.cluster_id = payments.receiver AND clusters.ledger = payments.ledger
),
lives AS (
    SELECT ledger, receiver, min(time) AS since
    FROM (
        SELECT receivers.ledger, receivers.receiver, transfers.time
        FROM receivers
        INNER JOIN flow.transfers AS transfers ON transfers.dst = receivers.account
        UNION ALL
        SELECT receivers.ledger, receivers.receiver, transfers.time
        FROM receivers
        INNER JOIN flow.transfers AS transfers ON transfers.src = receivers.account
    )
    GROUP BY ledger, receiver
)
SELECT payments.*, date_part('epoch', payments.time) - date_part('epoch', lives.since) AS old
FROM lives
INNER JOIN payments ON payments.receiver = lives.receiver AND payments.ledger = lives.ledger
LEFT ANTI JOIN busy ON busy.node = payments.node AND busy.ledger = payments.ledger
WHERE payments.time <= lives.since + $age AND payments.value_eur > 0;

WITH splits AS (
    SELECT
        ledger,
        node,
        payment,
        count(DISTINCT receiver) AS receivers,
        sum(value_eur) AS amount,
        bool_or(lone) AS lone
    FROM fresh
    GROUP BY ledger, node, payment
    HAVING count(DISTINCT receiver) >= $wallets
),
rows AS (
    SELECT splits.ledger, splits.node, splits.payment, fresh.transfer_id, fresh.time, fresh.position
    FROM splits
    INNER JOIN fresh ON fresh.node = splits.node AND fresh.ledger = splits.ledger AND fresh.payment = splits.payment
    UNION
    SELECT splits.ledger, splits.node, splits.payment, receipts.transfer_id, receipts.time, receipts.position
    FROM splits
    INNER JOIN receipts
        ON receipts.node = splits.node
        AND receipts.ledger = splits.ledger
        AND coalesce(receipts.reference, CAST(receipts.transfer_id AS VARCHAR)) = splits.payment
),
evidence AS (
    SELECT
        ledger,
        node,
        payment,
        min(time) AS first_time,
        max(time) AS last_time,
        array_agg(transfer_id ORDER BY time, ledger, position, transfer_id) AS evidence
    FROM rows
    GROUP BY ledger, node, payment
)
SELECT
    splits.node AS subject,
    evidence.first_time,
    evidence.last_time,
    splits.amount,
    'EUR' AS asset,
    (
        0.5 + 0.5 * (
            greatest(
                1 - (date_part('epoch', candidates.time) - date_part('epoch', candidates.since)) / date_part('epoch', $age), 0
            )
            + CASE
                WHEN $min_value <= 0 THEN 1
                ELSE least(CAST(candidates.value AS DOUBLE) / CAST($min_value AS DOUBLE) - 1, 1)
            END
            + least((splits.receivers - $wallets) / CAST($wallets AS DOUBLE), 1)
        ) / 3
    )
        * (CASE WHEN candidates.confidence < $attributed THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN splits.lone THEN 0.8 ELSE 1.0 END) AS score,
    evidence.evidence,
    'The wallet, first seen on ' || CAST(CAST(candidates.since AS DATE) AS VARCHAR) || ' (at most ' || CAST($age AS VARCHAR)
        || ' before it was paid), received ' || CAST(CAST(candidates.value AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR from '
        || candidates.name || ' on ' || CAST(CAST(candidates.time AS DATE) AS VARCHAR) || ' (at least '
        || CAST(CAST($min_value AS DECIMAL(38, 2)) AS VARCHAR) || ' asked for) and within ' || CAST($age AS VARCHAR) || ' paid '
        || CAST(CAST(splits.amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR to ' || CAST(splits.receivers AS VARCHAR)
        || ' wallets (at least ' || CAST($wallets AS VARCHAR) || ' asked for) that were no older. '
        || CASE
            WHEN candidates.confidence < $attributed
            THEN 'Who paid it is attributed with less certainty than asked for (weak link). '
            ELSE ''
        END
        || CASE
            WHEN splits.lone THEN 'Some of them are single addresses, and one may be change (weak link). '
            ELSE ''
        END
        || 'Tested: services are left out; not tested: wallet rotation, airdrop farming. This is an indicator, not proof.'
        AS explanation
FROM splits
INNER JOIN candidates
    ON candidates.node = splits.node
    AND candidates.ledger = splits.ledger
    AND candidates.payment = splits.payment
INNER JOIN evidence
    ON evidence.node = splits.node
    AND evidence.ledger = splits.ledger
    AND evidence.payment = splits.payment
ORDER BY subject, first_time, evidence
