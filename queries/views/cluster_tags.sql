-- What tags say of clusters
--
-- Holds     one row a cluster that tags speak of, after the rule for tags that disagree: what counts is said at the highest
--           confidence present, an override above all. One actor: `agreed`. Several: `conflict`, nobody is named, and the
--           category only where they agree. A tag passes from an address to its cluster if it says that it defines it;
--           of an address that is alone every tag counts.
-- Name      btc.cluster_tags
-- Source    reference/crypto.md §9

WITH spread AS (
    SELECT
        tags.ledger,
        coalesce(clusters.cluster_id, tags.account) AS cluster_id,
        coalesce(tags.actor, '') AS actor,
        coalesce(tags.category, tags.abuse, '') AS category,
        CASE WHEN tags.confidence = 'override' THEN 101 ELSE tags.confidence_level END AS level
    FROM intel.tags AS tags
    LEFT JOIN btc.clusters AS clusters ON clusters.account = tags.account
    WHERE tags.account IS NOT NULL AND (tags.is_cluster_definer OR clusters.cluster_id IS NULL)
),
ranked AS (
    SELECT *, max(level) OVER (PARTITION BY ledger, cluster_id) AS highest, count(*) OVER (PARTITION BY ledger, cluster_id) AS tags
    FROM spread
)
SELECT
    ledger,
    cluster_id,
    CASE WHEN count(DISTINCT nullif(actor, '')) = 1 THEN max(nullif(actor, '')) END AS actor,
    CASE WHEN count(DISTINCT nullif(category, '')) = 1 THEN max(nullif(category, '')) END AS category,
    CASE WHEN count(DISTINCT nullif(actor, '')) > 1 THEN 'conflict' ELSE 'agreed' END AS status,
    least(max(highest), 100) AS confidence,
    max(tags) AS tags
FROM ranked
WHERE level = highest
GROUP BY ledger, cluster_id
