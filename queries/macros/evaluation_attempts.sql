-- Recall by a data set's own patterns
--
-- Answers   for each pattern a data set names (fan-in, cycle, stack, …), over all its attempts and over those `large enough`
--           to have the pattern's shape: how many attempts there are, of how many at least one payment is in the evidence of
--           a finding, how many a finding is about, and which typologies those are of.
--           Large enough: at least $fan partners around one account for the fans, both ways for gather-scatter; a loop for the
--           cycle; $mids accounts between two others for scatter-gather; $hops payments for a random walk; for bipartite $fan
--           payments and for a stack twice as many.
-- Misses    In AMLworld's published attempts a bipartite pattern is a matching and a stack is separate two-hop chains: no
--           shape is left to be found, so that their recall is low by construction (reference/bank.md §2.1).
-- Example   SELECT * FROM evaluation_attempts()
-- Source    Altman et al., NeurIPS 2023
--
-- @param fan   BIGINT  5
-- @param mids  BIGINT  3
-- @param hops  BIGINT  4

WITH rows AS (
    SELECT schemes.scheme, schemes.typology AS pattern, transfers.transfer_id, transfers.src, transfers.dst
    FROM truth.schemes AS schemes
    INNER JOIN truth.transfers AS planted ON planted.scheme = schemes.scheme
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = planted.transfer_id
    WHERE NOT schemes.decoy
),
ends AS (
    SELECT scheme, src AS account, 1 AS pays, 0 AS is_paid, dst AS partner FROM rows WHERE src <> dst
    UNION ALL
    SELECT scheme, dst, 0, 1, src FROM rows WHERE src <> dst
),
accounts AS (
    SELECT
        scheme,
        account,
        count(DISTINCT CASE WHEN is_paid = 1 THEN partner END) AS payers,
        count(DISTINCT CASE WHEN pays = 1 THEN partner END) AS payees
    FROM ends
    GROUP BY scheme, account
),
shapes AS (
    SELECT
        scheme,
        max(payers) AS payers,
        max(payees) AS payees,
        max(least(payers, payees)) AS through,
        count(*) FILTER (WHERE payers > 0 AND payees > 0) AS between,
        count(*) FILTER (WHERE payers = 0 OR payees = 0) AS edges
    FROM accounts
    GROUP BY scheme
),
sizes AS (
    SELECT scheme, pattern, count(*) AS payments FROM rows GROUP BY scheme, pattern
),
evidence AS (
    SELECT DISTINCT unnest(evidence) AS transfer_id FROM finding.findings
),
touched AS (
    SELECT DISTINCT rows.scheme
    FROM rows
    INNER JOIN evidence ON evidence.transfer_id = rows.transfer_id
),
about AS (
    SELECT scheme, min(typology) AS typology, array_agg(DISTINCT typology ORDER BY typology) AS typologies
    FROM truth.hits
    WHERE hit
    GROUP BY scheme
),
attempts AS (
    SELECT
        sizes.scheme,
        sizes.pattern,
        CASE sizes.pattern
            WHEN 'fan_in' THEN shapes.payers >= $fan
            WHEN 'fan_out' THEN shapes.payees >= $fan
            WHEN 'gather_scatter' THEN shapes.through >= $mids
            WHEN 'scatter_gather' THEN shapes.between >= $mids AND shapes.edges >= 2
            WHEN 'cycle' THEN shapes.edges = 0 AND sizes.payments >= 2
            WHEN 'random' THEN sizes.payments >= $hops
            WHEN 'bipartite' THEN sizes.payments >= $fan
            WHEN 'stack' THEN sizes.payments >= 2 * $fan
            ELSE true
        END AS large,
        touched.scheme IS NOT NULL AS is_touched,
        about.scheme IS NOT NULL AS is_found,
        about.typologies
    FROM sizes
    LEFT JOIN shapes ON shapes.scheme = sizes.scheme
    LEFT JOIN touched ON touched.scheme = sizes.scheme
    LEFT JOIN about ON about.scheme = sizes.scheme
),
both AS (
    SELECT pattern, 'all' AS attempts, scheme, is_touched, is_found, typologies FROM attempts
    UNION ALL
    SELECT pattern, 'large enough', scheme, is_touched, is_found, typologies FROM attempts WHERE large
),
named AS (
    SELECT pattern, attempts, typology, count(*) AS number
    FROM (SELECT pattern, attempts, unnest(typologies) AS typology FROM both)
    GROUP BY pattern, attempts, typology
),
names AS (
    SELECT
        pattern,
        attempts,
        array_to_string(array_agg(typology || ' ' || CAST(number AS VARCHAR) ORDER BY number DESC, typology), ', ') AS typologies
    FROM named
    GROUP BY pattern, attempts
)
SELECT
    both.pattern,
    both.attempts,
    count(*) AS planted,
    count(*) FILTER (WHERE is_touched) AS touched,
    count(*) FILTER (WHERE is_found) AS found,
    CAST(count(*) FILTER (WHERE is_found) AS DOUBLE) / count(*) AS recall,
    coalesce(max(names.typologies), '') AS typologies
FROM both
LEFT JOIN names ON names.pattern = both.pattern AND names.attempts = both.attempts
GROUP BY both.pattern, both.attempts
ORDER BY both.pattern, both.attempts
