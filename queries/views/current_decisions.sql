-- What is decided of two parties now
--
-- Holds     the last decision of each pair: same, distinct, or undecided again. The earlier ones are in intel.decisions.
-- Name      intel.current_decisions

SELECT decisions.a, decisions.b, decisions.revision, decisions.verdict, decisions.who, decisions.why, decisions.time
FROM (SELECT a, b, max(revision) AS revision FROM intel.decisions GROUP BY a, b) AS last
INNER JOIN intel.decisions AS decisions
    ON decisions.a = last.a AND decisions.b = last.b AND decisions.revision = last.revision
