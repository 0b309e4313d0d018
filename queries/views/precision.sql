-- How often a typology is right
--
-- Holds     for each typology and version that has found something: how many findings people called true, false and unclear
--           (the newest disposition of each counts), the share of true ones among true and false, and the interval that
--           holds it at 95 % (Wilson). Without a true or false one it is unmeasured, and `says` says so. What is decided on
--           is seldom drawn at random: it is the precision of what was looked at.
-- Source    Wilson, E. B., Probable Inference, the Law of Succession, and Statistical Inference, JASA 22, 1927
-- Name      finding.precision

WITH counted AS (
    SELECT
        findings.typology,
        findings.version,
        count(*) AS findings,
        count(*) FILTER (WHERE queue.status = 'true') AS called_true,
        count(*) FILTER (WHERE queue.status = 'false') AS called_false,
        count(*) FILTER (WHERE queue.status = 'unclear') AS called_unclear
    FROM finding.queue AS queue
    INNER JOIN finding.findings AS findings ON findings.finding_id = queue.finding_id
    GROUP BY findings.typology, findings.version
),
shares AS (
    SELECT
        *,
        CAST(called_true + called_false AS DOUBLE) AS n,
        CASE
            WHEN called_true + called_false > 0
                THEN CAST(called_true AS DOUBLE) / CAST(called_true + called_false AS DOUBLE)
        END AS share,
        CAST(1.959963984540054 AS DOUBLE) AS z
    FROM counted
),
bounds AS (
    SELECT
        *,
        (share + z * z / (2 * n)) / (1 + z * z / n) AS middle,
        z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n) AS reach
    FROM shares
)
SELECT
    typology,
    version,
    findings,
    called_true,
    called_false,
    called_unclear,
    share AS precision,
    greatest(middle - reach, 0) AS low,
    least(middle + reach, 1) AS high,
    coalesce(
        CAST(CAST(share AS DECIMAL(4, 2)) AS VARCHAR) || ' (' || CAST(called_true AS VARCHAR) || ' of '
            || CAST(called_true + called_false AS VARCHAR) || ', 95 % '
            || CAST(CAST(greatest(middle - reach, 0) AS DECIMAL(4, 2)) AS VARCHAR) || '-'
            || CAST(CAST(least(middle + reach, 1) AS DECIMAL(4, 2)) AS VARCHAR) || ')',
        'unmeasured'
    ) AS says
FROM bounds
