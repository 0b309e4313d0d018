-- Links as they leave the lake
--
-- Holds     each link of a finding to a known entity, with the entity's name and the account by which it is tied.
-- Name      assess.export_links

SELECT
    CAST(links.link_id AS VARCHAR) AS link_id,
    CAST(links.finding_id AS VARCHAR) AS finding_id,
    links.dataset,
    links.entity_id,
    coalesce(entities.caption, '') AS caption,
    links.role,
    coalesce(accounts.ledger, '') AS ledger,
    coalesce(accounts.identifier, '') AS identifier,
    links.method,
    links.confidence,
    links.explanation,
    links.evidence,
    links.query_hash
FROM finding.links AS links
LEFT JOIN intel.entities AS entities ON entities.dataset = links.dataset AND entities.entity_id = links.entity_id
LEFT JOIN flow.accounts AS accounts ON accounts.account = links.account
