-- Findings and the planted cases they meet
--
-- Holds     one row for each finding and each planted case of whose payments it has some in its evidence, with how many.
--           `hit` is true where the finding is about the case: it names the case's subject, or has half of the case's payments
--           in its evidence, or half of its evidence in the case.
-- Name      truth.hits

WITH evidence AS (
    SELECT finding_id, unnest(evidence) AS transfer_id
    FROM finding.findings
),
shared AS (
    SELECT evidence.finding_id, planted.scheme, count(DISTINCT evidence.transfer_id) AS shared
    FROM truth.transfers AS planted
    INNER JOIN evidence ON evidence.transfer_id = planted.transfer_id
    GROUP BY evidence.finding_id, planted.scheme
),
sizes AS (
    SELECT scheme, count(*) AS size
    FROM truth.transfers
    GROUP BY scheme
)
SELECT
    findings.finding_id,
    findings.typology,
    findings.score,
    schemes.scheme,
    schemes.typology AS planted,
    schemes.decoy,
    shared.shared,
    sizes.size,
    coalesce(findings.subject = schemes.subject, false)
        OR 2 * shared.shared >= sizes.size
        OR 2 * shared.shared >= cardinality(findings.evidence) AS hit
FROM shared
INNER JOIN finding.findings AS findings ON findings.finding_id = shared.finding_id
INNER JOIN truth.schemes AS schemes ON schemes.scheme = shared.scheme
INNER JOIN sizes ON sizes.scheme = shared.scheme
