-- Which clusters change heuristics would unite
--
-- Answers   what clusters would become if outputs that are taken for change belonged to whoever paid: each link that would
--           unite two clusters of today, the largest of the smaller ones first, so that the first rows show what would go
--           wrong. An output is taken for change where each of `heuristics` (bits of `btc.change_votes`, added up) leaves
--           it alone of its transaction. Nothing is stored, and nothing of it is in `btc.clusters`. A link with the
--           status `actors` is refused, because tag packs ascribe the two clusters to different actors; with the status
--           `sizes`, because both have more than `large` accounts. Needs `headwater derive change_votes`.
-- Example   SELECT count(*) AS links, max(new_size + old_size) AS largest FROM change_links(1024) WHERE status = 'merged'
-- Source    reference/crypto.md §2 and §3
--
-- @param heuristics  BIGINT   required
-- @param large       BIGINT   10000
-- @param ledger      VARCHAR  'btc'

SELECT
    links.status,
    transactions.txid,
    transactions.time,
    identifier(links.account_a) AS payer,
    identifier(links.account_b) AS change,
    identifier(links.new_cluster) AS new_cluster,
    links.new_size,
    identifier(links.old_cluster) AS old_cluster,
    links.old_size
FROM merge_forest(
    (
        SELECT 2 AS rank, tx_id, place, account
        FROM (
            SELECT inputs.tx_id, 0 AS place, inputs.account
            FROM btc.inputs AS inputs
            INNER JOIN (
                SELECT tx_id
                FROM btc.change_votes
                WHERE ledger = $ledger AND $heuristics > 0 AND uniq & $heuristics = $heuristics
            ) AS voted ON voted.tx_id = inputs.tx_id
            WHERE inputs.ledger = $ledger AND inputs.txi % 131072 = 0 AND inputs.account IS NOT NULL
            UNION ALL
            SELECT outputs.tx_id, 1 AS place, outputs.account
            FROM btc.outputs AS outputs
            INNER JOIN (
                SELECT txo
                FROM btc.change_votes
                WHERE ledger = $ledger AND $heuristics > 0 AND uniq & $heuristics = $heuristics
            ) AS voted ON voted.txo = outputs.txo
            WHERE outputs.ledger = $ledger AND outputs.account IS NOT NULL
        )
    ),
    known => (
        SELECT rank, tx_id, place, account_a, account_b
        FROM btc.merges
        WHERE ledger = $ledger AND status = 'merged'
    ),
    first_seen => (
        SELECT account, min(txo) AS first_seen
        FROM btc.outputs
        WHERE ledger = $ledger AND account IS NOT NULL
        GROUP BY account
    ),
    actors => (
        SELECT account, key_hash(min(actor)) AS actor
        FROM intel.tags
        WHERE ledger = $ledger
            AND is_cluster_definer AND confidence_level >= 50 AND actor IS NOT NULL AND account IS NOT NULL
        GROUP BY account
        HAVING count(DISTINCT actor) = 1
    ),
    weak_rank => 2,
    large => $large
) AS links
INNER JOIN btc.transactions AS transactions ON transactions.tx_id = links.tx_id AND transactions.ledger = $ledger
WHERE links.rank = 2
ORDER BY least(links.old_size, links.new_size) DESC NULLS FIRST, transactions.tx_id, links.place
