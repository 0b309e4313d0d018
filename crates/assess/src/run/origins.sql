-- Who supplied each item that an indicator value stands on, with its grade, its handling, and how firmly it is tied to the
-- network. A finding stands on its transfers; a search on every source there is.
WITH items AS (
    SELECT
        network,
        indicator,
        item,
        split_part(item, ':', 1) AS kind,
        substr(item, strpos(item, ':') + 1) AS name
    FROM assessed.evidence
),
moved AS (
    SELECT network, indicator, item, TRY_CAST(name AS BIGINT) AS transfer_id
    FROM items
    WHERE kind = 'transfer'
    UNION ALL
    SELECT items.network, items.indicator, items.item, unnest(findings.evidence) AS transfer_id
    FROM items
    INNER JOIN finding.findings AS findings ON findings.finding_id = TRY_CAST(items.name AS BIGINT)
    WHERE items.kind = 'finding'
),
firmness AS (
    SELECT network, account, max(confidence) AS attribution
    FROM intel.network_accounts
    GROUP BY network, account
),
linked AS (
    SELECT network, min(confidence) AS attribution
    FROM assess.network_findings
    GROUP BY network
),
sourced AS (
    SELECT
        moved.network,
        moved.indicator,
        moved.item,
        transfers.source_id,
        coalesce(payer.attribution, payee.attribution, linked.attribution, 20) AS attribution
    FROM moved
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = moved.transfer_id
    LEFT JOIN firmness AS payer ON payer.network = moved.network AND payer.account = transfers.src
    LEFT JOIN firmness AS payee ON payee.network = moved.network AND payee.account = transfers.dst
    LEFT JOIN linked ON linked.network = moved.network
    UNION ALL
    SELECT items.network, items.indicator, items.item, entities.source_id, 60
    FROM items
    INNER JOIN intel.entities AS entities ON entities.dataset || '/' || entities.entity_id = items.name
    WHERE items.kind = 'entity'
    UNION ALL
    SELECT items.network, items.indicator, items.item, relationships.source_id, 60
    FROM items
    INNER JOIN intel.relationships AS relationships
        ON relationships.dataset || '/' || relationships.relationship_id = items.name
    WHERE items.kind = 'relationship'
    UNION ALL
    SELECT items.network, items.indicator, items.item, identifiers.source_id, 60
    FROM items
    INNER JOIN intel.identifiers AS identifiers
        ON identifiers.dataset || '/' || identifiers.entity_id || '/' || identifiers.ledger || '/' || identifiers.identifier
            = items.name
    WHERE items.kind = 'identifier'
    UNION ALL
    SELECT items.network, items.indicator, items.item, holders.source_id, 40
    FROM items
    INNER JOIN flow.holders AS holders
        ON holders.account = TRY_CAST(split_part(items.name, '/', 1) AS BIGINT)
            AND holders.name = substr(items.name, strpos(items.name, '/') + 1)
    WHERE items.kind = 'holder'
    UNION ALL
    SELECT items.network, items.indicator, items.item, tags.source_id, tags.confidence_level
    FROM items
    INNER JOIN intel.tags AS tags
        ON tags.ledger || '/' || tags.identifier || '/' || tags.label || '/' || tags.creator = items.name
    WHERE items.kind = 'tag'
    UNION ALL
    SELECT items.network, items.indicator, items.item, facts.source_id, 70
    FROM items
    INNER JOIN flow.facts AS facts
        ON CAST(facts.account AS VARCHAR) || '/' || facts.kind || '/' || facts.value = items.name
    WHERE items.kind = 'fact'
    UNION ALL
    SELECT items.network, items.indicator, items.item, factors.source_id, 60
    FROM items
    INNER JOIN assess.factors AS factors
        ON factors.country || '/' || factors.factor || '/' || CAST(factors.valid_from AS VARCHAR) || '/' || factors.authority
            = items.name
    WHERE items.kind = 'factor'
    UNION ALL
    SELECT items.network, items.indicator, items.item, sources.source_id, 100
    FROM items
    CROSS JOIN admin.sources AS sources
    WHERE items.kind = 'search'
)
SELECT DISTINCT
    sourced.network,
    sourced.indicator,
    sourced.item,
    coalesce(grades.supplier, 'unknown') AS supplier,
    coalesce(grades.grade, 'X4') AS grade,
    grades.handling,
    CAST(sourced.attribution AS VARCHAR) AS attribution
FROM sourced
LEFT JOIN admin.source_grades AS grades ON grades.source_id = sourced.source_id
ORDER BY sourced.network, sourced.indicator, sourced.item, supplier, grade, attribution
