-- Labels of links
--
-- Holds     every link whose finding is marked, or whose entity comes from a source with a handling label, with the most
--           restrictive of each kind of label among both. A link that is not in here is not marked.
-- Name      finding.link_labels

WITH words AS (
    SELECT links.link_id, labels.handling
    FROM finding.links AS links
    INNER JOIN finding.labels AS labels ON labels.finding_id = links.finding_id
    UNION
    SELECT links.link_id, grades.handling
    FROM finding.links AS links
    INNER JOIN intel.entities AS entities
        ON entities.dataset = links.dataset AND entities.entity_id = links.entity_id
    INNER JOIN admin.source_grades AS grades ON grades.source_id = entities.source_id
    WHERE grades.handling IS NOT NULL
)
SELECT link_id, label_join(string_agg(handling, ' ' ORDER BY handling)) AS handling
FROM words
GROUP BY link_id
