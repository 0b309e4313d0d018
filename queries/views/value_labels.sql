-- Labels of indicator values
--
-- Holds     every indicator value that stands on something marked, with the most restrictive of each kind of label among all it
--           stands on, judgements included. A value that is not in here is not marked.
-- Name      assess.value_labels

SELECT
    network,
    indicator,
    profile,
    dataset,
    query_hash,
    label_join(string_agg(DISTINCT handling, ' ' ORDER BY handling)) AS handling
FROM assess.evidence
WHERE handling IS NOT NULL
GROUP BY network, indicator, profile, dataset, query_hash
