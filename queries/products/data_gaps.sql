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
    SELECT accounts.ledger, count(DISTINCT sides.transfer_id) AS transfers
    FROM (
        SELECT
            transfers.transfer_id,
            CASE WHEN ends.payer THEN transfers.src ELSE transfers.dst END AS account
        FROM flagged
        INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = flagged.transfer_id
        CROSS JOIN (VALUES (true), (false)) AS ends (payer)
    ) AS sides
    INNER JOIN flow.accounts AS accounts ON accounts.account = sides.account
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
    CAST('typology' AS VARCHAR) AS kind,
    CAST(typology AS VARCHAR) AS subject,
    CAST(max(status) AS VARCHAR) AS item,
    CAST(max(note) AS VARCHAR) AS unknown,
    CAST('The data that the note names, and a run of the typology on them.' AS VARCHAR) AS collect,
    CAST('Supplier liaison' AS VARCHAR) AS owner
FROM finding.coverage
WHERE status <> 'ran'
GROUP BY typology
UNION ALL
SELECT
    CAST('quarantine' AS VARCHAR),
    CAST(array_to_string(array_slice(string_to_array(name, '/'), -1, -1), '') AS VARCHAR),
    CAST('rows refused' AS VARCHAR),
    CAST(CAST(rows_quarantined AS VARCHAR) || ' of ' || CAST(rows_read AS VARCHAR) || ' rows were refused and say nothing.' AS VARCHAR),
    CAST('The rows again, put right by the supplier; admin.quarantine has the reason of each.' AS VARCHAR),
    CAST('Supplier liaison' AS VARCHAR)
FROM admin.sources
WHERE rows_quarantined > 0
UNION ALL
SELECT
    CAST('value' AS VARCHAR),
    CAST(ledger AS VARCHAR),
    CAST(asset AS VARCHAR),
    CAST(CAST(transfers AS VARCHAR) || ' transfers of the window have no value in euro and are in no sum.' AS VARCHAR),
    CAST('Dated rates of ' || asset || ' against the euro.' AS VARCHAR),
    CAST('Analytical unit' AS VARCHAR)
FROM worthless
UNION ALL
SELECT
    CAST('country' AS VARCHAR),
    CAST(ledger AS VARCHAR),
    CAST('side without a country' AS VARCHAR),
    CAST(CAST(transfers AS VARCHAR) || ' flagged transfers have a side whose country is not known.' AS VARCHAR),
    CAST('The country of the bank, or of the service behind the wallet.' AS VARCHAR),
    CAST('Supplier liaison' AS VARCHAR)
FROM placeless
UNION ALL
SELECT
    CAST('link' AS VARCHAR),
    CAST(typology AS VARCHAR),
    CAST('findings tied to nobody' AS VARCHAR),
    CAST(CAST(findings AS VARCHAR) || ' findings lead to no known network.' AS VARCHAR),
    CAST('Holders of the accounts, and registers or lists that name them.' AS VARCHAR),
    CAST('Analytical unit' AS VARCHAR)
FROM loose
ORDER BY kind, subject, item
