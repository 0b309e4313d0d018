-- Changes between editions
--
-- Shows     the numbers of this edition (product_lines) that are not what they were in the edition $edition, new and gone ones
--           included, and why: `judgement` where a person's word stands behind either number and its evidence changed,
--           `data` where other evidence stands behind it, `profile` where the evidence is the same and the profile is not,
--           `method` where all three are the same and a query or the program is not.
-- Careful   where evidence and profile both changed it says `data and profile`: which of them moved the number is not told.
-- Source    reference/assessment.md 4 (change since last edition), 8.2

WITH earlier AS (
    SELECT subject, caption, measure, value, evidence, basis
    FROM assess.editions
    WHERE product_id = $edition
),
edition AS (
    SELECT profile_hash <> $profile_hash AS other_profile
    FROM assess.products
    WHERE product_id = $edition
),
paired AS (
    SELECT
        coalesce(now.subject, earlier.subject) AS subject,
        coalesce(now.caption, earlier.caption) AS caption,
        coalesce(now.measure, earlier.measure) AS measure,
        earlier.value AS before,
        now.value AS after,
        coalesce(now.evidence, '') <> coalesce(earlier.evidence, '') AS other_evidence,
        coalesce(now.basis, '') = 'judgement' OR coalesce(earlier.basis, '') = 'judgement' AS judged
    FROM product_lines AS now
    FULL JOIN earlier ON earlier.subject = now.subject AND earlier.measure = now.measure
)
SELECT
    paired.subject,
    paired.caption,
    paired.measure,
    paired.before,
    paired.after,
    CASE
        WHEN paired.other_evidence AND paired.judged THEN 'judgement'
        WHEN paired.other_evidence AND edition.other_profile THEN 'data and profile'
        WHEN paired.other_evidence THEN 'data'
        WHEN edition.other_profile THEN 'profile'
        ELSE 'method'
    END AS why
FROM paired
CROSS JOIN edition
WHERE coalesce(paired.before, '?') <> coalesce(paired.after, '?')
ORDER BY paired.subject, paired.measure
