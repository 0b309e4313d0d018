-- Findings over the runs
--
-- Holds     one row for each finding: the snapshots at which a run saw it first and last (`first_seen`, `last_seen`), the one
--           at which it last said something else than before (`changed`, NULL if it never did), and what became of it
--           (`state`). `found`: the newest run of its typology with its profile has it. `replaced`: that run has one of the
--           same subject instead that shares evidence, `replaced_by`; more money, or another version or other parameters
--           of the typology. `gone`: that run looked at everything and has none; `gone_since` is the first snapshot at
--           which it was looked for in vain. Times of snapshots are in admin.snapshots.
-- Name      finding.history

WITH seen AS (
    SELECT sightings.finding_id, sightings.snapshot_id, sightings.content, runs.typology, runs.profile
    FROM finding.sightings AS sightings
    INNER JOIN finding.runs AS runs ON runs.run_id = sightings.run_id
),
spans AS (
    SELECT
        finding_id,
        typology,
        profile,
        min(snapshot_id) AS first_seen,
        max(snapshot_id) AS last_seen,
        count(*) AS sightings
    FROM seen
    GROUP BY finding_id, typology, profile
),
changes AS (
    SELECT finding_id, max(snapshot_id) AS changed
    FROM (
        SELECT
            finding_id,
            snapshot_id,
            content,
            lag(content) OVER (PARTITION BY finding_id ORDER BY snapshot_id) AS content_before
        FROM seen
    )
    WHERE content <> content_before
    GROUP BY finding_id
),
complete AS (
    SELECT typology, profile, snapshot_id FROM finding.runs WHERE status = 'ran'
),
missed AS (
    SELECT spans.finding_id, min(complete.snapshot_id) AS gone_since
    FROM spans
    INNER JOIN complete ON complete.typology = spans.typology AND complete.profile = spans.profile
    WHERE complete.snapshot_id > spans.last_seen
    GROUP BY spans.finding_id
),
evidence AS (
    SELECT
        findings.finding_id,
        findings.typology,
        findings.subject,
        spans.profile,
        missed.gone_since,
        unnest(findings.evidence) AS transfer_id
    FROM finding.findings AS findings
    INNER JOIN spans ON spans.finding_id = findings.finding_id
    LEFT JOIN missed ON missed.finding_id = findings.finding_id
),
successors AS (
    SELECT
        old.finding_id,
        new.finding_id AS replaced_by,
        row_number() OVER (PARTITION BY old.finding_id ORDER BY count(*) DESC, new.finding_id) AS place
    FROM evidence AS old
    INNER JOIN evidence AS new
        ON new.transfer_id = old.transfer_id
        AND new.typology = old.typology
        AND new.subject = old.subject
        AND new.profile = old.profile
    WHERE old.gone_since IS NOT NULL AND new.gone_since IS NULL
    GROUP BY old.finding_id, new.finding_id
)
SELECT
    findings.finding_id,
    findings.typology,
    findings.subject,
    spans.profile,
    spans.first_seen,
    spans.last_seen,
    changes.changed,
    coalesce(spans.sightings, 0) AS sightings,
    CASE
        WHEN missed.gone_since IS NULL THEN 'found'
        WHEN successors.replaced_by IS NOT NULL THEN 'replaced'
        ELSE 'gone'
    END AS state,
    missed.gone_since,
    successors.replaced_by
FROM finding.findings AS findings
LEFT JOIN spans ON spans.finding_id = findings.finding_id
LEFT JOIN changes ON changes.finding_id = findings.finding_id
LEFT JOIN missed ON missed.finding_id = findings.finding_id
LEFT JOIN successors ON successors.finding_id = findings.finding_id AND successors.place = 1
