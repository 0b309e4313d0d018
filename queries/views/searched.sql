-- Typologies that looked
--
-- Holds     the typologies that ran to their end on this lake, whatever they found, once each. What is not in here was not
--           looked for, and its absence is unknown and not nil.
-- Name      finding.searched

SELECT DISTINCT typology
FROM finding.coverage
WHERE status = 'ran'
