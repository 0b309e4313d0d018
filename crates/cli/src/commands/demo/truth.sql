SELECT
    truth.scheme_id,
    truth.typology,
    truth.difficulty = 'easy' AS easy,
    truth.expected = 'true' AS expected,
    truth.decoy = 'true' AS decoy,
    found.subject IS NOT NULL AS found
FROM read_csv($truth) AS truth
LEFT JOIN (
    SELECT DISTINCT typology, subject
    FROM finding.findings
) AS found
    ON found.typology = truth.typology
    AND found.subject = account(truth.subject_ledger, truth.subject_identifier)
ORDER BY truth.scheme_id
