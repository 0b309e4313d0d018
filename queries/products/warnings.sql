-- Early warnings
--
-- Shows     what is new in the latest ninety days: a typology that was never found before, a corridor that flagged flows
--           never took before, money between members of two networks that had none before, a listed party in a payment,
--           and the two counts of each typology, of which the program keeps those whose interval clears 1 (`surge`).
-- Careful   "never before" is as far back as the data go: where they do not reach a year behind the ninety days, nothing is
--           called new. A surge counts suppliers that are in both quarters only.
-- Source    reference/assessment.md 4 (early-warning note)

WITH reach AS (
    SELECT min(time) <= CAST($recent AS TIMESTAMP) - INTERVAL '12 months' AS far
    FROM flow.transfers
),
held AS (
    SELECT source_id
    FROM flow.transfers
    WHERE time > CAST($previous AS TIMESTAMP) AND time <= CAST($to AS TIMESTAMP)
    GROUP BY source_id
    HAVING bool_or(time > CAST($recent AS TIMESTAMP)) AND bool_or(time <= CAST($recent AS TIMESTAMP))
),
findings AS (
    SELECT
        finding_id,
        typology,
        family,
        evidence,
        last_time > CAST($recent AS TIMESTAMP) AS recent,
        last_time > CAST($previous AS TIMESTAMP) AS in_span
    FROM finding.findings
    WHERE last_time <= CAST($to AS TIMESTAMP)
),
by_typology AS (
    SELECT
        typology,
        sum(CASE WHEN recent THEN 1 ELSE 0 END) AS recent,
        sum(CASE WHEN recent THEN 0 ELSE 1 END) AS ever,
        array_agg('finding:' || CAST(finding_id AS VARCHAR) ORDER BY finding_id) FILTER (WHERE recent) AS evidence
    FROM findings
    GROUP BY typology
),
steady AS (
    SELECT span.finding_id, span.typology, span.recent
    FROM (
        SELECT finding_id, typology, recent, unnest(evidence) AS transfer_id
        FROM findings
        WHERE in_span
    ) AS span
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = span.transfer_id
    LEFT JOIN held ON held.source_id = transfers.source_id
    GROUP BY span.finding_id, span.typology, span.recent
    HAVING bool_and(held.source_id IS NOT NULL)
),
surges AS (
    SELECT
        typology,
        sum(CASE WHEN recent THEN 1 ELSE 0 END) AS recent,
        sum(CASE WHEN recent THEN 0 ELSE 1 END) AS previous,
        array_agg('finding:' || CAST(finding_id AS VARCHAR) ORDER BY finding_id) AS evidence
    FROM steady
    GROUP BY typology
),
flagged AS (
    SELECT DISTINCT unnest(evidence) AS transfer_id
    FROM findings
    WHERE family NOT IN ('exposure', 'link')
),
corridors AS (
    SELECT
        payer.bank_country || ' to ' || payee.bank_country AS corridor,
        sum(CASE WHEN transfers.time > CAST($recent AS TIMESTAMP) THEN 1 ELSE 0 END) AS recent,
        sum(CASE WHEN transfers.time > CAST($recent AS TIMESTAMP) THEN 0 ELSE 1 END) AS ever,
        array_agg('transfer:' || CAST(transfers.transfer_id AS VARCHAR) ORDER BY transfers.transfer_id)
            FILTER (WHERE transfers.time > CAST($recent AS TIMESTAMP)) AS evidence
    FROM flagged
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = flagged.transfer_id
    INNER JOIN flow.accounts AS payer ON payer.account = transfers.src
    INNER JOIN flow.accounts AS payee ON payee.account = transfers.dst
    WHERE payer.bank_country IS NOT NULL AND payee.bank_country IS NOT NULL
    GROUP BY payer.bank_country, payee.bank_country
),
accounts AS (
    SELECT DISTINCT network, account
    FROM intel.network_accounts
),
between_networks AS (
    SELECT DISTINCT
        least(payer.network, payee.network) AS one,
        greatest(payer.network, payee.network) AS other,
        transfers.transfer_id,
        transfers.time > CAST($recent AS TIMESTAMP) AS recent
    FROM flow.transfers AS transfers
    INNER JOIN accounts AS payer ON payer.account = transfers.src
    INNER JOIN accounts AS payee ON payee.account = transfers.dst
    WHERE payer.network <> payee.network AND transfers.time <= CAST($to AS TIMESTAMP)
),
links AS (
    SELECT
        one,
        other,
        sum(CASE WHEN recent THEN 1 ELSE 0 END) AS recent,
        sum(CASE WHEN recent THEN 0 ELSE 1 END) AS ever,
        array_agg('transfer:' || CAST(transfer_id AS VARCHAR) ORDER BY transfer_id) FILTER (WHERE recent) AS evidence
    FROM between_networks
    GROUP BY one, other
),
captions AS (
    SELECT dataset || '/' || entity_id AS network, caption
    FROM intel.entities
)
SELECT
    CAST('sanctions' AS VARCHAR) AS trigger,
    CAST(CAST(recent AS VARCHAR) || ' findings of payments with a listed party' AS VARCHAR) AS what,
    CAST(NULL AS VARCHAR) AS quoted,
    recent,
    ever AS previous,
    CAST('sanctions authority, AML units' AS VARCHAR) AS audience,
    evidence
FROM by_typology
WHERE typology = 'sanctions_exposure' AND recent > 0
UNION ALL
SELECT
    CAST('typology' AS VARCHAR),
    CAST(
        replace(by_typology.typology, '_', ' ') || ' was found ' || CAST(by_typology.recent AS VARCHAR) || ' times and never before'
        AS VARCHAR
    ),
    CAST(NULL AS VARCHAR),
    by_typology.recent,
    by_typology.ever,
    CAST('FIU, AML units' AS VARCHAR),
    by_typology.evidence
FROM by_typology
CROSS JOIN reach
WHERE reach.far AND by_typology.recent > 0 AND by_typology.ever = 0
UNION ALL
SELECT
    CAST('corridor' AS VARCHAR),
    CAST(CAST(corridors.recent AS VARCHAR) || ' flagged flows went from ' || corridors.corridor || ' and none before' AS VARCHAR),
    CAST(NULL AS VARCHAR),
    corridors.recent,
    corridors.ever,
    CAST('FIU, supervisors, counterpart FIUs' AS VARCHAR),
    corridors.evidence
FROM corridors
CROSS JOIN reach
WHERE reach.far AND corridors.recent > 0 AND corridors.ever = 0
UNION ALL
SELECT
    CAST('link' AS VARCHAR),
    CAST(
        'money moved between ' || coalesce(one.caption, links.one) || ' and ' || coalesce(other.caption, links.other)
            || ' in ' || CAST(links.recent AS VARCHAR) || ' transfers, and none before' AS VARCHAR
    ),
    CAST(coalesce(one.caption, links.one) || ' and ' || coalesce(other.caption, links.other) AS VARCHAR),
    links.recent,
    links.ever,
    CAST('owners of either case' AS VARCHAR),
    links.evidence
FROM links
CROSS JOIN reach
LEFT JOIN captions AS one ON one.network = links.one
LEFT JOIN captions AS other ON other.network = links.other
WHERE reach.far AND links.recent > 0 AND links.ever = 0
UNION ALL
SELECT
    CAST('surge' AS VARCHAR),
    CAST(
        replace(typology, '_', ' ') || ' rose from ' || CAST(previous AS VARCHAR) || ' findings to ' || CAST(recent AS VARCHAR)
        AS VARCHAR
    ),
    CAST(NULL AS VARCHAR),
    recent,
    previous,
    CAST('FIU, AML units' AS VARCHAR),
    evidence
FROM surges
WHERE recent > previous
ORDER BY trigger, recent DESC, what
