-- Account-takeover drain
--
-- Id        T23
-- Version   1.0
-- Family    predicate
-- Rails     B
-- Areas     fraud, cyber
-- Finds     accounts from which, within $within of a new device or new credentials, at least $out_share of the balance
--           leaves to payees whom the account had never paid before.
-- Matters   Who takes an account over empties it at once, before the holder sees it. The holder is a victim.
-- Innocent  Tested: own accounts, declared family and employer (flow.related), cash. Not tested: new phone and a large
--           purchase, account closed, bank switched to an account that nobody declared.
-- Misses    Takeovers without a change that the bank records; drains to known payees or in cash. An account's first
--           device is no change. The balance is what the data show was received less what was paid, plus the least that
--           keeps the account from going below nothing: unless the account was opened within the data it is a lower
--           bound (weak link). Of a day without times, payments are taken to follow the change (weak link). Changes in
--           the first $known of the data, when nobody can tell who was paid before, and accounts with more than
--           $max_degree payments are not tested (counted in the coverage). $min_eur, the least that leaves, is not of
--           the catalogue.
-- Cost      a join of the changes with the payments that follow, then of these few accounts with all their payments.
-- Returns   the finding shape; the subject is the victim's account, the amount the sum paid to new payees in euro, the
--           evidence these payments in the order of time; `details` says that the subject is a victim.
-- Source    FinCEN FIN-2011-A016 on account takeover, December 2011 (unverified); MITRE F3
-- Requires  flow.fact_kinds.credential_change or flow.fact_kinds.device
--
-- @param out_share   DECIMAL(5, 4)    0.7000
-- @param within      INTERVAL         '24 hours'
-- @param known       INTERVAL         '30 days'
-- @param min_eur     DECIMAL(38, 18)  0
-- @param max_degree  BIGINT           5000

CREATE TABLE changes AS
WITH devices AS (
    SELECT
        account,
        device,
        min(coalesce(time, TIMESTAMP '1970-01-01T00:00:00Z')) AS time,
        min(min(coalesce(time, TIMESTAMP '1970-01-01T00:00:00Z'))) OVER (PARTITION BY account) AS first_time
    FROM flow.fact_kinds
    WHERE device IS NOT NULL
    GROUP BY account, device
),
events AS (
    SELECT account, time, 'a new device' AS what
    FROM devices
    WHERE time > first_time
    UNION ALL
    SELECT account, credential_change, 'new credentials'
    FROM flow.fact_kinds
    WHERE credential_change IS NOT NULL
)
SELECT
    account,
    time,
    CASE WHEN count(DISTINCT what) > 1 THEN 'a new device and new credentials' ELSE min(what) END AS what
FROM events
GROUP BY account, time;

CREATE TABLE busy AS
SELECT account
FROM (SELECT src AS account FROM flow.transfers UNION ALL SELECT dst FROM flow.transfers)
GROUP BY account
HAVING count(*) > $max_degree;

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' transfers and a change of device or credentials' AS untested,
    count(*) AS number
FROM busy
LEFT SEMI JOIN changes ON changes.account = busy.account;

SELECT
    'changes of device or credentials in the first ' || CAST($known AS VARCHAR) || ' of the data' AS untested,
    count(*) AS number
FROM changes
CROSS JOIN (SELECT min(time) AS begins FROM flow.transfers WHERE ledger = 'bank') AS extent
WHERE changes.time < extent.begins + $known;

-- What left after a change, whoever received it.
CREATE TABLE leaving AS
SELECT
    changes.account,
    changes.time AS change,
    changes.what,
    transfers.dst AS payee,
    transfers.transfer_id,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.value_eur,
    transfers.time <= changes.time AS unordered
FROM changes
CROSS JOIN (SELECT min(time) AS begins FROM flow.transfers WHERE ledger = 'bank') AS extent
INNER JOIN flow.transfers AS transfers
    ON transfers.src = changes.account
    AND transfers.time <= changes.time + $within
    AND (
        transfers.time > changes.time
        OR (
            transfers.time = date_trunc('day', transfers.time)
            AND transfers.time = date_trunc('day', changes.time)
        )
    )
LEFT ANTI JOIN busy ON busy.account = changes.account
LEFT ANTI JOIN flow.accounts AS services ON services.account = changes.account AND services.service IS NOT NULL
WHERE changes.time >= extent.begins + $known
    AND transfers.ledger = 'bank'
    AND transfers.src <> transfers.dst
    AND transfers.value_eur > 0;

CREATE TABLE drains AS
SELECT leaving.*
FROM leaving
LEFT ANTI JOIN (
    SELECT DISTINCT pairs.account, pairs.change, pairs.payee
    FROM (SELECT DISTINCT account, change, payee FROM leaving) AS pairs
    INNER JOIN flow.transfers AS earlier
        ON earlier.src = pairs.account
        AND earlier.dst = pairs.payee
        AND earlier.time <= pairs.change
        AND earlier.time <> date_trunc('day', pairs.change)
) AS known
    ON known.account = leaving.account
    AND known.change = leaving.change
    AND known.payee = leaving.payee
LEFT ANTI JOIN flow.related AS related ON related.a = leaving.account AND related.b = leaving.payee
LEFT ANTI JOIN flow.accounts AS tills ON tills.account = leaving.payee AND tills.service = 'cash';

-- Received less paid up to each transfer, from the first to the last that counts.
CREATE TABLE balances AS
WITH episodes AS (
    SELECT account, change, max(time) AS last_time, sum(value_eur) AS paid
    FROM drains
    GROUP BY account, change
    HAVING sum(value_eur) >= $min_eur
),
moves AS (
    SELECT
        episodes.account,
        episodes.change,
        transfers.transfer_id,
        transfers.time,
        transfers.position,
        transfers.value_eur AS value
    FROM episodes
    INNER JOIN flow.transfers AS transfers
        ON transfers.dst = episodes.account
        AND transfers.time <= episodes.last_time
    WHERE transfers.src <> transfers.dst
    UNION ALL
    SELECT
        episodes.account,
        episodes.change,
        transfers.transfer_id,
        transfers.time,
        transfers.position,
        -transfers.value_eur
    FROM episodes
    INNER JOIN flow.transfers AS transfers
        ON transfers.src = episodes.account
        AND transfers.time <= episodes.last_time
    WHERE transfers.src <> transfers.dst
),
sums AS (
    SELECT
        moves.*,
        drains.transfer_id IS NOT NULL OR moves.time > moves.change AS after,
        sum(moves.value) OVER (
            PARTITION BY moves.account, moves.change
            ORDER BY moves.time, drains.transfer_id IS NOT NULL, moves.position, moves.transfer_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS balance
    FROM moves
    LEFT JOIN drains
        ON drains.account = moves.account
        AND drains.change = moves.change
        AND drains.transfer_id = moves.transfer_id
)
SELECT
    account,
    change,
    greatest(-min(balance), 0) AS opening,
    greatest(-min(balance), 0) + sum(CASE WHEN after THEN 0 ELSE value END) AS balance
FROM sums
GROUP BY account, change;

WITH extent AS (
    SELECT min(time) AS begins
    FROM flow.transfers
    WHERE ledger = 'bank'
),
openings AS (
    SELECT account, min(opened) AS opened
    FROM flow.fact_kinds
    WHERE opened IS NOT NULL
    GROUP BY account
),
episodes AS (
    SELECT
        account,
        change,
        min(what) AS what,
        min(time) AS first_time,
        max(time) AS last_time,
        sum(value_eur) AS amount,
        count(*) AS payments,
        count(DISTINCT payee) AS payees,
        bool_or(unordered) AS unordered,
        array_agg(transfer_id ORDER BY time, ledger, position, transfer_id) AS evidence
    FROM drains
    GROUP BY account, change
),
findings AS (
    SELECT
        episodes.*,
        balances.balance,
        least(CAST(episodes.amount AS DOUBLE) / CAST(balances.balance AS DOUBLE), 1) AS share,
        greatest(date_part('epoch', episodes.last_time) - date_part('epoch', episodes.change), 0) AS delay,
        balances.opening > 0 OR openings.opened IS NULL OR openings.opened < extent.begins AS bounded
    FROM episodes
    CROSS JOIN extent
    INNER JOIN balances ON balances.account = episodes.account AND balances.change = episodes.change
    LEFT JOIN openings ON openings.account = episodes.account
    WHERE balances.balance > 0 AND episodes.amount >= $out_share * balances.balance
)
SELECT
    account AS subject,
    first_time,
    last_time,
    amount,
    'EUR' AS asset,
    (
        0.5 + 0.5 * (
            greatest(1 - delay / date_part('epoch', $within), 0)
            + CASE
                WHEN $out_share >= 1 THEN 1
                ELSE (share - CAST($out_share AS DOUBLE)) / (1 - CAST($out_share AS DOUBLE))
            END
        ) / 2
    )
        * (CASE WHEN bounded THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN unordered THEN 0.8 ELSE 1.0 END) AS score,
    evidence,
    'The bank recorded ' || what || ' on ' || CAST(CAST(change AS DATE) AS VARCHAR) || '; within '
        || CAST(CAST(delay / 3600 AS DECIMAL(38, 1)) AS VARCHAR) || ' hours (' || CAST($within AS VARCHAR)
        || ' allowed) ' || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR left in ' || CAST(payments AS VARCHAR)
        || ' payments to ' || CAST(payees AS VARCHAR) || ' payees whom the account had never paid before, '
        || CAST(CAST(share AS DECIMAL(38, 4)) AS VARCHAR) || ' of a balance of '
        || CAST(CAST(balance AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR (' || CAST($out_share AS VARCHAR)
        || ' asked for). The holder is a victim, if it was not he himself. '
        || CASE
            WHEN bounded THEN 'The balance is worked out from the payments in the data and may have been higher (weak link). '
            ELSE ''
        END
        || CASE WHEN unordered THEN 'Whether the payments follow the change within the day is not known (weak link). ' ELSE '' END
        || 'Tested: own accounts, declared family or employer and cash are left out; not tested: new phone and a large '
        || 'purchase, account closed, bank switched. This is an indicator, not proof.' AS explanation,
    '{"subject_category": "victim"}' AS details
FROM findings
ORDER BY subject, first_time, evidence
