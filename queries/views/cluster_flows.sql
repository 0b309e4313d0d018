-- Payments between clusters
--
-- Holds     the payments of `flow.transfers` on chains with clusters at both ends, in satoshi. What a cluster pays to itself
--           is change and is left out.
-- Name      btc.cluster_flows

SELECT
    transfers.transfer_id,
    transfers.ledger,
    transfers.time,
    transfers.position,
    coalesce(payers.cluster_id, transfers.src) AS src,
    coalesce(payees.cluster_id, transfers.dst) AS dst,
    CAST(transfers.amount * 100000000 AS BIGINT) AS amount
FROM flow.transfers AS transfers
LEFT JOIN btc.clusters AS payers ON payers.account = transfers.src
LEFT JOIN btc.clusters AS payees ON payees.account = transfers.dst
WHERE transfers.ledger <> 'bank' AND coalesce(payers.cluster_id, transfers.src) <> coalesce(payees.cluster_id, transfers.dst)
