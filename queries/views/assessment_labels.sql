-- Labels of assessments
--
-- Holds     every assessed network with the most restrictive of each kind of label among all its indicator values of a profile and
--           data set. A network that is not in here stands on nothing that is marked.
-- Name      assess.labels

SELECT network, profile, dataset, label_join(string_agg(DISTINCT handling, ' ' ORDER BY handling)) AS handling
FROM assess.value_labels
GROUP BY network, profile, dataset
