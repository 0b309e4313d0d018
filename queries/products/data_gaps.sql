-- Gaps of the data
--
-- Shows     what cannot be told because of what is held: typologies that did not run, rows that were refused, transfers
--           without a value in euro, flagged flows whose side has no country, findings that lead to nobody; and from whom
--           what would fill the gap can be had.
-- Careful   a gap is no finding: it has no evidence, because it is about what is not there.
-- Source    reference/assessment.md 1 (intelligence-gap register, gap to collection plan)

WITH flagged AS (
    SELECT DISTINCT unnest(evidence) AS transfer_id
    FROM finding.findings
    WHERE family NOT IN ('exposure', 'link')
        AND last_time > CAST($from AS TIMESTAMP) AND last_time <= CAST($to AS TIMESTAMP)
),
placeless AS (
    SELECT accounts.ledger, count(DISTINCT flagged.transfer_id) AS transfers
    FROM flagged
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = flagged.transfer_id
    INNER JOIN flow.accounts AS accounts ON accounts.account IN (transfers.src, transfers.dst)
    WHERE accounts.bank_country IS NULL
    GROUP BY accounts.ledger
),
worthless AS (
    SELECT ledger, asset, count(*) AS transfers
    FROM flow.transfers
    WHERE value_eur IS NULL AND time > CAST($from AS TIMESTAMP) AND time <= CAST($to AS TIMESTAMP)
    GROUP BY ledger, asset
),
loose AS (
    SELECT findings.typology, count(*) AS findings
    FROM finding.findings AS findings
    LEFT ANTI JOIN assess.network_findings AS linked ON linked.finding_id = findings.finding_id
    WHERE findings.last_time > CAST($from AS TIMESTAMP) AND findings.last_time <= CAST($to AS TIMESTAMP)
    GROUP BY findings.typology
)
SELECT
    'typology' AS kind,
    typology AS subject,
    CAST(max(status) AS VARCHAR) AS item,
    max(note) AS unknown,
    'The data that the note names, and a run of the typology on them.' AS collect,
    'Supplier liaison' AS owner
FROM finding.coverage
WHERE status <> 'ran'
GROUP BY typology
UNION ALL
SELECT
    'quarantine',
    array_to_string(array_slice(string_to_array(name, '/'), -1, -1), ''),
    'rows refused',
    CAST(rows_quarantined AS VARCHAR) || ' of ' || CAST(rows_read AS VARCHAR) || ' rows were refused and say nothing.',
    'The rows again, put right by the supplier; admin.quarantine has the reason of each.',
    'Supplier liaison'
FROM admin.sources
WHERE rows_quarantined > 0
UNION ALL
SELECT
    'value',
    ledger,
    asset,
    CAST(transfers AS VARCHAR) || ' transfers of the window have no value in euro and are in no sum.',
    'Dated rates of ' || asset || ' against the euro.',
    'Analytical unit'
FROM worthless
UNION ALL
SELECT
    'country',
    ledger,
    'side without a country',
    CAST(transfers AS VARCHAR) || ' flagged transfers have a side whose country is not known.',
    'The country of the bank, or of the service behind the wallet.',
    'Supplier liaison'
FROM placeless
UNION ALL
SELECT
    'link',
    typology,
    'findings tied to nobody',
    CAST(findings AS VARCHAR) || ' findings lead to no known network.',
    'Holders of the accounts, and registers or lists that name them.',
    'Analytical unit'
FROM loose
ORDER BY kind, subject, item
