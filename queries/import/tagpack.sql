-- Tag packs and actor packs (GraphSense)
--
-- Reads     YAML files of attribution tags: a label for an address or a transaction, with its source, its category and
--           its confidence on the attribution scale (ownership 100 … web crawl 20, heuristic 10, unknown 5); and packs
--           of the actors that tags name.
-- Traps     Fields written in a pack's header are inherited by its tags. Old packs have a currency and no network, and
--           no confidence, which is then the lowest. A tag is a claim about an address, not about a person.
-- Grade     B3
-- Source    github.com/graphsense/graphsense-tagpacks
--
-- @file *actorpack*.yaml, *actorpack*.yml
-- @counts intel.entities

CREATE VIEW actors AS
SELECT * FROM read_actorpack($path);

INSERT INTO intel.entities
SELECT
    actor_id AS entity_id,
    'graphsense_actors' AS dataset,
    'Organization' AS schema,
    label AS caption,
    coalesce(name_key(label), '') AS name_key,
    CASE WHEN jurisdictions <> '' THEN string_to_array(lower(jurisdictions), ';') END AS countries,
    CASE WHEN categories <> '' THEN string_to_array(categories, ';') END AS topics,
    context AS properties,
    position
FROM actors
WHERE error IS NULL;

INSERT INTO intel.names
SELECT DISTINCT actor_id AS entity_id, 'graphsense_actors' AS dataset, name, name_key(name) AS name_key
FROM (
    SELECT actor_id, unnest(string_to_array(label || CASE WHEN aliases <> '' THEN ';' || aliases ELSE '' END, ';')) AS name
    FROM actors
    WHERE error IS NULL
)
WHERE name_key(name) IS NOT NULL;

INSERT INTO admin.quarantine
SELECT position, error AS reason
FROM actors
WHERE error IS NOT NULL;

-- @file *.yaml, *.yml
-- @counts intel.tags

CREATE VIEW tags AS
SELECT * FROM read_tagpack($path);

INSERT INTO intel.tags
SELECT
    network AS ledger,
    identifier,
    identifier_kind,
    CASE WHEN identifier_kind = 'address' THEN account(network, identifier) END AS account,
    label,
    source,
    pack_creator AS creator,
    category,
    abuse,
    actor,
    concepts,
    coalesce(confidence, 'unknown') AS confidence,
    confidence_level,
    coalesce(is_cluster_definer, false) AS is_cluster_definer,
    lastmod AS valid_from,
    position
FROM tags
WHERE error IS NULL;

INSERT INTO admin.quarantine
SELECT position, error AS reason
FROM tags
WHERE error IS NOT NULL;
