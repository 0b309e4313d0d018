-- What is held
--
-- Shows     for each supplier the transfers held in the window and in the one before it, the first and the last of them, and
--           whether the supplier is in both: what changed in the data, apart from what changed in the world.
-- Careful   a supplier is a file by its name. `oldest` and `newest` are days.
-- Source    reference/assessment.md 4 (trend analysis: changes of coverage shown apart from real changes)

SELECT
    array_to_string(array_slice(string_to_array(sources.name, '/'), -1, -1), '') AS supplier,
    sources.kind,
    sum(CASE WHEN transfers.time > CAST($from AS TIMESTAMP) THEN 1 ELSE 0 END) AS transfers,
    sum(CASE WHEN transfers.time <= CAST($from AS TIMESTAMP) THEN 1 ELSE 0 END) AS before,
    to_char(min(transfers.time), '%Y-%m-%d') AS oldest,
    to_char(max(transfers.time), '%Y-%m-%d') AS newest,
    CASE
        WHEN min(transfers.time) > CAST($from AS TIMESTAMP) THEN 'new in the window'
        WHEN max(transfers.time) <= CAST($from AS TIMESTAMP) THEN 'gone from the window'
        ELSE 'in both'
    END AS change,
    make_array('source:' || CAST(min(sources.source_id) AS VARCHAR)) AS evidence
FROM flow.transfers AS transfers
INNER JOIN admin.sources AS sources ON sources.source_id = transfers.source_id
WHERE transfers.time > CAST($before AS TIMESTAMP) AND transfers.time <= CAST($to AS TIMESTAMP)
GROUP BY sources.name, sources.kind
ORDER BY sources.kind, supplier, oldest, newest, transfers
