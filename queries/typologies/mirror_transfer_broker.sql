-- Mirror transfers through a broker
--
-- Id        T21
-- Version   1.0
-- Family    parallel
-- Rails     X
-- Areas     drugs, tax
-- Finds     brokers to whom at least $holders accounts no older than $account_age pass at least $to_broker of at least
--           $cash_credits cash deposits each within $within; or whose bank credits are matched at least $repeats times
--           by what their wallets pay in stablecoins within $match, within $tol in value.
-- Matters   Students and travellers lend accounts for cash from drug sales; the broker sells the money abroad to those
--           who may not take theirs out of their country, and nothing crosses the border.
-- Innocent  Tested: services, licensed remitters among them (flow.accounts), declared relations (flow.related). Not
--           tested: tuition agent, purchasing agent, remitter that no source names.
-- Misses    Accounts whose day of opening no source says (counted in the coverage); deposits passed on in cash or over
--           a second account; brokers whose wallet no list ties to their bank account. Money is matched first in, first
--           out, in euro. Of a day without times receipts are taken to come first (weak link). Accounts with more than
--           $max_degree transfers on a side that deposit cash are not tested (counted in the coverage). Stablecoins are
--           known by $stable.
-- Cost      a join of the young accounts with what they received; `successions` over those with enough cash alone.
-- Returns   the finding shape; the subject is the broker, the amount what was paid to the broker in euro, the evidence
--           the deposits and the payments to the broker, or the credits and the payouts, in the order of time.
-- Source    FinCEN Advisory FIN-2025-A003 on Chinese money laundering networks, August 2025
-- Requires  flow.fact_kinds.opened or intel.identifiers
--
-- @param holders       BIGINT         3
-- @param cash_credits  BIGINT         10
-- @param account_age   INTERVAL       '180 days'
-- @param to_broker     DECIMAL(5, 4)  0.7000
-- @param within        INTERVAL       '7 days'
-- @param tol           DECIMAL(5, 4)  0.0300
-- @param match         INTERVAL       '24 hours'
-- @param repeats       BIGINT         5
-- @param stable        VARCHAR        '(?i)(usdt|usdc|\bdai\b|busd|tusd|pyusd|eurc|0xdac17f958d2ee523a2206206994597c13d831ec7|0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48|TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t)'
-- @param max_degree    BIGINT         5000

CREATE TABLE deposits AS
SELECT
    young.account,
    young.opened,
    transfers.transfer_id,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.value_eur
FROM (
    SELECT facts.account, min(facts.opened) AS opened
    FROM flow.fact_kinds AS facts
    LEFT ANTI JOIN flow.accounts AS services ON services.account = facts.account AND services.service IS NOT NULL
    WHERE facts.opened IS NOT NULL
    GROUP BY facts.account
) AS young
INNER JOIN flow.transfers AS transfers
    ON transfers.dst = young.account
    AND transfers.time <= young.opened + $account_age
LEFT JOIN flow.accounts AS tills ON tills.account = transfers.src
WHERE transfers.ledger = 'bank'
    AND transfers.src <> transfers.dst
    AND transfers.value_eur > 0
    AND (transfers.channel = 'cash' OR tills.service = 'cash');

SELECT 'accounts with cash deposits of which no source says when they were opened' AS untested, count(*) AS number
FROM (
    SELECT dst AS account FROM flow.transfers WHERE ledger = 'bank' AND channel = 'cash'
    UNION
    SELECT transfers.dst
    FROM flow.accounts AS tills
    INNER JOIN flow.transfers AS transfers ON transfers.src = tills.account
    WHERE tills.service = 'cash' AND transfers.ledger = 'bank'
) AS depositing
LEFT ANTI JOIN flow.fact_kinds AS facts ON facts.account = depositing.account AND facts.opened IS NOT NULL
LEFT ANTI JOIN flow.accounts AS services ON services.account = depositing.account AND services.service IS NOT NULL;

CREATE TABLE depositors AS
SELECT account, opened, count(*) AS credits, sum(value_eur) AS cash, max(time) AS last_time
FROM deposits
GROUP BY account, opened
HAVING count(*) >= $cash_credits;

CREATE TABLE busy AS
SELECT account
FROM (
    SELECT depositors.account, 'in' AS side
    FROM depositors
    INNER JOIN flow.transfers AS transfers ON transfers.dst = depositors.account
    UNION ALL
    SELECT depositors.account, 'out'
    FROM depositors
    INNER JOIN flow.transfers AS transfers ON transfers.src = depositors.account
)
GROUP BY account, side
HAVING count(*) > $max_degree;

SELECT
    'accounts with cash deposits and more than ' || CAST($max_degree AS VARCHAR) || ' transfers on a side' AS untested,
    count(DISTINCT account) AS number
FROM busy;

CREATE TABLE candidates AS
SELECT depositors.account
FROM depositors
LEFT ANTI JOIN busy ON busy.account = depositors.account;

CREATE TABLE touching AS
SELECT
    transfer_id, src, dst, time, position, value_eur,
    time = date_trunc('day', time) AS day_only, true AS received
FROM candidates
INNER JOIN flow.transfers AS transfers ON transfers.dst = candidates.account
WHERE src <> dst AND value_eur > 0 AND ledger = 'bank'
UNION ALL
SELECT transfer_id, src, dst, time, position, value_eur, time = date_trunc('day', time), false
FROM candidates
INNER JOIN flow.transfers AS transfers ON transfers.src = candidates.account
LEFT ANTI JOIN candidates AS receivers ON receivers.account = transfers.dst
WHERE src <> dst AND value_eur > 0 AND ledger = 'bank';

CREATE TABLE passed AS
SELECT
    deposits.account,
    pairs.dst AS broker,
    deposits.transfer_id,
    pairs.paid_id,
    pairs.matched_amount AS value,
    date_part('epoch', pairs.paid_time) - date_part('epoch', pairs.received_time) AS delay,
    pairs.paid_time = pairs.received_time AS unordered
FROM deposits
INNER JOIN depositors ON depositors.account = deposits.account
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
) AS pairs ON pairs.account = deposits.account AND pairs.received_id = deposits.transfer_id;

CREATE TABLE lent AS
WITH shares AS (
    SELECT
        passed.account,
        passed.broker,
        depositors.credits,
        depositors.cash,
        CAST(sum(passed.value) AS DOUBLE) / CAST(depositors.cash AS DOUBLE) AS share,
        (date_part('epoch', depositors.last_time) - date_part('epoch', depositors.opened))
            / (date_part('epoch', depositors.opened + $account_age) - date_part('epoch', depositors.opened)) AS age,
        max(passed.delay) AS delay,
        bool_or(passed.unordered) AS unordered
    FROM passed
    INNER JOIN depositors ON depositors.account = passed.account
    LEFT ANTI JOIN flow.accounts AS services ON services.account = passed.broker AND services.service IS NOT NULL
    LEFT ANTI JOIN flow.related AS related ON related.a = passed.account AND related.b = passed.broker
    GROUP BY passed.account, passed.broker, depositors.credits, depositors.cash, depositors.last_time, depositors.opened
    HAVING sum(passed.value) >= $to_broker * depositors.cash
)
SELECT *, count(*) OVER (PARTITION BY broker) AS holders
FROM shares;

-- The second way: a list ties a bank account and a wallet to one party. Matches are mutual, as in
-- underground_banking.sql.
CREATE TABLE mirrored AS
WITH wallets AS (
    SELECT DISTINCT banks.account AS bank, chains.account AS wallet
    FROM intel.identifiers AS banks
    INNER JOIN intel.identifiers AS chains
        ON chains.dataset = banks.dataset
        AND chains.entity_id = banks.entity_id
    LEFT ANTI JOIN flow.accounts AS services ON services.account = banks.account AND services.service IS NOT NULL
    WHERE banks.ledger = 'bank' AND chains.ledger <> 'bank'
),
possible AS (
    SELECT
        wallets.bank,
        credits.transfer_id AS credit_id,
        payouts.transfer_id AS payout_id,
        credits.value_eur AS value,
        abs(credits.value_eur - payouts.value_eur) AS difference,
        CAST(abs(credits.value_eur - payouts.value_eur) AS DOUBLE) / CAST(credits.value_eur AS DOUBLE) AS deviation,
        date_part('epoch', payouts.time) - date_part('epoch', credits.time) AS delay
    FROM wallets
    INNER JOIN flow.transfers AS credits ON credits.dst = wallets.bank
    INNER JOIN flow.transfers AS payouts
        ON payouts.src = wallets.wallet
        AND payouts.time >= credits.time
        AND payouts.time <= credits.time + $match
    WHERE credits.ledger = 'bank'
        AND credits.src <> credits.dst
        AND credits.value_eur > 0
        AND payouts.ledger <> 'bank'
        AND payouts.src <> payouts.dst
        AND regexp_like(payouts.asset, $stable)
        AND abs(credits.value_eur - payouts.value_eur) <= $tol * credits.value_eur
),
mutual AS (
    SELECT *
    FROM (
        SELECT
            *,
            row_number() OVER (PARTITION BY bank, credit_id ORDER BY difference, delay, payout_id) AS best_payout,
            row_number() OVER (PARTITION BY bank, payout_id ORDER BY difference, delay, credit_id) AS best_credit
        FROM possible
    )
    WHERE best_payout = 1 AND best_credit = 1
)
SELECT *
FROM (SELECT *, count(*) OVER (PARTITION BY bank) AS matches FROM mutual)
WHERE matches >= $repeats;

WITH rows AS (
    SELECT lent.broker, 'cash' AS way, passed.transfer_id
    FROM lent
    INNER JOIN passed ON passed.account = lent.account AND passed.broker = lent.broker
    WHERE lent.holders >= $holders
    UNION
    SELECT lent.broker, 'cash', passed.paid_id
    FROM lent
    INNER JOIN passed ON passed.account = lent.account AND passed.broker = lent.broker
    WHERE lent.holders >= $holders
    UNION
    SELECT bank, 'mirror', credit_id FROM mirrored
    UNION
    SELECT bank, 'mirror', payout_id FROM mirrored
),
evidence AS (
    SELECT
        rows.broker,
        rows.way,
        min(transfers.time) AS first_time,
        max(transfers.time) AS last_time,
        sum(CASE WHEN transfers.dst = rows.broker THEN transfers.value_eur ELSE 0 END) AS amount,
        array_agg(
            transfers.transfer_id
            ORDER BY transfers.time, transfers.ledger, transfers.position, transfers.transfer_id
        ) AS evidence
    FROM rows
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = rows.transfer_id
    GROUP BY rows.broker, rows.way
),
cash AS (
    SELECT
        broker,
        count(*) AS holders,
        min(credits) AS credits,
        min(share) AS share,
        max(age) AS age,
        max(delay) AS delay,
        bool_or(unordered) AS unordered
    FROM lent
    WHERE holders >= $holders
    GROUP BY broker
),
mirrors AS (
    SELECT bank AS broker, count(*) AS matches, avg(deviation) AS deviation, avg(delay) AS delay
    FROM mirrored
    GROUP BY bank
)
SELECT
    evidence.broker AS subject,
    first_time,
    last_time,
    evidence.amount,
    'EUR' AS asset,
    (
        0.5 + 0.5 * (
            least((holders - $holders) / CAST($holders AS DOUBLE), 1)
            + least((credits - $cash_credits) / CAST($cash_credits AS DOUBLE), 1)
            + greatest(least(1 - age, 1), 0)
            + CASE
                WHEN $to_broker >= 1 THEN 1
                ELSE least((share - CAST($to_broker AS DOUBLE)) / (1 - CAST($to_broker AS DOUBLE)), 1)
            END
            + greatest(1 - delay / date_part('epoch', $within), 0)
        ) / 5
    ) * (CASE WHEN unordered THEN 0.8 ELSE 1.0 END) AS score,
    evidence.evidence,
    CAST(holders AS VARCHAR) || ' accounts (at least ' || CAST($holders AS VARCHAR) || ' asked for), none older than '
        || CAST($account_age AS VARCHAR) || ', each received at least ' || CAST(credits AS VARCHAR) || ' deposits of cash ('
        || CAST($cash_credits AS VARCHAR) || ' asked for) and passed at least '
        || CAST(CAST(share AS DECIMAL(38, 4)) AS VARCHAR) || ' of them (' || CAST($to_broker AS VARCHAR)
        || ' asked for) to the account within ' || CAST(CAST(delay / 3600 AS DECIMAL(38, 1)) AS VARCHAR) || ' hours ('
        || CAST($within AS VARCHAR) || ' allowed), ' || CAST(CAST(evidence.amount AS DECIMAL(38, 2)) AS VARCHAR)
        || ' EUR in all from ' || CAST(CAST(first_time AS DATE) AS VARCHAR) || ' to '
        || CAST(CAST(last_time AS DATE) AS VARCHAR) || '. '
        || CASE
            WHEN unordered THEN 'The order of payments within a day is not known and was taken as money in, then out (weak '
                || 'link). '
            ELSE ''
        END
        || 'Tested: services and declared relations are left out; not tested: remitter that no source names, tuition agent, '
        || 'purchasing agent. This is an indicator, not proof.' AS explanation
FROM evidence
INNER JOIN cash ON cash.broker = evidence.broker
WHERE evidence.way = 'cash'
UNION ALL
SELECT
    evidence.broker,
    first_time,
    last_time,
    evidence.amount,
    'EUR',
    (
        0.5 + 0.5 * (
            least((matches - $repeats) / CAST($repeats AS DOUBLE), 1)
            + CASE WHEN $tol = 0 THEN 1 ELSE greatest(1 - deviation / CAST($tol AS DOUBLE), 0) END
            + greatest(1 - delay / date_part('epoch', $match), 0)
        ) / 3
    ) * 0.8,
    evidence.evidence,
    CAST(matches AS VARCHAR) || ' payments received on the bank account (at least ' || CAST($repeats AS VARCHAR)
        || ' asked for), ' || CAST(CAST(evidence.amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR in all from '
        || CAST(CAST(first_time AS DATE) AS VARCHAR) || ' to ' || CAST(CAST(last_time AS DATE) AS VARCHAR)
        || ', were each matched by a payment in stablecoins from a wallet of the same party, on average '
        || CAST(CAST(delay / 3600 AS DECIMAL(38, 1)) AS VARCHAR) || ' hours later (' || CAST($match AS VARCHAR)
        || ' allowed) and ' || CAST(CAST(deviation AS DECIMAL(38, 4)) AS VARCHAR) || ' off in value ('
        || CAST($tol AS VARCHAR) || ' allowed). Assets are compared by their value in euro (weak link). '
        || 'Tested: services are left out; not tested: licensed exchanger that no source names, tuition agent, purchasing '
        || 'agent. This is an indicator, not proof.'
FROM evidence
INNER JOIN mirrors ON mirrors.broker = evidence.broker
WHERE evidence.way = 'mirror'
ORDER BY subject, first_time, evidence
