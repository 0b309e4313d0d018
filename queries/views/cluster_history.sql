-- The names of clusters, past and present
--
-- Holds     one row for each name that a cluster ever gave up: which stayed instead, at which transaction, and how large
--           both were. A name in an old report leads to the cluster of today: `cluster_id`.
-- Name      btc.cluster_history

SELECT
    merges.ledger,
    merges.old_cluster,
    merges.new_cluster,
    merges.cluster_id,
    merges.tx_id,
    merges.tx_id / 4294967296 AS height,
    merges.heuristic,
    merges.old_size,
    merges.new_size
FROM btc.merges AS merges
WHERE merges.status = 'merged'
