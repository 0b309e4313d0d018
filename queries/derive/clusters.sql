-- The cluster of every account
--
-- Holds     each account that was ever spent together with another, and the name of its cluster today. Whoever is not in
--           it is alone.
-- Source    the merge forest: every account but the oldest of a cluster gave its name up once.
--
-- @table btc.clusters
-- @from btc.merges
-- @replace

SELECT ledger, old_cluster AS account, cluster_id
FROM btc.merges
WHERE status = 'merged'
UNION ALL
SELECT DISTINCT ledger, cluster_id AS account, cluster_id
FROM btc.merges
WHERE status = 'merged'
