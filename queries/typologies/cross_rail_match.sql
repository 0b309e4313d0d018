-- Bank-to-chain match
--
-- Id        T44
-- Version   1.0
-- Family    link
-- Rails     X
-- Areas     any
-- Finds     bank payments to a virtual-asset service provider and withdrawals from its wallets that follow within
--           $within, or deposits to its wallets and bank payments from it that follow, whose values are at most $tol
--           apart; those with more than $candidates candidates on a side are left out.
-- Matters   A service provider is where the trail changes rails: the bank sees a payment to it, the chain one from it,
--           and nobody sees that they are one.
-- Innocent  Tested: how many others the same payment could be matched with, which is the score. Not tested: coincidence,
--           withdrawal of another customer of the service.
-- Misses    Money that stays with the service for longer, is traded, or leaves in parts; services whose bank account or
--           wallets nobody has named: bank payments to a service whose name is not that of a wallet's are counted in the
--           coverage. Fees are part of $tol. A bank row with a date and no time may be any time of that day (weak link).
--           $candidates is not of the catalogue.
-- Cost      the payments of service providers on both rails, joined on service, time and value in steps of $within and
--           $tol, never with each other as a whole.
-- Returns   the finding shape: a link, not a suspicion. The subject is the bank account of the customer, the amount the
--           chain leg in euro, the score 1 / number of candidates (of the side that has more), the evidence both legs,
--           in order.
-- Source    FATF, Virtual Assets Red Flag Indicators, September 2020 (source of funds)
-- Requires  intel.attributed.vasp_bank, intel.attributed.vasp_chain
--
-- @param tol         DECIMAL(5, 4)  0.0300
-- @param within      INTERVAL       '24 hours'
-- @param candidates  BIGINT         10

CREATE TABLE vasps AS
SELECT account, ledger, max(owner) AS owner, max(name) AS name
FROM intel.attributed
WHERE kind = 'vasp'
GROUP BY account, ledger;

SELECT 'bank payments with a service provider none of whose wallets is known' AS untested, count(*) AS number
FROM (
    SELECT vasps.account
    FROM vasps
    LEFT ANTI JOIN (SELECT owner FROM vasps WHERE ledger <> 'bank' AND owner IS NOT NULL) AS known
        ON known.owner = vasps.owner
    WHERE vasps.ledger = 'bank'
) AS unknown
INNER JOIN flow.transfers AS transfers ON transfers.src = unknown.account OR transfers.dst = unknown.account;

CREATE TABLE payments AS
SELECT
    'buy' AS direction,
    transfers.transfer_id,
    transfers.src AS account,
    vasps.owner,
    vasps.name,
    transfers.time,
    transfers.value_eur,
    transfers.time = date_trunc('day', transfers.time) AS day_only
FROM vasps
INNER JOIN flow.transfers AS transfers ON transfers.dst = vasps.account
WHERE vasps.ledger = 'bank' AND vasps.owner IS NOT NULL AND transfers.ledger = 'bank' AND transfers.value_eur > 0
UNION ALL
SELECT
    'sell',
    transfers.transfer_id,
    transfers.dst,
    vasps.owner,
    vasps.name,
    transfers.time,
    transfers.value_eur,
    transfers.time = date_trunc('day', transfers.time)
FROM vasps
INNER JOIN flow.transfers AS transfers ON transfers.src = vasps.account
WHERE vasps.ledger = 'bank' AND vasps.owner IS NOT NULL AND transfers.ledger = 'bank' AND transfers.value_eur > 0;

-- Inputs of one transaction are one payment; what a service pays itself is nobody's.
CREATE TABLE legs AS
WITH moved AS (
    SELECT
        'buy' AS direction, vasps.owner, transfers.ledger, transfers.reference, transfers.transfer_id, transfers.time,
        transfers.value_eur, transfers.dst AS other
    FROM vasps
    INNER JOIN flow.transfers AS transfers ON transfers.src = vasps.account
    WHERE vasps.ledger <> 'bank' AND vasps.owner IS NOT NULL AND transfers.ledger <> 'bank' AND transfers.value_eur > 0
    UNION ALL
    SELECT
        'sell', vasps.owner, transfers.ledger, transfers.reference, transfers.transfer_id, transfers.time,
        transfers.value_eur, transfers.src
    FROM vasps
    INNER JOIN flow.transfers AS transfers ON transfers.dst = vasps.account
    WHERE vasps.ledger <> 'bank' AND vasps.owner IS NOT NULL AND transfers.ledger <> 'bank' AND transfers.value_eur > 0
)
SELECT
    moved.direction,
    moved.owner,
    CASE moved.direction WHEN 'buy' THEN moved.other ELSE coalesce(clusters.cluster_id, moved.other) END AS other,
    min(moved.transfer_id) AS leg,
    min(moved.time) AS time,
    sum(moved.value_eur) AS value_eur,
    array_agg(moved.transfer_id ORDER BY moved.transfer_id) AS transfers
FROM moved
LEFT JOIN btc.clusters AS clusters ON clusters.account = moved.other AND clusters.ledger = moved.ledger
LEFT ANTI JOIN vasps AS own ON own.account = moved.other AND own.owner = moved.owner
GROUP BY 1, 2, 3, moved.ledger, coalesce(moved.reference, CAST(moved.transfer_id AS VARCHAR));

-- Both legs lie in a step of time and a step of value; a payment is looked for in every step its bounds touch. A step
-- of value is a millionth wider than $tol, so that what is exactly on the bound lies in a neighbouring one.
CREATE TABLE matches AS
WITH sought AS (
    SELECT
        *,
        time - CASE direction WHEN 'sell' THEN $within ELSE INTERVAL '0 days' END AS earliest,
        time + CASE direction WHEN 'buy' THEN $within ELSE INTERVAL '0 days' END
            + CASE WHEN day_only THEN INTERVAL '1 day' ELSE INTERVAL '0 days' END AS latest,
        CAST(
            floor(
                ln(CAST(value_eur AS DOUBLE))
                    / greatest(-1.000001 * ln(1 - least(CAST($tol AS DOUBLE), 0.99)), 0.0001)
            ) AS BIGINT
        ) AS size
    FROM payments
),
stepped AS (
    SELECT
        *,
        unnest(range(
            CAST(floor(date_part('epoch', earliest) / date_part('epoch', $within)) AS BIGINT),
            CAST(floor(date_part('epoch', latest) / date_part('epoch', $within)) AS BIGINT) + 1
        )) AS step
    FROM sought
),
sized AS (
    SELECT *, unnest(range(size - 1, size + 2)) AS near
    FROM stepped
),
placed AS (
    SELECT
        *,
        CAST(floor(date_part('epoch', time) / date_part('epoch', $within)) AS BIGINT) AS step,
        CAST(
            floor(
                ln(CAST(value_eur AS DOUBLE))
                    / greatest(-1.000001 * ln(1 - least(CAST($tol AS DOUBLE), 0.99)), 0.0001)
            ) AS BIGINT
        ) AS size
    FROM legs
)
SELECT
    sized.direction,
    sized.transfer_id,
    sized.account,
    sized.name,
    sized.value_eur AS paid,
    sized.day_only,
    placed.leg,
    placed.value_eur AS moved,
    placed.transfers,
    CAST(abs(placed.value_eur - sized.value_eur) AS DOUBLE) / CAST(sized.value_eur AS DOUBLE) AS difference,
    abs(date_part('epoch', placed.time) - date_part('epoch', sized.time)) AS delay
FROM sized
INNER JOIN placed
    ON placed.owner = sized.owner
    AND placed.direction = sized.direction
    AND placed.step = sized.step
    AND placed.size = sized.near
WHERE placed.time >= sized.earliest
    AND placed.time <= sized.latest
    AND abs(placed.value_eur - sized.value_eur) <= $tol * sized.value_eur;

CREATE TABLE counted AS
SELECT
    *,
    greatest(
        count(*) OVER (PARTITION BY transfer_id, direction),
        count(*) OVER (PARTITION BY leg, direction)
    ) AS rivals,
    row_number() OVER (PARTITION BY transfer_id, direction ORDER BY difference, delay, leg) AS place
FROM matches;

SELECT
    'bank payments with more than ' || CAST($candidates AS VARCHAR) || ' candidates' AS untested,
    count(*) AS number
FROM counted
WHERE place = 1 AND rivals > $candidates;

WITH best AS (
    SELECT * FROM counted WHERE place = 1 AND rivals <= $candidates
),
rows AS (
    SELECT transfer_id AS payment, direction, transfer_id AS id FROM best
    UNION
    SELECT transfer_id, direction, unnest(transfers) FROM best
),
evidence AS (
    SELECT
        rows.payment,
        rows.direction,
        min(transfers.time) AS first_time,
        max(transfers.time) AS last_time,
        array_agg(rows.id ORDER BY transfers.time, transfers.ledger, transfers.position, rows.id) AS evidence
    FROM rows
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = rows.id
    GROUP BY rows.payment, rows.direction
)
SELECT
    best.account AS subject,
    evidence.first_time,
    evidence.last_time,
    best.moved AS amount,
    'EUR' AS asset,
    1 / CAST(best.rivals AS DOUBLE) AS score,
    evidence.evidence,
    CASE best.direction
        WHEN 'buy' THEN 'The account paid ' || CAST(CAST(best.paid AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR to ' || best.name
            || ', and a withdrawal of '
        ELSE 'The account received ' || CAST(CAST(best.paid AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR from ' || best.name
            || ', and a deposit of '
    END
        || CAST(CAST(best.moved AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR '
        || CASE best.direction WHEN 'buy' THEN 'from its wallets followed' ELSE 'to its wallets came before' END || ' on '
        || CAST(CAST(CASE best.direction WHEN 'buy' THEN evidence.last_time ELSE evidence.first_time END AS DATE) AS VARCHAR)
        || ', ' || CAST(CAST(best.difference AS DECIMAL(38, 4)) AS VARCHAR) || ' apart in value (' || CAST($tol AS VARCHAR)
        || ' allowed) and ' || CAST(CAST(best.delay / 3600 AS DECIMAL(38, 1)) AS VARCHAR) || ' hours in time ('
        || CAST($within AS VARCHAR) || ' allowed): '
        || CASE
            WHEN best.rivals = 1 THEN 'nothing else fits. '
            ELSE 'one of ' || CAST(best.rivals AS VARCHAR) || ' candidates. '
        END
        || CASE WHEN best.day_only THEN 'The bank gives a day and no time (weak link). ' ELSE '' END
        || 'This is a link between two rails and no suspicion. '
        || 'Tested: how many candidates there are; not tested: coincidence, withdrawal of another customer. This is an '
        || 'indicator, not proof.' AS explanation
FROM best
INNER JOIN evidence ON evidence.payment = best.transfer_id AND evidence.direction = best.direction
ORDER BY subject, first_time, evidence
