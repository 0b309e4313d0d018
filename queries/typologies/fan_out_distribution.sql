-- Fan-out distribution
--
-- Id        T03
-- Version   1.2
-- Family    passthrough
-- Rails     X
-- Areas     any, fraud, thb
-- Finds     accounts that pay at least $receivers unrelated receivers within $window, and pay them at least $rho of what
--           the account received from one window before the first to the last of these payments, no more than that and
--           $drawn of it, and at least $min_eur: who pays out much more than came in spends money of its own.
-- Matters   The proceeds of many are gathered in one place only to be handed on to those who have a share in them.
-- Innocent  Tested: own accounts and declared family or employer (flow.related), services (flow.accounts), payroll and
--           standing suppliers (receivers whom the account pays at least $monthly times, a month after another). Not
--           tested: refunds, dividends, pool payouts, airdrop, exchange batch, the pay of a single month.
-- Misses    Money held before the window; withdrawals in cash, whose receiver is not known; accounts that received nothing
--           (a share of nothing is no share); several assets at once; reversals are not paired. On a chain the change of
--           a payment is a receiver too. $drawn and $min_eur are not of the catalogue: the latter keeps the spending of
--           households out.
--           Accounts with more than $max_degree transfers on a side are not tested (counted in the coverage).
-- Cost      sums by account and span over all transfers; for the accounts that pass these a sliding count of receivers, and a
--           join of those that pass it with what they received.
-- Returns   the finding shape; the subject is the sender, the amount the sum paid in euro, the evidence the payments and
--           what was received for them, in the order of time.
-- Source    FATF, Professional Money Laundering, July 2018
--
-- @param receivers   BIGINT           5
-- @param window      INTERVAL         '7 days'
-- @param rho         DECIMAL(5, 4)    0.8000
-- @param drawn       DECIMAL(9, 4)    0.2500
-- @param min_eur     DECIMAL(38, 18)  0
-- @param monthly     BIGINT           3
-- @param max_degree  BIGINT           5000

CREATE TABLE busy AS
SELECT src AS account FROM flow.transfers GROUP BY src HAVING count(*) > $max_degree
UNION ALL
SELECT dst AS account FROM flow.transfers GROUP BY dst HAVING count(*) > $max_degree;

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' transfers on a side' AS untested,
    count(DISTINCT account) AS number
FROM busy;

-- A window lies within two neighbouring spans of its length: who never pays so many and so much in two, never does in one.
CREATE TABLE payers AS
SELECT DISTINCT spans.account
FROM (
    SELECT account, span, sum(number) AS number, sum(paid) AS paid
    FROM (
        SELECT account, span + CASE later.value WHEN 0 THEN INTERVAL '0 days' ELSE $window END AS span, number, paid
        FROM generate_series(0, 1) AS later
        CROSS JOIN (
            SELECT src AS account, date_bin($window, time) AS span, count(*) AS number, sum(value_eur) AS paid
            FROM flow.transfers
            WHERE src <> dst AND value_eur > 0
            GROUP BY src, date_bin($window, time)
        ) AS sums
    ) AS twice
    GROUP BY account, span
) AS spans
LEFT ANTI JOIN busy ON busy.account = spans.account
LEFT JOIN flow.accounts AS accounts ON accounts.account = spans.account
WHERE spans.number >= $receivers AND spans.paid >= $min_eur AND accounts.service IS NULL;

CREATE VIEW credits AS
SELECT transfer_id, time, ledger, position, asset, dst AS account, value_eur
FROM flow.transfers
WHERE src <> dst AND value_eur > 0;

-- Whom the account pays month by month: a fan of shares is paid once, or at times of its own.
CREATE TABLE standing AS
SELECT src, dst, asset
FROM (
    SELECT
        src,
        dst,
        asset,
        date_part('epoch', time - lag(time) OVER (PARTITION BY src, dst, asset ORDER BY time)) / 86400 AS days
    FROM (
        SELECT transfers.src, transfers.dst, transfers.asset, date_trunc('day', transfers.time) AS time
        FROM payers
        INNER JOIN flow.transfers AS transfers ON transfers.src = payers.account
        WHERE transfers.src <> transfers.dst AND transfers.value_eur > 0
        GROUP BY 1, 2, 3, 4
    ) AS paid
)
WHERE days BETWEEN 25 AND 36
GROUP BY src, dst, asset
HAVING count(*) + 1 >= $monthly;

CREATE VIEW debits AS
SELECT
    transfers.transfer_id,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.asset,
    transfers.src AS account,
    transfers.dst AS receiver,
    transfers.value_eur
FROM payers
INNER JOIN flow.transfers AS transfers ON transfers.src = payers.account
LEFT ANTI JOIN flow.related AS related ON related.a = transfers.src AND related.b = transfers.dst
LEFT ANTI JOIN standing
    ON standing.src = transfers.src AND standing.dst = transfers.dst AND standing.asset = transfers.asset
LEFT JOIN flow.accounts AS payee ON payee.account = transfers.dst
WHERE transfers.src <> transfers.dst
    AND transfers.value_eur > 0
    AND payee.service IS DISTINCT FROM 'cash';

CREATE TABLE candidates AS
WITH fans AS (
    SELECT
        *,
        count(DISTINCT receiver) OVER recent AS recent_receivers,
        sum(value_eur) OVER recent AS recent_sum,
        min(time) OVER recent AS recent_first
    FROM debits
    WINDOW recent AS (PARTITION BY account, asset ORDER BY time RANGE BETWEEN $window PRECEDING AND CURRENT ROW)
)
SELECT
    account,
    asset,
    time,
    max(recent_receivers) AS receivers,
    max(recent_sum) AS paid,
    min(recent_first) AS first_time
FROM fans
WHERE recent_receivers >= $receivers AND recent_sum >= $min_eur
GROUP BY account, asset, time;

-- What came in lies within three spans of the window's length: joined by span, a busy account is not joined with its past.
CREATE TABLE seeds AS
SELECT
    candidates.account,
    candidates.asset,
    candidates.time,
    candidates.first_time,
    candidates.receivers,
    candidates.paid,
    sum(credits.value_eur) AS received
FROM (
    SELECT *, date_bin($window, time) AS span FROM candidates
    UNION ALL
    SELECT *, date_bin($window, time - $window) FROM candidates
    UNION ALL
    SELECT *, date_bin($window, time - $window - $window) FROM candidates
) AS candidates
INNER JOIN credits
    ON credits.account = candidates.account
    AND credits.asset = candidates.asset
    AND date_bin($window, credits.time) = candidates.span
    AND credits.time <= candidates.time
    AND credits.time >= candidates.first_time - $window
GROUP BY 1, 2, 3, 4, 5, 6
HAVING candidates.paid >= $rho * sum(credits.value_eur)
    AND candidates.paid <= (1 + $drawn) * sum(credits.value_eur);

CREATE TABLE grouped AS
WITH scored AS (
    SELECT
        account,
        asset,
        time,
        first_time,
        receivers,
        CAST(paid AS DOUBLE) / CAST(received AS DOUBLE) AS share,
        0.5 + 0.5 * (
            least((receivers - $receivers) / CAST($receivers AS DOUBLE), 1)
            + CASE
                WHEN $rho >= 1 THEN 1
                ELSE least(
                    (CAST(paid AS DOUBLE) / CAST(received AS DOUBLE) - CAST($rho AS DOUBLE)) / (1 - CAST($rho AS DOUBLE)),
                    1
                )
            END
        ) / 2 AS score
    FROM seeds
),
-- A payment belongs to a finding when the next seed at or after it lies within the window. Runs of payments are one
-- finding where their incomes, from one window before the first payment on, overlap.
reached AS (
    SELECT
        debits.*,
        scored.score,
        scored.share,
        scored.receivers AS seed_receivers,
        min(scored.time) OVER (PARTITION BY debits.account, debits.asset ORDER BY debits.time DESC) AS seed_time,
        min(scored.first_time) OVER (PARTITION BY debits.account, debits.asset ORDER BY debits.time DESC) AS seed_first
    FROM debits
    LEFT SEMI JOIN seeds ON seeds.account = debits.account
    LEFT JOIN scored ON scored.account = debits.account AND scored.asset = debits.asset AND scored.time = debits.time
),
covered AS (
    SELECT
        *,
        CASE
            WHEN lag(time) OVER (PARTITION BY account, asset ORDER BY time, ledger, position, transfer_id) + $window
                >= seed_first
            THEN 0 ELSE 1
        END AS opens
    FROM reached
    WHERE seed_time <= time + $window
)
SELECT *, sum(opens) OVER (PARTITION BY account, asset ORDER BY time, ledger, position, transfer_id) AS finding
FROM covered;

WITH outgoing AS (
    SELECT
        account,
        asset,
        finding,
        min(time) AS first_time,
        max(time) AS last_time,
        sum(value_eur) AS amount,
        count(*) AS payments,
        count(DISTINCT receiver) AS receivers,
        max(seed_receivers) AS most,
        max(share) AS share,
        max(score) AS score
    FROM grouped
    GROUP BY account, asset, finding
),
rows AS (
    SELECT account, asset, finding, transfer_id, time, ledger, position, CAST(NULL AS DECIMAL(38, 18)) AS received
    FROM grouped
    UNION ALL
    SELECT
        outgoing.account,
        outgoing.asset,
        outgoing.finding,
        credits.transfer_id,
        credits.time,
        credits.ledger,
        credits.position,
        credits.value_eur
    FROM outgoing
    INNER JOIN credits
        ON credits.account = outgoing.account
        AND credits.asset = outgoing.asset
        AND credits.time <= outgoing.last_time
        AND credits.time >= outgoing.first_time - $window
),
evidence AS (
    SELECT
        account,
        asset,
        finding,
        min(time) AS first_time,
        max(time) AS last_time,
        sum(received) AS received,
        array_agg(transfer_id ORDER BY time, ledger, position, transfer_id) AS evidence
    FROM rows
    GROUP BY account, asset, finding
)
SELECT
    outgoing.account AS subject,
    evidence.first_time,
    evidence.last_time,
    outgoing.amount,
    'EUR' AS asset,
    outgoing.score,
    evidence.evidence,
    'The account made ' || CAST(payments AS VARCHAR) || ' payments in ' || outgoing.asset || ', worth '
        || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR, to ' || CAST(receivers AS VARCHAR)
        || ' receivers from ' || CAST(CAST(outgoing.first_time AS DATE) AS VARCHAR) || ' to '
        || CAST(CAST(outgoing.last_time AS DATE) AS VARCHAR) || ', to up to ' || CAST(most AS VARCHAR)
        || ' receivers in any ' || CAST($window AS VARCHAR) || ' (at least ' || CAST($receivers AS VARCHAR)
        || ' asked for), after receiving ' || CAST(CAST(received AS DECIMAL(38, 2)) AS VARCHAR)
        || ' EUR from one window before on; the best window paid out '
        || CAST(CAST(share AS DECIMAL(38, 2)) AS VARCHAR) || ' of what it received (' || CAST($rho AS VARCHAR)
        || ' asked for, and no more than all of it and ' || CAST($drawn AS VARCHAR) || '). '
        || 'Tested: own accounts and declared family or employer are left out, and so are services and receivers who are '
        || 'paid month by month; not tested: refunds, dividends, pool payouts, airdrop, exchange batch, the pay of a single '
        || 'month. This is an indicator, not proof.'
        AS explanation
FROM outgoing
INNER JOIN evidence
    ON evidence.account = outgoing.account
    AND evidence.asset = outgoing.asset
    AND evidence.finding = outgoing.finding
ORDER BY subject, first_time, evidence
