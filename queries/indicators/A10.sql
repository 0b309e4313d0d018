-- Countermeasures and insulation
--
-- Measures  which of six kinds a network shows: a mixer or CoinJoin, a hop between chains or assets, a nominee director or
--           undisclosed common control, two intermediaries before the principal, rotation through fresh wallets, a VASP that does not
--           know its customers. Findings, declared relationships and tags of the services it deals with are looked at.
-- Unknown   without the typologies of chains of transfers, common control and CoinJoins, nothing found is not nil.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, A10

WITH networks AS (
    SELECT DISTINCT network
    FROM assess.network_findings
),
looked AS (
    SELECT count(*) = 3 AS complete
    FROM finding.searched
    WHERE typology IN ('layering_chain', 'undisclosed_common_control', 'coinjoin')
),
kinds AS (
    SELECT typology, kind
    FROM (
        VALUES
            ('coinjoin', 'mixer or CoinJoin'),
            ('custodial_mixer', 'mixer or CoinJoin'),
            ('fixed_pool_mixer', 'mixer or CoinJoin'),
            ('chain_hop_bridge', 'chain hop'),
            ('dex_swap_layering', 'chain hop'),
            ('vasp_hop_without_trade', 'chain hop'),
            ('undisclosed_common_control', 'nominee'),
            ('layering_chain', 'intermediaries before the principal'),
            ('masked_originator', 'intermediaries before the principal'),
            ('scatter_gather', 'intermediaries before the principal'),
            ('fresh_wallet_splitting', 'fresh wallets'),
            ('peel_chain', 'fresh wallets')
    ) AS kinds (typology, kind)
),
dealings AS (
    SELECT flows.network, flows.transfer_id, tags.category, tags.concepts
    FROM assess.network_sides AS flows
    INNER JOIN intel.tags AS tags ON tags.account = flows.account
    WHERE tags.confidence_level >= 50
        AND flows.time > CAST($from AS TIMESTAMP) AND flows.time <= CAST($to AS TIMESTAMP)
),
signs AS (
    SELECT network_findings.network, kinds.kind, 'finding:' || CAST(findings.finding_id AS VARCHAR) AS ground
    FROM assess.network_findings AS network_findings
    INNER JOIN finding.findings AS findings ON findings.finding_id = network_findings.finding_id
    INNER JOIN kinds ON kinds.typology = findings.typology
    WHERE findings.last_time > CAST($from AS TIMESTAMP) AND findings.last_time <= CAST($to AS TIMESTAMP)
    UNION
    SELECT
        members.network,
        'nominee',
        'relationship:' || relationships.dataset || '/' || relationships.relationship_id
    FROM intel.network_members AS members
    INNER JOIN intel.relationships AS relationships
        ON relationships.dataset = members.dataset AND relationships.object = members.entity_id
    WHERE relationships.schema = 'Directorship' AND lower(relationships.role) LIKE '%nominee%'
    UNION
    SELECT network, 'mixer or CoinJoin', 'transfer:' || CAST(transfer_id AS VARCHAR)
    FROM dealings
    WHERE category IN ('mixer', 'mixing_service', 'coinjoin')
    UNION
    SELECT network, 'chain hop', 'transfer:' || CAST(transfer_id AS VARCHAR)
    FROM dealings
    WHERE category = 'bridge'
    UNION
    SELECT network, 'VASP without KYC', 'transfer:' || CAST(transfer_id AS VARCHAR)
    FROM dealings
    WHERE category IN ('exchange', 'hosted_wallet') AND lower(concepts) LIKE '%no_kyc%'
),
counted AS (
    SELECT
        network,
        count(DISTINCT kind) AS kinds,
        array_to_string(array_agg(DISTINCT kind ORDER BY kind), ', ') AS names,
        array_agg(DISTINCT ground ORDER BY ground) AS evidence
    FROM signs
    GROUP BY network
)
SELECT
    networks.network,
    'value' AS metric,
    CAST(coalesce(counted.kinds, 0) AS DECIMAL(38, 18)) AS value,
    coalesce('Seen: ' || counted.names || '.', 'None of the six kinds was seen.') AS explanation,
    coalesce(counted.evidence, make_array('search:A10')) AS evidence
FROM networks
CROSS JOIN looked
LEFT JOIN counted ON counted.network = networks.network
WHERE counted.network IS NOT NULL OR looked.complete
ORDER BY networks.network
