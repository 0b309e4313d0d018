-- Accounts of networks
--
-- Holds     the accounts and wallets of each network's members: by exact identifier (a list names the account), by
--           name (the account's holder has the same name key as a member, of at least two words, and nobody decided that
--           they are two), and by decision (somebody decided that the holder is the member). `confidence` is on the
--           attribution scale. Accounts of services (exchanges, tills, mixers; those that tags name too) are boundary,
--           never members.
-- Kept      while a statement runs that reads it more than once
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
    LEFT ANTI JOIN intel.apart AS apart
        ON apart.a = 'entity:' || members.dataset || '/' || members.entity_id
        AND apart.b = 'holder:' || CAST(holders.account AS VARCHAR) || '/' || holders.name_key
    WHERE names.name_key LIKE '% %'
    UNION
    SELECT
        members.network,
        members.dataset,
        members.entity_id,
        holders.account,
        'decision' AS basis,
        60 AS confidence,
        'decision:' || own.party || ' = ' || other.party AS ground
    FROM intel.network_members AS members
    INNER JOIN intel.identities AS own ON own.party = 'entity:' || members.dataset || '/' || members.entity_id
    INNER JOIN intel.identities AS other ON other.identity = own.identity
    INNER JOIN flow.holders AS holders
        ON 'holder:' || CAST(holders.account AS VARCHAR) || '/' || holders.name_key = other.party
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
