-- Structuring below a threshold
--
-- Id        T01
-- Version   1.0
-- Family    placement
-- Rails     X
-- Areas     any, drugs, tax
-- Finds     accounts that receive, within $window, at least $count payments worth from $band of the reporting threshold
--           to just under it, together at least $sum_x thresholds, and $base_x times as often as in $base_window before.
-- Matters   Who knows the threshold and stays below it does so to keep a payment from being reported.
-- Innocent  Tested: the account has always received such amounts (its own past). Not tested: rent or wages near the
--           threshold; daily takings of a new business; deposit limits of machines or insurers.
-- Misses    Amounts below the band; deposits spread over several accounts; accounts without a threshold in the profile;
--           accounts with more than $max_degree payments received (counted in the coverage); reversals are not paired.
-- Cost      one window over the payments in the band; one join of the accounts that pass it with their own past.
-- Returns   the finding shape; the subject is the receiving account, the amount the sum of the payments in the band in
--           euro, the evidence those payments in the order of time.
-- Source    31 U.S.C. 5324 and 31 CFR 1010.314; FATF, Virtual Assets Red Flag Indicators, September 2020; MITRE F3
-- Requires  profile.thresholds
--
-- @param count        BIGINT         3
-- @param band         DECIMAL(5, 4)  0.8500
-- @param window       INTERVAL       '30 days'
-- @param sum_x        DECIMAL(9, 4)  2.5000
-- @param base_x       DECIMAL(9, 4)  3.0000
-- @param base_window  INTERVAL       '180 days'
-- @param base_count   BIGINT         10
-- @param max_degree   BIGINT         5000

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' payments received' AS untested,
    count(*) AS number
FROM (SELECT dst FROM flow.transfers GROUP BY dst HAVING count(*) > $max_degree);

WITH busy AS (
    SELECT dst AS account
    FROM flow.transfers
    GROUP BY dst
    HAVING count(*) > $max_degree
),
-- What one transaction of a chain pays to an account, over all of its inputs, is one payment.
wholes AS (
    SELECT ledger, reference, dst, sum(value_eur) AS value_eur
    FROM flow.transfers
    WHERE ledger <> 'bank' AND reference IS NOT NULL
    GROUP BY ledger, reference, dst
),
credits AS (
    SELECT
        transfers.transfer_id,
        coalesce(wholes.reference, CAST(transfers.transfer_id AS VARCHAR)) AS payment,
        coalesce(wholes.value_eur, transfers.value_eur) AS whole,
        transfers.time,
        transfers.ledger,
        transfers.position,
        transfers.dst AS account,
        transfers.value_eur,
        coalesce(own.source, general.source) AS source,
        CASE coalesce(own.currency, general.currency)
            WHEN 'EUR' THEN coalesce(own.amount, general.amount)
            ELSE in_eur(coalesce(own.amount, general.amount), rates.per_eur)
        END AS threshold
    FROM flow.transfers AS transfers
    LEFT ANTI JOIN busy ON busy.account = transfers.dst
    LEFT JOIN wholes
        ON wholes.ledger = transfers.ledger
        AND wholes.reference = transfers.reference
        AND wholes.dst = transfers.dst
    LEFT JOIN flow.accounts AS receiver ON receiver.account = transfers.dst
    LEFT JOIN profile.thresholds AS own
        ON own.country = receiver.bank_country
        AND own.rail = CASE transfers.ledger WHEN 'bank' THEN 'bank' ELSE 'chain' END
        AND CAST(transfers.time AS DATE) >= own.valid_from
        AND CAST(transfers.time AS DATE) <= own.valid_to
    LEFT JOIN profile.thresholds AS general
        ON general.country = '*'
        AND general.rail = CASE transfers.ledger WHEN 'bank' THEN 'bank' ELSE 'chain' END
        AND CAST(transfers.time AS DATE) >= general.valid_from
        AND CAST(transfers.time AS DATE) <= general.valid_to
    LEFT JOIN flow.rates_daily AS rates
        ON rates.currency = coalesce(own.currency, general.currency)
        AND rates.day = CAST(transfers.time AS DATE)
    WHERE transfers.src <> transfers.dst AND transfers.value_eur > 0 AND receiver.service IS NULL
),
band AS (
    SELECT
        *,
        count(DISTINCT payment) OVER recent AS recent_count,
        sum(value_eur) OVER recent AS recent_sum
    FROM credits
    WHERE whole < threshold AND whole >= threshold * $band
    WINDOW recent AS (PARTITION BY account ORDER BY time RANGE BETWEEN $window PRECEDING AND CURRENT ROW)
),
candidates AS (
    SELECT account, time, max(recent_count) AS recent_count, max(recent_sum) AS recent_sum, max(threshold) AS threshold
    FROM band
    WHERE recent_count >= $count
    GROUP BY account, time
    HAVING max(recent_sum) >= $sum_x * max(threshold)
),
pasts AS (
    SELECT
        candidates.account,
        candidates.time,
        candidates.recent_count,
        candidates.recent_sum,
        candidates.threshold,
        count(DISTINCT CASE WHEN credits.time >= candidates.time - $window THEN payment END) AS recent_all,
        count(DISTINCT CASE WHEN credits.time < candidates.time - $window THEN payment END) AS base_all,
        count(DISTINCT CASE
            WHEN credits.time < candidates.time - $window
                AND credits.whole < credits.threshold
                AND credits.whole >= credits.threshold * $band
            THEN payment
        END) AS base_band
    FROM candidates
    INNER JOIN credits
        ON credits.account = candidates.account
        AND credits.time <= candidates.time
        AND credits.time >= candidates.time - $window - $base_window
    GROUP BY 1, 2, 3, 4, 5
),
seeds AS (
    SELECT
        account,
        time,
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
    WHERE base_all < $base_count OR recent_count * base_all >= $base_x * base_band * recent_all
),
scored AS (
    SELECT
        account,
        time,
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
        || 'not tested: rent or wages near the threshold, deposit limits of machines or insurers. '
        || 'This is an indicator, not proof.' AS explanation
FROM findings
ORDER BY subject, first_time, evidence
