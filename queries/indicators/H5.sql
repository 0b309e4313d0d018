-- Environment
--
-- Measures  the harm to the environment that an area of crime has by default (assess.areas), for the worst of a network's
--           areas. It is a proposal: what a network really did is an analyst's to say, with a reason.
-- Unknown   a network of whose areas nothing is known.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, H5

WITH scored AS (
    SELECT DISTINCT network
    FROM assess.network_findings
),
signs AS (
    SELECT network_areas.network, areas.title, areas.environment AS rung, unnest(network_areas.evidence) AS ground
    FROM assess.network_areas AS network_areas
    INNER JOIN assess.areas AS areas ON areas.area = network_areas.area
),
worst AS (
    SELECT network, max(rung) AS rung
    FROM signs
    GROUP BY network
)
SELECT
    signs.network,
    'value' AS metric,
    CAST(worst.rung AS DECIMAL(38, 18)) AS value,
    'Default of ' || array_to_string(array_agg(DISTINCT signs.title ORDER BY signs.title), ', ') || '.' AS explanation,
    array_agg(DISTINCT signs.ground ORDER BY signs.ground) AS evidence
FROM scored
INNER JOIN worst ON worst.network = scored.network
INNER JOIN signs ON signs.network = worst.network AND signs.rung = worst.rung
GROUP BY signs.network, worst.rung
ORDER BY signs.network
