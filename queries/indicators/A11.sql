-- Longevity and resilience
--
-- Measures  the years between the first and the last transfer of a network's accounts up to the cut-off, its flags, and the days
--           with a block (assess.network_blocks) after which its accounts moved money again.
-- Unknown   activity before the data begin; disruptions that no source put on record.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, A11

WITH accounts AS (
    SELECT DISTINCT network, account
    FROM intel.network_accounts
),
moves AS (
    SELECT accounts.network, transfers.time, transfers.transfer_id
    FROM accounts
    INNER JOIN flow.transfers AS transfers ON transfers.src = accounts.account
    WHERE transfers.time <= CAST($to AS TIMESTAMP)
    UNION ALL
    SELECT accounts.network, transfers.time, transfers.transfer_id
    FROM accounts
    INNER JOIN flow.transfers AS transfers ON transfers.dst = accounts.account
    WHERE transfers.time <= CAST($to AS TIMESTAMP)
),
spans AS (
    SELECT
        network,
        min(time) AS first_time,
        max(time) AS last_time,
        first_value(transfer_id ORDER BY time, transfer_id) AS first_transfer,
        last_value(transfer_id ORDER BY time, transfer_id) AS last_transfer
    FROM moves
    GROUP BY network
),
flags AS (
    SELECT network, count(DISTINCT finding_id) AS flags
    FROM assess.network_findings
    GROUP BY network
),
resumed AS (
    SELECT
        spans.network,
        count(DISTINCT blocks.day) AS resumptions,
        array_agg(DISTINCT blocks.ground ORDER BY blocks.ground) AS grounds,
        min('transfer:' || CAST(spans.last_transfer AS VARCHAR)) AS last_transfer
    FROM spans
    INNER JOIN (
        SELECT network, day, unnest(evidence) AS ground
        FROM assess.network_blocks
    ) AS blocks ON blocks.network = spans.network
    WHERE CAST(blocks.day AS TIMESTAMP) + INTERVAL '1 day' <= spans.last_time
    GROUP BY spans.network
)
SELECT
    spans.network,
    'years' AS metric,
    CAST(date_part('epoch', spans.last_time - spans.first_time) / 31557600.0 AS DECIMAL(38, 18)) AS value,
    'Transfers of the members'' accounts from ' || CAST(CAST(spans.first_time AS DATE) AS VARCHAR) || ' to '
        || CAST(CAST(spans.last_time AS DATE) AS VARCHAR) || '; what came before the data begin is not known.' AS explanation,
    make_array('transfer:' || CAST(spans.first_transfer AS VARCHAR), 'transfer:' || CAST(spans.last_transfer AS VARCHAR)) AS evidence
FROM spans
INNER JOIN flags ON flags.network = spans.network
UNION ALL
SELECT
    spans.network,
    'flags',
    CAST(flags.flags AS DECIMAL(38, 18)),
    CAST(flags.flags AS VARCHAR) || ' findings.',
    make_array('transfer:' || CAST(spans.first_transfer AS VARCHAR), 'transfer:' || CAST(spans.last_transfer AS VARCHAR))
FROM spans
INNER JOIN flags ON flags.network = spans.network
UNION ALL
SELECT
    resumed.network,
    'resumptions',
    CAST(resumed.resumptions AS DECIMAL(38, 18)),
    'Money moved again after ' || CAST(resumed.resumptions AS VARCHAR) || ' days with a block.',
    array_append(resumed.grounds, resumed.last_transfer)
FROM resumed
INNER JOIN flags ON flags.network = resumed.network
ORDER BY network, metric
