-- Links that still stand
--
-- Holds     the links of finding.links without those by name whose holder and entity somebody has decided to be distinct since.
--           What was linked once stays in finding.links, as what was known then.
-- Kept      while a statement runs that reads it more than once
-- Name      finding.current_links

SELECT links.*
FROM finding.links AS links
LEFT ANTI JOIN (
    SELECT links.link_id
    FROM finding.links AS links
    INNER JOIN intel.apart AS apart
        ON apart.a = 'entity:' || links.dataset || '/' || links.entity_id
        AND apart.b = 'holder:' || CAST(links.account AS VARCHAR) || '/' || name_key(substr(links.evidence[1], strpos(links.evidence[1], '/') + 1))
    WHERE links.method IN ('holder_name', 'holder_similar_name')
) AS taken_back ON taken_back.link_id = links.link_id
