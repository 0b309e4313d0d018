-- Enablers
--
-- Shows     accounts outside every network that flagged flows of two or more networks go through; services (exchanges,
--           processors, mixers) in flagged flows; companies that money passes through.
-- Careful   to be used is not to know of it. A service is a boundary and never a member. Each transfer counts once.
-- Source    reference/assessment.md 4 (enablers)

WITH members AS (
    SELECT DISTINCT account
    FROM intel.network_accounts
),
touched AS (
    SELECT network, transfer_id, time, src AS account, value_eur
    FROM assess.network_flows
    UNION ALL
    SELECT network, transfer_id, time, dst AS account, value_eur
    FROM assess.network_flows
),
outside AS (
    SELECT touched.network, touched.transfer_id, touched.account, touched.value_eur, accounts.service
    FROM touched
    INNER JOIN flow.accounts AS accounts ON accounts.account = touched.account
    LEFT ANTI JOIN members ON members.account = touched.account
    WHERE touched.time > CAST($from AS TIMESTAMP) AND touched.time <= CAST($to AS TIMESTAMP)
),
kinds AS (
    SELECT
        account,
        CASE WHEN max(service) IS NOT NULL THEN 'service: ' || max(service) ELSE 'account shared by networks' END AS kind
    FROM outside
    GROUP BY account
    HAVING max(service) IS NOT NULL OR count(DISTINCT network) >= 2
),
through AS (
    SELECT
        findings.subject AS account,
        'company that money passes through' AS kind,
        unnest(findings.evidence) AS transfer_id
    FROM finding.findings AS findings
    WHERE findings.typology = 'shell_pass_through'
        AND findings.last_time > CAST($from AS TIMESTAMP) AND findings.last_time <= CAST($to AS TIMESTAMP)
),
rows_of AS (
    SELECT DISTINCT kinds.kind, outside.account, outside.transfer_id, outside.value_eur
    FROM kinds
    INNER JOIN outside ON outside.account = kinds.account
    UNION
    SELECT through.kind, through.account, through.transfer_id, transfers.value_eur
    FROM through
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = through.transfer_id
),
networks AS (
    SELECT account, count(DISTINCT network) AS networks
    FROM touched
    GROUP BY account
),
named AS (
    SELECT account, min(name) AS name
    FROM flow.holders
    GROUP BY account
),
sums AS (
    SELECT
        kind,
        account,
        count(*) AS transfers,
        sum(value_eur) AS volume,
        array_agg('transfer:' || CAST(transfer_id AS VARCHAR) ORDER BY transfer_id) AS evidence
    FROM rows_of
    GROUP BY kind, account
)
SELECT
    sums.kind,
    named.name,
    accounts.identifier,
    accounts.bank_country AS country,
    coalesce(networks.networks, 0) AS networks,
    sums.transfers,
    sums.volume,
    sums.account,
    sums.evidence
FROM sums
INNER JOIN flow.accounts AS accounts ON accounts.account = sums.account
LEFT JOIN networks ON networks.account = sums.account
LEFT JOIN named ON named.account = sums.account
ORDER BY networks.networks DESC NULLS LAST, sums.volume DESC NULLS LAST, sums.kind, accounts.identifier
