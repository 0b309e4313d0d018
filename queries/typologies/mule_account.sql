-- Mule account
--
-- Id        T10
-- Version   1.0
-- Family    passthrough
-- Rails     B
-- Areas     fraud, cyber
-- Finds     accounts opened no more than $age ago that at least $senders people pay who never dealt with the account
--           before nor with each other, and from which at least $rho of that money leaves within $within of being
--           received.
-- Matters   Fraud needs an account that is not the fraudster's, and money must be gone before its victim misses it.
--           Young accounts are opened, bought or lent for it. The holder may be a victim too.
-- Innocent  Tested: own accounts, declared family and employer (flow.related), services (flow.accounts), senders who
--           paid one another, whom we count as one. Not tested: new student or arrival, new freelancer, private seller,
--           wallet app.
-- Misses    Accounts whose day of opening no source says (counted in the coverage); old accounts that were sold. Money
--           is matched first in, first out, in euro, and a credit older than $within is spent by nobody. Of a day
--           without times, what an account receives stands before what it pays, unless it pays another candidate (weak
--           link). What happened before the data begin is not seen (weak link). Reversals are not paired. Accounts with
--           more than $max_degree transfers on a side are not tested (counted in the coverage).
-- Cost      a join of the young accounts with what they received; all else is done on the few that enough senders paid.
-- Returns   the finding shape; the subject is the account, the amount the sum of the strangers' credits in euro, the
--           evidence these credits and the debits that carried them away, in the order of time.
-- Source    MITRE F3; Europol, European Money Mule Action (unverified)
-- Requires  flow.fact_kinds.opened
--
-- @param age         INTERVAL       '90 days'
-- @param senders     BIGINT         3
-- @param rho         DECIMAL(5, 4)  0.8000
-- @param within      INTERVAL       '48 hours'
-- @param max_degree  BIGINT         5000

CREATE TABLE busy AS
SELECT src AS account FROM flow.transfers GROUP BY src HAVING count(*) > $max_degree
UNION
SELECT dst AS account FROM flow.transfers GROUP BY dst HAVING count(*) > $max_degree;

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' transfers on a side' AS untested,
    count(*) AS number
FROM busy;

SELECT 'bank accounts of which no source says when they were opened' AS untested, count(*) AS number
FROM (SELECT dst AS account FROM flow.transfers WHERE ledger = 'bank' GROUP BY dst) AS paid
LEFT ANTI JOIN flow.fact_kinds AS facts ON facts.account = paid.account AND facts.opened IS NOT NULL
LEFT ANTI JOIN flow.accounts AS services ON services.account = paid.account AND services.service IS NOT NULL;

CREATE TABLE credits AS
WITH young AS (
    SELECT facts.account, min(facts.opened) AS opened
    FROM flow.fact_kinds AS facts
    LEFT ANTI JOIN busy ON busy.account = facts.account
    LEFT ANTI JOIN flow.accounts AS services ON services.account = facts.account AND services.service IS NOT NULL
    WHERE facts.opened IS NOT NULL
    GROUP BY facts.account
),
received AS (
    SELECT
        young.account,
        young.opened,
        transfers.src AS sender,
        transfers.transfer_id,
        transfers.time,
        transfers.ledger,
        transfers.position,
        transfers.asset,
        transfers.value_eur
    FROM young
    INNER JOIN flow.transfers AS transfers
        ON transfers.dst = young.account
        AND transfers.time <= young.opened + $age
    WHERE transfers.src <> transfers.dst AND transfers.value_eur > 0 AND transfers.ledger = 'bank'
),
enough AS (
    SELECT account
    FROM received
    GROUP BY account
    HAVING count(DISTINCT sender) >= $senders
)
SELECT received.*
FROM enough
INNER JOIN received ON received.account = enough.account
LEFT ANTI JOIN flow.related AS related ON related.a = received.account AND related.b = received.sender
LEFT ANTI JOIN flow.accounts AS services ON services.account = received.sender AND services.service IS NOT NULL;

CREATE TABLE touching AS
SELECT
    transfers.transfer_id,
    transfers.src,
    transfers.dst,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.asset,
    transfers.value_eur,
    transfers.time = date_trunc('day', transfers.time) AS day_only,
    receivers.account IS NOT NULL AS received
FROM (SELECT DISTINCT account FROM credits) AS receivers
RIGHT JOIN flow.transfers AS transfers ON transfers.dst = receivers.account
LEFT JOIN (SELECT DISTINCT account FROM credits) AS payers ON payers.account = transfers.src
WHERE (receivers.account IS NOT NULL OR payers.account IS NOT NULL)
    AND transfers.src <> transfers.dst
    AND transfers.value_eur > 0
    AND transfers.ledger = 'bank';

-- A stranger is one whom the account had not paid before he first paid it.
CREATE TABLE strangers AS
WITH first_paid AS (
    SELECT src AS account, dst AS sender, min(time) AS time
    FROM touching
    GROUP BY src, dst
),
first_received AS (
    SELECT account, sender, min(time) AS time
    FROM credits
    GROUP BY account, sender
)
SELECT credits.*
FROM credits
LEFT ANTI JOIN (
    SELECT first_received.account, first_received.sender
    FROM first_received
    INNER JOIN first_paid
        ON first_paid.account = first_received.account
        AND first_paid.sender = first_received.sender
        AND first_paid.time < first_received.time
) AS known ON known.account = credits.account AND known.sender = credits.sender;

-- Senders who know each other are one: a component of the senders of one account.
CREATE TABLE circles AS
WITH senders AS (
    SELECT account, sender, max(time) AS time
    FROM strangers
    GROUP BY account, sender
),
knowing AS (
    SELECT one.account, one.sender AS near, other.sender AS far
    FROM senders AS one
    INNER JOIN flow.transfers AS transfers ON transfers.src = one.sender AND transfers.time < one.time
    INNER JOIN senders AS other ON other.account = one.account AND other.sender = transfers.dst
    WHERE other.sender <> one.sender
    UNION
    SELECT one.account, one.sender, other.sender
    FROM senders AS one
    INNER JOIN flow.related AS related ON related.a = one.sender
    INNER JOIN senders AS other ON other.account = one.account AND other.sender = related.b
),
parts AS (
    SELECT *
    FROM components(
        (
            SELECT
                key_hash(account, near) AS src,
                key_hash(account, far) AS dst,
                TIMESTAMP '1970-01-01' AS time,
                0 AS amount
            FROM knowing
        )
    )
)
SELECT
    senders.account,
    count(*) AS senders,
    count(DISTINCT coalesce(parts.component, key_hash(senders.account, senders.sender))) AS circles
FROM senders
LEFT JOIN parts ON parts.account = key_hash(senders.account, senders.sender)
GROUP BY senders.account
HAVING count(DISTINCT coalesce(parts.component, key_hash(senders.account, senders.sender))) >= $senders;

CREATE TABLE passed AS
SELECT
    strangers.account,
    strangers.transfer_id,
    pairs.paid_id,
    pairs.paid_time,
    pairs.matched_amount AS value,
    date_part('epoch', pairs.paid_time) - date_part('epoch', pairs.received_time) AS delay,
    pairs.paid_time = pairs.received_time AND touching.day_only AS unordered
FROM strangers
INNER JOIN circles ON circles.account = strangers.account
INNER JOIN touching ON touching.transfer_id = strangers.transfer_id
INNER JOIN successions(
    (
        SELECT
            transfer_id,
            src,
            dst,
            time,
            CASE WHEN day_only AND received THEN -1 ELSE position END AS position,
            value_eur AS amount
        FROM touching
    ),
    within => $within,
    matched => true
) AS pairs ON pairs.account = strangers.account AND pairs.received_id = strangers.transfer_id;

WITH extent AS (
    SELECT min(time) AS begins
    FROM flow.transfers
    WHERE ledger = 'bank'
),
incoming AS (
    SELECT
        strangers.account,
        strangers.opened,
        circles.circles,
        circles.senders,
        count(*) AS payments,
        sum(strangers.value_eur) AS amount,
        max(strangers.time) AS last_credit,
        count(DISTINCT strangers.asset) > 1 AS mixed
    FROM strangers
    INNER JOIN circles ON circles.account = strangers.account
    GROUP BY strangers.account, strangers.opened, circles.circles, circles.senders
),
outgoing AS (
    SELECT
        account,
        sum(value) AS passed,
        max(delay) AS delay,
        bool_or(unordered) AS unordered,
        count(DISTINCT paid_id) AS onward
    FROM passed
    GROUP BY account
),
rows AS (
    SELECT strangers.account, strangers.transfer_id, strangers.time, strangers.ledger, strangers.position
    FROM strangers
    UNION
    SELECT passed.account, touching.transfer_id, touching.time, touching.ledger, touching.position
    FROM passed
    INNER JOIN touching ON touching.transfer_id = passed.paid_id
),
evidence AS (
    SELECT
        account,
        min(time) AS first_time,
        max(time) AS last_time,
        array_agg(transfer_id ORDER BY time, ledger, position, transfer_id) AS evidence
    FROM rows
    GROUP BY account
),
findings AS (
    SELECT
        incoming.*,
        outgoing.delay,
        outgoing.unordered,
        outgoing.onward,
        evidence.first_time,
        evidence.last_time,
        evidence.evidence,
        CAST(outgoing.passed AS DOUBLE) / CAST(incoming.amount AS DOUBLE) AS share,
        incoming.opened < extent.begins AS unseen
    FROM incoming
    CROSS JOIN extent
    INNER JOIN outgoing ON outgoing.account = incoming.account
    INNER JOIN evidence ON evidence.account = incoming.account
    WHERE outgoing.passed >= $rho * incoming.amount
)
SELECT
    account AS subject,
    first_time,
    last_time,
    amount,
    'EUR' AS asset,
    (
        0.5 + 0.5 * (
            greatest(least(
                1 - (date_part('epoch', last_credit) - date_part('epoch', opened))
                    / (date_part('epoch', opened + $age) - date_part('epoch', opened)),
                1
            ), 0)
            + least((circles - $senders) / CAST($senders AS DOUBLE), 1)
            + CASE
                WHEN $rho >= 1 THEN 1
                ELSE least((share - CAST($rho AS DOUBLE)) / (1 - CAST($rho AS DOUBLE)), 1)
            END
            + greatest(1 - delay / date_part('epoch', $within), 0)
        ) / 4
    )
        * (CASE WHEN unordered THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN mixed THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN unseen THEN 0.8 ELSE 1.0 END) AS score,
    evidence,
    'The account, opened on ' || CAST(CAST(opened AS DATE) AS VARCHAR) || ', received '
        || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR in ' || CAST(payments AS VARCHAR)
        || ' payments in its first ' || CAST($age AS VARCHAR) || ' from ' || CAST(senders AS VARCHAR)
        || ' senders whom it had not paid before, in ' || CAST(circles AS VARCHAR)
        || ' circles that had not dealt with each other (at least ' || CAST($senders AS VARCHAR) || ' asked for). '
        || CAST(CAST(share AS DECIMAL(38, 4)) AS VARCHAR) || ' of it (' || CAST($rho AS VARCHAR) || ' asked for) left in '
        || CAST(onward AS VARCHAR) || ' payments within ' || CAST(CAST(delay / 3600 AS DECIMAL(38, 1)) AS VARCHAR)
        || ' hours of being received (' || CAST($within AS VARCHAR) || ' allowed), until '
        || CAST(CAST(last_time AS DATE) AS VARCHAR) || '. The holder may be a victim. '
        || CASE WHEN unseen THEN 'The account was opened before the data begin (weak link). ' ELSE '' END
        || CASE WHEN mixed THEN 'Several assets were compared by their value in euro (weak link). ' ELSE '' END
        || CASE
            WHEN unordered THEN 'The order of payments within a day is not known and was taken as money in, then out (weak '
                || 'link). '
            ELSE ''
        END
        || 'Tested: own accounts, declared family or employer and services are left out, senders who dealt with each other '
        || 'count as one; not tested: new student or arrival, new freelancer, private seller, wallet app. '
        || 'This is an indicator, not proof.' AS explanation
FROM findings
ORDER BY subject, first_time, evidence
