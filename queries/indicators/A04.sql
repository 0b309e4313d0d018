-- Legal-business infiltration
--
-- Measures  the companies among a network's members that stand in its flagged flows of the window, those of them in a sector that
--           launderers prefer, the countries of their accounts, and the banks and VASPs that a member owns.
-- Unknown   sectors, where no source names one (a fact `sector`, by NACE code). A network none of whose accounts stands in a flagged
--           flow was not looked at.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, A04

WITH flows AS (
    SELECT flows.network, flows.transfer_id, accounts.dataset, accounts.entity_id, accounts.account
    FROM assess.network_sides AS flows
    INNER JOIN intel.network_accounts AS accounts
        ON accounts.network = flows.network AND accounts.account = flows.account
    WHERE flows.time > CAST($from AS TIMESTAMP) AND flows.time <= CAST($to AS TIMESTAMP)
),
sectors AS (
    SELECT account, bool_or(
        -- Bars, gambling, real estate, vehicles, wholesale of waste and metals, construction, cleaning, hairdressing, jewellery,
        -- currency exchange: cash, or prices that nobody can check (ours).
        regexp_like(value, '^(38|41|42|43|45|46[.]?72|46[.]?77|47[.]?77|55|56|66[.]?1|68|81|92|96)')
    ) AS risky
    FROM flow.facts
    WHERE kind = 'sector'
    GROUP BY account
),
touched AS (
    SELECT DISTINCT
        flows.network,
        flows.transfer_id,
        flows.dataset || '/' || flows.entity_id AS entity,
        entities.schema IN ('Company', 'LegalEntity') AS company,
        coalesce(sectors.risky, false) AS risky,
        places.bank_country
    FROM flows
    INNER JOIN intel.entities AS entities ON entities.dataset = flows.dataset AND entities.entity_id = flows.entity_id
    LEFT JOIN flow.accounts AS places ON places.account = flows.account
    LEFT JOIN sectors ON sectors.account = flows.account
),
counted AS (
    SELECT
        network,
        count(DISTINCT CASE WHEN company THEN entity END) AS entities,
        count(DISTINCT CASE WHEN company AND risky THEN entity END) AS risky,
        count(DISTINCT CASE WHEN company THEN bank_country END) AS countries,
        -- Where no member is a company, what was looked at is the evidence of that.
        array_agg(DISTINCT 'transfer:' || CAST(transfer_id AS VARCHAR) ORDER BY 'transfer:' || CAST(transfer_id AS VARCHAR)) AS evidence
    FROM touched
    GROUP BY network
),
owned AS (
    SELECT
        members.network,
        count(DISTINCT owned.dataset || '/' || owned.entity_id) AS institutions,
        array_agg(DISTINCT 'relationship:' || stakes.dataset || '/' || stakes.relationship_id
            ORDER BY 'relationship:' || stakes.dataset || '/' || stakes.relationship_id) AS evidence
    FROM intel.network_members AS members
    INNER JOIN intel.relationships AS stakes
        ON stakes.dataset = members.dataset AND stakes.subject = members.entity_id AND stakes.schema = 'Ownership'
    INNER JOIN intel.entities AS owned ON owned.dataset = stakes.dataset AND owned.entity_id = stakes.object
    LEFT JOIN intel.identifiers AS identifiers
        ON identifiers.dataset = owned.dataset AND identifiers.entity_id = owned.entity_id
    LEFT JOIN flow.accounts AS places ON places.account = identifiers.account
    WHERE array_to_string(owned.topics, ';') LIKE '%fin.bank%'
        OR array_to_string(owned.topics, ';') LIKE '%crypto.exchange%'
        OR places.service IN ('bank', 'exchange', 'payment_processor')
    GROUP BY members.network
)
SELECT
    network,
    'entities' AS metric,
    CAST(entities AS DECIMAL(38, 18)) AS value,
    CAST(entities AS VARCHAR) || ' member companies stand in flagged flows.' AS explanation,
    evidence
FROM counted
UNION ALL
SELECT
    network,
    'countries',
    CAST(countries AS DECIMAL(38, 18)),
    'Their accounts are in ' || CAST(countries AS VARCHAR) || ' countries.',
    evidence
FROM counted
UNION ALL
SELECT
    network,
    'high_risk_entities',
    CAST(risky AS DECIMAL(38, 18)),
    CAST(risky AS VARCHAR) || ' of them are in a high-risk sector.',
    evidence
FROM counted
WHERE risky > 0
UNION ALL
SELECT
    owned.network,
    'financial_institutions',
    CAST(owned.institutions AS DECIMAL(38, 18)),
    'Members own ' || CAST(owned.institutions AS VARCHAR) || ' banks or VASPs.',
    owned.evidence
FROM owned
INNER JOIN (SELECT DISTINCT network FROM assess.network_findings) AS scored ON scored.network = owned.network
ORDER BY network, metric
