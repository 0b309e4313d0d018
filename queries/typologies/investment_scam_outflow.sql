-- Victim outflow, investment or romance scam
--
-- Id        T22
-- Version   1.0
-- Family    predicate
-- Rails     X
-- Areas     fraud, cyber, thb
-- Finds     accounts that within $window make at least $payments payments to at least $payees payees they never dealt
--           with before, of at least $sum euro in all, at least $vasp_share of it to virtual-asset service providers.
-- Matters   Whoever is talked into an investment or a romance pays in instalments, to ever new names, and most of it
--           where it can be turned into virtual assets. The account is a victim's, and nothing here counts against its
--           holder.
-- Innocent  Tested: own accounts and declared family or employer (flow.related), services as subjects (intel.attributed,
--           flow.accounts). Not tested: first crypto investment, renovation, house move.
-- Misses    Payments to a service provider that no tag, name or account names as one; strangers paid in cash. A payee is
--           a stranger when the first payment between the two, either way, lies within the window. A tag's day is when
--           somebody wrote it down: earlier payments count (weak link). Accounts with more than $max_degree payments
--           made, and payments in the first $new_within of a ledger, when everybody looks a stranger, are not tested
--           (both counted in the coverage).
-- Cost      joins of the accounts that paid a service provider with their own payments.
-- Returns   the finding shape; the subject is the victim (subject_category in the details), the amount the sum of the
--           payments in euro, the evidence these payments, in order.
-- Source    FinCEN, Alert FIN-2023-Alert005
-- Requires  intel.attributed.vasp
--
-- @param payments    BIGINT           5
-- @param payees      BIGINT           4
-- @param window      INTERVAL         '14 days'
-- @param sum         DECIMAL(38, 18)  20000
-- @param vasp_share  DECIMAL(5, 4)    0.5000
-- @param new_within  INTERVAL         '30 days'
-- @param attributed  BIGINT           60
-- @param max_degree  BIGINT           5000

CREATE TABLE vasps AS
SELECT account, max(name) AS name, max(confidence) AS confidence, min(since) AS since
FROM intel.attributed
WHERE kind = 'vasp'
GROUP BY account;

CREATE TABLE payers AS
SELECT DISTINCT transfers.src AS account
FROM vasps
INNER JOIN flow.transfers AS transfers ON transfers.dst = vasps.account
LEFT ANTI JOIN (SELECT account FROM intel.attributed) AS services ON services.account = transfers.src
WHERE transfers.src <> transfers.dst AND transfers.value_eur > 0;

CREATE TABLE busy AS
SELECT transfers.src AS account
FROM payers
INNER JOIN flow.transfers AS transfers ON transfers.src = payers.account
GROUP BY transfers.src
HAVING count(*) > $max_degree;

SELECT
    'payers of service providers with more than ' || CAST($max_degree AS VARCHAR) || ' payments made' AS untested,
    count(*) AS number
FROM busy;

CREATE TABLE contacts AS
SELECT account, other, min(time) AS first_time
FROM (
    SELECT payers.account, transfers.dst AS other, transfers.time
    FROM payers
    INNER JOIN flow.transfers AS transfers ON transfers.src = payers.account
    UNION ALL
    SELECT payers.account, transfers.src, transfers.time
    FROM payers
    INNER JOIN flow.transfers AS transfers ON transfers.dst = payers.account
)
GROUP BY account, other;

CREATE TABLE paid AS
SELECT
    transfers.src AS account,
    transfers.dst AS payee,
    transfers.transfer_id,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.value_eur,
    vasps.name,
    vasps.confidence,
    vasps.account IS NOT NULL AS to_vasp,
    vasps.since > transfers.time AS early,
    transfers.time >= ledgers.begins + $new_within AS testable
FROM payers
INNER JOIN flow.transfers AS transfers ON transfers.src = payers.account
INNER JOIN (SELECT ledger, min(time) AS begins FROM flow.transfers GROUP BY ledger) AS ledgers
    ON ledgers.ledger = transfers.ledger
INNER JOIN contacts ON contacts.account = transfers.src AND contacts.other = transfers.dst
LEFT JOIN vasps ON vasps.account = transfers.dst
LEFT ANTI JOIN busy ON busy.account = transfers.src
LEFT ANTI JOIN flow.related AS related ON related.a = transfers.src AND related.b = transfers.dst
LEFT ANTI JOIN (SELECT account FROM intel.attributed WHERE kind = 'cash') AS cash ON cash.account = transfers.dst
WHERE transfers.src <> transfers.dst
    AND transfers.value_eur > 0
    AND contacts.first_time >= transfers.time - $window;

SELECT
    'payments to service providers and strangers in the first ' || CAST($new_within AS VARCHAR) || ' of the data' AS untested,
    count(*) AS number
FROM paid
WHERE NOT testable;

WITH rolled AS (
    SELECT
        *,
        count(*) OVER recent AS recent_payments,
        count(DISTINCT payee) OVER recent AS recent_payees,
        sum(value_eur) OVER recent AS recent_sum,
        sum(CASE WHEN to_vasp THEN value_eur ELSE 0 END) OVER recent AS recent_vasp
    FROM paid
    WHERE testable
    WINDOW recent AS (PARTITION BY account ORDER BY time RANGE BETWEEN $window PRECEDING AND CURRENT ROW)
),
seeds AS (
    SELECT
        account,
        time,
        max(recent_payments) AS payments,
        max(recent_payees) AS payees,
        max(recent_sum) AS total,
        max(recent_vasp) AS vasp
    FROM rolled
    WHERE recent_payments >= $payments
        AND recent_payees >= $payees
        AND recent_sum >= $sum
        AND recent_vasp >= $vasp_share * recent_sum
    GROUP BY account, time
),
scored AS (
    SELECT
        *,
        CAST(vasp AS DOUBLE) / CAST(total AS DOUBLE) AS share,
        0.5 + 0.5 * (
            least((payments - $payments) / CAST($payments AS DOUBLE), 1)
            + least((payees - $payees) / CAST($payees AS DOUBLE), 1)
            + CASE WHEN $sum <= 0 THEN 1 ELSE least(CAST(total AS DOUBLE) / CAST($sum AS DOUBLE) - 1, 1) END
            + CASE
                WHEN $vasp_share >= 1 THEN 1
                ELSE (CAST(vasp AS DOUBLE) / CAST(total AS DOUBLE) - CAST($vasp_share AS DOUBLE))
                    / (1 - CAST($vasp_share AS DOUBLE))
            END
        ) / 4 AS score
    FROM seeds
),
reached AS (
    SELECT
        paid.*,
        scored.score,
        scored.share,
        min(scored.time) OVER (PARTITION BY paid.account ORDER BY paid.time DESC) AS seed_time
    FROM paid
    LEFT JOIN scored ON scored.account = paid.account AND scored.time = paid.time
    WHERE paid.testable
),
covered AS (
    SELECT
        *,
        CASE
            WHEN lag(time) OVER (PARTITION BY account ORDER BY time, ledger, position, transfer_id) + $window >= seed_time
            THEN 0 ELSE 1
        END AS opens
    FROM reached
    WHERE seed_time <= time + $window
),
grouped AS (
    SELECT *, sum(opens) OVER (PARTITION BY account ORDER BY time, ledger, position, transfer_id) AS finding
    FROM covered
),
findings AS (
    SELECT
        account,
        finding,
        min(time) AS first_time,
        max(time) AS last_time,
        sum(value_eur) AS amount,
        sum(CASE WHEN to_vasp THEN value_eur ELSE 0 END) AS vasp,
        count(*) AS payments,
        count(DISTINCT payee) AS payees,
        max(share) AS share,
        max(score) AS score,
        min(confidence) AS confidence,
        bool_or(coalesce(early, false)) AS early,
        array_to_string(array_agg(DISTINCT name ORDER BY name), ', ') AS names,
        array_agg(transfer_id ORDER BY time, ledger, position, transfer_id) AS evidence
    FROM grouped
    GROUP BY account, finding
)
SELECT
    account AS subject,
    first_time,
    last_time,
    amount,
    'EUR' AS asset,
    score
        * (CASE WHEN confidence < $attributed THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN early THEN 0.8 ELSE 1.0 END) AS score,
    evidence,
    'The holder may be a victim: ' || CAST(payments AS VARCHAR) || ' payments (at least ' || CAST($payments AS VARCHAR)
        || ' in ' || CAST($window AS VARCHAR) || ' asked for) of ' || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR)
        || ' EUR (' || CAST(CAST($sum AS DECIMAL(38, 2)) AS VARCHAR) || ') went to ' || CAST(payees AS VARCHAR) || ' payees ('
        || CAST($payees AS VARCHAR) || ') that the account had never dealt with, from '
        || CAST(CAST(first_time AS DATE) AS VARCHAR) || ' to ' || CAST(CAST(last_time AS DATE) AS VARCHAR) || ', of it '
        || CAST(CAST(vasp AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR to virtual-asset service providers (' || names
        || '), in the best window a share of ' || CAST(CAST(share AS DECIMAL(38, 4)) AS VARCHAR) || ' ('
        || CAST($vasp_share AS VARCHAR) || ' asked for). '
        || CASE
            WHEN confidence < $attributed
            THEN 'A service provider is attributed with less certainty than asked for (weak link). '
            ELSE ''
        END
        || CASE WHEN early THEN 'Its tag was written after some of the payments (weak link). ' ELSE '' END
        || 'Tested: own accounts and declared family or employer are left out; not tested: first crypto investment, '
        || 'renovation, house move. This is an indicator, not proof.' AS explanation,
    '{"subject_category":"victim"}' AS details
FROM findings
ORDER BY subject, first_time, evidence
