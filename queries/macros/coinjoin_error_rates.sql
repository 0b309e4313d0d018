-- CoinJoin detectors against labelled transactions
--
-- Answers   of each detector and data set in `btc.labelled`: labelled transactions found (true positives), found under
--           another label (false positives), not found (false negatives), and precision and recall of these. A detector is
--           a type as `btc.coinjoins` names it; `any_coinjoin` all types but tx0; `rule …` one rule whether or not another
--           came first; `2017 alone` the rule of 2017 on its own, counting every output, as it is commonly used.
-- Reads     Transactions labelled `unknown` are no negatives: what is flagged among them is shown as false positives with
--           no precision, an upper bound. A transaction with two labels is a positive of either.
-- Misses    The labels are claims: Dumplings' lists of what surrounds the mixes of a period hold mixes of another, and these
--           count against the detector here. A detector that no label measures is in a row of its own, `unmeasured`.
-- Cost      the labelled transactions alone.
-- Example   SELECT * FROM coinjoin_error_rates()
-- Source    reference/crypto.md §2 and §4
--
-- @param data_set  VARCHAR  ''

WITH detectors (detector, kind, bit, since, until) AS (
    VALUES
        ('whirlpool', 'whirlpool', 0, 570000, 9999999),
        ('wasabi2', 'wasabi2', 0, 741213, 9999999),
        ('wasabi1', 'wasabi1', 0, 530500, 9999999),
        ('joinmarket', 'joinmarket', 0, 392300, 9999999),
        ('other', 'other', 0, 0, 9999999),
        ('generic', 'generic', 0, 0, 9999999),
        ('tx0', 'tx0', 0, 570000, 9999999),
        ('any_coinjoin', 'any', 0, 0, 9999999),
        ('rule wasabi2_strong', 'wasabi2', 2, 741213, 9999999),
        ('rule wasabi2_weak', 'wasabi2', 4, 741213, 9999999),
        ('rule wasabi1_coordinator', 'wasabi1', 8, 530500, 609999),
        ('rule wasabi1_denomination', 'wasabi1', 16, 610000, 9999999),
        ('rule wasabi1_levels', 'wasabi1', 32, 530500, 9999999),
        ('2017 alone', 'any', -1, 0, 9999999)
),
-- A coinbase is never a mix, and labels of transactions that are not in the lake measure nothing.
sample AS (
    SELECT DISTINCT labelled.ledger, labelled.tx_id, height
    FROM btc.labelled AS labelled
    INNER JOIN btc.transactions AS transactions
        ON transactions.tx_id = labelled.tx_id AND transactions.ledger = labelled.ledger
    WHERE NOT is_coinbase
),
amounts AS (
    SELECT sample.ledger, sample.tx_id, value, count(*) AS n
    FROM sample
    INNER JOIN btc.outputs AS outputs ON outputs.tx_id = sample.tx_id AND outputs.ledger = sample.ledger
    GROUP BY sample.ledger, sample.tx_id, value
),
payees AS (
    SELECT
        ledger,
        tx_id,
        floor((sum(n) + 1) / 2) AS half,
        sum(n) AS n_out,
        max(n) AS most,
        first_value(value ORDER BY n DESC, value) AS common
    FROM amounts
    GROUP BY ledger, tx_id
),
payers AS (
    SELECT sample.ledger, sample.tx_id, count(*) AS n_in, count(DISTINCT account) AS s_in
    FROM sample
    INNER JOIN btc.inputs AS inputs ON inputs.tx_id = sample.tx_id AND inputs.ledger = sample.ledger
    GROUP BY sample.ledger, sample.tx_id
),
found AS (
    SELECT
        sample.ledger,
        sample.tx_id,
        sample.height,
        coalesce(kind, '') AS kind,
        coalesce(rules, 0) AS rules,
        n_in >= 2
            AND n_out >= 3
            AND most = half
            AND half <= n_in
            AND half <= s_in
            AND common NOT IN (546, 2730) AS by_2017
    FROM btc.coinjoins AS coinjoins
    RIGHT JOIN (
        sample
        INNER JOIN payees ON payees.tx_id = sample.tx_id AND payees.ledger = sample.ledger
        INNER JOIN payers ON payers.tx_id = sample.tx_id AND payers.ledger = sample.ledger
    ) ON coinjoins.tx_id = sample.tx_id AND coinjoins.ledger = sample.ledger
),
judged AS (
    SELECT
        detector,
        data_set,
        found.tx_id,
        bool_or(
            label = detectors.kind
            OR detectors.kind = 'any' AND label IN ('whirlpool', 'wasabi2', 'wasabi1', 'joinmarket', 'other')
        ) AS positive,
        bool_or(label <> 'unknown') AS known,
        bool_or(
            CASE
                WHEN bit = -1 THEN by_2017
                WHEN bit > 0 THEN rules & bit > 0
                WHEN detectors.kind = 'any' THEN found.kind NOT IN ('', 'tx0')
                ELSE found.kind = detectors.kind
            END
        ) AS flagged
    FROM btc.labelled AS labelled
    INNER JOIN found ON found.tx_id = labelled.tx_id AND found.ledger = labelled.ledger
    CROSS JOIN detectors
    WHERE height BETWEEN since AND until AND ($data_set = '' OR data_set = $data_set)
    GROUP BY detector, data_set, found.ledger, found.tx_id
),
counted AS (
    SELECT
        detector,
        data_set,
        count(*) FILTER (WHERE positive) AS positives,
        count(*) FILTER (WHERE positive AND flagged) AS true_positives,
        count(*) FILTER (WHERE flagged AND NOT positive) AS false_positives,
        count(*) FILTER (WHERE positive AND NOT flagged) AS false_negatives,
        count(*) FILTER (WHERE known AND NOT positive) AS negatives,
        count(*) FILTER (WHERE NOT known) AS unlabelled
    FROM judged
    GROUP BY detector, data_set
)
SELECT
    detector,
    data_set,
    true_positives,
    false_positives,
    false_negatives,
    CASE
        WHEN positives > 0 AND negatives > 0 AND true_positives + false_positives > 0
        THEN CAST(true_positives AS DOUBLE) / (true_positives + false_positives)
    END AS precision,
    CASE WHEN positives > 0 THEN CAST(true_positives AS DOUBLE) / positives END AS recall,
    CAST(positives AS VARCHAR) || ' labelled so, ' || CAST(negatives AS VARCHAR) || ' labelled otherwise'
        || CASE
            WHEN unlabelled > 0
            THEN ', ' || CAST(unlabelled AS VARCHAR) || ' unlabelled: what is flagged there bounds the false positives'
            ELSE ''
        END AS what
FROM counted
WHERE positives > 0 OR false_positives > 0
UNION ALL
SELECT
    detectors.detector,
    'unmeasured',
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    'unmeasured: no transaction of its heights is labelled so'
FROM detectors
LEFT ANTI JOIN (SELECT detector FROM counted WHERE positives > 0) AS measured ON measured.detector = detectors.detector
ORDER BY detector, data_set
