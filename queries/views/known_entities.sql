-- Entities known for crime or sanctions, and those tied to them
--
-- Holds     the entities of intel.entities that a list names for crime or sanctions (`listed`), and those that a dated
--           relationship ties to one of them. The rest of a list (people who merely hold a post, parties of a leak) is not
--           in here: to stand beside somebody is not to be linked to crime.
-- Kept      while a statement runs that reads it more than once
-- Name      intel.known_entities

WITH listed AS (
    SELECT dataset, entity_id
    FROM intel.entities
    WHERE array_to_string(topics, ';') LIKE '%crime%'
        OR array_to_string(topics, ';') LIKE '%sanction%'
        OR array_to_string(topics, ';') LIKE '%wanted%'
),
tied AS (
    SELECT relationships.dataset, relationships.object AS entity_id
    FROM intel.relationships AS relationships
    INNER JOIN listed ON listed.dataset = relationships.dataset AND listed.entity_id = relationships.subject
    WHERE relationships.schema NOT IN ('Sanction', 'Payment') AND relationships.object IS NOT NULL
    UNION
    SELECT relationships.dataset, relationships.subject
    FROM intel.relationships AS relationships
    INNER JOIN listed ON listed.dataset = relationships.dataset AND listed.entity_id = relationships.object
    WHERE relationships.schema NOT IN ('Sanction', 'Payment')
),
further AS (
    SELECT relationships.dataset, relationships.object AS entity_id
    FROM intel.relationships AS relationships
    INNER JOIN tied ON tied.dataset = relationships.dataset AND tied.entity_id = relationships.subject
    WHERE relationships.schema IN ('Ownership', 'Directorship') AND relationships.object IS NOT NULL
),
known AS (
    SELECT dataset, entity_id, true AS listed FROM listed
    UNION
    SELECT dataset, entity_id, false AS listed FROM tied
    UNION
    SELECT dataset, entity_id, false AS listed FROM further
)
SELECT
    entities.dataset,
    entities.entity_id,
    entities.schema,
    entities.caption,
    entities.name_key,
    entities.countries,
    entities.topics,
    bool_or(known.listed) AS listed
FROM known
INNER JOIN intel.entities AS entities
    ON entities.dataset = known.dataset AND entities.entity_id = known.entity_id
GROUP BY 1, 2, 3, 4, 5, 6, 7
