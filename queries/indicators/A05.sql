-- Corruption and state influence
--
-- Measures  flagged flows of a network from which money may have reached, within three transfers in the order of time, an account
--           of a politically exposed person or of an associate of one, and findings of procurement money that reached an
--           official. A service (an exchange, a till) is a boundary: nothing is followed through it. This proposes rung 1 and
--           no more: reports and convictions are an analyst's, who also confirms what is proposed here.
-- Unknown   where no list of exposed persons with accounts is held, nothing found is not nil.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, A05

WITH networks AS (
    SELECT DISTINCT network
    FROM assess.network_findings
),
exposed AS (
    SELECT accounts.account, min('entity:' || people.dataset || '/' || people.entity_id) AS person
    FROM (
        SELECT DISTINCT dataset, entity_id
        FROM (
            SELECT dataset, entity_id, unnest(topics) AS topic
            FROM intel.entities
        ) AS topics
        WHERE topic IN ('role.pep', 'role.rca')
    ) AS people
    INNER JOIN (
        SELECT dataset, entity_id, account
        FROM intel.identifiers
        UNION
        SELECT names.dataset, names.entity_id, holders.account
        FROM intel.names AS names
        INNER JOIN flow.holders AS holders ON holders.name_key = names.name_key
        WHERE names.name_key LIKE '% %'
    ) AS accounts ON accounts.dataset = people.dataset AND accounts.entity_id = people.entity_id
    GROUP BY accounts.account
),
served AS (
    SELECT account
    FROM flow.accounts
    WHERE service IS NOT NULL
),
-- From where, and until when at the latest, one more transfer reaches an exposed account: the walk goes against the money.
one AS (
    SELECT transfers.src AS account, max(transfers.time) AS latest, min(exposed.person) AS person
    FROM exposed
    INNER JOIN flow.transfers AS transfers ON transfers.dst = exposed.account
    LEFT ANTI JOIN served ON served.account = transfers.src
    WHERE transfers.time <= CAST($to AS TIMESTAMP)
    GROUP BY transfers.src
),
two AS (
    SELECT transfers.src AS account, max(transfers.time) AS latest, min(one.person) AS person
    FROM one
    INNER JOIN flow.transfers AS transfers ON transfers.dst = one.account AND transfers.time <= one.latest
    LEFT ANTI JOIN served ON served.account = transfers.src
    GROUP BY transfers.src
),
reach AS (
    SELECT account, CAST($to AS TIMESTAMP) AS latest, person FROM exposed
    UNION ALL
    SELECT account, latest, person FROM one
    UNION ALL
    SELECT account, latest, person FROM two
),
reached AS (
    SELECT DISTINCT
        flows.network,
        'transfer:' || CAST(flows.transfer_id AS VARCHAR) AS flow,
        reach.person
    FROM reach
    INNER JOIN assess.network_flows AS flows ON flows.dst = reach.account AND flows.time <= reach.latest
    WHERE flows.time > CAST($from AS TIMESTAMP) AND flows.time <= CAST($to AS TIMESTAMP)
    UNION
    SELECT DISTINCT
        network_findings.network,
        'finding:' || CAST(findings.finding_id AS VARCHAR),
        CAST(NULL AS VARCHAR)
    FROM assess.network_findings AS network_findings
    INNER JOIN finding.findings AS findings ON findings.finding_id = network_findings.finding_id
    WHERE findings.typology = 'corruption_path'
        AND findings.last_time > CAST($from AS TIMESTAMP) AND findings.last_time <= CAST($to AS TIMESTAMP)
),
counted AS (
    SELECT
        network,
        count(DISTINCT flow) AS flows,
        array_sort(array_concat(array_agg(DISTINCT flow), array_remove_all(array_agg(DISTINCT coalesce(person, '')), ''))) AS evidence
    FROM reached
    GROUP BY network
),
lists AS (
    SELECT count(*) > 0 AS held
    FROM exposed
)
SELECT
    networks.network,
    'exposed_flows' AS metric,
    CAST(coalesce(counted.flows, 0) AS DECIMAL(38, 18)) AS value,
    CAST(coalesce(counted.flows, 0) AS VARCHAR)
        || ' flagged flows within three transfers of an exposed person; what they paid for is not known.' AS explanation,
    coalesce(counted.evidence, make_array('search:A05')) AS evidence
FROM networks
CROSS JOIN lists
LEFT JOIN counted ON counted.network = networks.network
WHERE counted.network IS NOT NULL OR lists.held
ORDER BY networks.network
