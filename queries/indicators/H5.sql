-- Environment
--
-- Measures  the harm to the environment that an area of crime has by default (assess.area_harm), for the worst of a network's
--           areas. It is a proposal: what a network really did is an analyst's to say, with a reason.
-- Unknown   a network of whose areas nothing is known.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, H5

SELECT
    network,
    'value' AS metric,
    CAST(rung AS DECIMAL(38, 18)) AS value,
    'Default of ' || array_to_string(titles, ', ') || '.' AS explanation,
    evidence
FROM assess.area_harm
WHERE harm = 'environment'
ORDER BY network
