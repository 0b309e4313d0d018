-- An address of the same cluster is on a list
--
-- Finds     findings in whose evidence an address pays or is paid that was spent together with one that a list names as held by a
--           known entity, or that a tag defining its cluster ascribes to an actor.
-- Matters   A wallet has many addresses, and lists name a few of them.
-- Innocent  The cluster is wrong: a PayJoin, a service that signs for many. Clusters are a heuristic, and err (docs/error-rates.md).
-- Method    btc.clusters: joint spending, CoinJoins left out. The way is account, cluster, listed address; `why_linked` shows the
--           transactions that join the two. Clusters of services are boundary and make no link.
-- Confidence  the weakest of the way: the list's or tag's own, and 40 for a cluster, as an untrusted transaction (attribution scale).
-- Returns   the link shape: finding_id, dataset, entity_id, role, account, method, confidence, explanation, evidence.
-- Source    reference/crypto.md 2, 9; reference/assessment.md 3.4

WITH named AS (
    SELECT
        known.dataset,
        known.entity_id,
        known.caption,
        identifiers.account,
        identifiers.identifier,
        CASE WHEN known.dataset LIKE 'ofac%' OR known.dataset LIKE 'un_%' THEN 60 ELSE 50 END AS confidence,
        'identifier:' || identifiers.dataset || '/' || identifiers.entity_id || '/' || identifiers.ledger || '/'
            || identifiers.identifier AS ground
    FROM intel.identifiers AS identifiers
    INNER JOIN intel.known_entities AS known
        ON known.dataset = identifiers.dataset AND known.entity_id = identifiers.entity_id
    UNION ALL
    SELECT
        'tags',
        coalesce(actor, 'label:' || label),
        label,
        account,
        identifier,
        confidence_level,
        'tag:' || ledger || '/' || identifier || '/' || label || '/' || creator
    FROM intel.tags
    WHERE account IS NOT NULL AND is_cluster_definer AND (abuse IS NOT NULL OR actor IS NOT NULL)
),
ways AS (
    SELECT
        parties.finding_id,
        named.dataset,
        named.entity_id,
        parties.role,
        parties.account,
        first_value(named.caption ORDER BY named.confidence DESC, named.ground) AS caption,
        first_value(named.identifier ORDER BY named.confidence DESC, named.ground) AS identifier,
        max(least(named.confidence, 40)) AS confidence,
        first_value(named.ground ORDER BY named.confidence DESC, named.ground) AS ground,
        own.cluster_id,
        own.ledger,
        first_value(parties.transfers) AS transfers
    FROM finding.parties AS parties
    INNER JOIN btc.clusters AS own ON own.account = parties.account
    INNER JOIN btc.clusters AS other ON other.cluster_id = own.cluster_id AND other.ledger = own.ledger
    INNER JOIN named ON named.account = other.account
    LEFT ANTI JOIN btc.services AS services ON services.account = parties.account
    WHERE other.account <> parties.account
    GROUP BY parties.finding_id, named.dataset, named.entity_id, parties.role, parties.account, own.cluster_id, own.ledger
)
SELECT
    finding_id,
    dataset,
    entity_id,
    role,
    account,
    'cluster' AS method,
    confidence,
    'The ' || role || ' address was spent together with ' || identifier || ', which appears in ' || dataset || ' as of '
        || caption || '. That both have one owner is a heuristic; to appear in a list is not guilt.' AS explanation,
    array_concat(
        make_array(ground, 'cluster:' || ledger || '/' || CAST(cluster_id AS VARCHAR)),
        string_to_array('transfer:' || array_to_string(transfers, ';transfer:'), ';')
    ) AS evidence
FROM ways
ORDER BY finding_id, dataset, entity_id, account
