-- Pairs that may be one, and what is decided of them
--
-- Holds     each candidate with its score and reasons, each pair of which somebody decided, and what is decided: same, distinct or
--           undecided. `through` says that this follows from other pairs' decisions. Who, when and why are those of the pair's own.
-- Name      intel.resolutions

WITH pairs AS (
    SELECT a, b FROM intel.candidates
    UNION
    SELECT a, b FROM intel.current_decisions
)
SELECT
    coalesce(
        CASE WHEN decisions.verdict <> 'undecided' THEN decisions.verdict END,
        CASE WHEN one.identity = other.identity THEN 'same' WHEN apart.a IS NOT NULL THEN 'distinct' END,
        'undecided'
    ) AS status,
    CASE
        WHEN decisions.verdict IN ('same', 'distinct') THEN false
        WHEN one.identity = other.identity OR apart.a IS NOT NULL THEN true
        ELSE false
    END AS through,
    candidates.score,
    pairs.a,
    candidates.a_name,
    pairs.b,
    candidates.b_name,
    candidates.reasons,
    decisions.who,
    decisions.why,
    decisions.time,
    coalesce(decisions.revision, 0) AS revision
FROM pairs
LEFT JOIN intel.candidates AS candidates ON candidates.a = pairs.a AND candidates.b = pairs.b
LEFT JOIN intel.current_decisions AS decisions ON decisions.a = pairs.a AND decisions.b = pairs.b
LEFT JOIN intel.identities AS one ON one.party = pairs.a
LEFT JOIN intel.identities AS other ON other.party = pairs.b
LEFT JOIN intel.apart AS apart ON apart.a = pairs.a AND apart.b = pairs.b
