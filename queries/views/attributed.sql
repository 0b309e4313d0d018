-- Accounts of services on every rail, by what the service does
--
-- Holds     accounts that are ascribed to a service: by a tag of 50 or more on the attribution scale, which holds for
--           the whole cluster where it says that it defines it; by the lake's own accounts; or, of a bank account, by
--           the name of its holder, which an actor of a tag pack bears too. `kind` is vasp (exchange, hosted wallet,
--           wallet service, payment processor, broker), kiosk, mixer, market, bridge, pool, cash or other. `owner` is
--           one name for all accounts of a service, bank and chain: the actor, or what the label or the holder's name
--           comes to. `since` is the day of the tag, no proof that it was untrue before. Below 60, as by name alone, an
--           attribution is a weak link.
-- Counts    vasp, vasp_bank, vasp_chain, kiosk, mixer, market, bridge, pool: the account again where it is that, so that
--           a typology can require one.
-- Name      intel.attributed

WITH tagged AS (
    SELECT
        ledger,
        account,
        category,
        coalesce(actor, name_key(label)) AS owner,
        label AS name,
        confidence_level AS confidence,
        valid_from AS since,
        is_cluster_definer
    FROM intel.tags
    WHERE account IS NOT NULL AND confidence_level >= 50 AND category IS NOT NULL
),
actors AS (
    SELECT names.name_key, min(entities.entity_id) AS owner, min(entities.caption) AS name, min(topic) AS category
    FROM (
        SELECT dataset, entity_id, caption, unnest(topics) AS topic
        FROM intel.entities
        WHERE dataset = 'graphsense_actors'
    ) AS entities
    INNER JOIN intel.names AS names
        ON names.dataset = entities.dataset
        AND names.entity_id = entities.entity_id
    WHERE topic IN ('exchange', 'hosted_wallet', 'wallet_service', 'payment_processor', 'broker')
    GROUP BY names.name_key
    HAVING count(DISTINCT entities.entity_id) = 1
),
ascribed AS (
    SELECT ledger, account, category, owner, name, confidence, since
    FROM tagged
    UNION ALL
    SELECT members.ledger, members.account, tagged.category, tagged.owner, tagged.name, tagged.confidence, tagged.since
    FROM tagged
    INNER JOIN btc.clusters AS own ON own.account = tagged.account
    INNER JOIN btc.clusters AS members
        ON members.cluster_id = own.cluster_id
        AND members.ledger = own.ledger
        AND members.account <> own.account
    WHERE tagged.is_cluster_definer
    UNION ALL
    SELECT
        accounts.ledger,
        accounts.account,
        accounts.service,
        coalesce(min(actors.owner), min(holders.name_key)),
        coalesce(min(actors.name), min(holders.name), accounts.service),
        100,
        NULL
    FROM (SELECT ledger, account, service FROM flow.accounts WHERE service IS NOT NULL) AS accounts
    LEFT JOIN flow.holders AS holders ON holders.account = accounts.account
    LEFT JOIN actors ON actors.name_key = holders.name_key
    GROUP BY accounts.ledger, accounts.account, accounts.service
    UNION ALL
    SELECT accounts.ledger, accounts.account, actors.category, actors.owner, actors.name, 50, NULL
    FROM actors
    INNER JOIN flow.holders AS holders ON holders.name_key = actors.name_key
    INNER JOIN flow.accounts AS accounts ON accounts.account = holders.account
    WHERE accounts.service IS NULL
),
sorted AS (
    SELECT
        *,
        CASE
            WHEN category IN ('exchange', 'hosted_wallet', 'wallet_service', 'payment_processor', 'broker', 'vasp') THEN 'vasp'
            WHEN category IN ('kiosk', 'atm', 'crypto_atm') THEN 'kiosk'
            WHEN category IN ('mixing_service', 'mixer', 'tumbler') THEN 'mixer'
            WHEN category IN ('market', 'marketplace', 'darknet_market') THEN 'market'
            WHEN category IN ('bridge', 'defi_bridge') THEN 'bridge'
            WHEN category IN ('pool', 'liquidity_pool', 'defi_dex') THEN 'pool'
            WHEN category = 'cash' THEN 'cash'
            WHEN category IN ('gambling', 'service', 'defi', 'defi_lending') THEN 'other'
        END AS kind
    FROM ascribed
)
SELECT
    ledger,
    account,
    kind,
    max(owner) AS owner,
    max(name) AS name,
    max(confidence) AS confidence,
    CASE WHEN count(since) = count(*) THEN min(since) END AS since,
    CASE WHEN kind = 'vasp' THEN account END AS vasp,
    CASE WHEN kind = 'vasp' AND ledger = 'bank' THEN account END AS vasp_bank,
    CASE WHEN kind = 'vasp' AND ledger <> 'bank' THEN account END AS vasp_chain,
    CASE WHEN kind = 'kiosk' THEN account END AS kiosk,
    CASE WHEN kind = 'mixer' THEN account END AS mixer,
    CASE WHEN kind = 'market' THEN account END AS market,
    CASE WHEN kind = 'bridge' THEN account END AS bridge,
    CASE WHEN kind = 'pool' THEN account END AS pool
FROM sorted
WHERE kind IS NOT NULL
GROUP BY ledger, account, kind
