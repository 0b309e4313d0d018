-- Direct exposure of clusters, by category and actor
--
-- Holds     for every cluster what moved in one payment between it and those whom tags ascribe to a category, in and out,
--           with its share of all that moved. Beyond one payment: the macro `exposure`.
-- Errs      with the clusters and with the tags; a tag that others contradict at the same confidence counts for its category
--           only where they agree on it.
-- Source    reference/crypto.md §7
--
-- @table btc.exposures
-- @from flow.transfers, btc.clusters, intel.tags
-- @on_demand

WITH heights AS (
    SELECT ledger, max(height) AS as_of_height FROM btc.blocks GROUP BY ledger
),
sides AS (
    SELECT ledger, dst AS cluster_id, 'in' AS direction, src AS other, amount FROM btc.cluster_flows
    UNION ALL
    SELECT ledger, src AS cluster_id, 'out' AS direction, dst AS other, amount FROM btc.cluster_flows
),
sums AS (
    SELECT
        sides.ledger,
        sides.cluster_id,
        sides.direction,
        coalesce(tags.category, CASE tags.status WHEN 'conflict' THEN 'conflict' ELSE 'unknown' END) AS category,
        coalesce(tags.actor, '') AS actor,
        sum(sides.amount) AS value,
        count(*) AS transfers,
        max(tags.confidence) AS tag_confidence,
        max(tags.status) AS tag_status
    FROM btc.cluster_tags AS tags
    RIGHT JOIN sides ON tags.cluster_id = sides.other AND tags.ledger = sides.ledger
    GROUP BY 1, 2, 3, 4, 5
)
SELECT
    sums.ledger,
    sums.cluster_id,
    sums.direction,
    sums.category,
    sums.actor,
    sums.value,
    CAST(sums.value AS DOUBLE) / sum(sums.value) OVER (PARTITION BY sums.ledger, sums.cluster_id, sums.direction) AS share,
    sums.transfers,
    sums.tag_confidence,
    sums.tag_status,
    heights.as_of_height
FROM heights
INNER JOIN sums ON sums.ledger = heights.ledger
