-- The networks
--
-- Holds     one row a network: around a known core (`known`) or around nobody known (`unknown`), with how many members, accounts and findings it
--           has, the roles its accounts play and the weakest confidence it stands on (attribution scale). A listed party to whom no
--           finding leads and who is tied to nobody is no network.
-- Name      intel.networks

WITH members AS (
    SELECT network, count(DISTINCT dataset || '/' || entity_id) AS members, max(hops) AS hops
    FROM intel.network_members
    GROUP BY network
),
accounts AS (
    SELECT network, count(DISTINCT account) AS accounts, min(confidence) AS confidence
    FROM intel.network_accounts
    GROUP BY network
),
findings AS (
    SELECT network, count(*) AS findings, min(confidence) AS confidence
    FROM assess.network_findings
    GROUP BY network
),
roles AS (
    SELECT network, string_agg(number || ' ' || role, ', ' ORDER BY role) AS roles
    FROM (SELECT network, role, CAST(count(DISTINCT account) AS VARCHAR) AS number FROM intel.network_roles GROUP BY network, role)
    GROUP BY network
)
SELECT
    members.network,
    'known' AS kind,
    entities.caption,
    members.members,
    coalesce(accounts.accounts, 0) AS accounts,
    coalesce(findings.findings, 0) AS findings,
    roles.roles,
    least(coalesce(accounts.confidence, 60), coalesce(findings.confidence, 60)) AS confidence
FROM members
INNER JOIN intel.entities AS entities ON entities.dataset || '/' || entities.entity_id = members.network
LEFT JOIN accounts ON accounts.network = members.network
LEFT JOIN findings ON findings.network = members.network
LEFT JOIN roles ON roles.network = members.network
WHERE members.members > 1 OR findings.findings > 0
UNION ALL
SELECT
    cores.network,
    'unknown',
    'nobody known: ' || CAST(max(cores.accounts) AS VARCHAR) || ' accounts',
    0,
    count(DISTINCT cores.account),
    CAST(max(array_length(cores.findings)) AS BIGINT),
    max(roles.roles),
    40
FROM intel.unknown_cores AS cores
LEFT JOIN roles ON roles.network = cores.network
GROUP BY cores.network
