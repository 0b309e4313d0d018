-- Roles in networks
--
-- Holds     what an account does in the flagged money of a network, one row a role, with why and the transfers it is seen in. An
--           account can have several; who only pays in has none, and may be a victim.
-- Roles     `collector` is paid by five others and more, or by three and more whose money it sends on to fewer.
--           `mule` is a person who sends on at least four fifths of what came in from the network.
--           `shell` is a company that does so, or of which a finding of shell_pass_through is.
--           `launderer` sends on at least four fifths in two networks and more: a professional, or a hub that was not recognised.
--           `cash_out` takes money out: a fifth and more of what it sends goes to tills, exchanges and other services.
-- Errs      where the lake sees a part of the money: an account whose other bank is not here sends on less than it does.
-- Kept      while a statement runs that reads it more than once
-- Name      intel.network_roles
-- Source    reference/assessment.md A02, A03; the thresholds are ours

WITH evidence AS (
    SELECT networks.network, findings.typology, findings.subject, unnest(findings.evidence) AS transfer_id
    FROM (
        SELECT network, finding_id FROM assess.network_findings
        UNION
        SELECT network, unnest(findings) FROM intel.unknown_cores
    ) AS networks
    INNER JOIN finding.findings AS findings ON findings.finding_id = networks.finding_id
    WHERE findings.family NOT IN ('exposure', 'link')
),
once AS (
    SELECT network, transfer_id, array_agg(DISTINCT subject) FILTER (WHERE typology = 'shell_pass_through') AS shells
    FROM evidence
    GROUP BY network, transfer_id
),
paid AS (
    SELECT
        once.network,
        once.transfer_id,
        once.shells,
        transfers.src,
        transfers.dst,
        coalesce(transfers.value_eur, 0) AS worth,
        coalesce(transfers.channel, '') = 'cash' OR payee.service IS NOT NULL OR services.account IS NOT NULL AS leaves,
        make_array(transfers.src, transfers.dst) AS ends
    FROM once
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = once.transfer_id
    LEFT JOIN flow.accounts AS payee ON payee.account = transfers.dst
    LEFT JOIN btc.services AS services ON services.account = transfers.dst
    WHERE transfers.src <> transfers.dst
),
sides AS (
    SELECT network, transfer_id, shells, src, dst, worth, leaves, unnest(ends) AS account
    FROM paid
),
sums AS (
    SELECT
        network,
        account,
        count(DISTINCT CASE WHEN account = dst THEN src END) AS payers,
        count(DISTINCT CASE WHEN account = src THEN dst END) AS payees,
        CAST(sum(CASE WHEN account = dst THEN worth ELSE 0 END) AS DOUBLE) AS came,
        CAST(sum(CASE WHEN account = src THEN worth ELSE 0 END) AS DOUBLE) AS went,
        CAST(sum(CASE WHEN account = src AND leaves THEN worth ELSE 0 END) AS DOUBLE) AS gone,
        bool_or(coalesce(array_has(shells, account), false)) AS is_shell,
        array_agg(DISTINCT transfer_id) AS transfers,
        array_agg(DISTINCT transfer_id) FILTER (WHERE account = src AND leaves) AS leaving
    FROM sides
    GROUP BY network, account
),
known AS (
    SELECT
        sums.*,
        sums.came > 0 AND sums.went >= sums.came * 0.8 AS passes,
        held.kind,
        sum(CASE WHEN sums.came > 0 AND sums.went >= sums.came * 0.8 THEN 1 ELSE 0 END) OVER (PARTITION BY sums.account) AS networks
    FROM sums
    LEFT JOIN (
        SELECT account, CASE WHEN count(DISTINCT lower(kind)) = 1 THEN lower(max(kind)) END AS kind
        FROM flow.holders
        GROUP BY account
    ) AS held ON held.account = sums.account
    LEFT ANTI JOIN (
        SELECT account FROM flow.accounts WHERE service IS NOT NULL
        UNION
        SELECT account FROM btc.services
    ) AS services ON services.account = sums.account
),
played AS (
    SELECT
        *,
        unnest(
            make_array(
                CASE WHEN payers >= 5 OR (payers >= 3 AND payees BETWEEN 1 AND payers - 1) THEN 'collector' END,
                CASE WHEN passes AND kind = 'person' THEN 'mule' END,
                CASE WHEN is_shell OR (passes AND kind = 'company') THEN 'shell' END,
                CASE WHEN passes AND networks >= 2 THEN 'launderer' END,
                CASE WHEN gone > 0 AND gone >= went * 0.2 THEN 'cash_out' END
            )
        ) AS role
    FROM known
)
SELECT
    network,
    account,
    role,
    CASE role
        WHEN 'collector' THEN 'paid by ' || payers || ' others, ' || CAST(round(came) AS BIGINT) || ' EUR'
        WHEN 'mule' THEN 'a person who sent on ' || CAST(round(100 * went / nullif(came, 0)) AS BIGINT) || ' % of ' || CAST(round(came) AS BIGINT) || ' EUR'
        WHEN 'shell' THEN 'a company that sent on ' || CAST(round(went) AS BIGINT) || ' EUR of ' || CAST(round(came) AS BIGINT) || ' EUR'
        WHEN 'launderer' THEN 'sent money on in ' || networks || ' networks'
        ELSE CAST(round(100 * gone / nullif(went, 0)) AS BIGINT) || ' % of ' || CAST(round(went) AS BIGINT) || ' EUR went to services'
    END AS why,
    array_sort(CASE role WHEN 'cash_out' THEN leaving ELSE transfers END) AS evidence
FROM played
WHERE role IS NOT NULL
