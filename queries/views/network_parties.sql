-- Who is in a network
--
-- Holds     the members that lists and decisions give a network, its accounts, and the accounts that play a part in its flagged money, each
--           with its role, the confidence of that (attribution scale) and the evidence. `basis` is relationship, identifier, name, decision or
--           flow. For networks around nobody known there is flow alone.
-- Name      intel.network_parties

SELECT
    members.network,
    'entity:' || members.dataset || '/' || members.entity_id AS party,
    entities.caption AS name,
    members.role,
    'relationship' AS basis,
    CASE WHEN members.dataset LIKE 'ofac%' OR members.dataset LIKE 'un_%' THEN 60 ELSE 50 END AS confidence,
    CASE members.hops
        WHEN 0 THEN 'appears in ' || members.dataset
        ELSE 'tied to the core by ' || CAST(members.hops AS VARCHAR) || CASE members.hops WHEN 1 THEN ' step' ELSE ' steps' END
    END AS explanation,
    members.evidence
FROM intel.network_members AS members
INNER JOIN intel.entities AS entities ON entities.dataset = members.dataset AND entities.entity_id = members.entity_id
UNION ALL
SELECT
    accounts.network,
    'account:' || places.ledger || '/' || places.identifier,
    entities.caption,
    'account',
    accounts.basis,
    accounts.confidence,
    'an account of ' || entities.caption,
    accounts.evidence
FROM intel.network_accounts AS accounts
INNER JOIN intel.entities AS entities ON entities.dataset = accounts.dataset AND entities.entity_id = accounts.entity_id
INNER JOIN flow.accounts AS places ON places.account = accounts.account
UNION ALL
SELECT
    roles.network,
    'account:' || places.ledger || '/' || places.identifier,
    held.name,
    roles.role,
    'flow',
    40,
    roles.why,
    string_to_array('transfer:' || array_to_string(roles.evidence, ';transfer:'), ';')
FROM intel.network_roles AS roles
INNER JOIN flow.accounts AS places ON places.account = roles.account
LEFT JOIN (SELECT account, min(name) AS name FROM flow.holders GROUP BY account) AS held ON held.account = roles.account
UNION ALL
SELECT
    cores.network,
    'account:' || places.ledger || '/' || places.identifier,
    held.name,
    'in the evidence',
    'flow',
    40,
    'hangs together with ' || CAST(cores.accounts - 1 AS VARCHAR) || ' others by ' || CAST(array_length(cores.findings) AS VARCHAR) || ' findings',
    string_to_array('finding:' || array_to_string(cores.findings, ';finding:'), ';')
FROM intel.unknown_cores AS cores
INNER JOIN flow.accounts AS places ON places.account = cores.account
LEFT JOIN (SELECT account, min(name) AS name FROM flow.holders GROUP BY account) AS held ON held.account = cores.account
