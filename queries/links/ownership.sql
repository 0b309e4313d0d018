-- The account's holder belongs to somebody on a list
--
-- Finds     findings in whose evidence an account pays or is paid that a list names as held by an entity which a listed entity owns or
--           directs, by up to three steps of ownership, directorship or membership.
-- Matters   Money is moved by companies; whom they are moved for stands behind them.
-- Innocent  A share or a post that ended, or is small; a director who only lends a name. The way and its roles are shown.
-- Method    the shortest way over intel.relationships, either way round: a leader leads to the group, a group to its shells. Circles
--           of ownership end where they began. Relationships that had ended before the finding began are no way.
-- Confidence  the weakest of the way: the identifier (60 from an authority, 50 elsewhere), each relationship likewise (attribution scale).
-- Returns   the link shape: finding_id, dataset, entity_id, role, account, method, confidence, explanation, evidence.
-- Source    reference/assessment.md 3.4

WITH RECURSIVE edges AS (
    SELECT dataset, relationship_id, schema, subject AS near, object AS far, role, end_date
    FROM intel.relationships
    WHERE schema IN ('Ownership', 'Directorship', 'Membership') AND object IS NOT NULL AND object <> subject
    UNION ALL
    SELECT dataset, relationship_id, schema, object, subject, role, end_date
    FROM intel.relationships
    WHERE schema IN ('Ownership', 'Directorship', 'Membership') AND object IS NOT NULL AND object <> subject
),
ways AS (
    SELECT
        identifiers.dataset,
        identifiers.account,
        identifiers.entity_id AS holder,
        identifiers.entity_id AS entity_id,
        CAST(0 AS BIGINT) AS steps,
        CAST(' ' || identifiers.entity_id || ' ' AS VARCHAR) AS seen,
        CAST('identifier:' || identifiers.dataset || '/' || identifiers.entity_id || '/' || identifiers.ledger || '/'
            || identifiers.identifier AS VARCHAR) AS ground,
        CAST('' AS VARCHAR) AS told,
        CAST(NULL AS DATE) AS ended
    FROM intel.identifiers AS identifiers
    LEFT SEMI JOIN finding.parties AS parties ON parties.account = identifiers.account
    UNION ALL
    SELECT
        ways.dataset,
        ways.account,
        ways.holder,
        edges.far,
        ways.steps + 1,
        ways.seen || edges.far || ' ',
        ways.ground || chr(31) || 'relationship:' || edges.dataset || '/' || edges.relationship_id,
        ways.told || CASE WHEN ways.told = '' THEN '' ELSE ', ' END || coalesce(edges.role, edges.schema),
        least(coalesce(ways.ended, edges.end_date), coalesce(edges.end_date, ways.ended))
    FROM ways
    INNER JOIN edges ON edges.dataset = ways.dataset AND edges.near = ways.entity_id
    WHERE ways.steps < 3 AND strpos(ways.seen, ' ' || edges.far || ' ') = 0
),
shortest AS (
    SELECT
        parties.finding_id,
        ways.dataset,
        ways.entity_id,
        parties.role,
        parties.account,
        parties.transfers,
        ways.steps,
        ways.ground,
        ways.told,
        ways.holder,
        row_number() OVER (
            PARTITION BY parties.finding_id, ways.dataset, ways.entity_id, parties.role, parties.account
            ORDER BY ways.steps, ways.ground
        ) AS place
    FROM ways
    INNER JOIN finding.parties AS parties ON parties.account = ways.account
    INNER JOIN finding.findings AS findings ON findings.finding_id = parties.finding_id
    INNER JOIN intel.known_entities AS known ON known.dataset = ways.dataset AND known.entity_id = ways.entity_id
    WHERE ways.steps > 0
        AND known.listed
        AND (ways.ended IS NULL OR ways.ended >= CAST(findings.first_time AS DATE))
)
SELECT
    shortest.finding_id,
    shortest.dataset,
    shortest.entity_id,
    shortest.role,
    shortest.account,
    'ownership' AS method,
    CASE WHEN shortest.dataset LIKE 'ofac%' OR shortest.dataset LIKE 'un_%' THEN 60 ELSE 50 END AS confidence,
    'The ' || shortest.role || ' account is held by ' || holders.caption || ', which leads to ' || known.caption || ' (' || shortest.told
        || '), who appears in ' || shortest.dataset || '. To appear in a list is not guilt.' AS explanation,
    array_concat(
        string_to_array(shortest.ground, chr(31)),
        string_to_array('transfer:' || array_to_string(shortest.transfers, ';transfer:'), ';')
    ) AS evidence
FROM shortest
INNER JOIN intel.known_entities AS known ON known.dataset = shortest.dataset AND known.entity_id = shortest.entity_id
INNER JOIN intel.entities AS holders ON holders.dataset = shortest.dataset AND holders.entity_id = shortest.holder
WHERE shortest.place = 1
ORDER BY shortest.finding_id, shortest.dataset, shortest.entity_id, shortest.account
