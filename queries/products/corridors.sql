-- Corridors
--
-- Shows     flagged flows by the country of the bank on either side: transfers, euro in the window and in the one before, the
--           first time the corridor is seen in the data, and how many networks use it.
-- Careful   the country is that of the bank; nationality is never used. Wallets have no country. `parties` are the accounts
--           on both sides.
-- Source    reference/assessment.md 4 (geography matrix)

WITH flagged AS (
    SELECT DISTINCT unnest(evidence) AS transfer_id
    FROM finding.findings
    WHERE family NOT IN ('exposure', 'link')
),
placed AS (
    SELECT
        payer.bank_country AS origin,
        payee.bank_country AS destination,
        transfers.transfer_id,
        transfers.time,
        transfers.src,
        transfers.dst,
        transfers.value_eur,
        transfers.time > CAST($from AS TIMESTAMP) AS inside
    FROM flagged
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = flagged.transfer_id
    INNER JOIN flow.accounts AS payer ON payer.account = transfers.src
    INNER JOIN flow.accounts AS payee ON payee.account = transfers.dst
    WHERE payer.bank_country IS NOT NULL AND payee.bank_country IS NOT NULL
        AND transfers.time <= CAST($to AS TIMESTAMP)
),
networks AS (
    SELECT placed.origin, placed.destination, count(DISTINCT flows.network) AS networks
    FROM placed
    INNER JOIN assess.network_flows AS flows ON flows.transfer_id = placed.transfer_id
    WHERE placed.inside AND flows.side <> 'around'
    GROUP BY placed.origin, placed.destination
),
parties AS (
    SELECT origin, destination, count(DISTINCT account) AS parties
    FROM (
        SELECT origin, destination, src AS account FROM placed WHERE inside
        UNION ALL
        SELECT origin, destination, dst AS account FROM placed WHERE inside
    ) AS sides
    GROUP BY origin, destination
),
sums AS (
    SELECT
        origin,
        destination,
        sum(CASE WHEN inside THEN 1 ELSE 0 END) AS transfers,
        sum(CASE WHEN inside THEN value_eur END) AS volume,
        sum(CASE WHEN NOT inside AND time > CAST($before AS TIMESTAMP) THEN value_eur END) AS before,
        to_char(min(time), '%Y-%m-%d') AS first_seen,
        array_agg('transfer:' || CAST(transfer_id AS VARCHAR) ORDER BY transfer_id) FILTER (WHERE inside) AS evidence
    FROM placed
    GROUP BY origin, destination
)
SELECT
    sums.origin,
    sums.destination,
    sums.transfers,
    sums.volume,
    sums.before,
    sums.first_seen,
    coalesce(networks.networks, 0) AS networks,
    coalesce(parties.parties, 0) AS parties,
    sums.evidence
FROM sums
LEFT JOIN networks ON networks.origin = sums.origin AND networks.destination = sums.destination
LEFT JOIN parties ON parties.origin = sums.origin AND parties.destination = sums.destination
WHERE sums.transfers > 0
ORDER BY sums.volume DESC NULLS LAST, sums.origin, sums.destination
