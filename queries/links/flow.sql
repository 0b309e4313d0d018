-- The money came from somebody on a list
--
-- Finds     findings in whose evidence money moves that left an account of a known entity, or an account that a name or a decision
--           gives it, not more than $max_hops transfers before: at least $min_share of what the evidence moves.
-- Matters   Who launders is paid by those whose money it is, and seldom directly.
-- Innocent  Money that passed through several hands may have been earned on the way; shares depend on how mixed money is told apart.
-- Method    trace_forward, $method: each entity is traced apart, over the transfers of the accounts its money reaches. Money that
--           reached a service (an exchange, a till) is not followed: beyond it it is other people's. The way is the largest
--           traced transfer into each account on it. Accounts of more than $max_degree transfers are not followed through.
-- Confidence  the weakest of the way: the entity's account (60 by an authority's list, 50 by another), and 40 for the tracing (attribution scale).
-- Returns   the link shape: finding_id, dataset, entity_id, role, account, method, confidence, explanation, evidence. `role` and
--           `account` are those of who was paid the largest part of it.
-- Source    reference/assessment.md 3.4; crypto.md 6 for the methods
--
-- @param method      VARCHAR        'haircut'
-- @param max_hops    BIGINT         3
-- @param min_share   DECIMAL(5, 4)  0.1000
-- @param max_degree  BIGINT         5000

CREATE TABLE boundary AS
SELECT account FROM flow.accounts WHERE service IS NOT NULL
UNION
SELECT account FROM btc.services
UNION
SELECT account
FROM (SELECT src AS account FROM flow.transfers UNION ALL SELECT dst FROM flow.transfers)
GROUP BY account
HAVING count(*) > $max_degree;

CREATE TABLE seeds AS
SELECT
    known.dataset,
    known.entity_id,
    identifiers.account,
    min('identifier:' || identifiers.dataset || '/' || identifiers.entity_id || '/' || identifiers.ledger || '/'
        || identifiers.identifier) AS ground,
    max(CASE WHEN known.dataset LIKE 'ofac%' OR known.dataset LIKE 'un_%' THEN 60 ELSE 50 END) AS confidence
FROM intel.identifiers AS identifiers
INNER JOIN intel.known_entities AS known
    ON known.dataset = identifiers.dataset AND known.entity_id = identifiers.entity_id
LEFT ANTI JOIN boundary ON boundary.account = identifiers.account
GROUP BY known.dataset, known.entity_id, identifiers.account;

-- Accounts that the money of an entity can reach, and when at the earliest.
CREATE TABLE reached AS
WITH RECURSIVE reached AS (
    SELECT DISTINCT dataset, entity_id, account, CAST(0 AS BIGINT) AS hops, CAST(NULL AS TIMESTAMP) AS since
    FROM seeds
    UNION ALL
    SELECT DISTINCT dataset, entity_id, account, hops, since
    FROM (
        SELECT
            reached.dataset,
            reached.entity_id,
            transfers.dst AS account,
            reached.hops + 1 AS hops,
            min(transfers.time) OVER (PARTITION BY reached.dataset, reached.entity_id, transfers.dst) AS since
        FROM reached
        INNER JOIN flow.transfers AS transfers ON transfers.src = reached.account
        LEFT ANTI JOIN boundary ON boundary.account = transfers.dst
        WHERE reached.hops + 1 < $max_hops
            AND transfers.value_eur > 0
            AND (reached.since IS NULL OR transfers.time >= reached.since)
    )
)
SELECT DISTINCT dataset, entity_id, account
FROM reached;

-- Everything that comes to or leaves an account on the way: what it is mixed with decides the shares.
CREATE TABLE copies AS
SELECT DISTINCT
    ways.dataset,
    ways.entity_id,
    transfers.transfer_id,
    transfers.src,
    transfers.dst,
    transfers.time,
    transfers.value_eur
FROM reached AS ways
INNER JOIN (
    SELECT transfer_id, src, dst, time, value_eur, src AS side FROM flow.transfers WHERE value_eur > 0
    UNION ALL
    SELECT transfer_id, src, dst, time, value_eur, dst AS side FROM flow.transfers WHERE value_eur > 0
) AS transfers ON transfers.side = ways.account;

CREATE TABLE moved AS
WITH traced AS (
    SELECT transfer_id AS copy, hop, traced
    FROM trace_forward(
        (
            SELECT
                key_hash(dataset, entity_id, transfer_id) AS transfer_id,
                key_hash(dataset, entity_id, src) AS src,
                key_hash(dataset, entity_id, dst) AS dst,
                time,
                value_eur AS amount
            FROM copies
        ),
        seeds => (SELECT key_hash(dataset, entity_id, account) AS account FROM seeds),
        method => $method,
        max_hops => $max_hops,
        stop => (
            SELECT DISTINCT key_hash(copies.dataset, copies.entity_id, copies.dst)
            FROM copies
            INNER JOIN boundary ON boundary.account = copies.dst
        )
    )
    WHERE status = 'moved'
)
SELECT copies.dataset, copies.entity_id, copies.transfer_id, copies.src, copies.dst, copies.time, copies.value_eur, traced.hop, traced.traced
FROM traced
INNER JOIN copies ON key_hash(copies.dataset, copies.entity_id, copies.transfer_id) = traced.copy;

CREATE TABLE hits AS
WITH evidence AS (
    SELECT findings.finding_id, transfers.transfer_id, transfers.src, transfers.dst, findings.subject, transfers.value_eur
    FROM (SELECT finding_id, subject, unnest(evidence) AS transfer_id FROM finding.findings) AS findings
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = findings.transfer_id
),
totals AS (
    SELECT finding_id, min(subject) AS subject, sum(value_eur) AS value_eur
    FROM evidence
    GROUP BY finding_id
),
found AS (
    SELECT
        evidence.finding_id,
        moved.dataset,
        moved.entity_id,
        sum(moved.traced) AS traced,
        min(moved.hop) AS hops,
        first_value(moved.transfer_id ORDER BY moved.traced DESC, moved.transfer_id) AS transfer_id,
        first_value(moved.dst ORDER BY moved.traced DESC, moved.transfer_id) AS account,
        first_value(moved.src ORDER BY moved.traced DESC, moved.transfer_id) AS payer,
        first_value(moved.time ORDER BY moved.traced DESC, moved.transfer_id) AS time,
        first_value(moved.hop ORDER BY moved.traced DESC, moved.transfer_id) AS hop,
        array_sort(array_agg(moved.transfer_id)) AS transfers
    FROM evidence
    INNER JOIN moved ON moved.transfer_id = evidence.transfer_id
    GROUP BY evidence.finding_id, moved.dataset, moved.entity_id
)
SELECT found.*, totals.subject, totals.value_eur
FROM found
INNER JOIN totals ON totals.finding_id = found.finding_id
WHERE found.traced >= totals.value_eur * $min_share;

-- Back along the largest traced transfer into the payer, hop by hop.
WITH RECURSIVE ways AS (
    SELECT
        finding_id,
        dataset,
        entity_id,
        CAST(hop AS BIGINT) AS hop,
        payer,
        time,
        CAST('' AS VARCHAR) AS way
    FROM hits
    UNION ALL
    SELECT finding_id, dataset, entity_id, hop, payer, time, way
    FROM (
        SELECT
            ways.finding_id,
            ways.dataset,
            ways.entity_id,
            ways.hop - 1 AS hop,
            moved.src AS payer,
            moved.time,
            'transfer:' || CAST(moved.transfer_id AS VARCHAR) || ';' || ways.way AS way,
            row_number() OVER (
                PARTITION BY ways.finding_id, ways.dataset, ways.entity_id
                ORDER BY moved.traced DESC, moved.transfer_id
            ) AS place
        FROM ways
        INNER JOIN moved
            ON moved.dataset = ways.dataset AND moved.entity_id = ways.entity_id AND moved.dst = ways.payer
        WHERE ways.hop > 1 AND moved.hop = ways.hop - 1 AND moved.time <= ways.time
    )
    WHERE place = 1
),
begun AS (
    SELECT finding_id, dataset, entity_id, way, payer
    FROM (
        SELECT
            *,
            row_number() OVER (PARTITION BY finding_id, dataset, entity_id ORDER BY hop, way) AS place
        FROM ways
    )
    WHERE place = 1
)
SELECT
    hits.finding_id,
    hits.dataset,
    hits.entity_id,
    CASE WHEN hits.account = hits.subject THEN 'subject' ELSE 'counterparty' END AS role,
    hits.account,
    'flow' AS method,
    least(seeds.confidence, 40) AS confidence,
    'Of the money that moved here ' || CAST(CAST(round(100 * CAST(hits.traced AS DOUBLE) / CAST(hits.value_eur AS DOUBLE)) AS BIGINT) AS VARCHAR)
        || ' % came from ' || known.caption || ', who appears in ' || hits.dataset || ', over ' || CAST(hits.hops AS VARCHAR)
        || CASE hits.hops WHEN 1 THEN ' transfer' ELSE ' transfers' END || ' (' || $method || '). To appear in a list is not guilt.' AS explanation,
    array_concat(
        make_array(seeds.ground),
        string_to_array(
            begun.way || 'transfer:' || array_to_string(hits.transfers, ';transfer:'),
            ';'
        )
    ) AS evidence
FROM hits
INNER JOIN begun
    ON begun.finding_id = hits.finding_id AND begun.dataset = hits.dataset AND begun.entity_id = hits.entity_id
INNER JOIN intel.known_entities AS known ON known.dataset = hits.dataset AND known.entity_id = hits.entity_id
INNER JOIN seeds
    ON seeds.dataset = hits.dataset AND seeds.entity_id = hits.entity_id AND seeds.account = begun.payer
ORDER BY hits.finding_id, hits.dataset, hits.entity_id
