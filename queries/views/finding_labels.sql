-- Labels of findings
--
-- Holds     every finding that stands on a payment of a source with a handling label, with the most restrictive of each kind of
--           label among all its payments. A finding that is not in here is not marked.
-- Name      finding.labels

WITH marked AS (
    SELECT source_id, handling
    FROM admin.source_grades
    WHERE handling IS NOT NULL
),
evidence AS (
    SELECT finding_id, unnest(evidence) AS transfer_id
    FROM finding.findings
)
SELECT evidence.finding_id, label_join(string_agg(DISTINCT marked.handling, ' ' ORDER BY marked.handling)) AS handling
FROM marked
INNER JOIN flow.transfers AS transfers ON transfers.source_id = marked.source_id
INNER JOIN evidence ON evidence.transfer_id = transfers.transfer_id
GROUP BY evidence.finding_id
