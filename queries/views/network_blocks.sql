-- Blocks of networks
--
-- Holds     the days on which a network was stopped from outside, as far as a source says so: a sanction that begins for one
--           of its members, or an account of theirs that was blocked (a fact `blocked`). `evidence` names the statements.
-- Kept      while a statement runs that reads it more than once
-- Name      assess.network_blocks

WITH blocks AS (
    SELECT
        members.network,
        relationships.start_date AS day,
        'relationship:' || relationships.dataset || '/' || relationships.relationship_id AS ground
    FROM intel.network_members AS members
    INNER JOIN intel.relationships AS relationships
        ON relationships.dataset = members.dataset AND relationships.subject = members.entity_id
    WHERE relationships.schema = 'Sanction' AND relationships.start_date IS NOT NULL
    UNION
    SELECT
        accounts.network,
        CAST(facts.time AS DATE) AS day,
        'fact:' || CAST(facts.account AS VARCHAR) || '/' || facts.kind || '/' || facts.value AS ground
    FROM intel.network_accounts AS accounts
    INNER JOIN flow.facts AS facts ON facts.account = accounts.account
    WHERE facts.kind = 'blocked' AND facts.time IS NOT NULL
)
SELECT network, day, array_agg(DISTINCT ground ORDER BY ground) AS evidence
FROM blocks
GROUP BY network, day
