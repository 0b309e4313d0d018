-- Parties that are two by decision
--
-- Holds     pairs that somebody decided to be distinct, and those that follow: whoever is one with the one side is not one with
--           the other. The smaller name is `a`.
--
-- @table intel.apart
-- @from intel.decisions, intel.identities

WITH distinct_pairs AS (
    SELECT
        coalesce(one.identity, decisions.a) AS one,
        coalesce(other.identity, decisions.b) AS other
    FROM intel.current_decisions AS decisions
    LEFT JOIN intel.identities AS one ON one.party = decisions.a
    LEFT JOIN intel.identities AS other ON other.party = decisions.b
    WHERE decisions.verdict = 'distinct'
),
members AS (
    SELECT party, identity FROM intel.identities
    UNION
    SELECT one AS party, one AS identity FROM distinct_pairs
    UNION
    SELECT other AS party, other AS identity FROM distinct_pairs
)
SELECT DISTINCT least(one.party, other.party) AS a, greatest(one.party, other.party) AS b
FROM distinct_pairs
INNER JOIN members AS one ON one.identity = distinct_pairs.one
INNER JOIN members AS other ON other.identity = distinct_pairs.other
