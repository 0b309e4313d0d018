-- Legal-business infiltration
--
-- Measures  the companies among a network's members that stand in its flagged flows, and their countries.
-- Unknown   the sector of a company is not in the lists read so far, so no sector counts as high-risk.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, A04

WITH touched AS (
    SELECT DISTINCT flows.network, flows.transfer_id, accounts.dataset, accounts.entity_id, places.bank_country
    FROM assess.network_flows AS flows
    INNER JOIN intel.network_accounts AS accounts
        ON accounts.network = flows.network AND accounts.account IN (flows.src, flows.dst)
    INNER JOIN intel.entities AS entities
        ON entities.dataset = accounts.dataset AND entities.entity_id = accounts.entity_id
    LEFT JOIN flow.accounts AS places ON places.account = accounts.account
    WHERE entities.schema IN ('Company', 'LegalEntity')
        AND flows.time > CAST($from AS TIMESTAMP) AND flows.time <= CAST($to AS TIMESTAMP)
),
counted AS (
    SELECT
        network,
        count(DISTINCT dataset || '/' || entity_id) AS entities,
        count(DISTINCT bank_country) AS countries,
        array_agg(DISTINCT 'transfer:' || CAST(transfer_id AS VARCHAR) ORDER BY 'transfer:' || CAST(transfer_id AS VARCHAR)) AS evidence
    FROM touched
    GROUP BY network
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
ORDER BY network, metric
