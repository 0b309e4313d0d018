-- Rapid pass-through
--
-- Id        T05
-- Version   1.2
-- Family    passthrough
-- Rails     X
-- Areas     any, fraud
-- Finds     accounts where, within $window, at least $credits payments received leave again to at least $rho each within
--           $within, first in, first out, while the balance grows by no more than $residual of them and falls by no more
--           than $drawn: who pays out much more than comes in spends money of its own.
-- Matters   Layering leaves little behind: money rests only as long as it takes to move it again.
-- Innocent  Tested: services (flow.accounts); rent and loan paid on salary day, cash pooling, payroll and an agent's own principal:
--           more than half of what is paid on goes to accounts that this one pays in at least $standing months in a row.
--           Not tested: escrow, notary and solicitor accounts, payment agent.
-- Misses    Onward payments in another asset; rests longer than $within; money held before the data begin, which is taken
--           to be none: what is paid beyond what was received uses no later credit. The balance at the end is the lowest
--           within $within after the last credit. Bank rows with a date and no time have no order within their day: with
--           ties 'weak' credits come first and the finding is a weak link, with 'strict' debits come first. Reversals are
--           not paired. A mule who serves a collector for $standing months in a row looks like a standing agent. $drawn,
--           $standing, and $min_eur, the least the credits are worth together, are not of the catalogue. Accounts with more than $max_degree transfers on a side are not tested (counted in the coverage).
-- Cost      sums by account and span over all transfers; running sums over those of the accounts that pass these; only credits
--           that pass are joined with their debits.
-- Returns   the finding shape; the subject is the account, the amount the sum of the credits in euro, the evidence the
--           credits and the debits that carried them away, in the order of time.
-- Source    FATF, Professional Money Laundering, July 2018; FinCEN FIN-2020-A003
--
-- Rule      Let I be what was received so far and O what was paid so far; paid in excess of received, M = O − max(0, the
--           greatest O − I so far), is what received money has paid so far. A credit owns the stretch of I it added, a
--           debit the stretch of M it added: where the two overlap the debit paid with that credit. M never runs ahead of
--           I, so a debit uses earlier credits only, and each unit of a debit is used once.
--
-- @param credits     BIGINT         3
-- @param rho         DECIMAL(5, 4)  0.9000
-- @param within      INTERVAL       '48 hours'
-- @param residual    DECIMAL(5, 4)  0.0500
-- @param drawn       DECIMAL(9, 4)  0.2500
-- @param window      INTERVAL       '30 days'
-- @param standing    BIGINT         4
-- @param min_eur     DECIMAL(38, 18)  0
-- @param ties        VARCHAR        'weak'
-- @param max_degree  BIGINT         5000

CREATE TABLE busy AS
SELECT src AS account FROM flow.transfers GROUP BY src HAVING count(*) > $max_degree
UNION
SELECT dst AS account FROM flow.transfers GROUP BY dst HAVING count(*) > $max_degree;

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' transfers on a side' AS untested,
    count(*) AS number
FROM busy;

-- What passes within $within is paid out in the span of that length in which it came or in the next, and the spans
-- of what comes within $window begin in three neighbouring stretches of that length. Who has never received, in three of these, so many payments and so
-- much that could have been paid on, has no finding; rates may have halved meanwhile.
CREATE TABLE paid AS
SELECT src AS account, date_bin($within, time) AS span, sum(value_eur) AS paid
FROM flow.transfers
WHERE src <> dst AND value_eur > 0
GROUP BY src, date_bin($within, time);

CREATE TABLE passable AS
SELECT account, span, sum(credits) AS credits, least(sum(received), 2 * sum(paid) / $rho) AS passable
FROM (
    SELECT dst AS account, date_bin($within, time) AS span, count(*) AS credits, sum(value_eur) AS received, 0 AS paid
    FROM flow.transfers
    WHERE src <> dst AND value_eur > 0
    GROUP BY dst, date_bin($within, time)
    UNION ALL
    SELECT account, span, 0, 0, paid FROM paid
    UNION ALL
    SELECT account, date_bin($within, span - $within), 0, 0, paid FROM paid
) AS sums
GROUP BY account, span
HAVING sum(credits) > 0 AND sum(paid) > 0;

CREATE TABLE testable AS
WITH spans AS (
    SELECT account, span, sum(credits) AS credits, sum(passable) AS passable
    FROM (
        SELECT account, date_bin($window, span) AS span, credits, passable FROM passable
        UNION ALL
        SELECT account, date_bin($window, span - $window), credits, passable FROM passable
        UNION ALL
        SELECT account, date_bin($window, span - $window - $window), credits, passable FROM passable
    ) AS thrice
    GROUP BY account, span
    HAVING sum(credits) >= $credits AND sum(passable) >= $min_eur
)
SELECT DISTINCT spans.account
FROM spans
LEFT ANTI JOIN busy ON busy.account = spans.account
LEFT JOIN flow.accounts AS accounts ON accounts.account = spans.account
WHERE accounts.service IS NULL;

CREATE VIEW queue AS
WITH moves AS (
    SELECT
        transfers.dst AS account, transfers.asset, transfer_id,
        CASE WHEN ledger <> 'bank' THEN coalesce(key_hash(reference), transfer_id) ELSE transfer_id END AS payment, time, ledger, position, value_eur,
        amount AS credit, CAST(0 AS DECIMAL(38, 18)) AS debit
    FROM testable
    INNER JOIN flow.transfers AS transfers ON transfers.dst = testable.account
    WHERE src <> dst AND value_eur > 0
    UNION ALL
    SELECT
        transfers.src, transfers.asset, transfer_id,
        CASE WHEN ledger <> 'bank' THEN coalesce(key_hash(reference), transfer_id) ELSE transfer_id END, time, ledger, position, value_eur,
        CAST(0 AS DECIMAL(38, 18)), amount
    FROM testable
    INNER JOIN flow.transfers AS transfers ON transfers.src = testable.account
    WHERE src <> dst AND value_eur > 0
),
dated AS (
    SELECT
        *,
        -- Midnight, in microseconds: to cut each time to its day costs ten times as much.
        ledger = 'bank' AND CAST(time AS BIGINT) % 86400000000 = 0 AS day_only,
        CASE
            WHEN ledger <> 'bank' OR CAST(time AS BIGINT) % 86400000000 <> 0 THEN 0
            WHEN (credit > 0) = ($ties = 'weak') THEN 0
            ELSE 1
        END AS rank
    FROM moves
),
sums AS (
    SELECT
        *,
        row_number() OVER steps AS step,
        sum(credit) OVER steps AS credited,
        sum(debit) OVER steps AS debited
    FROM dated
    WINDOW steps AS (
        PARTITION BY account, asset
        ORDER BY time, rank, ledger, position, transfer_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
)
SELECT
    *,
    debited - greatest(max(debited - credited) OVER (
        PARTITION BY account, asset
        ORDER BY time, rank, ledger, position, transfer_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ), 0) AS used
FROM sums;

CREATE TABLE passing AS
WITH followed AS (
    SELECT
        *,
        max(used) OVER later AS used_within,
        min(credited - debited) OVER later AS balance_within
    FROM queue
    WINDOW later AS (PARTITION BY account, asset ORDER BY time RANGE BETWEEN CURRENT ROW AND $within FOLLOWING)
)
SELECT
    *,
    least(used_within - (credited - credit), credit) AS passed,
    credited - debited - credit AS balance_before
FROM followed
WHERE credit > 0 AND least(used_within - (credited - credit), credit) >= $rho * credit;

CREATE TABLE grouped AS
WITH runs AS (
    SELECT
        *,
        count(DISTINCT payment) OVER recent AS recent_count,
        sum(credit) OVER recent AS recent_sum,
        sum(value_eur) OVER recent AS recent_value,
        min(step) OVER recent AS first_step
    FROM passing
    WINDOW recent AS (PARTITION BY account, asset ORDER BY time RANGE BETWEEN $window PRECEDING AND CURRENT ROW)
),
seeds AS (
    SELECT
        runs.account,
        runs.asset,
        runs.time,
        max(runs.recent_count) AS recent_count,
        min(greatest(runs.balance_within - opening.balance_before, 0)) AS growth,
        max(runs.recent_sum) AS recent_sum
    FROM runs
    INNER JOIN passing AS opening
        ON opening.account = runs.account AND opening.asset = runs.asset AND opening.step = runs.first_step
    WHERE runs.recent_count >= $credits
        AND runs.balance_within - opening.balance_before <= $residual * runs.recent_sum
        AND opening.balance_before - runs.balance_within <= $drawn * runs.recent_sum
        AND runs.recent_value >= $min_eur
    GROUP BY runs.account, runs.asset, runs.time
),
reached AS (
    SELECT
        runs.*,
        CAST(seeds.growth AS DOUBLE) / CAST(seeds.recent_sum AS DOUBLE) AS growth,
        seeds.recent_count AS seed_count,
        min(seeds.time) OVER (PARTITION BY runs.account, runs.asset ORDER BY runs.time DESC) AS seed_time
    FROM runs
    LEFT JOIN seeds ON seeds.account = runs.account AND seeds.asset = runs.asset AND seeds.time = runs.time
),
covered AS (
    SELECT
        *,
        CASE
            WHEN lag(time) OVER (PARTITION BY account, asset ORDER BY step) + $window >= seed_time THEN 0 ELSE 1
        END AS opens
    FROM reached
    WHERE seed_time <= time + $window
)
SELECT *, sum(opens) OVER (PARTITION BY account, asset ORDER BY step) AS finding
FROM covered;

CREATE TABLE pairs AS
WITH debits AS (
    SELECT
        *,
        used - lag(used, 1, CAST(0 AS DECIMAL(38, 18))) OVER (PARTITION BY account, asset ORDER BY step) AS paid
    FROM queue
)
SELECT
    grouped.account,
    grouped.asset,
    grouped.finding,
    grouped.time AS credit_time,
    debits.time AS debit_time,
    grouped.day_only AND debits.time = grouped.time AS unordered,
    debits.transfer_id,
    debits.payment,
    debits.time,
    debits.ledger,
    debits.position,
    debits.rank
FROM grouped
INNER JOIN debits
    ON debits.account = grouped.account
    AND debits.asset = grouped.asset
    AND debits.paid > 0
    AND debits.used > grouped.credited - grouped.credit
    AND debits.used - debits.paid < grouped.credited
    AND debits.time <= grouped.time + $within;

CREATE TABLE onward AS
SELECT debits.account, debits.asset, debits.finding, transfers.dst, transfers.value_eur, transfers.transfer_id
FROM (SELECT DISTINCT account, asset, finding, transfer_id FROM pairs) AS debits
INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = debits.transfer_id;

-- Whether most of what a finding pays on goes to whom the account pays month after month, whatever comes in.
CREATE TABLE habits AS
WITH months AS (
    SELECT DISTINCT
        transfers.src AS account,
        transfers.dst,
        12 * date_part('year', transfers.time) + date_part('month', transfers.time) AS month
    FROM (SELECT DISTINCT account, dst FROM onward) AS paid
    INNER JOIN flow.transfers AS transfers ON transfers.src = paid.account AND transfers.dst = paid.dst
),
-- Months in a row differ from their places by the same number.
rows AS (
    SELECT account, dst, month - row_number() OVER (PARTITION BY account, dst ORDER BY month) AS start
    FROM months
),
payees AS (
    SELECT account, dst, max(months) AS months
    FROM (SELECT account, dst, count(*) AS months FROM rows GROUP BY account, dst, start) AS runs
    GROUP BY account, dst
)
SELECT
    onward.account,
    onward.asset,
    onward.finding,
    coalesce(sum(CASE WHEN payees.months >= $standing THEN onward.value_eur END), 0)
        > coalesce(sum(CASE WHEN payees.months < $standing THEN onward.value_eur END), 0) AS standing
FROM onward
INNER JOIN payees ON payees.account = onward.account AND payees.dst = onward.dst
GROUP BY onward.account, onward.asset, onward.finding;

WITH incoming AS (
    SELECT
        account,
        asset,
        finding,
        sum(value_eur) AS amount,
        count(DISTINCT payment) AS payments,
        max(seed_count) AS most,
        min(growth) AS growth,
        min(CAST(passed AS DOUBLE) / CAST(credit AS DOUBLE)) AS least_share
    FROM grouped
    GROUP BY account, asset, finding
),
delays AS (
    SELECT
        account,
        asset,
        finding,
        max(date_part('epoch', debit_time) - date_part('epoch', credit_time)) AS delay,
        bool_or(unordered) AS unordered,
        count(DISTINCT payment) AS onward
    FROM pairs
    GROUP BY account, asset, finding
),
rows AS (
    SELECT account, asset, finding, transfer_id, time, ledger, position
    FROM grouped
    UNION
    SELECT account, asset, finding, transfer_id, time, ledger, position
    FROM pairs
),
evidence AS (
    SELECT
        account,
        asset,
        finding,
        min(time) AS first_time,
        max(time) AS last_time,
        array_agg(transfer_id ORDER BY time, ledger, position, transfer_id) AS evidence
    FROM rows
    GROUP BY account, asset, finding
)
SELECT
    incoming.account AS subject,
    evidence.first_time,
    evidence.last_time,
    incoming.amount,
    'EUR' AS asset,
    (
        0.5 + 0.5 * (
            least((most - $credits) / CAST($credits AS DOUBLE), 1)
            + CASE
                WHEN $rho >= 1 THEN 1
                ELSE greatest((least_share - CAST($rho AS DOUBLE)) / (1 - CAST($rho AS DOUBLE)), 0)
            END
            + greatest(1 - delay / date_part('epoch', $within), 0)
            + CASE WHEN $residual = 0 THEN 1 ELSE greatest(1 - growth / CAST($residual AS DOUBLE), 0) END
        ) / 4
    ) * (CASE WHEN unordered THEN 0.8 ELSE 1.0 END) AS score,
    evidence.evidence,
    CAST(payments AS VARCHAR) || ' payments received in ' || incoming.asset || ', worth '
        || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR, left the account again from '
        || CAST(CAST(evidence.first_time AS DATE) AS VARCHAR) || ' to ' || CAST(CAST(evidence.last_time AS DATE) AS VARCHAR)
        || ' in ' || CAST(onward AS VARCHAR) || ' payments, each to at least '
        || CAST(CAST(least_share AS DECIMAL(38, 4)) AS VARCHAR) || ' (' || CAST($rho AS VARCHAR)
        || ' asked for) and within ' || CAST(CAST(delay / 3600 AS DECIMAL(38, 1)) AS VARCHAR) || ' hours ('
        || CAST($within AS VARCHAR) || ' allowed); up to ' || CAST(most AS VARCHAR) || ' of them came within '
        || CAST($window AS VARCHAR) || ' (at least ' || CAST($credits AS VARCHAR)
        || ' asked for), and the balance grew by ' || CAST(CAST(growth AS DECIMAL(38, 4)) AS VARCHAR)
        || ' of them (' || CAST($residual AS VARCHAR) || ' allowed, and a fall by ' || CAST($drawn AS VARCHAR) || '). '
        || CASE
            WHEN unordered THEN 'The order of payments within a day is not known and was taken as money in, then out (weak '
                || 'link). '
            ELSE ''
        END
        || 'Tested: services are left out, and who pays most of it to accounts paid in at least ' || CAST($standing AS VARCHAR)
        || ' months in a row (rent and loan on salary day, pooling, payroll); not tested: escrow, notary or solicitor account, '
        || 'payment agent. This is an indicator, not proof.' AS explanation
FROM incoming
INNER JOIN habits
    ON habits.account = incoming.account
    AND habits.asset = incoming.asset
    AND habits.finding = incoming.finding
    AND NOT habits.standing
INNER JOIN evidence
    ON evidence.account = incoming.account
    AND evidence.asset = incoming.asset
    AND evidence.finding = incoming.finding
INNER JOIN delays
    ON delays.account = incoming.account
    AND delays.asset = incoming.asset
    AND delays.finding = incoming.finding
ORDER BY subject, first_time, evidence
