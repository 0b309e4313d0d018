-- Unlicensed stablecoin OTC hub
--
-- Id        T39
-- Version   1.0
-- Family    parallel
-- Rails     E
-- Areas     any, drugs, fraud
-- Finds     addresses that within $window deal with at least $counterparties others, at least $stable of the value in
--           stablecoins, pay out between $rho_least and $rho_most of what they receive, and keep it no longer than
--           $residence (median, first in first out).
-- Matters   Who takes stablecoins from everybody and hands them on within hours is an exchange office, whether or not it
--           has a licence: money of many countries meets there, and none of their banks sees it.
-- Innocent  Tested: tagged services, and contracts (intel.attributed, intel.tags, flow.accounts). Not tested: exchange
--           or processor that nobody has tagged, payroll service.
-- Misses    Hubs that use a new address for each customer; the other side of the trade, in cash or at a bank. Addresses
--           with more than $max_degree transfers are not tested (counted in the coverage).
-- Cost      a count of counterparties over the transfers of chains of accounts; sliding sums over the transfers of the few that
--           have enough of them.
-- Returns   the finding shape; the subject is the address, the amount what it received in euro, the evidence its
--           transfers, in order.
-- Source    FATF, Virtual Assets Red Flag Indicators, September 2020 (senders and recipients)
-- Requires  flow.account_transfers.stablecoin
--
-- @param counterparties  BIGINT         100
-- @param window          INTERVAL       '7 days'
-- @param stable          DECIMAL(5, 4)  0.9500
-- @param rho_least       DECIMAL(5, 4)  0.9500
-- @param rho_most        DECIMAL(5, 4)  1.0500
-- @param residence       INTERVAL       '6 hours'
-- @param max_degree      BIGINT         100000

CREATE TABLE candidates AS
SELECT met.account
FROM (
    SELECT src AS account, dst AS other FROM flow.account_transfers WHERE value_eur > 0 AND src <> dst
    UNION ALL
    SELECT dst, src FROM flow.account_transfers WHERE value_eur > 0 AND src <> dst
) AS met
LEFT ANTI JOIN (SELECT account FROM intel.attributed) AS services ON services.account = met.account
LEFT ANTI JOIN (SELECT account FROM intel.tags WHERE account IS NOT NULL AND confidence_level >= 50) AS tagged
    ON tagged.account = met.account
LEFT ANTI JOIN (SELECT account FROM flow.accounts WHERE kind = 'contract') AS contracts ON contracts.account = met.account
GROUP BY met.account
HAVING count(DISTINCT met.other) >= $counterparties;

CREATE TABLE moves AS
SELECT
    candidates.account,
    transfers.dst AS other,
    transfers.transfer_id,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.stable,
    CAST(0 AS DECIMAL(38, 18)) AS credit,
    transfers.value_eur AS debit
FROM candidates
INNER JOIN flow.account_transfers AS transfers ON transfers.src = candidates.account
WHERE transfers.src <> transfers.dst AND transfers.value_eur > 0
UNION ALL
SELECT
    candidates.account,
    transfers.src,
    transfers.transfer_id,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.stable,
    transfers.value_eur,
    CAST(0 AS DECIMAL(38, 18))
FROM candidates
INNER JOIN flow.account_transfers AS transfers ON transfers.dst = candidates.account
WHERE transfers.src <> transfers.dst AND transfers.value_eur > 0;

CREATE TABLE busy AS
SELECT account FROM moves GROUP BY account HAVING count(*) > $max_degree;

SELECT
    'addresses with more than ' || CAST($max_degree AS VARCHAR) || ' transfers' AS untested,
    count(*) AS number
FROM busy;

-- How long each part of what was received lay there, known when it leaves.
CREATE TABLE rests AS
SELECT
    pairs.account,
    pairs.paid_time AS time,
    date_part('epoch', pairs.paid_time) - date_part('epoch', pairs.received_time) AS dwell
FROM successions(
    (
        SELECT DISTINCT
            transfer_id,
            CASE WHEN debit > 0 THEN account ELSE other END AS src,
            CASE WHEN debit > 0 THEN other ELSE account END AS dst,
            time,
            position,
            credit + debit AS amount
        FROM moves
        LEFT ANTI JOIN busy ON busy.account = moves.account
        WHERE stable
    ),
    within => $window,
    matched => true
) AS pairs
INNER JOIN candidates ON candidates.account = pairs.account;

CREATE TABLE seeds AS
WITH events AS (
    SELECT account, time, other, stable, credit, debit, CAST(NULL AS DOUBLE) AS dwell
    FROM moves
    LEFT ANTI JOIN busy ON busy.account = moves.account
    UNION ALL
    SELECT account, time, CAST(NULL AS BIGINT), CAST(NULL AS BOOLEAN), CAST(NULL AS DECIMAL(38, 18)),
        CAST(NULL AS DECIMAL(38, 18)), CAST(dwell AS DOUBLE)
    FROM rests
),
rolled AS (
    SELECT
        account,
        time,
        other,
        count(DISTINCT other) OVER recent AS others,
        sum(credit) OVER recent AS received,
        sum(debit) OVER recent AS paid,
        sum(CASE WHEN stable THEN credit + debit ELSE 0 END) OVER recent AS in_stable,
        median(dwell) OVER recent AS dwell
    FROM events
    WINDOW recent AS (PARTITION BY account ORDER BY time RANGE BETWEEN $window PRECEDING AND CURRENT ROW)
)
SELECT
    account,
    time,
    max(others) AS others,
    max(received) AS received,
    max(paid) AS paid,
    max(in_stable) AS in_stable,
    max(dwell) AS dwell
FROM rolled
WHERE other IS NOT NULL
    AND others >= $counterparties
    AND in_stable >= $stable * (received + paid)
    AND paid >= $rho_least * received
    AND paid <= $rho_most * received
    AND dwell <= date_part('epoch', $residence)
GROUP BY account, time;

WITH scored AS (
    SELECT
        *,
        CAST(paid AS DOUBLE) / CAST(received AS DOUBLE) AS rho,
        CAST(in_stable AS DOUBLE) / CAST(received + paid AS DOUBLE) AS share
    FROM seeds
),
reached AS (
    SELECT
        moves.*,
        scored.others,
        scored.rho,
        scored.share,
        scored.dwell,
        0.5 + 0.5 * (
            least((scored.others - $counterparties) / CAST($counterparties AS DOUBLE), 1)
            + CASE
                WHEN $stable >= 1 THEN 1
                ELSE (scored.share - CAST($stable AS DOUBLE)) / (1 - CAST($stable AS DOUBLE))
            END
            + CASE
                WHEN $rho_most = $rho_least THEN 1
                ELSE greatest(
                    1 - abs(scored.rho - CAST($rho_most + $rho_least AS DOUBLE) / 2)
                        / (CAST($rho_most - $rho_least AS DOUBLE) / 2),
                    0
                )
            END
            + greatest(1 - scored.dwell / date_part('epoch', $residence), 0)
        ) / 4 AS score,
        min(scored.time) OVER (PARTITION BY moves.account ORDER BY moves.time DESC) AS seed_time
    FROM moves
    LEFT SEMI JOIN seeds AS found ON found.account = moves.account
    LEFT JOIN scored ON scored.account = moves.account AND scored.time = moves.time
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
        sum(credit) AS amount,
        sum(debit) AS paid,
        count(*) AS transfers,
        max(others) AS most,
        max(share) AS share,
        min(dwell) AS dwell,
        max(score) AS score,
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
    score,
    evidence,
    'The address received ' || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR and paid '
        || CAST(CAST(paid AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR (between ' || CAST($rho_least AS VARCHAR) || ' and '
        || CAST($rho_most AS VARCHAR) || ' of it in each ' || CAST($window AS VARCHAR) || ') in '
        || CAST(transfers AS VARCHAR) || ' transfers from ' || CAST(CAST(first_time AS DATE) AS VARCHAR) || ' to '
        || CAST(CAST(last_time AS DATE) AS VARCHAR) || ', with up to ' || CAST(most AS VARCHAR) || ' others in '
        || CAST($window AS VARCHAR) || ' (at least ' || CAST($counterparties AS VARCHAR) || ' asked for), up to '
        || CAST(CAST(share AS DECIMAL(38, 4)) AS VARCHAR) || ' of it in stablecoins (' || CAST($stable AS VARCHAR)
        || '), half of it for no longer than ' || CAST(CAST(dwell / 3600 AS DECIMAL(38, 1)) AS VARCHAR) || ' hours ('
        || CAST($residence AS VARCHAR) || ' allowed). '
        || 'Tested: tagged addresses and contracts are left out; not tested: exchange or processor that nobody has tagged, '
        || 'payroll service. This is an indicator, not proof.' AS explanation
FROM findings
ORDER BY subject, first_time, evidence
