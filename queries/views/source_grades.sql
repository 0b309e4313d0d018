-- Grades of sources
--
-- Holds     every imported file with who supplied it first, its grade and how it may be handled: as the newest row of
--           admin.gradings that says so has it, and else the kind of the file, the grade of its format, and no label. Five
--           files of one supplier are one supplier.
-- Name      admin.source_grades

WITH latest AS (
    SELECT
        source_id,
        last_value(supplier ORDER BY recorded_at) FILTER (WHERE supplier IS NOT NULL) AS supplier,
        last_value(grade ORDER BY recorded_at) FILTER (WHERE grade IS NOT NULL) AS grade,
        last_value(handling ORDER BY recorded_at) FILTER (WHERE handling IS NOT NULL) AS handling
    FROM admin.gradings
    GROUP BY source_id
)
SELECT
    sources.source_id,
    sources.kind,
    sources.name,
    coalesce(latest.supplier, sources.kind) AS supplier,
    coalesce(latest.grade, sources.grade) AS grade,
    latest.handling
FROM admin.sources AS sources
LEFT JOIN latest ON latest.source_id = sources.source_id
