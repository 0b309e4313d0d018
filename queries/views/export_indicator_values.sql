-- Indicator values as they leave the lake
--
-- Holds     what each indicator of each network came to, with the evidence it stands on. A score that is not there is not
--           known; it is never 0.
-- Name      assess.export_indicator_values

SELECT network, indicator, profile, dataset, cutoff, metric, score, explanation, evidence, query_hash
FROM assess.indicator_values
