-- Market and economy
--
-- Measures  the legal entities that a network's flagged flows touch in the window: companies among its members, and companies that hold an
--           account on the other side, by the key of their name, once each.
-- Unknown   holders of whom no source says what they are.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, H2

WITH sides AS (
    SELECT network, transfer_id, src AS account
    FROM assess.network_flows
    WHERE time > CAST($from AS TIMESTAMP) AND time <= CAST($to AS TIMESTAMP)
    UNION
    SELECT network, transfer_id, dst
    FROM assess.network_flows
    WHERE time > CAST($from AS TIMESTAMP) AND time <= CAST($to AS TIMESTAMP)
),
companies AS (
    SELECT account, name_key AS name
    FROM flow.holders
    WHERE lower(kind) IN ('company', 'corporate', 'organisation', 'organization', 'legalentity', 'business')
    UNION
    SELECT identifiers.account, entities.name_key
    FROM intel.identifiers AS identifiers
    INNER JOIN intel.entities AS entities
        ON entities.dataset = identifiers.dataset AND entities.entity_id = identifiers.entity_id
    WHERE entities.schema IN ('Company', 'LegalEntity')
)
SELECT
    sides.network,
    'value' AS metric,
    CAST(count(DISTINCT companies.name) AS DECIMAL(38, 18)) AS value,
    CAST(count(DISTINCT companies.name) AS VARCHAR) || ' companies stand in flagged flows.' AS explanation,
    array_agg(DISTINCT 'transfer:' || CAST(sides.transfer_id AS VARCHAR) ORDER BY 'transfer:' || CAST(sides.transfer_id AS VARCHAR)) AS evidence
FROM sides
INNER JOIN companies ON companies.account = sides.account
GROUP BY sides.network
ORDER BY sides.network
