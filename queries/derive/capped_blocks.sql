-- Names too common to compare
--
-- Holds     the blocks of names (name_blocks) that `candidates` leaves out because comparing all in them would be more than
--           $max_pairs comparisons, and names that so many bear; with how many are in them and one of the names. What is
--           missed here is missed unless the two share a rarer word, two words, or a number.
-- Note      $max_pairs is that of candidates.sql.
-- Source    reference/assessment.md 3.4
--
-- @param max_pairs  BIGINT  2000
--
-- @table intel.capped_blocks
-- @from intel.names, intel.entities, flow.holders
-- @on_demand

CREATE TABLE spellings AS
SELECT key_hash(name_key) AS id, min(name) AS name, bool_or(entity) AS entity, sum(parties) AS parties, sum(entities) AS entities
FROM (
    SELECT names.name_key, min(names.name) AS name, true AS entity, count(*) AS parties, count(*) AS entities
    FROM intel.names AS names
    INNER JOIN intel.resolvable AS entities ON entities.dataset = names.dataset AND entities.entity_id = names.entity_id
    GROUP BY names.name_key
    UNION ALL
    SELECT name_key, min(name), false, count(DISTINCT account), 0
    FROM flow.holders
    GROUP BY name_key
)
GROUP BY name_key;

SELECT block, 'block' AS kind, names, entries, names * entries AS pairs, example
FROM (
    SELECT block, count(*) AS names, sum(CASE WHEN entity THEN 1 ELSE 0 END) AS entries, min(name) AS example
    FROM (SELECT unnest(name_blocks(name)) AS block, name, entity FROM spellings)
    GROUP BY block
)
WHERE entries > 0 AND names * entries > $max_pairs
UNION ALL
SELECT id, 'name', parties, entities, parties * entities, name
FROM spellings
WHERE entities > 0 AND parties * entities > $max_pairs
