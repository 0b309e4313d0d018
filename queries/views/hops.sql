-- Transfers as hops of a pattern
--
-- Holds     each transfer worth something between two accounts that do not belong together, with its ends as nodes:
--           `payer`, and `receiver`, which for a service (an exchange, a till) is a node of its own, so that money can
--           begin or end there and nothing runs through it. What a till pays out in cash and what mining makes has nobody
--           behind it and is no hop.
-- Name      flow.hops

SELECT
    transfers.transfer_id,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.src,
    transfers.dst,
    transfers.src AS payer,
    CASE WHEN payee.service IS NULL THEN transfers.dst ELSE key_hash('service', transfers.dst) END AS receiver,
    transfers.amount,
    transfers.asset,
    transfers.value_eur,
    -- Midnight, in microseconds: to cut each time to its day costs ten times as much.
    transfers.ledger = 'bank' AND CAST(transfers.time AS BIGINT) % 86400000000 = 0 AS day_only
FROM flow.transfers AS transfers
LEFT ANTI JOIN flow.related AS related ON related.a = transfers.src AND related.b = transfers.dst
LEFT JOIN flow.accounts AS payer ON payer.account = transfers.src
LEFT JOIN flow.accounts AS payee ON payee.account = transfers.dst
WHERE transfers.src <> transfers.dst
    AND transfers.value_eur > 0
    AND coalesce(payer.service, '') <> 'cash'
    AND coalesce(payer.kind, '') <> 'coinbase'
