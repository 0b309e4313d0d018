-- Structuring below a threshold
--
-- Id        T01
-- Version   1.2
-- Family    placement
-- Rails     X
-- Areas     any, drugs, tax
-- Finds     accounts that receive, within $window, at least $count payments worth from $band of the reporting threshold
--           to just under it, together at least $sum_x thresholds, $base_x times as often as in $base_window before, and from
--           then to $base_window later $over_x times as often as payments as far above the threshold.
-- Matters   Who knows the threshold and stays below it does so to keep a payment from being reported.
-- Innocent  Tested: the account has always received such amounts (its own past); takings that are of that size by chance and
--           are as often just above the threshold as just below it: who avoids a threshold leaves a gap there. Cash is held
--           against cash, and transfers against transfers. Not tested: rent or wages near the threshold; daily takings of a new
--           business that are never above it; deposit limits of machines or insurers.
-- Misses    Amounts below the band; deposits spread over several accounts, or among takings that are often above the
--           threshold; accounts without a threshold in the profile. $over_x is not of the catalogue (0 leaves it out);
--           accounts with more than $max_degree payments received (counted in the coverage); reversals are not paired.
-- Cost      one window over the payments in the band, and running sums over all payments of the
--           accounts that pass it.
-- Returns   the finding shape; the subject is the receiving account, the amount the sum of the payments in the band in
--           euro, the evidence those payments in the order of time.
-- Source    31 U.S.C. 5324 and 31 CFR 1010.314; FATF, Virtual Assets Red Flag Indicators, September 2020; MITRE F3; the gap
--           above a threshold as the sign of avoidance: H. Kleven, Bunching, Annual Review of Economics 8, 2016
-- Requires  profile.thresholds
--
-- @param count        BIGINT         3
-- @param band         DECIMAL(5, 4)  0.8500
-- @param window       INTERVAL       '30 days'
-- @param sum_x        DECIMAL(9, 4)  2.5000
-- @param base_x       DECIMAL(9, 4)  3.0000
-- @param base_window  INTERVAL       '180 days'
-- @param base_count   BIGINT         10
-- @param over_x       DECIMAL(9, 4)  3.0000
-- @param max_degree   BIGINT         5000

CREATE TABLE receivers AS
SELECT counted.account, counted.number, coalesce(accounts.bank_country, '*') AS country
FROM (SELECT dst AS account, count(*) AS number FROM flow.transfers GROUP BY dst) AS counted
LEFT JOIN flow.accounts AS accounts ON accounts.account = counted.account
WHERE accounts.service IS NULL;

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' payments received' AS untested,
    count(*) AS number
FROM receivers
WHERE number > $max_degree;

CREATE TABLE limits AS SELECT * FROM reporting_thresholds();

CREATE TABLE tills AS SELECT account FROM flow.accounts WHERE service = 'cash';

-- On a chain the inputs of one transaction are one payment, worth what they bring together.
CREATE VIEW credits AS
SELECT
    transfers.transfer_id,
    CASE transfers.ledger WHEN 'bank' THEN transfers.transfer_id ELSE coalesce(wholes.payment, transfers.transfer_id) END AS payment,
    coalesce(wholes.value_eur, transfers.value_eur) AS whole,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.dst AS account,
    transfers.value_eur,
    tills.account IS NOT NULL AS is_cash,
    limits.source,
    limits.threshold
FROM limits
RIGHT JOIN (
    receivers
    INNER JOIN flow.transfers AS transfers ON transfers.dst = receivers.account
) ON limits.country = receivers.country
    AND limits.rail = CASE transfers.ledger WHEN 'bank' THEN 'bank' ELSE 'chain' END
    AND limits.day = CAST(transfers.time AS DATE)
LEFT JOIN (
    SELECT ledger, reference, dst, min(transfer_id) AS payment, sum(value_eur) AS value_eur
    FROM flow.transfers
    WHERE ledger <> 'bank' AND reference IS NOT NULL
    GROUP BY ledger, reference, dst
) AS wholes
    ON wholes.ledger = transfers.ledger
    AND wholes.reference = transfers.reference
    AND wholes.dst = transfers.dst
LEFT JOIN tills ON tills.account = transfers.src
WHERE receivers.number <= $max_degree AND transfers.src <> transfers.dst AND transfers.value_eur > 0;

CREATE TABLE band AS
SELECT
    *,
    count(DISTINCT payment) OVER recent AS recent_count,
    sum(value_eur) OVER recent AS recent_sum,
    count(CASE WHEN is_cash THEN 1 END) OVER recent > 0 AS recent_cash,
    count(CASE WHEN NOT is_cash THEN 1 END) OVER recent > 0 AS recent_other
FROM credits
WHERE whole < threshold AND whole >= threshold * $band
WINDOW recent AS (PARTITION BY account ORDER BY time RANGE BETWEEN $window PRECEDING AND CURRENT ROW);

CREATE TABLE candidates AS
SELECT
    account,
    time,
    max(recent_count) AS recent_count,
    max(recent_sum) AS recent_sum,
    bool_or(recent_cash) AS cash,
    bool_or(recent_other) AS other,
    max(threshold) AS threshold
FROM band
WHERE recent_count >= $count
GROUP BY account, time
HAVING max(recent_sum) >= $sum_x * max(threshold);

CREATE TABLE pasts AS
WITH payments AS (
    SELECT
        account,
        time,
        payment,
        bool_or(coalesce(whole < threshold AND whole >= threshold * $band, false)) AS in_band,
        bool_or(is_cash) AS is_cash,
        -- As far above the threshold as the band reaches below it.
        bool_or(coalesce(whole >= threshold AND whole * $band < threshold, false)) AS above
    FROM credits
    LEFT SEMI JOIN (SELECT DISTINCT account FROM candidates) AS wanted ON wanted.account = credits.account
    GROUP BY account, time, payment
),
-- Running sums, read off at four moments a candidate: when its window ends, when it begins, when its past does, and as long
-- after it. Avoidance leaves a gap on both sides in time, and the past alone is often too short to show one.
marks AS (
    SELECT
        account,
        time,
        1 AS place,
        1 AS number,
        CASE WHEN in_band THEN 1 ELSE 0 END AS in_band,
        CASE WHEN above AND is_cash THEN 1 ELSE 0 END AS above_cash,
        CASE WHEN above AND NOT is_cash THEN 1 ELSE 0 END AS above_other,
        CAST(NULL AS TIMESTAMP) AS seed,
        '' AS moment
    FROM payments
    UNION ALL
    SELECT account, time, 2, 0, 0, 0, 0, time AS seed, 'end' AS moment FROM candidates
    UNION ALL
    SELECT account, time - $window, 0, 0, 0, 0, 0, time AS seed, 'begin' AS moment FROM candidates
    UNION ALL
    SELECT account, time - $window - $base_window, 0, 0, 0, 0, 0, time AS seed, 'past' AS moment FROM candidates
    UNION ALL
    SELECT account, time + $base_window, 2, 0, 0, 0, 0, time AS seed, 'future' AS moment FROM candidates
),
sums AS (
    SELECT
        account,
        seed,
        moment,
        sum(number) OVER upto AS number,
        sum(in_band) OVER upto AS in_band,
        sum(above_cash) OVER upto AS above_cash,
        sum(above_other) OVER upto AS above_other
    FROM marks
    WINDOW upto AS (PARTITION BY account ORDER BY time, place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
),
counts AS (
    SELECT
        account,
        seed,
        max(CASE moment WHEN 'end' THEN number END) - max(CASE moment WHEN 'begin' THEN number END) AS recent_all,
        max(CASE moment WHEN 'begin' THEN number END) - max(CASE moment WHEN 'past' THEN number END) AS base_all,
        max(CASE moment WHEN 'begin' THEN in_band END) - max(CASE moment WHEN 'past' THEN in_band END) AS base_band,
        max(CASE moment WHEN 'future' THEN in_band END) - max(CASE moment WHEN 'past' THEN in_band END) AS below,
        max(CASE moment WHEN 'future' THEN above_cash END) - max(CASE moment WHEN 'past' THEN above_cash END) AS above_cash,
        max(CASE moment WHEN 'future' THEN above_other END) - max(CASE moment WHEN 'past' THEN above_other END) AS above_other
    FROM sums
    WHERE moment <> ''
    GROUP BY account, seed
)
SELECT
    candidates.account,
    candidates.time,
    candidates.recent_count,
    candidates.recent_sum,
    candidates.threshold,
    counts.recent_all,
    counts.base_all,
    counts.base_band,
    counts.below,
    CASE WHEN candidates.cash THEN counts.above_cash ELSE 0 END
        + CASE WHEN candidates.other THEN counts.above_other ELSE 0 END AS above
FROM candidates
INNER JOIN counts ON counts.account = candidates.account AND counts.seed = candidates.time;

WITH seeds AS (
    SELECT
        account,
        time,
        above,
        base_all < $base_count AS thin,
        least((recent_count - $count) / CAST($count AS DOUBLE), 1) AS count_margin,
        least(CAST(recent_sum AS DOUBLE) / (CAST($sum_x AS DOUBLE) * CAST(threshold AS DOUBLE)) - 1, 1) AS sum_margin,
        CASE
            WHEN base_all < $base_count THEN NULL
            WHEN base_band = 0 THEN 1
            ELSE least(
                CAST(recent_count * base_all AS DOUBLE) / (CAST($base_x AS DOUBLE) * base_band * recent_all) - 1,
                1
            )
        END AS base_margin
    FROM pasts
    WHERE (base_all < $base_count OR recent_count * base_all >= $base_x * base_band * recent_all)
        AND below >= $over_x * above
),
scored AS (
    SELECT
        account,
        time,
        above,
        thin,
        count_margin,
        sum_margin,
        base_margin,
        (0.5 + 0.5 * (count_margin + sum_margin + coalesce(base_margin, 0)) / (CASE WHEN thin THEN 2 ELSE 3 END))
            * (CASE WHEN thin THEN 0.8 ELSE 1.0 END) AS score
    FROM seeds
),
-- A payment belongs to a finding when the next seed at or after it lies within the window; a new finding begins where
-- no seed spans both a payment and the one before it.
reached AS (
    SELECT
        band.*,
        scored.score,
        scored.above,
        scored.thin,
        min(scored.time) OVER (PARTITION BY band.account ORDER BY band.time DESC) AS seed_time
    FROM band
    LEFT JOIN scored ON scored.account = band.account AND scored.time = band.time
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
        count(DISTINCT payment) AS payments,
        max(recent_count) AS most,
        min(whole) AS least_value,
        max(whole) AS most_value,
        max(threshold) AS threshold,
        max(source) AS source,
        max(score) AS score,
        max(above) AS above,
        bool_and(coalesce(thin, true)) AS thin,
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
    CAST(payments AS VARCHAR) || ' payments of ' || CAST(CAST(least_value AS DECIMAL(38, 2)) AS VARCHAR) || ' to '
        || CAST(CAST(most_value AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR, '
        || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR in all, reached the account from '
        || CAST(CAST(first_time AS DATE) AS VARCHAR) || ' to ' || CAST(CAST(last_time AS DATE) AS VARCHAR) || ', up to '
        || CAST(most AS VARCHAR) || ' of them in any ' || CAST($window AS VARCHAR) || ' (at least '
        || CAST($count AS VARCHAR) || ' asked for), each from ' || CAST($band AS VARCHAR) || ' of the threshold of '
        || CAST(CAST(threshold AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR (' || source || ') to just under it. '
        || CASE
            WHEN thin THEN 'Its own past is too short to compare with (weak link), so that takings or income that were '
                || 'always like this cannot be told apart; '
            ELSE 'Tested: such payments were at least ' || CAST($base_x AS VARCHAR) || ' times rarer among its payments in the '
                || CAST($base_window AS VARCHAR) || ' before; '
        END
        || 'payments as far above the threshold, of the same kind, with that past and as long after: at most ' || CAST(above AS VARCHAR) || '; '
        || 'not tested: rent or wages near the threshold, deposit limits of machines or insurers. '
        || 'This is an indicator, not proof.' AS explanation
FROM findings
ORDER BY subject, first_time, evidence
