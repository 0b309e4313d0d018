-- Ponzi flow
--
-- Id        T24
-- Version   1.0
-- Family    predicate
-- Rails     X
-- Areas     fraud
-- Finds     accounts that at least $depositors others pay within $window and that pay at least $repaid of them back, at
--           least $funded of it out of what others deposited later, when no more than $outside of the income is anything
--           else.
-- Matters   There is no business: what the first are paid as a profit is what the next have paid in, until no next ones
--           come.
-- Innocent  Tested: services, and money from services, own accounts and declared family or employer, which is other
--           income (intel.attributed, flow.accounts, flow.related). Not tested: savings circle, fund, insurer,
--           processor, exchange.
-- Misses    Schemes that collect on one account and pay from another; deposits brought in cash; income that is dressed
--           up as deposits. Whose money a payout is follows first in, first out, over $window; what is older is
--           nobody's. $repaid is not of the catalogue: a shop that refunds one customer is no scheme. Bank rows with a
--           date and no time are taken in the order of their file (weak link). Accounts with more than $max_degree
--           transfers on a side are not tested (counted in the coverage).
-- Cost      a count of payers for each account; the transfers of accounts that have enough of them and pay some back.
-- Returns   the finding shape; the subject is the account of the scheme, the amount the deposits not paid back in euro,
--           the evidence the deposits and the payouts to depositors, in order.
-- Source    INTERPOL, dark web and virtual assets concepts
--
-- @param depositors  BIGINT         20
-- @param funded      DECIMAL(5, 4)  0.9000
-- @param window      INTERVAL       '90 days'
-- @param outside     DECIMAL(5, 4)  0.1000
-- @param repaid      BIGINT         5
-- @param max_degree  BIGINT         5000

CREATE TABLE busy AS
SELECT src AS account FROM flow.transfers GROUP BY src HAVING count(*) > $max_degree
UNION
SELECT dst AS account FROM flow.transfers GROUP BY dst HAVING count(*) > $max_degree;

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' transfers on a side' AS untested,
    count(*) AS number
FROM busy;

CREATE TABLE services AS
SELECT DISTINCT account FROM intel.attributed
UNION
SELECT account FROM flow.accounts WHERE kind = 'coinbase';

CREATE TABLE collectors AS
SELECT transfers.dst AS account
FROM flow.transfers AS transfers
LEFT ANTI JOIN busy ON busy.account = transfers.dst
LEFT ANTI JOIN services ON services.account = transfers.dst
WHERE transfers.src <> transfers.dst AND transfers.value_eur > 0
GROUP BY transfers.dst
HAVING count(DISTINCT transfers.src) >= $depositors;

CREATE TABLE credits AS
SELECT
    transfers.dst AS account,
    transfers.src AS sender,
    transfers.transfer_id,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.asset,
    transfers.value_eur,
    services.account IS NULL AND related.a IS NULL AS deposit
FROM collectors
INNER JOIN flow.transfers AS transfers ON transfers.dst = collectors.account
LEFT JOIN services ON services.account = transfers.src
LEFT JOIN flow.related AS related ON related.a = transfers.src AND related.b = transfers.dst
WHERE transfers.src <> transfers.dst AND transfers.value_eur > 0;

CREATE TABLE depositors AS
SELECT account, sender, min(time) AS first_time
FROM credits
WHERE deposit
GROUP BY account, sender;

-- What goes back to somebody who had deposited before; accounts that do not pay enough of them are done with.
CREATE TABLE payouts AS
WITH paid AS (
    SELECT
        transfers.src AS account,
        transfers.dst AS receiver,
        transfers.transfer_id,
        transfers.time,
        transfers.ledger,
        transfers.position,
        transfers.asset,
        transfers.value_eur,
        depositors.first_time
    FROM depositors
    INNER JOIN flow.transfers AS transfers
        ON transfers.src = depositors.account
        AND transfers.dst = depositors.sender
        AND transfers.time > depositors.first_time
    WHERE transfers.value_eur > 0
)
SELECT paid.*
FROM (SELECT account FROM paid GROUP BY account HAVING count(DISTINCT receiver) >= $repaid) AS enough
INNER JOIN paid ON paid.account = enough.account;

-- Runs of deposits in which every window has enough depositors.
CREATE TABLE episodes AS
WITH rolled AS (
    SELECT *, count(DISTINCT sender) OVER recent AS recent_senders
    FROM credits
    LEFT SEMI JOIN payouts ON payouts.account = credits.account
    WHERE deposit
    WINDOW recent AS (PARTITION BY account ORDER BY time RANGE BETWEEN $window PRECEDING AND CURRENT ROW)
),
reached AS (
    SELECT
        *,
        min(CASE WHEN recent_senders >= $depositors THEN time END) OVER (PARTITION BY account ORDER BY time DESC) AS seed_time
    FROM rolled
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
)
SELECT
    account,
    finding,
    min(time) AS first_time,
    max(time) AS last_time,
    max(recent_senders) AS most,
    count(DISTINCT sender) AS depositors,
    sum(value_eur) AS deposited
FROM grouped
GROUP BY account, finding;

-- First in, first out: whose money each payout was.
CREATE TABLE used AS
SELECT account, received_id, paid_id, src, dst, received_time, paid_time, matched_amount
FROM successions(
    (
        SELECT transfers.transfer_id, transfers.src, transfers.dst, transfers.time, transfers.position,
            transfers.value_eur AS amount
        FROM (SELECT DISTINCT account FROM episodes) AS schemes
        INNER JOIN flow.transfers AS transfers ON transfers.dst = schemes.account
        WHERE transfers.src <> transfers.dst AND transfers.value_eur > 0
        UNION
        SELECT transfers.transfer_id, transfers.src, transfers.dst, transfers.time, transfers.position, transfers.value_eur
        FROM (SELECT DISTINCT account FROM episodes) AS schemes
        INNER JOIN flow.transfers AS transfers ON transfers.src = schemes.account
        WHERE transfers.src <> transfers.dst AND transfers.value_eur > 0
    ),
    within => $window,
    matched => true
);

CREATE TABLE sources AS
SELECT
    payouts.account,
    payouts.transfer_id,
    sum(CASE
        WHEN used.src <> payouts.receiver AND used.received_time > payouts.first_time THEN used.matched_amount
        ELSE 0
    END) AS funded,
    bool_or(
        payouts.ledger = 'bank' AND used.received_time = used.paid_time
        AND used.paid_time = date_trunc('day', used.paid_time)
    ) AS unordered
FROM used
INNER JOIN payouts ON payouts.transfer_id = used.paid_id AND payouts.account = used.account
INNER JOIN credits ON credits.transfer_id = used.received_id AND credits.account = used.account AND credits.deposit
GROUP BY payouts.account, payouts.transfer_id;

WITH incomes AS (
    SELECT
        episodes.account,
        episodes.finding,
        sum(credits.value_eur) AS income,
        sum(CASE WHEN credits.deposit THEN 0 ELSE credits.value_eur END) AS other
    FROM episodes
    INNER JOIN credits
        ON credits.account = episodes.account
        AND credits.time >= episodes.first_time
        AND credits.time <= episodes.last_time
    GROUP BY episodes.account, episodes.finding
),
returns AS (
    SELECT
        episodes.account,
        episodes.finding,
        count(DISTINCT payouts.receiver) AS receivers,
        sum(payouts.value_eur) AS paid,
        sum(coalesce(sources.funded, 0)) AS funded,
        bool_or(coalesce(sources.unordered, false)) AS unordered
    FROM episodes
    INNER JOIN payouts
        ON payouts.account = episodes.account
        AND payouts.time >= episodes.first_time
        AND payouts.time <= episodes.last_time + $window
    LEFT JOIN sources ON sources.transfer_id = payouts.transfer_id AND sources.account = payouts.account
    GROUP BY episodes.account, episodes.finding
    HAVING count(DISTINCT payouts.receiver) >= $repaid
        AND sum(coalesce(sources.funded, 0)) >= $funded * sum(payouts.value_eur)
),
schemes AS (
    SELECT
        episodes.*, incomes.income, incomes.other, returns.receivers, returns.paid, returns.funded, returns.unordered
    FROM episodes
    INNER JOIN incomes ON incomes.account = episodes.account AND incomes.finding = episodes.finding
    INNER JOIN returns ON returns.account = episodes.account AND returns.finding = episodes.finding
    WHERE incomes.other <= $outside * incomes.income
),
rows AS (
    SELECT
        schemes.account, schemes.finding, credits.transfer_id, credits.time, credits.ledger, credits.position, credits.asset
    FROM schemes
    INNER JOIN credits
        ON credits.account = schemes.account
        AND credits.deposit
        AND credits.time >= schemes.first_time
        AND credits.time <= schemes.last_time
    UNION ALL
    SELECT
        schemes.account, schemes.finding, payouts.transfer_id, payouts.time, payouts.ledger, payouts.position, payouts.asset
    FROM schemes
    INNER JOIN payouts
        ON payouts.account = schemes.account
        AND payouts.time >= schemes.first_time
        AND payouts.time <= schemes.last_time + $window
),
evidence AS (
    SELECT
        account,
        finding,
        min(time) AS first_time,
        max(time) AS last_time,
        count(DISTINCT asset) > 1 AS mixed,
        array_agg(transfer_id ORDER BY time, ledger, position, transfer_id) AS evidence
    FROM rows
    GROUP BY account, finding
)
SELECT
    schemes.account AS subject,
    evidence.first_time,
    evidence.last_time,
    CAST(greatest(schemes.deposited - schemes.paid, 0) AS DECIMAL(38, 18)) AS amount,
    'EUR' AS asset,
    (
        0.5 + 0.5 * (
            least((most - $depositors) / CAST($depositors AS DOUBLE), 1)
            + CASE
                WHEN $funded >= 1 THEN 1
                ELSE (CAST(funded AS DOUBLE) / CAST(paid AS DOUBLE) - CAST($funded AS DOUBLE)) / (1 - CAST($funded AS DOUBLE))
            END
            + CASE
                WHEN $outside = 0 THEN 1
                ELSE 1 - CAST(other AS DOUBLE) / CAST(income AS DOUBLE) / CAST($outside AS DOUBLE)
            END
            + least((receivers - $repaid) / CAST($repaid AS DOUBLE), 1)
        ) / 4
    )
        * (CASE WHEN unordered THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN mixed THEN 0.8 ELSE 1.0 END) AS score,
    evidence.evidence,
    CAST(schemes.depositors AS VARCHAR) || ' depositors paid the account '
        || CAST(CAST(deposited AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR from '
        || CAST(CAST(schemes.first_time AS DATE) AS VARCHAR) || ' to ' || CAST(CAST(schemes.last_time AS DATE) AS VARCHAR)
        || ', up to ' || CAST(most AS VARCHAR) || ' of them within ' || CAST($window AS VARCHAR) || ' (at least '
        || CAST($depositors AS VARCHAR) || ' asked for), and ' || CAST(receivers AS VARCHAR) || ' of them ('
        || CAST($repaid AS VARCHAR) || ') were paid ' || CAST(CAST(paid AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR, '
        || CAST(CAST(CAST(funded AS DOUBLE) / CAST(paid AS DOUBLE) AS DECIMAL(38, 4)) AS VARCHAR)
        || ' of it, first in first out, with what others deposited later (' || CAST($funded AS VARCHAR)
        || ' asked for); other income was '
        || CAST(CAST(CAST(other AS DOUBLE) / CAST(income AS DOUBLE) AS DECIMAL(38, 4)) AS VARCHAR) || ' of all ('
        || CAST($outside AS VARCHAR) || ' allowed). '
        || CASE
            WHEN unordered THEN 'The order of payments within a day is not known and was taken from the file (weak link). '
            ELSE ''
        END
        || CASE WHEN mixed THEN 'Several assets were compared by their value in euro (weak link). ' ELSE '' END
        || 'Tested: services, own accounts and declared family or employer are no depositors; not tested: savings circle, '
        || 'fund, insurer, processor, exchange. This is an indicator, not proof.' AS explanation
FROM schemes
INNER JOIN evidence ON evidence.account = schemes.account AND evidence.finding = schemes.finding
ORDER BY subject, first_time, evidence
