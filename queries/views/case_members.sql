-- Which finding belongs to which case
--
-- Holds     one row for each finding. Findings whose evidence shares a transfer are of one case, and so on from finding to
--           finding: whoever looks at one has to know of the others, because it is the same money. A case is named by
--           that finding of it which was seen first (the smallest of them, where several were): what is found later
--           joins a case and does not rename it, and where two cases turn out to be one the older name stays.
-- Name      finding.case_members

WITH evidence AS (
    SELECT finding_id, unnest(evidence) AS transfer_id
    FROM finding.findings
),
anchors AS (
    SELECT transfer_id, min(finding_id) AS anchor
    FROM evidence
    GROUP BY transfer_id
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
        INNER JOIN anchors ON anchors.transfer_id = evidence.transfer_id
    ))
),
seen AS (
    SELECT finding_id, min(snapshot_id) AS first_seen
    FROM finding.sightings
    GROUP BY finding_id
)
SELECT
    first_value(parts.finding_id) OVER (
        PARTITION BY parts.component
        ORDER BY coalesce(seen.first_seen, 0), parts.finding_id
    ) AS case_id,
    parts.finding_id
FROM parts
LEFT JOIN seen ON seen.finding_id = parts.finding_id
