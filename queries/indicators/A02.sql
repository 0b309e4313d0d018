-- Laundering sophistication
--
-- Measures  the typology families among a network's findings in the window (exposure, predicate and link are not counted); the hops of
--           the longest chain of transfers in the order of time within one finding, counted up to three; whether a finding hides who
--           is behind the money; and whether flagged flows run on the bank rail and on a chain, or a finding ties the two.
-- Unknown   obfuscation where no typology of that family ran; hops beyond the transfers of one finding.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, A02

WITH seen AS (
    SELECT DISTINCT network_findings.network, findings.finding_id, findings.family, findings.typology, findings.evidence
    FROM assess.network_findings AS network_findings
    INNER JOIN finding.findings AS findings ON findings.finding_id = network_findings.finding_id
    WHERE findings.last_time > CAST($from AS TIMESTAMP) AND findings.last_time <= CAST($to AS TIMESTAMP)
),
counted AS (
    SELECT
        network,
        count(DISTINCT CASE WHEN family NOT IN ('exposure', 'predicate', 'link') THEN family END) AS families,
        count(DISTINCT CASE WHEN typology = 'cross_rail_match' THEN finding_id END) AS matches,
        count(DISTINCT CASE WHEN family = 'obfuscation' THEN finding_id END) AS hidden,
        array_to_string(array_agg(DISTINCT family ORDER BY family), ', ') AS names,
        array_agg('finding:' || CAST(finding_id AS VARCHAR) ORDER BY finding_id) AS evidence
    FROM seen
    GROUP BY network
),
flows AS (
    SELECT seen.network, seen.finding_id, transfers.transfer_id, transfers.time, transfers.src, transfers.dst
    FROM (
        SELECT network, finding_id, unnest(evidence) AS transfer_id
        FROM seen
        WHERE family NOT IN ('exposure', 'predicate', 'link')
    ) AS seen
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = seen.transfer_id
    WHERE transfers.src <> transfers.dst
),
-- From transfer to transfer within one finding, each later than the one before and none straight back.
hops AS (
    SELECT
        one.network,
        max(CASE
            WHEN three.transfer_id IS NOT NULL THEN 3
            WHEN two.transfer_id IS NOT NULL THEN 2
            ELSE 1
        END) AS hops
    FROM flows AS one
    LEFT JOIN flows AS two
        ON two.network = one.network AND two.finding_id = one.finding_id AND two.src = one.dst
            AND two.time >= one.time AND two.dst <> one.src
    LEFT JOIN flows AS three
        ON three.network = two.network AND three.finding_id = two.finding_id AND three.src = two.dst
            AND three.time >= two.time AND three.dst <> two.src
    GROUP BY one.network
),
rails AS (
    SELECT network, count(DISTINCT CASE ledger WHEN 'bank' THEN 'bank' ELSE 'chain' END) AS rails
    FROM assess.network_flows
    WHERE time > CAST($from AS TIMESTAMP) AND time <= CAST($to AS TIMESTAMP)
    GROUP BY network
),
looked AS (
    SELECT count(*) > 0 AS complete
    FROM finding.searched
    WHERE typology IN (
        'masked_originator', 'coinjoin', 'custodial_mixer', 'fixed_pool_mixer', 'vasp_hop_without_trade',
        'chain_hop_bridge', 'dex_swap_layering'
    )
)
SELECT
    network,
    'families' AS metric,
    CAST(families AS DECIMAL(38, 18)) AS value,
    'Families among the findings: ' || names || '.' AS explanation,
    evidence
FROM counted
UNION ALL
SELECT
    counted.network,
    'hops',
    CAST(hops.hops AS DECIMAL(38, 18)),
    CASE WHEN hops.hops >= 3 THEN 'A chain of three transfers or more runs through a finding.'
        ELSE 'No finding holds a chain of more than ' || CAST(hops.hops AS VARCHAR) || ' transfers.' END,
    counted.evidence
FROM counted
INNER JOIN hops ON hops.network = counted.network
UNION ALL
SELECT
    counted.network,
    'cross_rail',
    CAST(CASE WHEN rails.rails > 1 OR counted.matches > 0 THEN 1 ELSE 0 END AS DECIMAL(38, 18)),
    CASE WHEN rails.rails > 1 OR counted.matches > 0 THEN 'Flagged flows run on the bank rail and on a chain.'
        ELSE 'Flagged flows run on one rail.' END,
    counted.evidence
FROM counted
LEFT JOIN rails ON rails.network = counted.network
UNION ALL
SELECT
    counted.network,
    'obfuscation',
    CAST(CASE WHEN counted.hidden > 0 THEN 1 ELSE 0 END AS DECIMAL(38, 18)),
    CASE WHEN counted.hidden > 0 THEN 'A finding hides who is behind the money.'
        ELSE 'No finding hides who is behind the money.' END,
    CASE WHEN counted.hidden > 0 THEN counted.evidence ELSE array_append(counted.evidence, 'search:A02') END
FROM counted
CROSS JOIN looked
WHERE counted.hidden > 0 OR looked.complete
ORDER BY network, metric
