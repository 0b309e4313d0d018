-- Chain-hop through a bridge
--
-- Id        T37
-- Version   1.0
-- Family    obfuscation
-- Rails     U, E
-- Areas     cyber, sanctions
-- Finds     money that crosses from one chain to another over a bridge at least $hops times within $window: paid to the
--           bridge on one chain and, within $within, by the same bridge on another, by the same message or at most $tol
--           apart in value, each crossing by who sent or received the one before.
-- Matters   Each chain has its own ledger and its own tools; who changes it twice in a day wants the trail to be lost on
--           the way.
-- Innocent  Tested: what a bridge moves between its own accounts (intel.attributed). Not tested: lower fees, yield
--           farming.
-- Misses    Bridges that no tag names at 50 or more; money that is split before it crosses. A crossing is exact where a
--           source says the message of both legs (flow.details, kind `message`); otherwise it is a match by value and
--           time, a weak link with the number of candidates, and more than $candidates are left out (counted in the
--           coverage), which is not of the catalogue. Accounts of two chains are two accounts even where they have one
--           address.
-- Cost      the payments of bridges, joined on bridge, time and value in steps, never with each other as a whole.
-- Returns   the finding shape; the subject is the first sender, the amount the first crossing in euro, the evidence both
--           legs of every crossing, in order.
-- Source    FATF, Virtual Assets Red Flag Indicators, September 2020 (anonymity); INTERPOL, dark web and virtual assets
--           concepts; reference/crypto.md §8
-- Requires  intel.attributed.bridge
--
-- @param tol         DECIMAL(5, 4)  0.0200
-- @param within      INTERVAL       '60 minutes'
-- @param hops        BIGINT         2
-- @param window      INTERVAL       '24 hours'
-- @param candidates  BIGINT         10
-- @param attributed  BIGINT         60

CREATE TABLE bridges AS
SELECT
    account, ledger, coalesce(max(owner), CAST(account AS VARCHAR)) AS owner, max(name) AS name, max(confidence) AS confidence
FROM intel.attributed
WHERE kind = 'bridge' AND ledger <> 'bank'
GROUP BY account, ledger;

CREATE TABLE legs AS
WITH moved AS (
    SELECT
        'in' AS direction, bridges.owner, bridges.name, bridges.confidence, transfers.ledger, transfers.reference,
        transfers.transfer_id, transfers.time, transfers.value_eur, transfers.src AS other
    FROM bridges
    INNER JOIN flow.transfers AS transfers ON transfers.dst = bridges.account
    WHERE transfers.value_eur > 0
    UNION ALL
    SELECT
        'out', bridges.owner, bridges.name, bridges.confidence, transfers.ledger, transfers.reference,
        transfers.transfer_id, transfers.time, transfers.value_eur, transfers.dst
    FROM bridges
    INNER JOIN flow.transfers AS transfers ON transfers.src = bridges.account
    WHERE transfers.value_eur > 0
)
SELECT
    moved.direction,
    moved.owner,
    moved.ledger,
    coalesce(clusters.cluster_id, moved.other) AS node,
    min(moved.transfer_id) AS leg,
    min(moved.time) AS time,
    sum(moved.value_eur) AS value_eur,
    max(moved.name) AS name,
    min(moved.confidence) AS confidence,
    max(details.value) AS message,
    array_agg(DISTINCT moved.transfer_id ORDER BY moved.transfer_id) AS transfers
FROM moved
LEFT JOIN btc.clusters AS clusters ON clusters.account = moved.other AND clusters.ledger = moved.ledger
LEFT JOIN (SELECT transfer_id, value FROM flow.details WHERE kind = 'message') AS details
    ON details.transfer_id = moved.transfer_id
LEFT ANTI JOIN bridges AS own ON own.account = moved.other AND own.owner = moved.owner
GROUP BY
    moved.direction, moved.owner, moved.ledger, coalesce(clusters.cluster_id, moved.other),
    coalesce(moved.reference, CAST(moved.transfer_id AS VARCHAR));

CREATE TABLE matches AS
WITH sized AS (
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
),
stepped AS (
    SELECT *, unnest(range(step, step + 2)) AS later
    FROM sized
    WHERE direction = 'in' AND message IS NULL
),
spread AS (
    SELECT *, unnest(range(size - 1, size + 2)) AS near
    FROM stepped
)
SELECT
    spread.leg AS sent, placed.leg AS received, spread.node AS sender, placed.node AS receiver, spread.ledger AS from_ledger,
    placed.ledger AS to_ledger, spread.time AS sent_time, placed.time AS received_time, spread.value_eur, spread.name,
    spread.confidence, false AS exact,
    CAST(abs(placed.value_eur - spread.value_eur) AS DOUBLE) / CAST(spread.value_eur AS DOUBLE) AS difference,
    spread.transfers AS paid, placed.transfers AS taken
FROM spread
INNER JOIN sized AS placed
    ON placed.owner = spread.owner
    AND placed.step = spread.later
    AND placed.size = spread.near
WHERE placed.direction = 'out'
    AND placed.message IS NULL
    AND placed.ledger <> spread.ledger
    AND placed.time >= spread.time
    AND placed.time <= spread.time + $within
    AND abs(placed.value_eur - spread.value_eur) <= $tol * spread.value_eur
UNION ALL
SELECT
    sent.leg, received.leg, sent.node, received.node, sent.ledger, received.ledger, sent.time, received.time, sent.value_eur,
    sent.name, sent.confidence, true,
    CAST(abs(received.value_eur - sent.value_eur) AS DOUBLE) / CAST(sent.value_eur AS DOUBLE), sent.transfers,
    received.transfers
FROM legs AS sent
INNER JOIN legs AS received ON received.owner = sent.owner AND received.message = sent.message
WHERE sent.direction = 'in' AND received.direction = 'out' AND received.ledger <> sent.ledger AND received.time >= sent.time;

CREATE TABLE counted AS
SELECT
    *,
    CASE
        WHEN exact THEN 1
        ELSE greatest(count(*) OVER (PARTITION BY sent, exact), count(*) OVER (PARTITION BY received, exact))
    END AS rivals,
    CAST(row_number() OVER (PARTITION BY sent ORDER BY exact DESC, difference, received_time, received) AS BIGINT) AS place
FROM matches;

SELECT
    'payments to bridges with more than ' || CAST($candidates AS VARCHAR) || ' candidates' AS untested,
    count(*) AS number
FROM counted
WHERE place = 1 AND rivals > $candidates;

CREATE TABLE crossings AS
SELECT * FROM counted WHERE place = 1 AND rivals <= $candidates;

-- A crossing follows another when its sender received that one, or sent it, before. One that follows none begins a way.
CREATE TABLE follows AS
SELECT earlier.sent AS before, later.sent AS after
FROM crossings AS earlier
INNER JOIN crossings AS later ON later.sender = earlier.receiver
WHERE later.sent_time >= earlier.received_time AND later.sent_time <= earlier.sent_time + $window
UNION
SELECT earlier.sent, later.sent
FROM crossings AS earlier
INNER JOIN crossings AS later ON later.sender = earlier.sender
WHERE (later.sent_time > earlier.sent_time OR (later.sent_time = earlier.sent_time AND later.sent > earlier.sent))
    AND later.sent_time <= earlier.sent_time + $window;

CREATE TABLE ways AS
WITH RECURSIVE walked AS (
    SELECT
        crossings.sent AS root,
        crossings.sender AS subject,
        crossings.sent_time AS begins,
        crossings.sent AS crossing,
        1 AS depth
    FROM crossings
    LEFT ANTI JOIN follows ON follows.after = crossings.sent
    UNION ALL
    SELECT walked.root, walked.subject, walked.begins, crossings.sent, walked.depth + 1
    FROM walked
    INNER JOIN follows ON follows.before = walked.crossing
    INNER JOIN crossings ON crossings.sent = follows.after
    WHERE walked.depth < 20 AND crossings.received_time <= walked.begins + $window
)
SELECT DISTINCT root, subject, crossing FROM walked;

WITH found AS (
    SELECT
        ways.root,
        ways.subject,
        count(*) AS hops,
        count(DISTINCT crossings.to_ledger) AS ledgers,
        max(crossings.received_time) AS last_time,
        min(crossings.sent_time) AS first_time,
        max(crossings.difference) AS difference,
        max(date_part('epoch', crossings.received_time) - date_part('epoch', crossings.sent_time)) AS delay,
        bool_and(crossings.exact) AS exact,
        max(crossings.rivals) AS rivals,
        min(crossings.confidence) AS confidence,
        array_to_string(array_agg(DISTINCT crossings.name ORDER BY crossings.name), ', ') AS names,
        sum(CASE WHEN ways.root = ways.crossing THEN crossings.value_eur ELSE 0 END) AS amount
    FROM ways
    INNER JOIN crossings ON crossings.sent = ways.crossing
    GROUP BY ways.root, ways.subject
    HAVING count(*) >= $hops
),
rows AS (
    SELECT ways.root, unnest(crossings.paid) AS id
    FROM ways
    INNER JOIN crossings ON crossings.sent = ways.crossing
    UNION
    SELECT ways.root, unnest(crossings.taken)
    FROM ways
    INNER JOIN crossings ON crossings.sent = ways.crossing
),
evidence AS (
    SELECT
        rows.root,
        min(transfers.time) AS first_time,
        max(transfers.time) AS last_time,
        array_agg(rows.id ORDER BY transfers.time, transfers.ledger, transfers.position, rows.id) AS evidence
    FROM found
    INNER JOIN rows ON rows.root = found.root
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = rows.id
    GROUP BY rows.root
)
SELECT
    found.subject,
    evidence.first_time,
    evidence.last_time,
    CAST(found.amount AS DECIMAL(38, 18)) AS amount,
    'EUR' AS asset,
    (
        0.5 + 0.5 * (
            least((hops - $hops) / CAST($hops AS DOUBLE), 1)
            + CASE
                WHEN exact OR $tol = 0 THEN 1
                ELSE greatest(1 - difference / CAST($tol AS DOUBLE), 0)
            END
            + greatest(1 - delay / date_part('epoch', $within), 0)
        ) / 3
    )
        * (CASE WHEN exact THEN 1.0 ELSE 0.8 END)
        * (CASE WHEN confidence < $attributed THEN 0.8 ELSE 1.0 END) AS score,
    evidence.evidence,
    'Money of the account crossed from chain to chain ' || CAST(hops AS VARCHAR) || ' times (at least '
        || CAST($hops AS VARCHAR) || ' within ' || CAST($window AS VARCHAR) || ' asked for) over ' || names || ' on '
        || CAST(CAST(evidence.first_time AS DATE) AS VARCHAR) || ', '
        || CAST(CAST(found.amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR at first, each time within '
        || CAST(CAST(delay / 60 AS BIGINT) AS VARCHAR) || ' minutes (' || CAST($within AS VARCHAR) || ' allowed) and '
        || CAST(CAST(difference AS DECIMAL(38, 4)) AS VARCHAR) || ' apart in value at most (' || CAST($tol AS VARCHAR)
        || ' allowed). '
        || CASE
            WHEN exact THEN 'The messages of the bridge join the legs. '
            ELSE 'The legs are joined by value and time, out of up to ' || CAST(rivals AS VARCHAR)
                || ' candidates (weak link). '
        END
        || CASE
            WHEN confidence < $attributed THEN 'The bridge is attributed with less certainty than asked for (weak link). '
            ELSE ''
        END
        || 'Tested: what a bridge moves between its own accounts is left out; not tested: lower fees, yield farming. This is '
        || 'an indicator, not proof.' AS explanation
FROM found
INNER JOIN evidence ON evidence.root = found.root
ORDER BY subject, first_time, evidence
