-- The merge forest of Bitcoin accounts
--
-- Holds     who signs together: the inputs of a transaction are taken for one owner's, and united, each link with the
--           transaction it stands on. Literal scripts: one key in two formats is two accounts. A cluster is named by the
--           member that was first paid.
-- Leaves    out transactions that are CoinJoins by their type (`btc.coinjoins`; a tx0 has one owner and stays); inputs
--           signed with ANYONECANPAY, which are no joint consent; scripts that anybody can spend; transactions that
--           somebody struck out (`btc.struck`): after a strike all is made anew. Clusters that tag packs ascribe to
--           different actors (cluster definers of confidence 50 or more) are not united: such a link is kept with the
--           status `actors`.
-- Errs      PayJoins look like payments and unite payer and payee. What it errs in numbers: docs/error-rates.md.
-- Grows     by what is new: links of earlier transactions stand for the evidence they were chosen from.
-- Source    reference/crypto.md §2
--
-- @table btc.merges
-- @from btc.inputs, btc.coinjoins
-- @whole intel.tags, btc.strikes
-- @since btc.transactions.tx_id
-- @replace

CREATE TABLE actors AS
SELECT ledger, account, min(actor) AS actor
FROM intel.tags
WHERE is_cluster_definer AND confidence_level >= 50 AND actor IS NOT NULL AND account IS NOT NULL
GROUP BY ledger, account
HAVING count(DISTINCT actor) = 1;

CREATE TABLE known AS
SELECT key_hash(ledger) AS ledger_id, rank, tx_id, place, account_a, account_b
FROM btc.merges
WHERE status = 'merged' AND tx_id < $since;

CREATE TABLE evidence AS
SELECT key_hash(inputs.ledger) AS ledger_id, 1 AS rank, inputs.tx_id, inputs.txi AS place, inputs.account
FROM btc.inputs AS inputs
LEFT SEMI JOIN (
    SELECT ledger, tx_id FROM btc.transactions WHERE tx_id >= $since AND input_count > 1
) AS joint ON joint.tx_id = inputs.tx_id AND joint.ledger = inputs.ledger
LEFT ANTI JOIN (
    SELECT ledger, tx_id FROM btc.coinjoins WHERE kind <> 'tx0'
) AS mixes ON mixes.tx_id = inputs.tx_id AND mixes.ledger = inputs.ledger
LEFT ANTI JOIN btc.struck AS struck ON struck.tx_id = inputs.tx_id AND struck.ledger = inputs.ledger
WHERE inputs.tx_id >= $since
    AND inputs.account IS NOT NULL
    AND coalesce(inputs.sighash, 1) < 128
    AND coalesce(inputs.prev_script_type, '') NOT IN ('p2a', 'nonstandard');

CREATE TABLE forest AS
SELECT *
FROM merge_forest(
    (SELECT * FROM evidence),
    known => (SELECT * FROM known),
    first_seen => (
        SELECT account, min(txo) AS first_seen
        FROM btc.outputs AS outputs
        LEFT SEMI JOIN (
            SELECT account AS member FROM evidence
            UNION ALL SELECT account_a FROM known
            UNION ALL SELECT account_b FROM known
        ) AS members ON members.member = outputs.account
        WHERE account IS NOT NULL
        GROUP BY account
    ),
    actors => (SELECT account, key_hash(actor) AS actor FROM actors)
);

WITH ledgers AS (
    SELECT DISTINCT ledger, key_hash(ledger) AS ledger_id FROM btc.blocks
),
names AS (
    SELECT DISTINCT actor, key_hash(actor) AS actor_id FROM actors
)
SELECT
    ledgers.ledger,
    forest.rank,
    'multi_input' AS heuristic,
    forest.tx_id,
    forest.place,
    forest.account_a,
    forest.account_b,
    forest.status,
    forest.old_cluster,
    forest.new_cluster,
    forest.old_size,
    forest.new_size,
    forest.cluster_id,
    one.actor AS actor_a,
    other.actor AS actor_b
FROM forest
INNER JOIN ledgers ON ledgers.ledger_id = forest.ledger_id
LEFT JOIN names AS one ON one.actor_id = forest.actor_a
LEFT JOIN names AS other ON other.actor_id = forest.actor_b
UNION ALL
SELECT *
FROM btc.merges
WHERE status <> 'merged' AND tx_id < $since
