-- Accounts of public bodies
--
-- Holds     accounts whose holder is a public body by the kind a source gives (public body, government, state,
--           municipality), or that a list files for an entity of schema PublicBody or of a topic of government (gov…).
--           `named` says that it is by the holder's kind alone.
-- Name      flow.public_bodies

SELECT account, bool_and(named) AS named
FROM (
    SELECT account, true AS named
    FROM flow.holders
    WHERE regexp_like(coalesce(kind, ''), '(?i)^(public|government|state|municipal)')
    UNION ALL
    SELECT identifiers.account, false
    FROM intel.entities AS entities
    INNER JOIN intel.identifiers AS identifiers
        ON identifiers.dataset = entities.dataset
        AND identifiers.entity_id = entities.entity_id
    WHERE entities.schema = 'PublicBody'
        OR regexp_like(array_to_string(entities.topics, ';'), '(^|;)gov([.;]|$)')
)
GROUP BY account
