-- To whom an address's cluster is exposed
--
-- Answers   by category and actor of tags: what reached the cluster (`in`) or left it (`out`), directly or over clusters
--           nobody has tagged, how much of all that moved, over how many payments at least; and what stayed unknown or
--           was stopped. Money that met other money is divided in proportion (haircut), from or to the first tagged
--           cluster on the way, which ends it. The shares add up to one.
-- Example   SELECT * FROM exposure('12cbQLTFMXRnSzktFkuoG3eHoMeFtpTu3S', direction => 'out')
-- Source    reference/crypto.md §7
--
-- @param address    VARCHAR  required
-- @param direction  VARCHAR  'in'
-- @param max_hops   BIGINT   4
-- @param ledger     VARCHAR  'btc'

WITH own AS (
    SELECT coalesce(max(cluster_id), account($ledger, $address)) AS cluster_id
    FROM btc.clusters
    WHERE account = account($ledger, $address)
),
tagged AS (
    SELECT cluster_id, actor, category, status, confidence
    FROM btc.cluster_tags
    WHERE ledger = $ledger AND (category IS NOT NULL OR actor IS NOT NULL OR status = 'conflict')
),
traced AS (
    SELECT *, 'in' AS direction
    FROM trace_back(
        (SELECT transfer_id, src, dst, time, position, amount FROM btc.cluster_flows WHERE ledger = $ledger AND $direction = 'in'),
        seeds => (SELECT cluster_id FROM own),
        method => 'haircut',
        max_hops => $max_hops,
        stop => (SELECT cluster_id FROM tagged WHERE cluster_id NOT IN (SELECT cluster_id FROM own))
    )
    UNION ALL
    SELECT *, 'out' AS direction
    FROM trace_forward(
        (SELECT transfer_id, src, dst, time, position, amount FROM btc.cluster_flows WHERE ledger = $ledger AND $direction = 'out'),
        seeds => (SELECT cluster_id FROM own),
        method => 'haircut',
        max_hops => $max_hops,
        stop => (SELECT cluster_id FROM tagged WHERE cluster_id NOT IN (SELECT cluster_id FROM own))
    )
),
resting AS (
    SELECT
        traced.direction,
        CASE WHEN traced.hop > 1 THEN 'indirect' ELSE 'direct' END AS distance,
        CASE WHEN traced.status = 'stopped' THEN coalesce(tagged.category, tagged.status) ELSE 'unknown' END AS category,
        CASE WHEN traced.status = 'stopped' THEN tagged.actor END AS actor,
        CASE WHEN traced.status = 'stopped' THEN 'tagged' ELSE traced.status END AS ended,
        traced.traced,
        traced.hop,
        tagged.confidence
    FROM tagged
    RIGHT JOIN traced ON tagged.cluster_id = traced.account
    WHERE traced.status <> 'moved' AND traced.hop > 0
)
SELECT
    direction,
    distance,
    category,
    actor,
    ended,
    sum(traced) AS value,
    CAST(sum(traced) AS DOUBLE) / nullif(sum(sum(traced)) OVER (), 0) AS share,
    min(hop) AS min_hops,
    max(confidence) AS tag_confidence,
    'haircut' AS method
FROM resting
GROUP BY direction, distance, category, actor, ended
ORDER BY value DESC, category, actor, ended
