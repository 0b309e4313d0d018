-- Dormant account wakes
--
-- Id        T08
-- Version   1.0
-- Family    passthrough
-- Rails     X
-- Areas     any, fraud
-- Finds     accounts without any transfer for $idle that then receive, within $within, at least $multiple times the median
--           of their earlier credits, of which at least $out_share leaves within $within of being received.
-- Matters   Bought, rented and stolen accounts are left to sleep until they are needed, because age makes them look safe.
-- Innocent  Tested: services (flow.accounts). Not tested: inheritance, property sale, seasonal trade, opened cold storage.
-- Misses    Accounts that were busy while asleep at another bank; what left before the account woke; $within for what
--           leaves is counted first in, first out from waking on, so that the balance held before is left aside. Whether
--           data cover the gap is seen from the ledger as a whole: a pause of $hole in all of its transfers makes the
--           gap untestable; that one bank's book ends earlier is not seen. Bank rows with a date and no time count money
--           in before money out (weak link). Reversals are not paired. Accounts with more than $max_degree transfers are
--           not tested (counted in the coverage).
-- Cost      one pass over the transfers of each account in order; joins only of those that woke.
-- Returns   the finding shape; the subject is the account, the amount the credits after waking in euro, the evidence these
--           credits and the debits that carried them away, in the order of time.
-- Source    MITRE F3; FFIEC BSA/AML Examination Manual (unverified)
--
-- @param idle        INTERVAL       '180 days'
-- @param multiple    DECIMAL(9, 4)  10
-- @param out_share   DECIMAL(5, 4)  0.8000
-- @param within      INTERVAL       '7 days'
-- @param earlier     BIGINT         3
-- @param hole        INTERVAL       '14 days'
-- @param max_degree  BIGINT         5000

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' transfers' AS untested,
    count(*) AS number
FROM (
    SELECT account
    FROM (SELECT src AS account FROM flow.transfers UNION ALL SELECT dst FROM flow.transfers)
    GROUP BY account
    HAVING count(*) > $max_degree
);

WITH moves AS (
    SELECT
        dst AS account, transfer_id, time, ledger, position, asset, value_eur,
        coalesce(value_eur, 0) AS credit, CAST(0 AS DECIMAL(38, 18)) AS debit
    FROM flow.transfers
    WHERE src <> dst
    UNION ALL
    SELECT
        src, transfer_id, time, ledger, position, asset, value_eur,
        CAST(0 AS DECIMAL(38, 18)), coalesce(value_eur, 0)
    FROM flow.transfers
    WHERE src <> dst
),
extents AS (
    SELECT account
    FROM moves
    GROUP BY account
    HAVING count(*) BETWEEN 3 AND $max_degree AND min(time) + $idle <= max(time) AND sum(debit) > 0 AND sum(credit) > 0
),
holes AS (
    SELECT ledger, previous AS begins, time AS ends
    FROM (
        SELECT ledger, time, lag(time) OVER (PARTITION BY ledger ORDER BY time) AS previous
        FROM (SELECT DISTINCT ledger, date_trunc('day', time) AS time FROM flow.transfers)
    )
    WHERE previous + $hole < time
),
wakes AS (
    SELECT gaps.account, gaps.time AS wake, gaps.previous
    FROM (
        SELECT
            moves.account,
            moves.ledger,
            moves.time,
            lag(moves.time) OVER (PARTITION BY moves.account ORDER BY moves.time) AS previous
        FROM moves
        INNER JOIN extents ON extents.account = moves.account
        LEFT JOIN flow.accounts AS accounts ON accounts.account = moves.account
        WHERE accounts.service IS NULL
    ) AS gaps
    LEFT ANTI JOIN holes
        ON holes.ledger = gaps.ledger
        AND holes.begins < gaps.time
        AND holes.ends > gaps.previous
    WHERE gaps.previous + $idle <= gaps.time
),
pasts AS (
    SELECT
        wakes.account,
        wakes.wake,
        count(*) AS earlier_count,
        median(moves.credit) AS earlier_median
    FROM wakes
    INNER JOIN moves ON moves.account = wakes.account AND moves.credit > 0 AND moves.time < wakes.wake
    GROUP BY wakes.account, wakes.wake
),
after AS (
    SELECT
        wakes.account,
        wakes.wake,
        wakes.previous,
        moves.transfer_id,
        moves.time,
        moves.ledger,
        moves.position,
        moves.asset,
        CASE WHEN moves.time <= wakes.wake + $within THEN moves.credit ELSE 0 END AS credit,
        moves.debit,
        moves.value_eur IS NULL AS unknown,
        CASE
            WHEN moves.ledger = 'bank' AND moves.time = date_trunc('day', moves.time) AND moves.debit > 0 THEN 1
            ELSE 0
        END AS rank
    FROM wakes
    INNER JOIN moves
        ON moves.account = wakes.account
        AND moves.time >= wakes.wake
        AND moves.time <= wakes.wake + $within + $within
    WHERE moves.debit > 0 OR moves.time <= wakes.wake + $within
),
sums AS (
    SELECT
        *,
        sum(credit) OVER steps AS credited,
        sum(debit) OVER steps AS debited
    FROM after
    WINDOW steps AS (
        PARTITION BY account, wake
        ORDER BY time, rank, ledger, position, transfer_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
),
-- Money in and out as in rapid_pass_through.sql, from waking on.
queue AS (
    SELECT
        *,
        debited - greatest(max(debited - credited) OVER (
            PARTITION BY account, wake
            ORDER BY time, rank, ledger, position, transfer_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ), 0) AS used
    FROM sums
),
followed AS (
    SELECT
        *,
        used - lag(used, 1, CAST(0 AS DECIMAL(38, 18))) OVER (
            PARTITION BY account, wake
            ORDER BY time, rank, ledger, position, transfer_id
        ) AS paid,
        greatest(least(max(used) OVER later - (credited - credit), credit), 0) AS passed
    FROM queue
    WINDOW later AS (PARTITION BY account, wake ORDER BY time RANGE BETWEEN CURRENT ROW AND $within FOLLOWING)
),
episodes AS (
    SELECT
        account,
        wake,
        previous,
        sum(credit) AS amount,
        sum(passed) AS passed,
        sum(CASE WHEN credit > 0 THEN 1 ELSE 0 END) AS payments,
        count(DISTINCT asset) > 1 AS mixed,
        bool_or(rank = 1 AND paid > 0) AS unordered
    FROM followed
    GROUP BY account, wake, previous
    HAVING sum(credit) > 0 AND sum(passed) >= $out_share * sum(credit) AND NOT bool_or(unknown)
),
awake AS (
    SELECT
        episodes.*,
        coalesce(pasts.earlier_count, 0) AS earlier_count,
        pasts.earlier_median
    FROM episodes
    LEFT JOIN pasts ON pasts.account = episodes.account AND pasts.wake = episodes.wake
    WHERE pasts.earlier_median IS NULL OR episodes.amount >= $multiple * pasts.earlier_median
),
evidence AS (
    SELECT
        account,
        wake,
        min(time) AS first_time,
        max(time) AS last_time,
        array_agg(transfer_id ORDER BY time, ledger, position, transfer_id) AS evidence
    FROM followed
    WHERE credit > 0 OR paid > 0
    GROUP BY account, wake
)
SELECT
    awake.account AS subject,
    evidence.first_time,
    evidence.last_time,
    amount,
    'EUR' AS asset,
    (
        0.5 + 0.5 * (
            least((date_part('epoch', awake.wake) - date_part('epoch', previous)) / date_part('epoch', $idle) - 1, 1)
            + CASE
                WHEN earlier_median IS NULL THEN 0
                ELSE least(CAST(amount AS DOUBLE) / (CAST($multiple AS DOUBLE) * CAST(earlier_median AS DOUBLE)) - 1, 1)
            END
            + CASE
                WHEN $out_share >= 1 THEN 1
                ELSE (CAST(passed AS DOUBLE) / CAST(amount AS DOUBLE) - CAST($out_share AS DOUBLE))
                    / (1 - CAST($out_share AS DOUBLE))
            END
        ) / (CASE WHEN earlier_median IS NULL THEN 2 ELSE 3 END)
    )
        * (CASE WHEN earlier_count < $earlier THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN mixed THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN unordered THEN 0.8 ELSE 1.0 END) AS score,
    evidence.evidence,
    'After ' || CAST(CAST(floor((date_part('epoch', awake.wake) - date_part('epoch', previous)) / 86400) AS BIGINT) AS VARCHAR)
        || ' days without a transfer (at least ' || CAST($idle AS VARCHAR) || ' asked for) the account received '
        || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR in ' || CAST(payments AS VARCHAR)
        || ' payments within ' || CAST($within AS VARCHAR) || ' from ' || CAST(CAST(awake.wake AS DATE) AS VARCHAR)
        || CASE
            WHEN earlier_median IS NULL THEN ', and nothing before to compare with (weak link)'
            ELSE ', ' || CAST(CAST(CAST(amount AS DOUBLE) / CAST(earlier_median AS DOUBLE) AS DECIMAL(38, 1)) AS VARCHAR)
                || ' times the median of ' || CAST(CAST(earlier_median AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR of '
                || CAST(earlier_count AS VARCHAR) || ' earlier credits (at least ' || CAST($multiple AS VARCHAR)
                || ' times asked for' || CASE WHEN earlier_count < $earlier THEN '; few, a weak link)' ELSE ')' END
        END
        || ', and ' || CAST(CAST(CAST(passed AS DOUBLE) / CAST(amount AS DOUBLE) AS DECIMAL(38, 4)) AS VARCHAR)
        || ' of it left within ' || CAST($within AS VARCHAR) || ' of being received (' || CAST($out_share AS VARCHAR)
        || ' asked for). '
        || CASE WHEN mixed THEN 'Several assets were compared by their value in euro (weak link). ' ELSE '' END
        || CASE
            WHEN unordered THEN 'The order of payments within a day is not known and was taken as money in, then out (weak '
                || 'link). '
            ELSE ''
        END
        || 'Tested: services are left out; not tested: inheritance, property sale, seasonal trade, opened cold storage. '
        || 'This is an indicator, not proof.' AS explanation
FROM awake
INNER JOIN evidence ON evidence.account = awake.account AND evidence.wake = awake.wake
ORDER BY subject, first_time, evidence
