-- Members of networks
--
-- Holds     the networks that the lists know and their members: around each organisation named for crime (the core) the
--           people and companies tied to it, and what those own or direct; whoever somebody decided to be the same as one of
--           them; and each other listed party by itself. A network's id is its core's dataset and entity id. `evidence` names the
--           relationships and decisions it rests on.
-- Kept      while a statement runs that reads it more than once
-- Name      intel.network_members

WITH cores AS (
    SELECT dataset, entity_id, caption
    FROM intel.entities
    WHERE schema = 'Organization' AND array_to_string(topics, ';') LIKE '%crime%'
),
edges AS (
    SELECT dataset, relationship_id, schema, subject AS a, object AS b, role
    FROM intel.relationships
    WHERE schema NOT IN ('Sanction', 'Payment') AND object IS NOT NULL
    UNION ALL
    SELECT dataset, relationship_id, schema, object AS a, subject AS b, role
    FROM intel.relationships
    WHERE schema NOT IN ('Sanction', 'Payment') AND object IS NOT NULL
),
first_ring AS (
    SELECT
        cores.dataset,
        cores.entity_id AS core,
        edges.b AS entity_id,
        edges.schema,
        CAST(coalesce(edges.role, edges.schema) AS VARCHAR) AS role,
        edges.relationship_id
    FROM cores
    INNER JOIN edges ON edges.dataset = cores.dataset AND edges.a = cores.entity_id
    LEFT ANTI JOIN cores AS other ON other.dataset = edges.dataset AND other.entity_id = edges.b
),
second_ring AS (
    SELECT
        first_ring.dataset,
        first_ring.core,
        relationships.object AS entity_id,
        CAST(coalesce(relationships.role, relationships.schema) AS VARCHAR) AS role,
        first_ring.relationship_id AS through,
        relationships.relationship_id
    FROM first_ring
    INNER JOIN intel.relationships AS relationships
        ON relationships.dataset = first_ring.dataset AND relationships.subject = first_ring.entity_id
    LEFT ANTI JOIN cores AS other ON other.dataset = relationships.dataset AND other.entity_id = relationships.object
    WHERE relationships.schema IN ('Ownership', 'Directorship') AND relationships.object IS NOT NULL
),
members AS (
    SELECT dataset, entity_id AS core, entity_id, CAST('core' AS VARCHAR) AS role, 0 AS hops, 'entity:' || dataset || '/' || entity_id AS ground
    FROM cores
    UNION
    SELECT dataset, core, entity_id, role, 1, 'relationship:' || dataset || '/' || relationship_id
    FROM first_ring
    UNION
    SELECT dataset, core, entity_id, role, 2, 'relationship:' || dataset || '/' || relationship_id
    FROM second_ring
    UNION
    SELECT dataset, core, entity_id, role, 2, 'relationship:' || dataset || '/' || through
    FROM second_ring
),
twins AS (
    SELECT
        members.dataset AS core_dataset,
        members.core,
        entities.dataset,
        entities.entity_id,
        members.role,
        members.hops,
        members.ground,
        own.party AS a,
        other.party AS b
    FROM intel.identities AS own
    INNER JOIN members ON 'entity:' || members.dataset || '/' || members.entity_id = own.party
    INNER JOIN intel.identities AS other ON other.identity = own.identity AND other.party <> own.party
    INNER JOIN intel.entities AS entities ON 'entity:' || entities.dataset || '/' || entities.entity_id = other.party
),
resolved AS (
    SELECT dataset AS core_dataset, core, dataset, entity_id, role, hops, ground FROM members
    UNION
    SELECT core_dataset, core, dataset, entity_id, role, hops, ground FROM twins
    UNION
    SELECT core_dataset, core, dataset, entity_id, role, hops, 'decision:' || least(a, b) || ' = ' || greatest(a, b) FROM twins
),
alone AS (
    SELECT listed.dataset, listed.entity_id
    FROM intel.known_entities AS listed
    LEFT ANTI JOIN resolved AS members ON members.dataset = listed.dataset AND members.entity_id = listed.entity_id
    WHERE listed.listed
),
everybody AS (
    SELECT core_dataset, core, dataset, entity_id, role, hops, ground FROM resolved
    UNION ALL
    SELECT
        dataset AS core_dataset,
        entity_id AS core,
        dataset,
        entity_id,
        CAST('listed' AS VARCHAR) AS role,
        0 AS hops,
        'entity:' || dataset || '/' || entity_id AS ground
    FROM alone
)
SELECT
    core_dataset || '/' || core AS network,
    dataset,
    entity_id,
    min(CAST(role AS VARCHAR)) AS role,
    min(hops) AS hops,
    array_agg(DISTINCT ground ORDER BY ground) AS evidence
FROM everybody
GROUP BY core_dataset, core, dataset, entity_id
