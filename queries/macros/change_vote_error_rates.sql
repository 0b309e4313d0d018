-- Votes on change against the one payment of a pre-mix
--
-- Answers   of each heuristic of `btc.change_votes`, in transactions labelled `tx0`: a Tx0 pays one output to the
--           coordinator and every other to its own owner. A vote is right where the output that the heuristic leaves alone
--           is one of the owner's (true positive) and wrong where it is the fee (false positive); where the heuristic
--           leaves none or several it says nothing (false negative).
-- Reads     Tx0s in which one output alone is like the fee of their pool, so that the fee is certain.
-- Misses    A Tx0 is no everyday payment: it has more outputs, none round, and its premix outputs are alike, so heuristics
--           that look for the odd one out say little here. No other labels say whose an output is: for payments of two
--           outputs every heuristic is unmeasured.
-- Cost      the labelled transactions alone.
-- Example   SELECT * FROM change_vote_error_rates()
-- Source    reference/crypto.md §3
--
-- @param data_set  VARCHAR  ''

WITH heuristics (heuristic, bit) AS (
    VALUES
        ('address_reuse', 1),
        ('address_type', 2),
        ('optimal_change', 4),
        ('power_of_ten', 8),
        ('client_behaviour', 16),
        ('locktime', 32),
        ('fixed_fee', 64),
        ('peeling_chain', 128),
        ('spent', 256),
        ('legacy', 512),
        ('one_time_change', 1024),
        ('multi_input_change', 2048),
        ('meiklejohn', 4096),
        ('version', 8192),
        ('never_reused', 16384),
        ('round_payment', 32768),
        ('value_ratio', 65536)
),
pools (pool, low, high) AS (
    VALUES (100000, 2500, 15000), (1000000, 25000, 150000), (5000000, 87500, 525000), (50000000, 875000, 5250000)
),
coins AS (
    SELECT
        labelled.data_set,
        outputs.ledger,
        outputs.tx_id,
        value BETWEEN low AND high AS is_fee,
        count(*) FILTER (WHERE value BETWEEN low AND high) OVER (
            PARTITION BY labelled.data_set, outputs.ledger, outputs.tx_id
        ) AS fees,
        coalesce(uniq, 0) AS uniq
    FROM btc.change_votes AS votes
    RIGHT JOIN (
        pools
        INNER JOIN btc.coinjoins AS coinjoins ON pools.pool = coinjoins.denomination AND coinjoins.kind = 'tx0'
        INNER JOIN btc.labelled AS labelled
            ON labelled.tx_id = coinjoins.tx_id AND labelled.ledger = coinjoins.ledger AND labelled.label = 'tx0'
        INNER JOIN btc.outputs AS outputs
            ON outputs.tx_id = coinjoins.tx_id AND outputs.ledger = coinjoins.ledger AND outputs.spendable
    ) ON votes.txo = outputs.txo AND votes.ledger = outputs.ledger
    WHERE $data_set = '' OR labelled.data_set = $data_set
),
judged AS (
    SELECT
        heuristic,
        data_set,
        bool_or(uniq & bit > 0 AND NOT is_fee) AS says_owner,
        bool_or(uniq & bit > 0 AND is_fee) AS says_fee
    FROM coins
    CROSS JOIN heuristics
    WHERE fees = 1
    GROUP BY heuristic, data_set, ledger, tx_id
),
counted AS (
    SELECT
        heuristic,
        data_set,
        count(*) FILTER (WHERE says_owner) AS true_positives,
        count(*) FILTER (WHERE says_fee) AS false_positives,
        count(*) FILTER (WHERE NOT says_owner AND NOT says_fee) AS false_negatives
    FROM judged
    GROUP BY heuristic, data_set
)
SELECT
    'change ' || heuristic AS detector,
    data_set,
    true_positives,
    false_positives,
    false_negatives,
    CAST(true_positives AS DOUBLE) / (true_positives + false_positives) AS precision,
    CAST(true_positives AS DOUBLE) / (true_positives + false_positives + false_negatives) AS recall,
    CAST(true_positives + false_positives + false_negatives AS VARCHAR)
        || ' pre-mixes, each with one output that is not its owner''s' AS what
FROM counted
WHERE true_positives + false_positives > 0
UNION ALL
SELECT
    'change ' || heuristics.heuristic,
    'unmeasured',
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    'unmeasured: no labelled transaction in which it leaves one output'
FROM heuristics
LEFT ANTI JOIN (SELECT heuristic FROM counted WHERE true_positives + false_positives > 0) AS measured
    ON measured.heuristic = heuristics.heuristic
ORDER BY detector, data_set
