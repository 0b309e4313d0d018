-- What each typology adds
--
-- Answers   for one run of the typologies ($run is the snapshot it looked at; 0 takes the newest run of each): the findings and
--           cases of each typology, how many of them no other typology found (no finding of another one shares a transfer;
--           no finding of another one is in the case), the same for cases that people called true, with which others it
--           overlaps and in how many cases, and what it costs: alerts for each case that only it found. Without any the
--           cost is NULL: all it found, others found too.
-- Example   SELECT typology, findings, only_cases, alerts_per_only_case FROM marginal_value()
--
-- @param run  BIGINT  0

WITH chosen AS (
    SELECT run_id, typology, snapshot_id
    FROM (
        SELECT *, row_number() OVER (PARTITION BY typology ORDER BY snapshot_id DESC, run_id) AS place
        FROM finding.runs
        WHERE status IN ('ran', 'capped') AND ($run = 0 OR snapshot_id = $run)
    )
    WHERE place = 1
),
found AS (
    SELECT queue.finding_id, queue.typology, queue.case_id, queue.status, queue.evidence
    FROM chosen
    INNER JOIN finding.sightings AS sightings ON sightings.run_id = chosen.run_id
    INNER JOIN finding.queue AS queue ON queue.finding_id = sightings.finding_id
),
evidence AS (
    SELECT finding_id, typology, unnest(evidence) AS transfer_id
    FROM found
),
contested AS (
    SELECT transfer_id
    FROM evidence
    GROUP BY transfer_id
    HAVING count(DISTINCT typology) > 1
),
overlapping AS (
    SELECT DISTINCT evidence.finding_id
    FROM evidence
    INNER JOIN contested ON contested.transfer_id = evidence.transfer_id
),
cases AS (
    SELECT case_id, count(DISTINCT typology) AS typologies, bool_or(status = 'true') AS called_true
    FROM found
    GROUP BY case_id
),
parts AS (
    SELECT DISTINCT case_id, typology
    FROM found
),
others AS (
    SELECT one.typology, other.typology AS other, count(*) AS shared
    FROM parts AS one
    INNER JOIN parts AS other ON other.case_id = one.case_id AND other.typology <> one.typology
    GROUP BY one.typology, other.typology
),
overlaps AS (
    SELECT typology, string_agg(other || ' ' || CAST(shared AS VARCHAR), ', ' ORDER BY shared DESC, other) AS overlap
    FROM others
    GROUP BY typology
),
by_finding AS (
    SELECT
        found.typology,
        count(*) AS findings,
        count(*) FILTER (WHERE overlapping.finding_id IS NULL) AS only_findings
    FROM found
    LEFT JOIN overlapping ON overlapping.finding_id = found.finding_id
    GROUP BY found.typology
),
by_case AS (
    SELECT
        parts.typology,
        count(*) AS cases,
        count(*) FILTER (WHERE cases.typologies = 1) AS only_cases,
        count(*) FILTER (WHERE cases.called_true) AS true_cases,
        count(*) FILTER (WHERE cases.called_true AND cases.typologies = 1) AS only_true_cases
    FROM parts
    INNER JOIN cases ON cases.case_id = parts.case_id
    GROUP BY parts.typology
)
SELECT
    chosen.typology,
    chosen.snapshot_id AS run,
    coalesce(by_finding.findings, 0) AS findings,
    coalesce(by_finding.only_findings, 0) AS only_findings,
    coalesce(by_case.cases, 0) AS cases,
    coalesce(by_case.only_cases, 0) AS only_cases,
    coalesce(by_case.true_cases, 0) AS true_cases,
    coalesce(by_case.only_true_cases, 0) AS only_true_cases,
    CASE
        WHEN by_case.only_cases > 0
            THEN CAST(CAST(by_finding.findings AS DOUBLE) / CAST(by_case.only_cases AS DOUBLE) AS DECIMAL(38, 1))
    END AS alerts_per_only_case,
    overlaps.overlap
FROM chosen
LEFT JOIN by_finding ON by_finding.typology = chosen.typology
LEFT JOIN by_case ON by_case.typology = chosen.typology
LEFT JOIN overlaps ON overlaps.typology = chosen.typology
ORDER BY chosen.typology
