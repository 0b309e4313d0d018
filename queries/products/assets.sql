-- Where assets are
--
-- Shows     for each network the accounts and wallets that flagged money reached, members first, and what is left of what
--           came in: all that was received less all that was sent in the data held, up to the cut-off.
-- Careful   what lay in an account before the data begin is not known, nor what another bank's books hold; what remains is
--           never less than nothing. Services are left out: an order against them is about one customer's balance.
-- Source    reference/assessment.md 4 (operational case package: asset locations)

WITH members AS (
    SELECT DISTINCT network, account
    FROM intel.network_accounts
),
reached AS (
    SELECT flows.network, flows.dst AS account, flows.transfer_id, flows.value_eur
    FROM assess.network_flows AS flows
    INNER JOIN flow.accounts AS accounts ON accounts.account = flows.dst
    WHERE flows.side IN ('inflow', 'outflow', 'internal') AND accounts.service IS NULL
        AND flows.time <= CAST($to AS TIMESTAMP)
),
flagged AS (
    SELECT
        network,
        account,
        sum(value_eur) AS flagged,
        array_agg('transfer:' || CAST(transfer_id AS VARCHAR) ORDER BY transfer_id) AS evidence
    FROM reached
    GROUP BY network, account
),
wanted AS (
    SELECT DISTINCT account
    FROM reached
),
moved AS (
    SELECT wanted.account, transfers.time, transfers.value_eur AS received, CAST(0 AS DECIMAL(38, 18)) AS sent
    FROM wanted
    INNER JOIN flow.transfers AS transfers ON transfers.dst = wanted.account
    UNION ALL
    SELECT wanted.account, transfers.time, CAST(0 AS DECIMAL(38, 18)), transfers.value_eur
    FROM wanted
    INNER JOIN flow.transfers AS transfers ON transfers.src = wanted.account
),
totals AS (
    SELECT
        account,
        coalesce(sum(received), 0) AS received,
        coalesce(sum(sent), 0) AS sent,
        to_char(max(time), '%Y-%m-%d') AS last_seen
    FROM moved
    WHERE time <= CAST($to AS TIMESTAMP)
    GROUP BY account
),
named AS (
    SELECT account, min(name) AS holder
    FROM flow.holders
    GROUP BY account
)
SELECT
    flagged.network,
    CASE WHEN members.account IS NOT NULL THEN 'member' ELSE 'receiver' END AS part,
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
LEFT JOIN members ON members.network = flagged.network AND members.account = flagged.account
LEFT JOIN named ON named.account = flagged.account
ORDER BY flagged.network, part, remains DESC NULLS LAST, accounts.ledger, accounts.identifier
