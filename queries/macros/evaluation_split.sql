-- F1 of the laundering rows, cut by time
--
-- Answers   for each part of the data, cut by whole days so that the first holds $train of the payments and the second
--           $validation, and for each typology and `all`: labelled payments, flagged ones, those that are both, precision,
--           recall and F1 of the minority class.
-- Misses    The rules learn nothing, so only `test` compares with published figures, and these cut their data in more than one
--           way (reference/bank.md §5).
-- Example   SELECT * FROM evaluation_split() WHERE part = 'test'
-- Source    Altman et al., NeurIPS 2023; Egressy et al., AAAI 2024
--
-- @param train       DOUBLE  0.6
-- @param validation  DOUBLE  0.2

WITH days AS (
    SELECT date_trunc('day', time) AS day, count(*) AS payments
    FROM flow.transfers
    GROUP BY date_trunc('day', time)
),
reached AS (
    SELECT
        day,
        CAST(sum(payments) OVER (ORDER BY day) AS DOUBLE) / sum(payments) OVER () AS reached
    FROM days
),
parts AS (
    SELECT
        day,
        CASE
            WHEN reached <= $train + 0.000000001 THEN 'train'
            WHEN reached <= $train + $validation + 0.000000001 THEN 'validation'
            ELSE 'test'
        END AS part
    FROM reached
),
labelled AS (
    SELECT DISTINCT planted.transfer_id
    FROM truth.transfers AS planted
    INNER JOIN truth.schemes AS schemes ON schemes.scheme = planted.scheme
    WHERE NOT schemes.decoy
),
evidence AS (
    SELECT typology, unnest(evidence) AS transfer_id FROM finding.findings
),
flagged AS (
    SELECT typology, transfer_id FROM evidence
    UNION
    SELECT 'all', transfer_id FROM evidence
),
ran AS (
    SELECT DISTINCT typology FROM flagged
    UNION
    SELECT 'all'
),
dated AS (
    SELECT transfers.transfer_id, parts.part
    FROM parts
    INNER JOIN flow.transfers AS transfers ON date_trunc('day', transfers.time) = parts.day
),
compared AS (
    SELECT coalesce(flagged.typology, wanted.typology) AS typology,
        coalesce(flagged.transfer_id, wanted.transfer_id) AS transfer_id,
        flagged.transfer_id IS NOT NULL AS is_flagged,
        wanted.transfer_id IS NOT NULL AS is_labelled
    FROM flagged
    FULL JOIN (SELECT ran.typology, labelled.transfer_id FROM ran CROSS JOIN labelled) AS wanted
        ON wanted.typology = flagged.typology AND wanted.transfer_id = flagged.transfer_id
),
counted AS (
    SELECT
        dated.part,
        compared.typology,
        count(*) FILTER (WHERE is_labelled) AS labelled,
        count(*) FILTER (WHERE is_flagged) AS flagged,
        count(*) FILTER (WHERE is_flagged AND is_labelled) AS both
    FROM compared
    INNER JOIN dated ON dated.transfer_id = compared.transfer_id
    GROUP BY dated.part, compared.typology
),
rated AS (
    SELECT
        *,
        CAST(both AS DOUBLE) / nullif(flagged, 0) AS precision,
        CAST(both AS DOUBLE) / nullif(labelled, 0) AS recall
    FROM counted
)
SELECT
    part,
    typology,
    labelled,
    flagged,
    both,
    precision,
    recall,
    CASE WHEN precision + recall > 0 THEN 2 * precision * recall / (precision + recall) END AS f1
FROM rated
ORDER BY part = 'test', part = 'validation', typology = 'all', typology
