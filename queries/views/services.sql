-- Accounts of services on a chain
--
-- Holds     accounts of which it is known that they belong to a service: beyond it coins are other people's. A tag names
--           an exchange, a mixer, a gambling site, a payment processor, a wallet service, a market or a bridge, at a
--           confidence of 50 or more; a tag that is said to define its cluster holds for all of it, and the lake's own
--           accounts may name a service.
-- Name      btc.services

WITH tagged AS (
    SELECT ledger, account, category, is_cluster_definer
    FROM intel.tags
    WHERE account IS NOT NULL
        AND confidence_level >= 50
        AND category IN (
            'exchange', 'mixing_service', 'mixer', 'gambling', 'payment_processor', 'bridge', 'hosted_wallet',
            'wallet_service', 'market', 'service'
        )
)
SELECT tagged.ledger, tagged.account, min(tagged.category) AS category
FROM (
    SELECT ledger, account, category FROM tagged
    UNION ALL
    SELECT members.ledger, members.account, tagged.category
    FROM tagged
    INNER JOIN btc.clusters AS own ON own.account = tagged.account
    INNER JOIN btc.clusters AS members ON members.cluster_id = own.cluster_id
    WHERE tagged.is_cluster_definer
    UNION ALL
    SELECT ledger, account, service FROM flow.accounts WHERE service IS NOT NULL AND ledger <> 'bank'
) AS tagged
GROUP BY tagged.ledger, tagged.account
