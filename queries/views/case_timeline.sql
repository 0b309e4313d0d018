-- The time line of a case
--
-- Holds     each transfer of a case once, in the order of time (`step`), with the findings and typologies that it is evidence
--           of.
-- Name      finding.case_timeline

WITH evidence AS (
    SELECT case_id, finding_id, typology, unnest(evidence) AS transfer_id
    FROM finding.queue
),
shared AS (
    SELECT
        case_id,
        transfer_id,
        array_agg(finding_id ORDER BY finding_id) AS findings,
        array_agg(DISTINCT typology ORDER BY typology) AS typologies
    FROM evidence
    GROUP BY case_id, transfer_id
)
SELECT
    shared.case_id,
    CAST(row_number() OVER (
        PARTITION BY shared.case_id
        ORDER BY transfers.time, transfers.ledger, transfers.position, transfers.transfer_id
    ) AS BIGINT) AS step,
    transfers.time,
    transfers.transfer_id,
    transfers.src,
    transfers.dst,
    transfers.amount,
    transfers.asset,
    transfers.value_eur,
    shared.findings,
    shared.typologies
FROM shared
INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = shared.transfer_id
