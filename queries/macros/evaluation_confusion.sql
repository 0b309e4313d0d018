-- What findings turned out to be
--
-- Answers   for each typology that found something: how many of its findings are about a planted case of its own, about a case
--           of another typology (which), about a decoy (of which typology), or about nothing that was planted.
-- Example   SELECT * FROM evaluation_confusion()
-- Source    reference/typologies.md §5

SELECT typology, verdict, coalesce(about, '') AS about, count(*) AS findings
FROM truth.verdicts
GROUP BY typology, verdict, about
ORDER BY typology, verdict = 'background', verdict = 'decoy', verdict = 'other case', verdict, about
