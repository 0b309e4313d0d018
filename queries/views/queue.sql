-- The work queue
--
-- Holds     one row for each finding, with its case, what it says now, what became of it over the runs and what people made
--           of it. `status` is the newest disposition (true, false, unclear); without one it is `replaced` where a later run
--           found more of the same, `suppressed` while a rule of finding.suppressions holds today, else `open`. Findings
--           that are no longer found stay, and `state` says so. Scores rank findings of one typology; across typologies
--           they are only an order to work in.
-- Name      finding.queue

WITH decided AS (
    SELECT finding_id, disposition, reason, decided_by, decided
    FROM (
        SELECT *, row_number() OVER (PARTITION BY finding_id ORDER BY number DESC) AS place
        FROM finding.dispositions
    )
    WHERE place = 1
),
rules AS (
    SELECT number, typology, account, until, reason
    FROM (
        SELECT *, row_number() OVER (PARTITION BY typology, account ORDER BY number DESC) AS place
        FROM finding.suppressions
    )
    WHERE place = 1 AND until >= current_date()
),
suppressed AS (
    SELECT findings.finding_id, max(rules.until) AS suppressed_until
    FROM finding.findings AS findings
    INNER JOIN rules
        ON rules.typology = findings.typology
        AND coalesce(rules.account, findings.subject) = findings.subject
    GROUP BY findings.finding_id
),
latest AS (
    SELECT finding_id, amount, score, explanation, details
    FROM (
        SELECT *, row_number() OVER (PARTITION BY finding_id ORDER BY snapshot_id DESC) AS place
        FROM finding.sightings
    )
    WHERE place = 1
),
rows AS (
    SELECT
        members.case_id,
        findings.finding_id,
        findings.typology,
        findings.subject,
        findings.first_time,
        findings.last_time,
        coalesce(latest.amount, findings.amount) AS amount,
        findings.asset,
        coalesce(latest.score, findings.score) AS score,
        CASE
            WHEN decided.disposition IS NOT NULL THEN decided.disposition
            WHEN history.state = 'replaced' THEN 'replaced'
            WHEN suppressed.suppressed_until IS NOT NULL THEN 'suppressed'
            ELSE 'open'
        END AS status,
        history.state,
        history.first_seen,
        history.last_seen,
        history.changed,
        history.gone_since,
        history.replaced_by,
        decided.reason,
        decided.decided_by,
        decided.decided,
        suppressed.suppressed_until,
        coalesce(latest.explanation, findings.explanation) AS explanation,
        coalesce(latest.details, findings.details) AS details,
        findings.evidence,
        findings.version,
        findings.parameters,
        findings.query_hash
    FROM finding.findings AS findings
    INNER JOIN finding.case_members AS members ON members.finding_id = findings.finding_id
    INNER JOIN finding.history AS history ON history.finding_id = findings.finding_id
    LEFT JOIN decided ON decided.finding_id = findings.finding_id
    LEFT JOIN suppressed ON suppressed.finding_id = findings.finding_id
    LEFT JOIN latest ON latest.finding_id = findings.finding_id
)
SELECT *, max(score) OVER (PARTITION BY case_id) AS case_score
FROM rows
