-- Structure and membership
--
-- Measures  the members of a network that are resolved: named by a source, and tied to its core by a relationship. The core itself,
--           where it is an organisation, is no member of its own.
-- Unknown   a hierarchy of roles: only an analyst confirms one. What no list names.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, A13

WITH scored AS (
    SELECT DISTINCT network
    FROM assess.network_findings
),
members AS (
    SELECT network, dataset, entity_id, unnest(evidence) AS ground
    FROM intel.network_members
    WHERE role <> 'core'
)
SELECT
    members.network,
    'members' AS metric,
    CAST(count(DISTINCT members.dataset || '/' || members.entity_id) AS DECIMAL(38, 18)) AS value,
    CAST(count(DISTINCT members.dataset || '/' || members.entity_id) AS VARCHAR) || ' resolved members.' AS explanation,
    array_agg(DISTINCT members.ground ORDER BY members.ground) AS evidence
FROM scored
INNER JOIN members ON members.network = scored.network
GROUP BY members.network
ORDER BY members.network
