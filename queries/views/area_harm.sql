-- Harm by crime area
--
-- Holds     the harm of each kind (assess.areas: institutions, health, environment) that a network with findings does by default:
--           that of the worst of its areas, the titles of the areas that are as bad, and what shows that it works in them.
-- Name      assess.area_harm

WITH scored AS (
    SELECT DISTINCT network
    FROM assess.network_findings
),
defaults AS (
    SELECT area, title, 'institutions' AS harm, institutions AS rung
    FROM assess.areas
    UNION ALL
    SELECT area, title, 'health' AS harm, health AS rung
    FROM assess.areas
    UNION ALL
    SELECT area, title, 'environment' AS harm, environment AS rung
    FROM assess.areas
),
signs AS (
    SELECT network_areas.network, defaults.harm, defaults.title, defaults.rung, unnest(network_areas.evidence) AS ground
    FROM assess.network_areas AS network_areas
    LEFT SEMI JOIN scored ON scored.network = network_areas.network
    INNER JOIN defaults ON defaults.area = network_areas.area
),
worst AS (
    SELECT network, harm, max(rung) AS rung
    FROM signs
    GROUP BY network, harm
)
SELECT
    signs.network,
    signs.harm,
    signs.rung,
    array_agg(DISTINCT signs.title ORDER BY signs.title) AS titles,
    array_agg(DISTINCT signs.ground ORDER BY signs.ground) AS evidence
FROM signs
INNER JOIN worst ON worst.network = signs.network AND worst.harm = signs.harm AND worst.rung = signs.rung
GROUP BY signs.network, signs.harm, signs.rung
