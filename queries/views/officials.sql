-- Officials, and those close to them
--
-- Holds     the entities of intel.entities that a list calls politically exposed (`pep`) or close to one who is
--           (`rca`): topics role.pep and role.rca. `since` and `until` span one stay in office, where a dated
--           employment or membership says so; `dated` is false where none does. To hold an office is no suspicion.
-- Name      intel.officials

WITH named AS (
    SELECT
        dataset,
        entity_id,
        caption,
        CASE WHEN array_to_string(topics, ';') LIKE '%role.pep%' THEN 'pep' ELSE 'rca' END AS role
    FROM intel.entities
    WHERE array_to_string(topics, ';') LIKE '%role.pep%' OR array_to_string(topics, ';') LIKE '%role.rca%'
),
stays AS (
    SELECT dataset, subject AS entity_id, start_date, end_date
    FROM intel.relationships
    WHERE schema IN ('Employment', 'Membership') AND (start_date IS NOT NULL OR end_date IS NOT NULL)
)
SELECT
    named.dataset,
    named.entity_id,
    named.caption,
    named.role,
    coalesce(stays.start_date, DATE '0001-01-01') AS since,
    coalesce(stays.end_date, DATE '9999-12-31') AS until,
    stays.entity_id IS NOT NULL AS dated
FROM named
LEFT JOIN stays ON stays.dataset = named.dataset AND stays.entity_id = named.entity_id
