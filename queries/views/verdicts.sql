-- Findings held against what was planted
--
-- Holds     one row for each finding with what it turned out to be: `right` where it is about a planted case of its typology
--           (or of a label that names none), `other case` where it is about a case of another one, `decoy` where it is about an
--           innocent look-alike, and `background` for the rest. `about` names the typology, or the decoy's.
-- Name      truth.verdicts

WITH judged AS (
    SELECT
        finding_id,
        bool_or(NOT decoy AND planted IN (typology, '')) AS is_right,
        bool_or(NOT decoy) AS is_case,
        min(CASE WHEN NOT decoy THEN planted END) AS other,
        min(CASE WHEN decoy THEN planted END) AS decoy
    FROM truth.hits
    WHERE hit
    GROUP BY finding_id
)
SELECT
    findings.finding_id,
    findings.typology,
    findings.subject,
    findings.score,
    CASE
        WHEN judged.is_right THEN 'right'
        WHEN judged.is_case THEN 'other case'
        WHEN judged.decoy IS NOT NULL THEN 'decoy'
        ELSE 'background'
    END AS verdict,
    CASE
        WHEN judged.is_right THEN findings.typology
        WHEN judged.is_case THEN judged.other
        WHEN judged.decoy IS NOT NULL THEN judged.decoy
    END AS about
FROM finding.findings AS findings
LEFT JOIN judged ON judged.finding_id = findings.finding_id
