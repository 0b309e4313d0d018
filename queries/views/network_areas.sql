-- Crime areas of networks
--
-- Holds     the areas of which a network shows a sign (assess.area_signs), with what shows it. To be on a list that names an
--           area is a claim of that list.
-- Kept      while a statement runs that reads it more than once
-- Name      assess.network_areas

WITH signs AS (
    SELECT
        members.network,
        signs.area,
        'entity:' || entities.dataset || '/' || entities.entity_id AS ground
    FROM (
        SELECT dataset, entity_id, unnest(topics) AS topic
        FROM intel.entities
    ) AS entities
    INNER JOIN assess.area_signs AS signs ON signs.kind = 'topic' AND signs.sign = entities.topic
    INNER JOIN intel.network_members AS members
        ON members.dataset = entities.dataset AND members.entity_id = entities.entity_id
    UNION
    SELECT
        network_findings.network,
        signs.area,
        'finding:' || CAST(findings.finding_id AS VARCHAR) AS ground
    FROM assess.network_findings AS network_findings
    INNER JOIN finding.findings AS findings ON findings.finding_id = network_findings.finding_id
    INNER JOIN assess.area_signs AS signs ON signs.kind = 'typology' AND signs.sign = findings.typology
    UNION
    SELECT
        accounts.network,
        signs.area,
        'tag:' || tags.ledger || '/' || tags.identifier || '/' || tags.label || '/' || tags.creator AS ground
    FROM intel.network_accounts AS accounts
    INNER JOIN intel.tags AS tags ON tags.account = accounts.account
    INNER JOIN assess.area_signs AS signs ON signs.kind = 'abuse' AND signs.sign = tags.abuse
)
SELECT network, area, array_agg(DISTINCT ground ORDER BY ground) AS evidence
FROM signs
GROUP BY network, area
