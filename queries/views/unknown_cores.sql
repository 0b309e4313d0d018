-- Networks around nobody known
--
-- Holds     accounts that hang together by the evidence of findings, three and more, where no network that the lists know has an
--           account among them. Services (exchanges, tills) are boundary: they unite nobody. Findings of the families exposure and
--           link alone are no evidence here. The network is named by its smallest account.
-- Kept      while a statement runs that reads it more than once
-- Name      intel.unknown_cores

WITH evidence AS (
    SELECT unnest(evidence) AS transfer_id, finding_id
    FROM finding.findings
    WHERE family NOT IN ('exposure', 'link')
),
touched AS (
    SELECT DISTINCT evidence.finding_id, unnest(make_array(transfers.src, transfers.dst)) AS account
    FROM evidence
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = evidence.transfer_id
),
joined AS (
    SELECT account, component, accounts
    FROM components(
        (
            SELECT transfers.transfer_id, transfers.src, transfers.dst, transfers.time, coalesce(transfers.value_eur, 0) AS amount
            FROM flow.transfers AS transfers
            LEFT SEMI JOIN evidence ON evidence.transfer_id = transfers.transfer_id
        ),
        stop => (
            SELECT account FROM flow.accounts WHERE service IS NOT NULL
            UNION
            SELECT account FROM btc.services
        )
    )
    WHERE accounts >= 3
),
cores AS (
    SELECT
        joined.component,
        joined.accounts,
        array_agg(DISTINCT joined.account) AS members,
        array_agg(DISTINCT touched.finding_id) AS seen,
        bool_or(known.account IS NOT NULL) AS is_known
    FROM joined
    INNER JOIN touched ON touched.account = joined.account
    LEFT JOIN (SELECT DISTINCT account FROM intel.network_accounts) AS known ON known.account = joined.account
    GROUP BY joined.component, joined.accounts
)
SELECT 'unknown/' || CAST(component AS VARCHAR) AS network, account, accounts, array_sort(seen) AS findings
FROM (SELECT component, accounts, seen, unnest(members) AS account FROM cores WHERE NOT is_known)
