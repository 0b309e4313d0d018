-- Transfers on chains of accounts
--
-- Holds     the transfers of `flow.transfers` on chains that keep accounts and not coins: Ethereum and what is built
--           like it (`eth`, `eip155:…`), and Tron. `contract` says whether the asset is a token; the chain's own coin
--           has no address. `stable` says whether it is one that promises to be worth a dollar or a euro, by its symbol
--           or by the address of its contract; the list is of the large ones and grows by hand.
-- Counts    stablecoin: the transfer again where it is one in a stablecoin, so that a typology can require one.
-- Name      flow.account_transfers

SELECT
    transfer_id,
    time,
    src,
    dst,
    amount,
    asset,
    value_eur,
    ledger,
    reference,
    position,
    strpos(asset, '0x') > 0 AS contract,
    regexp_like(
        asset,
        '(?i)^(usdt|usdc|dai|busd|tusd|usdp|gusd|fdusd|pyusd|eurc|eurs|eurt)$|0xdac17f958d2ee523a2206206994597c13d831ec7|0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48|0x6b175474e89094c44da98b954eedeac495271d0f|tr7nhqjekqxgtci8q8zy4pl8otszgjlj6t'
    ) AS stable,
    CASE
        WHEN regexp_like(
            asset,
            '(?i)^(usdt|usdc|dai|busd|tusd|usdp|gusd|fdusd|pyusd|eurc|eurs|eurt)$|0xdac17f958d2ee523a2206206994597c13d831ec7|0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48|0x6b175474e89094c44da98b954eedeac495271d0f|tr7nhqjekqxgtci8q8zy4pl8otszgjlj6t'
        ) THEN transfer_id
    END AS stablecoin
FROM flow.transfers
WHERE ledger IN ('eth', 'tron') OR ledger LIKE 'eip155:%'
