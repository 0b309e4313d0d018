-- Precision and recall of the typologies
--
-- Answers   one row for each unit (`scheme`, `transfer`, `account`) and typology, and `all` of them together: how many were
--           flagged, how many of these rightly, how many were planted to be found and how many of these were. `precision` asks
--           whether the flagged belongs to a planted case of this typology, `precision_any` whether it belongs to any; cases
--           that a rule is not expected to see count for precision and not for recall. A scheme's unit of flagging is the
--           finding; accounts are those that take part in evidence, services left out.
-- Misses    Figures from invented data do not transfer to real books.
-- Cost      the evidence of all findings joined with the labelled payments.
-- Example   SELECT * FROM evaluation_scores() WHERE unit = 'scheme'
-- Source    reference/typologies.md §5

WITH ran AS (
    SELECT DISTINCT typology FROM finding.coverage WHERE status <> 'not run'
    UNION ALL
    SELECT 'all'
),
-- A label that names no typology of ours counts for all of them.
schemes AS (
    SELECT schemes.scheme, schemes.expected, coalesce(stems.typology, '') AS typology
    FROM (SELECT DISTINCT typology FROM finding.coverage) AS stems
    RIGHT JOIN truth.schemes AS schemes ON schemes.typology = stems.typology
    WHERE NOT schemes.decoy
),
wanted AS (
    SELECT ran.typology, schemes.scheme, schemes.expected
    FROM ran
    INNER JOIN schemes ON schemes.typology IN ('', ran.typology)
    WHERE ran.typology <> 'all'
    UNION ALL
    SELECT 'all', scheme, expected FROM schemes
),
evidence AS (
    SELECT finding_id, typology, unnest(evidence) AS item
    FROM finding.findings
),
parties AS (
    SELECT parties.finding_id, findings.typology, parties.account AS item
    FROM finding.parties AS parties
    INNER JOIN finding.findings AS findings ON findings.finding_id = parties.finding_id
    LEFT JOIN flow.accounts AS accounts ON accounts.account = parties.account
    WHERE accounts.service IS NULL
),
flagged AS (
    SELECT 'transfer' AS unit, typology, item FROM evidence
    UNION
    SELECT 'transfer', 'all', item FROM evidence
    UNION
    SELECT 'account', typology, item FROM parties
    UNION
    SELECT 'account', 'all', item FROM parties
),
labelled AS (
    SELECT 'transfer' AS unit, scheme, transfer_id AS item FROM truth.transfers
    UNION ALL
    SELECT 'account', scheme, account FROM truth.members
),
planted AS (
    SELECT labelled.unit, wanted.typology, labelled.item, bool_or(wanted.expected) AS expected
    FROM wanted
    INNER JOIN labelled ON labelled.scheme = wanted.scheme
    GROUP BY labelled.unit, wanted.typology, labelled.item
),
criminal AS (
    SELECT DISTINCT labelled.unit, labelled.item
    FROM labelled
    INNER JOIN schemes ON schemes.scheme = labelled.scheme
),
compared AS (
    SELECT
        coalesce(flagged.unit, planted.unit) AS unit,
        coalesce(flagged.typology, planted.typology) AS typology,
        flagged.item IS NOT NULL AS is_flagged,
        planted.item IS NOT NULL AS is_planted,
        coalesce(planted.expected, false) AS is_expected,
        criminal.item IS NOT NULL AS is_any
    FROM flagged
    FULL JOIN planted
        ON planted.unit = flagged.unit AND planted.typology = flagged.typology AND planted.item = flagged.item
    LEFT JOIN criminal ON criminal.unit = flagged.unit AND criminal.item = flagged.item
),
items AS (
    SELECT
        unit,
        typology,
        count(*) FILTER (WHERE is_flagged) AS flagged,
        count(*) FILTER (WHERE is_flagged AND is_planted) AS flagged_right,
        count(*) FILTER (WHERE is_flagged AND is_any) AS flagged_any,
        count(*) FILTER (WHERE is_expected) AS planted,
        count(*) FILTER (WHERE is_expected AND is_flagged) AS found
    FROM compared
    GROUP BY unit, typology
),
findings AS (
    SELECT
        typology,
        count(*) AS flagged,
        count(*) FILTER (WHERE is_right) AS flagged_right,
        count(*) FILTER (WHERE is_any) AS flagged_any
    FROM (
        SELECT typology, verdict = 'right' AS is_right, verdict IN ('right', 'other case') AS is_any FROM truth.verdicts
        UNION ALL
        SELECT 'all', verdict IN ('right', 'other case'), verdict IN ('right', 'other case') FROM truth.verdicts
    )
    GROUP BY typology
),
caught AS (
    SELECT
        wanted.typology,
        count(*) AS planted,
        count(*) FILTER (WHERE hits.scheme IS NOT NULL) AS found
    FROM wanted
    INNER JOIN (SELECT DISTINCT scheme FROM truth.transfers) AS cases ON cases.scheme = wanted.scheme
    LEFT JOIN (
        SELECT DISTINCT typology, scheme FROM truth.hits WHERE hit
        UNION
        SELECT 'all', scheme FROM truth.hits WHERE hit
    ) AS hits ON hits.scheme = wanted.scheme AND hits.typology = wanted.typology
    WHERE wanted.expected
    GROUP BY wanted.typology
),
counted AS (
    SELECT * FROM items
    UNION ALL
    SELECT
        'scheme',
        ran.typology,
        coalesce(findings.flagged, 0),
        coalesce(findings.flagged_right, 0),
        coalesce(findings.flagged_any, 0),
        coalesce(caught.planted, 0),
        coalesce(caught.found, 0)
    FROM ran
    LEFT JOIN findings ON findings.typology = ran.typology
    LEFT JOIN caught ON caught.typology = ran.typology
),
rated AS (
    SELECT
        *,
        CAST(flagged_right AS DOUBLE) / nullif(flagged, 0) AS precision,
        CAST(flagged_any AS DOUBLE) / nullif(flagged, 0) AS precision_any,
        CAST(found AS DOUBLE) / nullif(planted, 0) AS recall
    FROM counted
)
SELECT
    unit,
    typology,
    flagged,
    flagged_right,
    planted,
    found,
    precision,
    precision_any,
    recall,
    CASE WHEN precision + recall > 0 THEN 2 * precision * recall / (precision + recall) END AS f1
FROM rated
ORDER BY unit, typology = 'all', typology
