-- Clusters against wallets that are known
--
-- Answers   of all pairs of accounts that a cluster puts together: how many belong to one wallet (true positives) and how
--           many do not (false positives); and how many pairs of one wallet are in different clusters (false negatives).
--           Counted over the accounts in `btc.wallets` that ever spent: nobody can place a script that was only paid.
-- Misses    an invented chain has the mixes and the careless that were put into it.
-- Example   SELECT * FROM cluster_error_rates()
-- Source    reference/crypto.md §2
--
-- @param ledger  VARCHAR  'btc'

WITH spenders AS (
    SELECT DISTINCT account FROM btc.inputs WHERE ledger = $ledger AND account IS NOT NULL
),
members AS (
    SELECT wallets.account, wallets.wallet, coalesce(clusters.cluster_id, wallets.account) AS cluster_id
    FROM spenders
    INNER JOIN btc.wallets AS wallets ON wallets.account = spenders.account AND wallets.ledger = $ledger
    LEFT JOIN btc.clusters AS clusters ON clusters.account = wallets.account
),
both_ways AS (
    SELECT sum(n * (n - 1) / 2) AS pairs FROM (SELECT count(*) AS n FROM members GROUP BY cluster_id, wallet)
),
of_cluster AS (
    SELECT sum(n * (n - 1) / 2) AS pairs, max(n) AS largest FROM (SELECT count(*) AS n FROM members GROUP BY cluster_id)
),
of_wallet AS (
    SELECT sum(n * (n - 1) / 2) AS pairs FROM (SELECT count(*) AS n FROM members GROUP BY wallet)
)
SELECT
    'multi_input clusters, pairs' AS detector,
    'synth' AS data_set,
    both_ways.pairs AS true_positives,
    of_cluster.pairs - both_ways.pairs AS false_positives,
    of_wallet.pairs - both_ways.pairs AS false_negatives,
    CAST(both_ways.pairs AS DOUBLE) / nullif(of_cluster.pairs, 0) AS precision,
    CAST(both_ways.pairs AS DOUBLE) / nullif(of_wallet.pairs, 0) AS recall,
    'largest cluster ' || CAST(of_cluster.largest AS VARCHAR) || ' accounts; PayJoins are in' AS what
FROM both_ways
CROSS JOIN of_cluster
CROSS JOIN of_wallet
WHERE of_wallet.pairs IS NOT NULL
