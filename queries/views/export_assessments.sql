-- Assessments as they leave the lake
--
-- Holds     the score card of each network: totals with the range that the unknown leaves open, coverage, band, priority.
-- Name      assess.export_assessments

SELECT
    network,
    profile,
    dataset,
    cutoff,
    caption,
    t_low,
    t_point,
    t_high,
    coverage,
    h_point,
    l_point,
    band,
    priority,
    confidence,
    evidence
FROM assess.assessments
