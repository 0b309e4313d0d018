-- Where assets are
--
-- Shows     for each network the accounts and wallets that flagged money reached, members first, and what is left of what
--           came in: all that was received less all that was sent in the data held, up to the cut-off.
-- Careful   what lay in an account before the data begin is not known, nor what another bank's books hold; what remains is
--           never less than nothing. Services are left out: an order against them is about one customer's balance.
-- Source    reference/assessment.md 4 (operational case package: asset locations)

WITH flagged AS (
    SELECT
        flows.network,
        flows.dst AS account,
        CASE WHEN min(flows.side) = 'outflow' THEN 'receiver' ELSE 'member' END AS part,
        sum(flows.value_eur) AS flagged,
        array_agg('transfer:' || CAST(flows.transfer_id AS VARCHAR) ORDER BY flows.transfer_id) AS evidence
    FROM assess.network_flows AS flows
    INNER JOIN flow.accounts AS accounts ON accounts.account = flows.dst
    WHERE flows.side <> 'around' AND accounts.service IS NULL AND flows.time <= CAST($to AS TIMESTAMP)
    GROUP BY flows.network, flows.dst
),
wanted AS (
    SELECT DISTINCT account
    FROM flagged
),
moved AS (
    SELECT
        CASE WHEN ends.payer THEN transfers.src ELSE transfers.dst END AS account,
        transfers.time,
        CASE WHEN ends.payer THEN CAST(0 AS DECIMAL(38, 18)) ELSE transfers.value_eur END AS received,
        CASE WHEN ends.payer THEN transfers.value_eur ELSE CAST(0 AS DECIMAL(38, 18)) END AS sent
    FROM flow.transfers AS transfers
    CROSS JOIN (VALUES (true), (false)) AS ends (payer)
    WHERE transfers.time <= CAST($to AS TIMESTAMP)
),
totals AS (
    SELECT
        wanted.account,
        coalesce(sum(moved.received), CAST(0 AS DECIMAL(38, 18))) AS received,
        coalesce(sum(moved.sent), CAST(0 AS DECIMAL(38, 18))) AS sent,
        to_char(max(moved.time), '%Y-%m-%d') AS last_seen
    FROM wanted
    INNER JOIN moved ON moved.account = wanted.account
    GROUP BY wanted.account
),
named AS (
    SELECT account, min(name) AS holder
    FROM flow.holders
    GROUP BY account
)
SELECT
    flagged.network,
    flagged.part,
    named.holder,
    accounts.ledger,
    accounts.identifier,
    accounts.bank,
    accounts.bank_country AS country,
    flagged.flagged,
    totals.received,
    totals.sent,
    CASE WHEN totals.received > totals.sent THEN totals.received - totals.sent ELSE CAST(0 AS DECIMAL(38, 18)) END AS remains,
    totals.last_seen,
    flagged.evidence
FROM flagged
INNER JOIN totals ON totals.account = flagged.account
INNER JOIN flow.accounts AS accounts ON accounts.account = flagged.account
LEFT JOIN named ON named.account = flagged.account
ORDER BY flagged.network, flagged.part, remains DESC NULLS LAST, accounts.ledger, accounts.identifier
