-- Top movers
--
-- Shows     each network's flagged boundary inflow in the latest ninety days and in the ninety before, and the difference,
--           largest change first.
-- Careful   a network that moves because a supplier is new moves in the data and not in the world: read it beside the
--           changes of coverage.
-- Source    reference/assessment.md 4 (risk bulletin)

WITH quarters AS (
    SELECT
        network,
        transfer_id,
        value_eur,
        time > CAST($recent AS TIMESTAMP) AS recent
    FROM assess.network_flows
    WHERE side = 'inflow' AND value_eur IS NOT NULL
        AND time > CAST($previous AS TIMESTAMP) AND time <= CAST($to AS TIMESTAMP)
),
sums AS (
    SELECT
        network,
        coalesce(sum(CASE WHEN recent THEN value_eur END), 0) AS recent,
        coalesce(sum(CASE WHEN NOT recent THEN value_eur END), 0) AS previous,
        count(*) AS transfers,
        array_agg('transfer:' || CAST(transfer_id AS VARCHAR) ORDER BY transfer_id) AS evidence
    FROM quarters
    GROUP BY network
)
SELECT
    sums.network,
    coalesce(entities.caption, sums.network) AS caption,
    sums.recent,
    sums.previous,
    sums.recent - sums.previous AS change,
    sums.transfers,
    sums.evidence
FROM sums
LEFT JOIN intel.entities AS entities ON entities.dataset || '/' || entities.entity_id = sums.network
ORDER BY abs(sums.recent - sums.previous) DESC, sums.network
