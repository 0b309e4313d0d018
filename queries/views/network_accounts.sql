-- Accounts of networks
--
-- Holds     the accounts and wallets of each network's members: by exact identifier (a list names the account), and by
--           name (the account's holder has the same name key as a member, of at least two words). `confidence` is on the
--           attribution scale. Accounts of services (exchanges, tills, mixers; those that tags name too) are boundary, never members.
-- Name      intel.network_accounts

WITH grounds AS (
    SELECT
        members.network,
        members.dataset,
        members.entity_id,
        identifiers.account,
        'identifier' AS basis,
        60 AS confidence,
        'identifier:' || identifiers.dataset || '/' || identifiers.entity_id || '/' || identifiers.ledger || '/'
            || identifiers.identifier AS ground
    FROM intel.network_members AS members
    INNER JOIN intel.identifiers AS identifiers
        ON identifiers.dataset = members.dataset AND identifiers.entity_id = members.entity_id
    UNION
    SELECT
        members.network,
        members.dataset,
        members.entity_id,
        holders.account,
        'name' AS basis,
        40 AS confidence,
        'holder:' || CAST(holders.account AS VARCHAR) || '/' || holders.name AS ground
    FROM intel.network_members AS members
    INNER JOIN intel.names AS names ON names.dataset = members.dataset AND names.entity_id = members.entity_id
    INNER JOIN flow.holders AS holders ON holders.name_key = names.name_key
    WHERE names.name_key LIKE '% %'
)
SELECT
    grounds.network,
    grounds.dataset,
    grounds.entity_id,
    grounds.account,
    min(grounds.basis) AS basis,
    max(grounds.confidence) AS confidence,
    array_agg(DISTINCT grounds.ground ORDER BY grounds.ground) AS evidence
FROM grounds
LEFT JOIN flow.accounts AS accounts ON accounts.account = grounds.account
LEFT ANTI JOIN btc.services AS services ON services.account = grounds.account
WHERE accounts.service IS NULL
GROUP BY grounds.network, grounds.dataset, grounds.entity_id, grounds.account
