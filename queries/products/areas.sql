-- Crime areas
--
-- Shows     for each area of serious and organised crime: the networks that a list names for it and that findings lead to,
--           what was seen of them, and their flagged boundary inflow in the window, each transfer once.
-- Careful   an area is a claim of the list that gives the topic. A network of two areas counts in both, so areas do not add
--           up. `parties` are the accounts on either side of the transfers that count.
-- Source    EU SOCTA 2025 (areas); FollowTheMoney topics

WITH signs AS (
    SELECT sign, area, title
    FROM (
        VALUES
            ('crime.cyber', 'cyber', 'Cyber-attacks'),
            ('crime.env', 'environment', 'Waste and environmental crime'),
            ('crime.fin', 'laundering', 'Money laundering as a service'),
            ('crime.fraud', 'fraud', 'Fraud'),
            ('crime.terror', 'tf', 'Financing of terrorism'),
            ('crime.theft', 'theft', 'Organised property crime'),
            ('crime.traffick.drug', 'drugs', 'Drugs'),
            ('crime.traffick.human', 'thb', 'Trafficking in human beings'),
            ('crime.traffick.weapon', 'firearms', 'Firearms'),
            ('sanction', 'sanctions', 'Evasion of sanctions'),
            ('sanction.linked', 'sanctions', 'Evasion of sanctions')
    ) AS signs (sign, area, title)
),
topics AS (
    SELECT dataset, entity_id, unnest(topics) AS topic
    FROM intel.entities
),
areas AS (
    SELECT DISTINCT
        members.network,
        signs.area,
        signs.title,
        'entity:' || topics.dataset || '/' || topics.entity_id AS ground
    FROM topics
    INNER JOIN signs ON signs.sign = topics.topic
    INNER JOIN intel.network_members AS members
        ON members.dataset = topics.dataset AND members.entity_id = topics.entity_id
),
seen AS (
    SELECT
        areas.area,
        areas.title,
        count(DISTINCT areas.network) AS networks,
        count(DISTINCT network_findings.finding_id) AS findings,
        array_to_string(array_agg(DISTINCT findings.typology ORDER BY findings.typology), ', ') AS typologies,
        array_agg(DISTINCT areas.ground ORDER BY areas.ground) AS grounds,
        array_agg(
            DISTINCT 'finding:' || CAST(findings.finding_id AS VARCHAR)
            ORDER BY 'finding:' || CAST(findings.finding_id AS VARCHAR)
        ) AS finding_ids
    FROM areas
    INNER JOIN assess.network_findings AS network_findings ON network_findings.network = areas.network
    INNER JOIN finding.findings AS findings ON findings.finding_id = network_findings.finding_id
    GROUP BY areas.area, areas.title
),
inflow AS (
    SELECT DISTINCT
        areas.area,
        flows.transfer_id,
        flows.value_eur,
        ends.payer,
        CASE WHEN ends.payer THEN flows.src ELSE flows.dst END AS account
    FROM areas
    INNER JOIN assess.network_flows AS flows ON flows.network = areas.network
    CROSS JOIN (VALUES (true), (false)) AS ends (payer)
    WHERE flows.side = 'inflow' AND flows.time > CAST($from AS TIMESTAMP) AND flows.time <= CAST($to AS TIMESTAMP)
),
sums AS (
    SELECT
        area,
        count(DISTINCT transfer_id) AS transfers,
        count(DISTINCT account) AS parties,
        sum(CASE WHEN payer THEN value_eur END) AS volume,
        array_agg('transfer:' || CAST(transfer_id AS VARCHAR) ORDER BY transfer_id) FILTER (WHERE payer) AS evidence
    FROM inflow
    GROUP BY area
)
SELECT
    seen.area,
    seen.title,
    seen.networks,
    seen.findings,
    seen.typologies,
    coalesce(sums.transfers, 0) AS transfers,
    coalesce(sums.parties, 0) AS parties,
    sums.volume,
    array_concat(seen.grounds, seen.finding_ids, coalesce(sums.evidence, make_array())) AS evidence
FROM seen
LEFT JOIN sums ON sums.area = seen.area
ORDER BY sums.volume DESC NULLS LAST, seen.area
