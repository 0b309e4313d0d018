-- Poly-criminality
--
-- Measures  the areas of serious and organised crime of which a network shows a sign: the topics its members are listed under, the
--           offences behind its findings, the abuses its addresses are tagged with.
-- Unknown   a network without a sign: that it works in no area would be a claim nobody has tested.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, A08

WITH signs AS (
    SELECT network, area, unnest(evidence) AS ground
    FROM assess.network_areas
),
scored AS (
    SELECT DISTINCT network
    FROM assess.network_findings
)
SELECT
    signs.network,
    'value' AS metric,
    CAST(count(DISTINCT signs.area) AS DECIMAL(38, 18)) AS value,
    'Signs of ' || array_to_string(array_agg(DISTINCT signs.area ORDER BY signs.area), ', ') || '.' AS explanation,
    array_agg(DISTINCT signs.ground ORDER BY signs.ground) AS evidence
FROM scored
INNER JOIN signs ON signs.network = scored.network
GROUP BY signs.network
ORDER BY signs.network
