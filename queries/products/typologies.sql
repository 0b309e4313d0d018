-- Typologies, this window against the one before
--
-- Shows     for each typology the findings that end in the window and in the window of the same length before it, all of
--           them and those of steady suppliers alone: a finding is steady when every transfer it stands on comes from a
--           supplier that is in both windows.
-- Careful   only the steady counts make a trend; the others change with what was imported. `volume` counts a transfer once.
-- Source    reference/assessment.md 3.2 (L2), 4 (trend analysis)

WITH held AS (
    SELECT
        sources.name AS supplier,
        bool_or(transfers.time > CAST($from AS TIMESTAMP)) AND bool_or(transfers.time <= CAST($from AS TIMESTAMP)) AS steady
    FROM flow.transfers AS transfers
    INNER JOIN admin.sources AS sources ON sources.source_id = transfers.source_id
    WHERE transfers.time > CAST($before AS TIMESTAMP) AND transfers.time <= CAST($to AS TIMESTAMP)
    GROUP BY sources.name
),
found AS (
    SELECT finding_id, typology, family, subject, last_time, unnest(evidence) AS transfer_id
    FROM finding.findings
    WHERE last_time > CAST($before AS TIMESTAMP) AND last_time <= CAST($to AS TIMESTAMP)
),
rows_of AS (
    SELECT
        found.finding_id,
        found.typology,
        found.family,
        found.subject,
        found.last_time > CAST($from AS TIMESTAMP) AS inside,
        transfers.transfer_id,
        transfers.value_eur,
        transfers.src,
        transfers.dst,
        coalesce(held.steady, false) AS steady
    FROM found
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = found.transfer_id
    INNER JOIN admin.sources AS sources ON sources.source_id = transfers.source_id
    LEFT JOIN held ON held.supplier = sources.name
),
findings AS (
    SELECT finding_id, typology, family, inside, bool_and(steady) AS steady
    FROM rows_of
    GROUP BY finding_id, typology, family, inside
),
counts AS (
    SELECT
        typology,
        min(family) AS family,
        sum(CASE WHEN inside THEN 1 ELSE 0 END) AS findings,
        sum(CASE WHEN inside THEN 0 ELSE 1 END) AS before,
        sum(CASE WHEN inside AND steady THEN 1 ELSE 0 END) AS steady,
        sum(CASE WHEN NOT inside AND steady THEN 1 ELSE 0 END) AS steady_before,
        array_agg('finding:' || CAST(finding_id AS VARCHAR) ORDER BY finding_id) AS evidence
    FROM findings
    GROUP BY typology
),
moved AS (
    SELECT typology, sum(value_eur) AS volume
    FROM (SELECT DISTINCT typology, transfer_id, value_eur FROM rows_of WHERE inside) AS once
    GROUP BY typology
),
parties AS (
    SELECT typology, count(DISTINCT account) AS parties
    FROM (
        SELECT typology, src AS account FROM rows_of WHERE inside
        UNION ALL
        SELECT typology, dst AS account FROM rows_of WHERE inside
    ) AS sides
    GROUP BY typology
)
SELECT
    counts.typology,
    counts.family,
    counts.findings,
    counts.before,
    counts.steady,
    counts.steady_before,
    coalesce(parties.parties, 0) AS parties,
    moved.volume,
    counts.evidence
FROM counts
LEFT JOIN moved ON moved.typology = counts.typology
LEFT JOIN parties ON parties.typology = counts.typology
ORDER BY counts.findings DESC, counts.typology
