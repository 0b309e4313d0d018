-- Micro-donations
--
-- Id        T28
-- Version   1.0
-- Family    exposure
-- Rails     X
-- Areas     tf
-- Finds     accounts in a country on the profile's list on that day, or tagged for terrorism or extremism, that at least
--           $senders others pay within $window, when the median payment is at most $median euro.
-- Matters   Supporters of a cause give little, many of them and openly asked; what matters is where it goes, and no sum
--           does.
-- Innocent  Tested: services (flow.accounts, intel.attributed), own accounts and declared family or employer
--           (flow.related). Not tested: registered charity, streamer, disaster relief.
-- Misses    Sinks that neither a list of countries nor a tag names: an account without a country, a wallet above all, is
--           found by its tag alone (those are counted in the coverage where many pay them). A tag's day is when somebody
--           wrote it down: earlier payments count (weak link). Inputs of one transaction are one sender. Accounts with
--           more than $max_degree payments received are not tested (counted in the coverage).
-- Cost      joins of the few accounts that are listed or tagged with what they received.
-- Returns   the finding shape, for the nexus to terrorism financing and apart from A01; the subject is the sink, the
--           amount the sum received in euro, the evidence the payments, in order.
-- Source    FATF, Virtual Assets Red Flag Indicators, September 2020 (senders and recipients)
-- Requires  intel.tags or flow.accounts.bank_country
--
-- @param senders     BIGINT           20
-- @param median      DECIMAL(38, 18)  50
-- @param window      INTERVAL         '30 days'
-- @param words       VARCHAR          '(?i)terror|extremis'
-- @param attributed  BIGINT           60
-- @param max_degree  BIGINT           5000

CREATE TABLE sinks AS
WITH tagged AS (
    SELECT account, label AS reason, confidence_level AS confidence, valid_from AS since
    FROM intel.tags
    WHERE account IS NOT NULL
        AND confidence_level >= 50
        AND regexp_like(concat_ws(' ', category, abuse, concepts), $words)
),
named AS (
    SELECT
        accounts.account,
        corridors.country || ' (' || corridors.list || ')' AS reason,
        CAST(NULL AS BIGINT) AS confidence,
        CAST(NULL AS BOOLEAN) AS late,
        corridors.valid_from,
        corridors.valid_to
    FROM profile.corridors AS corridors
    INNER JOIN flow.accounts AS accounts ON accounts.bank_country = corridors.country
    UNION ALL
    SELECT account, reason, confidence, true, CAST(since AS DATE), CAST(NULL AS DATE)
    FROM tagged
)
SELECT named.*
FROM named
LEFT ANTI JOIN (SELECT account FROM intel.attributed) AS services ON services.account = named.account;

-- A wallet of which no country is known, and no tag, would be a sink if it were: how many such there are.
SELECT
    'accounts of no known country that many pay little' AS untested,
    count(*) AS number
FROM (
    SELECT transfers.dst AS account
    FROM flow.transfers AS transfers
    LEFT ANTI JOIN (SELECT account FROM flow.accounts WHERE bank_country IS NOT NULL OR service IS NOT NULL) AS located
        ON located.account = transfers.dst
    LEFT ANTI JOIN sinks ON sinks.account = transfers.dst
    WHERE transfers.src <> transfers.dst
    GROUP BY transfers.dst
    HAVING count(DISTINCT transfers.src) >= $senders
        AND sum(CASE WHEN transfers.value_eur <= $median THEN 1 ELSE 0 END) * 2 >= count(*)
);

CREATE TABLE received AS
SELECT
    transfers.dst AS account,
    transfers.transfer_id,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.value_eur,
    transfers.src,
    transfers.reference
FROM (SELECT DISTINCT account FROM sinks) AS sinks
INNER JOIN flow.transfers AS transfers ON transfers.dst = sinks.account
WHERE transfers.src <> transfers.dst;

CREATE TABLE busy AS
SELECT account FROM received GROUP BY account HAVING count(*) > $max_degree;

SELECT
    'sinks with more than ' || CAST($max_degree AS VARCHAR) || ' payments received' AS untested,
    count(*) AS number
FROM busy;

CREATE TABLE credits AS
WITH spenders AS (
    SELECT ledger, reference, min(src) AS sender
    FROM received
    WHERE ledger <> 'bank' AND reference IS NOT NULL
    GROUP BY ledger, reference
)
SELECT
    received.account,
    received.transfer_id,
    received.time,
    received.ledger,
    received.position,
    received.value_eur,
    coalesce(spenders.sender, received.src) AS sender,
    max(sinks.reason) AS reason,
    max(sinks.confidence) AS confidence,
    bool_and(sinks.late AND sinks.valid_from > CAST(received.time AS DATE)) AS early
FROM sinks
INNER JOIN received ON received.account = sinks.account
LEFT JOIN spenders ON spenders.ledger = received.ledger AND spenders.reference = received.reference
LEFT ANTI JOIN busy ON busy.account = received.account
LEFT ANTI JOIN flow.related AS related ON related.a = received.account AND related.b = received.src
WHERE received.value_eur > 0
    AND (sinks.late OR CAST(received.time AS DATE) >= sinks.valid_from)
    AND (sinks.valid_to IS NULL OR CAST(received.time AS DATE) <= sinks.valid_to)
GROUP BY 1, 2, 3, 4, 5, 6, 7;

WITH rolled AS (
    SELECT
        *,
        count(DISTINCT sender) OVER recent AS recent_senders,
        median(value_eur) OVER recent AS recent_median
    FROM credits
    WINDOW recent AS (PARTITION BY account ORDER BY time RANGE BETWEEN $window PRECEDING AND CURRENT ROW)
),
seeds AS (
    SELECT account, time, max(recent_senders) AS senders, min(recent_median) AS median
    FROM rolled
    WHERE recent_senders >= $senders AND recent_median <= $median
    GROUP BY account, time
),
scored AS (
    SELECT
        *,
        0.5 + 0.5 * (
            least((senders - $senders) / CAST($senders AS DOUBLE), 1)
            + CASE WHEN $median = 0 THEN 1 ELSE 1 - CAST(median AS DOUBLE) / CAST($median AS DOUBLE) END
        ) / 2 AS score
    FROM seeds
),
reached AS (
    SELECT
        credits.*,
        scored.score,
        scored.senders AS seed_senders,
        scored.median,
        min(scored.time) OVER (PARTITION BY credits.account ORDER BY credits.time DESC) AS seed_time
    FROM credits
    LEFT JOIN scored ON scored.account = credits.account AND scored.time = credits.time
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
        count(*) AS payments,
        count(DISTINCT sender) AS senders,
        max(seed_senders) AS most,
        min(median) AS median,
        max(score) AS score,
        min(confidence) AS confidence,
        bool_or(coalesce(early, false)) AS early,
        array_to_string(array_agg(DISTINCT reason ORDER BY reason), ', ') AS reasons,
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
    CAST(payments AS VARCHAR) || ' payments of ' || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR)
        || ' EUR in all reached the account from ' || CAST(senders AS VARCHAR) || ' senders from '
        || CAST(CAST(first_time AS DATE) AS VARCHAR) || ' to ' || CAST(CAST(last_time AS DATE) AS VARCHAR) || ', up to '
        || CAST(most AS VARCHAR) || ' of them within ' || CAST($window AS VARCHAR) || ' (at least '
        || CAST($senders AS VARCHAR) || ' asked for), with a median of '
        || CAST(CAST(median AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR (at most '
        || CAST(CAST($median AS DECIMAL(38, 2)) AS VARCHAR) || '); the account is listed or tagged: ' || reasons || '. '
        || CASE
            WHEN confidence < $attributed THEN 'It is attributed with less certainty than asked for (weak link). '
            ELSE ''
        END
        || CASE WHEN early THEN 'The tag was written after some of the payments (weak link). ' ELSE '' END
        || 'Tested: services, own accounts and declared family or employer are left out; not tested: registered charity, '
        || 'streamer, disaster relief. This is an indicator, not proof.' AS explanation
FROM findings
ORDER BY subject, first_time, evidence
