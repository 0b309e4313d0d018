-- Parties that are one by decision
--
-- Holds     each party that somebody decided to be the same as another, and the identity it has with all it was so tied to, named by the
--           first of them. Nothing but decisions unites: a party without one is itself, and is not here.
--
-- @table intel.identities
-- @from intel.decisions

WITH same AS (
    SELECT a, b FROM intel.current_decisions WHERE verdict = 'same'
),
parties AS (
    SELECT a AS party FROM same
    UNION
    SELECT b FROM same
)
SELECT parties.party, min(parties.party) OVER (PARTITION BY joined.component) AS identity
FROM components(
    (
        SELECT
            key_hash(a, b) AS transfer_id,
            key_hash(a) AS src,
            key_hash(b) AS dst,
            TIMESTAMP '2000-01-01 00:00:00' AS time,
            CAST(1 AS DECIMAL(38, 18)) AS amount
        FROM same
    )
) AS joined
INNER JOIN parties ON key_hash(parties.party) = joined.account
