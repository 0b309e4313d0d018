WITH evidence AS (
    SELECT trial, finding_id, subject, unnest(evidence) AS transfer_id
    FROM trial.findings
),
anchors AS (
    SELECT trial, transfer_id, min(finding_id) AS anchor
    FROM evidence
    GROUP BY trial, transfer_id
),
parts AS (
    SELECT account AS finding_id, component
    FROM components((
        SELECT DISTINCT
            anchors.anchor AS src,
            evidence.finding_id AS dst,
            TIMESTAMP '1970-01-01' AS time,
            0 AS amount
        FROM evidence
        INNER JOIN anchors ON anchors.trial = evidence.trial AND anchors.transfer_id = evidence.transfer_id
    ))
),
cases AS (
    SELECT findings.trial, count(DISTINCT parts.component) AS cases
    FROM trial.findings AS findings
    INNER JOIN parts ON parts.finding_id = findings.finding_id
    GROUP BY findings.trial
),
judged AS (
    SELECT finding_id, subject, status, evidence
    FROM finding.queue
    WHERE typology = $typology AND status IN ('true', 'false')
),
judged_transfers AS (
    SELECT finding_id, subject, status, unnest(evidence) AS transfer_id
    FROM judged
),
touched AS (
    SELECT DISTINCT evidence.trial, evidence.finding_id, judged.finding_id AS judged_id, judged.status
    FROM judged_transfers AS judged
    INNER JOIN evidence ON evidence.transfer_id = judged.transfer_id AND evidence.subject = judged.subject
),
called AS (
    SELECT trial, count(*) FILTER (WHERE is_true) AS hits, count(*) AS number
    FROM (
        SELECT trial, finding_id, bool_or(status = 'true') AS is_true
        FROM touched
        GROUP BY trial, finding_id
    )
    GROUP BY trial
),
recalled AS (
    SELECT trial, count(DISTINCT judged_id) AS number
    FROM touched
    WHERE status = 'true'
    GROUP BY trial
),
planted AS (
    SELECT subject, bool_or(expected) AS expected, bool_or(NOT decoy) AS crime, bool_or(decoy) AS decoy
    FROM trial.planted
    GROUP BY subject
),
caught AS (
    SELECT
        findings.trial,
        count(DISTINCT planted.subject) FILTER (WHERE planted.expected) AS schemes,
        count(DISTINCT findings.finding_id) FILTER (WHERE planted.crime) AS hits,
        count(DISTINCT planted.subject) FILTER (WHERE planted.decoy AND NOT planted.crime) AS decoys
    FROM trial.findings AS findings
    INNER JOIN planted ON planted.subject = findings.subject
    GROUP BY findings.trial
),
totals AS (
    SELECT
        (SELECT count(*) FROM judged WHERE status = 'true') AS judged_true,
        (SELECT count(*) FROM planted WHERE expected) AS planted_expected,
        (SELECT count(*) FROM planted) AS planted_number
),
counted AS (
    SELECT
        trials.trial,
        trials.tried,
        trials.status,
        trials.found,
        coalesce(cases.cases, 0) AS cases,
        CAST(coalesce(recalled.number, 0) AS DOUBLE) / CAST(nullif(totals.judged_true, 0) AS DOUBLE) AS decided_recall,
        CAST(called.hits AS DOUBLE) / CAST(nullif(called.number, 0) AS DOUBLE) AS decided_precision,
        CAST(coalesce(caught.schemes, 0) AS DOUBLE) / CAST(nullif(totals.planted_expected, 0) AS DOUBLE) AS planted_recall,
        CASE WHEN totals.planted_number > 0 THEN coalesce(caught.hits, 0) END AS planted_hits,
        CASE WHEN totals.planted_number > 0 THEN coalesce(caught.decoys, 0) END AS decoys,
        trials.status IN ('ran', 'capped') AS complete,
        trials.note
    FROM trial.trials AS trials
    CROSS JOIN totals
    LEFT JOIN cases ON cases.trial = trials.trial
    LEFT JOIN called ON called.trial = trials.trial
    LEFT JOIN recalled ON recalled.trial = trials.trial
    LEFT JOIN caught ON caught.trial = trials.trial
)
SELECT
    tried,
    status,
    found AS findings,
    cases,
    CASE WHEN complete THEN CAST(decided_recall AS DECIMAL(4, 3)) END AS recall_decided,
    CASE WHEN complete THEN CAST(decided_precision AS DECIMAL(4, 3)) END AS precision_decided,
    CASE WHEN complete THEN CAST(planted_recall AS DECIMAL(4, 3)) END AS recall_planted,
    CASE
        WHEN complete THEN CAST(CAST(planted_hits AS DOUBLE) / CAST(nullif(found, 0) AS DOUBLE) AS DECIMAL(4, 3))
    END AS precision_planted,
    CASE WHEN complete THEN decoys END AS decoys,
    note
FROM counted
ORDER BY trial
