-- Findings of networks
--
-- Holds     the findings that a link ties to a member of a network: which finding, in which part, how surely, and by
--           which links. A finding in which a member is only a counterparty is counted, and says so in `role`.
-- Kept      while a statement runs that reads it more than once
-- Name      assess.network_findings

SELECT
    members.network,
    links.finding_id,
    max(links.role) AS role,
    max(links.confidence) AS confidence,
    array_agg(DISTINCT links.link_id ORDER BY links.link_id) AS links
FROM finding.current_links AS links
INNER JOIN intel.network_members AS members
    ON members.dataset = links.dataset AND members.entity_id = links.entity_id
WHERE links.confidence >= 40
GROUP BY members.network, links.finding_id
