-- Who stands in a finding's evidence
--
-- Holds     one row for each account that pays or is paid in the evidence of a finding, with its part (subject or
--           counterparty) and the transfers in which it does.
-- Kept      while a statement runs that reads it more than once
-- Name      finding.parties

WITH evidence AS (
    SELECT finding_id, subject, unnest(evidence) AS transfer_id
    FROM finding.findings
),
sides AS (
    SELECT evidence.finding_id, evidence.subject, transfers.transfer_id, transfers.src AS account
    FROM evidence
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = evidence.transfer_id
    UNION
    SELECT evidence.finding_id, evidence.subject, transfers.transfer_id, transfers.dst
    FROM evidence
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = evidence.transfer_id
)
SELECT
    finding_id,
    account,
    CASE WHEN account = subject THEN 'subject' ELSE 'counterparty' END AS role,
    array_agg(transfer_id ORDER BY transfer_id) AS transfers
FROM sides
GROUP BY finding_id, account, subject
