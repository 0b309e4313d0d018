-- Findings as they leave the lake
--
-- Holds     each finding with its subject by name instead of by hash. Ids are text, because a number of 64 bits does not
--           survive every reader of JSON.
-- Name      assess.export_findings

SELECT
    CAST(findings.finding_id AS VARCHAR) AS finding_id,
    findings.typology,
    findings.family,
    coalesce(accounts.ledger, '') AS ledger,
    coalesce(accounts.identifier, '') AS identifier,
    findings.first_time,
    findings.last_time,
    findings.amount,
    findings.asset,
    findings.score,
    CAST(findings.evidence AS VARCHAR[]) AS evidence,
    findings.explanation,
    findings.details,
    findings.version,
    findings.parameters,
    findings.query_hash,
    findings.dataset
FROM finding.findings AS findings
LEFT JOIN flow.accounts AS accounts ON accounts.account = findings.subject
