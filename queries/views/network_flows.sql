-- Flagged flows of networks
--
-- Holds     each transfer that is evidence of a finding of a network, once, with its side: into the members from outside
--           (inflow), out of them, between them, or around them. Findings of the families exposure and link alone do not
--           make a flow flagged. `family` lists the families that flag it.
-- Kept      while a statement runs that reads it more than once
-- Name      assess.network_flows

WITH flagged AS (
    SELECT network_findings.network, findings.family, unnest(findings.evidence) AS transfer_id
    FROM assess.network_findings AS network_findings
    INNER JOIN finding.findings AS findings ON findings.finding_id = network_findings.finding_id
    WHERE findings.family NOT IN ('exposure', 'link')
),
once AS (
    SELECT network, transfer_id, array_agg(DISTINCT family ORDER BY family) AS families
    FROM flagged
    GROUP BY network, transfer_id
),
accounts AS (
    SELECT DISTINCT network, account
    FROM intel.network_accounts
)
SELECT
    once.network,
    once.transfer_id,
    once.families,
    transfers.time,
    transfers.ledger,
    transfers.src,
    transfers.dst,
    transfers.amount,
    transfers.asset,
    transfers.value_eur,
    CASE
        WHEN payer.account IS NOT NULL AND payee.account IS NOT NULL THEN 'internal'
        WHEN payee.account IS NOT NULL THEN 'inflow'
        WHEN payer.account IS NOT NULL THEN 'outflow'
        ELSE 'around'
    END AS side
FROM once
INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = once.transfer_id
LEFT JOIN accounts AS payer ON payer.network = once.network AND payer.account = transfers.src
LEFT JOIN accounts AS payee ON payee.network = once.network AND payee.account = transfers.dst
