-- Enablers
--
-- Shows     accounts outside every network that flagged flows of two or more networks go through; services (exchanges,
--           processors, mixers) in flagged flows; companies that money passes through.
-- Careful   to be used is not to know of it. A service is a boundary and never a member. Each transfer counts once. How many
--           networks a company serves is said only where it is shared.
-- Source    reference/assessment.md 4 (enablers)

WITH members AS (
    SELECT DISTINCT account
    FROM intel.network_accounts
),
touched AS (
    SELECT
        flows.network,
        flows.transfer_id,
        flows.value_eur,
        CASE WHEN ends.payer THEN flows.src ELSE flows.dst END AS account
    FROM assess.network_flows AS flows
    CROSS JOIN (VALUES (true), (false)) AS ends (payer)
    WHERE flows.time > CAST($from AS TIMESTAMP) AND flows.time <= CAST($to AS TIMESTAMP)
),
once AS (
    SELECT touched.account, touched.transfer_id, touched.value_eur, array_agg(DISTINCT touched.network) AS networks
    FROM touched
    LEFT ANTI JOIN members ON members.account = touched.account
    GROUP BY touched.account, touched.transfer_id, touched.value_eur
),
used AS (
    SELECT
        once.account,
        max(accounts.service) AS service,
        array_length(array_distinct(flatten(array_agg(once.networks)))) AS served,
        count(*) AS transfers,
        sum(once.value_eur) AS volume,
        array_agg('transfer:' || CAST(once.transfer_id AS VARCHAR) ORDER BY once.transfer_id) AS evidence
    FROM once
    INNER JOIN flow.accounts AS accounts ON accounts.account = once.account
    GROUP BY once.account
),
through AS (
    SELECT DISTINCT found.account, found.transfer_id, transfers.value_eur
    FROM (
        SELECT subject AS account, unnest(evidence) AS transfer_id
        FROM finding.findings
        WHERE typology = 'shell_pass_through'
            AND last_time > CAST($from AS TIMESTAMP) AND last_time <= CAST($to AS TIMESTAMP)
    ) AS found
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = found.transfer_id
),
enablers AS (
    SELECT
        CAST(CASE WHEN service IS NOT NULL THEN 'service: ' || service ELSE 'account shared by networks' END AS VARCHAR) AS kind,
        account,
        CAST(served AS BIGINT) AS served,
        transfers,
        volume,
        evidence
    FROM used
    WHERE service IS NOT NULL OR served >= 2
    UNION ALL
    SELECT
        CAST('company that money passes through' AS VARCHAR),
        account,
        CAST(NULL AS BIGINT),
        count(*),
        sum(value_eur),
        array_agg('transfer:' || CAST(transfer_id AS VARCHAR) ORDER BY transfer_id)
    FROM through
    GROUP BY account
),
named AS (
    SELECT account, min(name) AS name
    FROM flow.holders
    GROUP BY account
)
SELECT
    enablers.kind,
    named.name,
    accounts.identifier,
    accounts.bank_country AS country,
    enablers.served AS networks,
    enablers.transfers,
    enablers.volume,
    enablers.account,
    enablers.evidence
FROM enablers
INNER JOIN flow.accounts AS accounts ON accounts.account = enablers.account
LEFT JOIN named ON named.account = enablers.account
ORDER BY enablers.served DESC NULLS LAST, enablers.volume DESC NULLS LAST, enablers.kind, accounts.identifier
