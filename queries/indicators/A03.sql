-- Professional or parallel finance
--
-- Measures  the mule accounts among a network's findings, its findings of underground banking, of a broker's mirror transfers
--           and of an unlicensed OTC hub, and the networks that one launderer serves: the most networks in whose flagged
--           flows the subject of such a finding, or a member whose part is laundering, stands.
-- Unknown   what no typology looked for: without all of mule_account, underground_banking and mirror_transfer_broker nothing
--           found is not nil.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, A03

WITH networks AS (
    SELECT DISTINCT network
    FROM assess.network_findings
),
looked AS (
    SELECT count(*) = 3 AS complete
    FROM finding.searched
    WHERE typology IN ('mule_account', 'underground_banking', 'mirror_transfer_broker')
),
seen AS (
    SELECT DISTINCT network_findings.network, findings.finding_id, findings.typology, findings.subject
    FROM assess.network_findings AS network_findings
    INNER JOIN finding.findings AS findings ON findings.finding_id = network_findings.finding_id
    WHERE findings.last_time > CAST($from AS TIMESTAMP) AND findings.last_time <= CAST($to AS TIMESTAMP)
),
mules AS (
    SELECT
        network,
        count(DISTINCT subject) AS mules,
        array_agg('finding:' || CAST(finding_id AS VARCHAR) ORDER BY finding_id) AS evidence
    FROM seen
    WHERE typology = 'mule_account'
    GROUP BY network
),
patterns AS (
    SELECT
        network,
        count(DISTINCT finding_id) AS patterns,
        array_to_string(array_agg(DISTINCT typology ORDER BY typology), ', ') AS names,
        array_agg('finding:' || CAST(finding_id AS VARCHAR) ORDER BY finding_id) AS evidence
    FROM seen
    WHERE typology IN ('underground_banking', 'mirror_transfer_broker', 'stablecoin_otc_hub')
    GROUP BY network
),
launderers AS (
    SELECT DISTINCT subject AS account
    FROM seen
    WHERE typology IN ('underground_banking', 'mirror_transfer_broker', 'stablecoin_otc_hub')
    UNION
    SELECT DISTINCT accounts.account
    FROM intel.network_accounts AS accounts
    INNER JOIN intel.network_members AS members
        ON members.network = accounts.network AND members.dataset = accounts.dataset
            AND members.entity_id = accounts.entity_id
    WHERE lower(members.role) LIKE '%launder%'
),
served AS (
    SELECT launderers.account, flows.network, min(flows.transfer_id) AS transfer_id
    FROM launderers
    INNER JOIN assess.network_sides AS flows ON flows.account = launderers.account
    WHERE flows.time > CAST($from AS TIMESTAMP) AND flows.time <= CAST($to AS TIMESTAMP)
    GROUP BY launderers.account, flows.network
),
shared AS (
    SELECT
        account,
        count(*) AS networks,
        array_agg('transfer:' || CAST(transfer_id AS VARCHAR) ORDER BY network) AS evidence
    FROM served
    GROUP BY account
),
ranked AS (
    SELECT
        served.network,
        shared.networks,
        shared.evidence,
        row_number() OVER (PARTITION BY served.network ORDER BY shared.networks DESC, shared.account) AS place
    FROM served
    INNER JOIN shared ON shared.account = served.account
)
SELECT
    networks.network,
    'mules' AS metric,
    CAST(coalesce(mules.mules, 0) AS DECIMAL(38, 18)) AS value,
    CAST(coalesce(mules.mules, 0) AS VARCHAR) || ' mule accounts among the findings.' AS explanation,
    coalesce(mules.evidence, make_array('search:A03')) AS evidence
FROM networks
CROSS JOIN looked
LEFT JOIN mules ON mules.network = networks.network
WHERE mules.network IS NOT NULL OR looked.complete
UNION ALL
SELECT
    networks.network,
    'professional_patterns',
    CAST(coalesce(patterns.patterns, 0) AS DECIMAL(38, 18)),
    coalesce('Findings of ' || patterns.names || '.', 'No finding of professional or parallel finance.'),
    coalesce(patterns.evidence, make_array('search:A03'))
FROM networks
CROSS JOIN looked
LEFT JOIN patterns ON patterns.network = networks.network
WHERE patterns.network IS NOT NULL OR looked.complete
UNION ALL
SELECT
    network,
    'networks_served',
    CAST(networks AS DECIMAL(38, 18)),
    'One launderer stands in the flagged flows of ' || CAST(networks AS VARCHAR) || ' networks.',
    evidence
FROM ranked
WHERE place = 1
ORDER BY network, metric
