-- Smurfing
--
-- Id        T02
-- Version   1.1
-- Family    placement
-- Rails     X
-- Areas     any, drugs, fraud
-- Finds     accounts that at least $senders unrelated senders pay within $window, each less than the reporting threshold
--           and all together at least the threshold, when at least $new_share of the senders are new to the data.
-- Matters   A large sum is broken up among helpers so that no payment of it is reported.
-- Innocent  Tested: own accounts and declared family or employer (flow.related), services (flow.accounts). Not tested:
--           collection, wedding, club fees, shared rent, marketplace seller, crowdfunding.
-- Misses    Cash paid in by many hands, whose depositors are not known; senders older than $new_within; one person behind
--           several senders with different names; on a chain every fresh address is a sender, except that inputs of one
--           transaction count as one; senders paying the threshold or more are left out of the pattern. Data begin is
--           taken for a ledger, not for each supplier. Reversals are not paired. Accounts with more than $max_degree
--           payments received, and senders first seen in the first $new_within of a ledger,
--           for as long again, are not tested (counted in the coverage).
-- Cost      a join of senders with what they paid when they were new; a sliding count of senders for those receivers only who
--           had enough of these; a join of the accounts that pass it with their own payments.
-- Returns   the finding shape; the subject is the receiver, the amount the sum received in euro, the evidence the payments
--           in the order of time.
-- Source    FATF, Professional Money Laundering, July 2018; FATF, Virtual Assets Red Flag Indicators, September 2020
-- Requires  profile.thresholds
--
-- @param senders     BIGINT         5
-- @param window      INTERVAL       '7 days'
-- @param new_share   DECIMAL(5, 4)  0.6000
-- @param new_within  INTERVAL       '30 days'
-- @param max_degree  BIGINT         5000

CREATE TABLE busy AS
SELECT dst AS account
FROM flow.transfers
GROUP BY dst
HAVING count(*) > $max_degree;

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' payments received' AS untested,
    count(*) AS number
FROM busy;

-- Who is first seen when the data begin may have been there for years, and cannot be told from somebody new.
CREATE TABLE seen AS
SELECT firsts.account, firsts.since, firsts.since >= ledgers.begin + $new_within AS told
FROM (
    SELECT ledger, account, min(since) AS since
    FROM (
        SELECT ledger, src AS account, min(time) AS since FROM flow.transfers GROUP BY ledger, src
        UNION ALL
        SELECT ledger, dst AS account, min(time) AS since FROM flow.transfers GROUP BY ledger, dst
    ) AS sides
    GROUP BY ledger, account
) AS firsts
INNER JOIN (SELECT ledger, min(time) AS begin FROM flow.transfers GROUP BY ledger) AS ledgers
    ON ledgers.ledger = firsts.ledger;

CREATE TABLE early AS
SELECT
    transfers.dst AS account,
    count(*) FILTER (WHERE NOT seen.told) AS untold,
    count(DISTINCT CASE WHEN seen.told THEN transfers.src END) AS fresh
FROM seen
INNER JOIN flow.transfers AS transfers ON transfers.src = seen.account AND transfers.time <= seen.since + $new_within
WHERE transfers.src <> transfers.dst
GROUP BY transfers.dst;

SELECT
    'payments of senders first seen in the first ' || CAST($new_within AS VARCHAR)
        || ' of the data, who cannot be told from new ones as long again' AS untested,
    coalesce(sum(untold), 0) AS number
FROM early;

-- Nobody else can have enough new senders in any window.
CREATE TABLE receivers AS
SELECT early.account, coalesce(accounts.bank_country, '*') AS country
FROM early
LEFT ANTI JOIN busy ON busy.account = early.account
LEFT JOIN flow.accounts AS accounts ON accounts.account = early.account
WHERE early.fresh >= $new_share * $senders AND accounts.service IS NULL;

CREATE TABLE limits AS SELECT * FROM reporting_thresholds();

CREATE VIEW credits AS
WITH spenders AS (
    SELECT ledger, reference, min(src) AS sender
    FROM flow.transfers
    WHERE ledger <> 'bank' AND reference IS NOT NULL
    GROUP BY ledger, reference
)
SELECT
    transfers.transfer_id,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.dst AS account,
    coalesce(spenders.sender, transfers.src) AS sender,
    transfers.value_eur,
    seen.told OR transfers.time > seen.since + $new_within AS testable,
    transfers.time <= seen.since + $new_within AS new,
    limits.source,
    limits.threshold
FROM limits
RIGHT JOIN (
    receivers
    INNER JOIN flow.transfers AS transfers ON transfers.dst = receivers.account
) ON limits.country = receivers.country
    AND limits.rail = CASE transfers.ledger WHEN 'bank' THEN 'bank' ELSE 'chain' END
    AND limits.day = CAST(transfers.time AS DATE)
LEFT ANTI JOIN flow.related AS related ON related.a = transfers.dst AND related.b = transfers.src
INNER JOIN seen ON seen.account = transfers.src
LEFT JOIN spenders ON spenders.ledger = transfers.ledger AND spenders.reference = transfers.reference
LEFT JOIN flow.accounts AS payer ON payer.account = transfers.src
WHERE transfers.src <> transfers.dst
    AND transfers.value_eur > 0
    AND payer.service IS DISTINCT FROM 'cash';

CREATE TABLE candidates AS
WITH small AS (
    SELECT
        *,
        count(DISTINCT sender) OVER recent AS recent_senders,
        sum(CASE WHEN new THEN 1 ELSE 0 END) OVER recent AS recent_new,
        sum(value_eur) OVER recent AS recent_sum
    FROM credits
    WHERE value_eur < threshold
    WINDOW recent AS (PARTITION BY account ORDER BY time RANGE BETWEEN $window PRECEDING AND CURRENT ROW)
)
SELECT account, time, max(threshold) AS threshold
FROM small
WHERE testable AND recent_senders >= $senders AND recent_new >= $new_share * $senders AND recent_sum >= threshold
GROUP BY account, time;

-- A window touches two spans of its own length: joined by span, a busy account is not joined with all of its past.
CREATE TABLE shares AS
SELECT
    candidates.account,
    candidates.time,
    candidates.threshold,
    credits.sender,
    sum(credits.value_eur) AS total,
    bool_or(credits.new) AS new,
    bool_and(credits.testable) AS testable
FROM (
    SELECT account, time, threshold, date_bin($window, time) AS span FROM candidates
    UNION ALL
    SELECT account, time, threshold, date_bin($window, time - $window) FROM candidates
) AS candidates
INNER JOIN credits
    ON credits.account = candidates.account
    AND date_bin($window, credits.time) = candidates.span
    AND credits.time <= candidates.time
    AND credits.time >= candidates.time - $window
GROUP BY candidates.account, candidates.time, candidates.threshold, credits.sender
HAVING sum(credits.value_eur) < candidates.threshold;

CREATE TABLE covered AS
WITH seeds AS (
    SELECT
        account,
        time,
        threshold,
        count(*) AS senders,
        sum(total) AS total,
        sum(CASE WHEN new THEN 1 ELSE 0 END) AS new_senders
    FROM shares
    GROUP BY account, time, threshold
    HAVING count(*) >= $senders
        AND sum(total) >= threshold
        AND bool_and(testable)
        AND sum(CASE WHEN new THEN 1 ELSE 0 END) >= $new_share * count(*)
)
SELECT
    credits.account,
    credits.transfer_id,
    credits.time,
    credits.ledger,
    credits.position,
    credits.sender,
    credits.value_eur,
    credits.new,
    credits.source,
    min(seeds.time) AS seed_time,
    max(seeds.senders) AS seed_senders,
    max(seeds.threshold) AS threshold,
    max(
        0.5 + 0.5 * (
            least((seeds.senders - $senders) / CAST($senders AS DOUBLE), 1)
            + least(CAST(seeds.total AS DOUBLE) / CAST(seeds.threshold AS DOUBLE) - 1, 1)
            + CASE
                WHEN $new_share >= 1 THEN 1
                ELSE (CAST(seeds.new_senders AS DOUBLE) / seeds.senders - CAST($new_share AS DOUBLE))
                    / (1 - CAST($new_share AS DOUBLE))
            END
        ) / 3
    ) AS score
FROM seeds
INNER JOIN shares ON shares.account = seeds.account AND shares.time = seeds.time
INNER JOIN credits
    ON credits.account = shares.account
    AND credits.sender = shares.sender
    AND credits.time <= seeds.time
    AND credits.time >= seeds.time - $window
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;

WITH opened AS (
    SELECT
        *,
        CASE
            WHEN lag(time) OVER (PARTITION BY account ORDER BY time, ledger, position, transfer_id) + $window >= seed_time
            THEN 0 ELSE 1
        END AS opens
    FROM covered
),
grouped AS (
    SELECT *, sum(opens) OVER (PARTITION BY account ORDER BY time, ledger, position, transfer_id) AS finding
    FROM opened
),
findings AS (
    SELECT
        account,
        finding,
        min(time) AS first_time,
        max(time) AS last_time,
        sum(value_eur) AS amount,
        count(*) AS payments,
        count(DISTINCT sender) AS senders,
        count(DISTINCT CASE WHEN new THEN sender END) AS new_senders,
        max(seed_senders) AS most,
        max(threshold) AS threshold,
        max(source) AS source,
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
    CAST(payments AS VARCHAR) || ' payments, ' || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR in all, reached '
        || 'the account from ' || CAST(senders AS VARCHAR) || ' senders from ' || CAST(CAST(first_time AS DATE) AS VARCHAR)
        || ' to ' || CAST(CAST(last_time AS DATE) AS VARCHAR) || ', from up to ' || CAST(most AS VARCHAR)
        || ' senders in any ' || CAST($window AS VARCHAR) || ' (at least ' || CAST($senders AS VARCHAR) || ' asked for), '
        || 'each paying less than the threshold of ' || CAST(CAST(threshold AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR ('
        || source || ') and together at least that; ' || CAST(new_senders AS VARCHAR)
        || ' of the senders were first seen within ' || CAST($new_within AS VARCHAR) || ' (a share of '
        || CAST($new_share AS VARCHAR) || ' asked for). '
        || 'Tested: own accounts and declared family or employer are left out, and so are services; not tested: collection, '
        || 'wedding, club fees, shared rent, marketplace sales, crowdfunding. This is an indicator, not proof.' AS explanation
FROM findings
ORDER BY subject, first_time, evidence
