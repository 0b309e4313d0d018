-- The transfers a finding stands on
--
-- Answers   the evidence of a finding in its order, with identifiers and holders of both sides, and the subject's part in each:
--           `in` is paid to it, `out` by it, `between` are others.
-- Example   SELECT * FROM finding_evidence(4611686018427387904)
--
-- @param finding  BIGINT  required

WITH evidence AS (
    SELECT finding_id, subject, unnest(evidence) AS transfer_id
    FROM finding.findings
    WHERE finding_id = $finding
),
names AS (
    SELECT account, min(name) AS name
    FROM flow.holders
    GROUP BY account
),
rows AS (
    SELECT
        CAST(row_number() OVER (ORDER BY time, ledger, position, transfers.transfer_id) AS BIGINT) AS step,
        transfers.*,
        CASE
            WHEN dst = subject THEN 'in'
            WHEN src = subject THEN 'out'
            ELSE 'between'
        END AS part
    FROM evidence
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = evidence.transfer_id
)
SELECT
    step,
    time,
    part,
    transfer_id,
    coalesce(identifier(src), CAST(src AS VARCHAR)) AS payer,
    payers.name AS payer_holder,
    coalesce(identifier(dst), CAST(dst AS VARCHAR)) AS payee,
    payees.name AS payee_holder,
    amount,
    asset,
    value_eur,
    channel,
    reference,
    purpose
FROM rows
LEFT JOIN names AS payers ON payers.account = src
LEFT JOIN names AS payees ON payees.account = dst
ORDER BY step
