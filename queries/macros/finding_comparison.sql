-- A finding's subject against its own past and its peers
--
-- Answers   what the subject received and paid in the days of the finding, beside the $past before them, and beside its
--           peers in the same days: accounts of the same ledger, kind and bank country that moved money then, services left
--           out. Sums are in euro at the value of their day and per 30 days, so that spans of different length compare.
--           `past_days` says how many days of the past the data cover: under 30 is thin, and none is no comparison, which
--           is not the same as none received. `share_below` is the share of peers who moved less.
-- Example   SELECT measure, in_finding, own_past, peer_median FROM finding_comparison(4611686018427387904)
--
-- @param finding  BIGINT    required
-- @param past     INTERVAL  '180 days'

WITH found AS (
    SELECT subject, first_time, last_time
    FROM finding.findings
    WHERE finding_id = $finding
),
home AS (
    SELECT found.*, accounts.ledger, accounts.kind, accounts.bank_country
    FROM found
    LEFT JOIN flow.accounts AS accounts ON accounts.account = found.subject
),
moves AS (
    SELECT dst AS account, src AS other, time, value_eur, 'received' AS side
    FROM flow.transfers
    WHERE src <> dst
    UNION ALL
    SELECT src, dst, time, value_eur, 'paid'
    FROM flow.transfers
    WHERE src <> dst
),
spans AS (
    SELECT
        home.*,
        greatest(date_part('epoch', last_time) - date_part('epoch', first_time), 86400) / 86400 AS days,
        greatest(
            date_part('epoch', first_time)
                - greatest(date_part('epoch', first_time - $past), date_part('epoch', beginning.time)),
            0
        ) / 86400 AS past_days
    FROM home
    CROSS JOIN (SELECT min(time) AS time FROM flow.transfers) AS beginning
),
sums AS (
    SELECT
        moves.account,
        moves.account = moves.subject AS own,
        coalesce(sum(moves.eur) FILTER (WHERE recent AND side = 'received'), 0) * 30 / max(days) AS received_eur,
        coalesce(sum(moves.eur) FILTER (WHERE recent AND side = 'paid'), 0) * 30 / max(days) AS paid_eur,
        count(*) FILTER (WHERE recent AND side = 'received') * 30 / max(days) AS received_payments,
        count(*) FILTER (WHERE recent AND side = 'paid') * 30 / max(days) AS paid_payments,
        coalesce(sum(moves.eur) FILTER (WHERE NOT recent AND side = 'received'), 0) * 30 / max(past_days) AS past_received_eur,
        coalesce(sum(moves.eur) FILTER (WHERE NOT recent AND side = 'paid'), 0) * 30 / max(past_days) AS past_paid_eur,
        count(*) FILTER (WHERE NOT recent AND side = 'received') * 30 / max(past_days) AS past_received_payments,
        count(*) FILTER (WHERE NOT recent AND side = 'paid') * 30 / max(past_days) AS past_paid_payments
    FROM (
        SELECT
            moves.account,
            moves.side,
            CAST(moves.value_eur AS DOUBLE) AS eur,
            moves.time >= spans.first_time AS recent,
            spans.subject,
            spans.days,
            nullif(spans.past_days, 0) AS past_days
        FROM spans
        INNER JOIN moves ON moves.time >= spans.first_time - $past AND moves.time <= spans.last_time
        LEFT JOIN flow.accounts AS accounts ON accounts.account = moves.account
        WHERE moves.account = spans.subject
            OR (
                moves.time >= spans.first_time
                AND accounts.service IS NULL
                AND accounts.ledger = spans.ledger
                AND coalesce(accounts.kind, '') = coalesce(spans.kind, '')
                AND coalesce(accounts.bank_country, '') = coalesce(spans.bank_country, '')
            )
    ) AS moves
    GROUP BY moves.account, moves.subject
),
measured AS (
    SELECT account, own, 'received_eur' AS measure, received_eur AS value, past_received_eur AS past FROM sums
    UNION ALL
    SELECT account, own, 'paid_eur', paid_eur, past_paid_eur FROM sums
    UNION ALL
    SELECT account, own, 'received_payments', received_payments, past_received_payments FROM sums
    UNION ALL
    SELECT account, own, 'paid_payments', paid_payments, past_paid_payments FROM sums
),
own AS (
    SELECT
        measures.measure,
        coalesce(measured.value, 0) AS value,
        CASE WHEN spans.past_days > 0 THEN coalesce(measured.past, 0) END AS past,
        spans.past_days,
        spans.ledger,
        spans.kind,
        spans.bank_country
    FROM (VALUES ('received_eur'), ('paid_eur'), ('received_payments'), ('paid_payments')) AS measures (measure)
    CROSS JOIN spans
    LEFT JOIN measured ON measured.measure = measures.measure AND measured.own
),
peers AS (
    SELECT
        measured.measure,
        count(*) AS peers,
        median(measured.value) AS peer_median,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY measured.value) AS peer_p95,
        avg(CASE WHEN measured.value < own.value THEN CAST(1 AS DOUBLE) ELSE CAST(0 AS DOUBLE) END) AS share_below
    FROM measured
    INNER JOIN own ON own.measure = measured.measure
    WHERE NOT measured.own
    GROUP BY measured.measure
)
SELECT
    own.measure,
    CAST(own.value AS DECIMAL(38, 2)) AS in_finding,
    CAST(own.past AS DECIMAL(38, 2)) AS own_past,
    CAST(own.past_days AS DECIMAL(38, 1)) AS past_days,
    coalesce(peers.peers, 0) AS peers,
    CAST(peers.peer_median AS DECIMAL(38, 2)) AS peer_median,
    CAST(peers.peer_p95 AS DECIMAL(38, 2)) AS peer_p95,
    CAST(peers.share_below AS DECIMAL(5, 4)) AS share_below,
    concat_ws(' ', own.ledger, own.kind, own.bank_country) AS peer_group
FROM own
LEFT JOIN peers ON peers.measure = own.measure
ORDER BY own.measure DESC
