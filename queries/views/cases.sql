-- Cases
--
-- Holds     one row for each case of finding.case_members: how many findings it has and how many of them are still found,
--           by which typologies and on whom, the transfers they stand on, from when to when, the highest score, and how
--           many of its findings people decided on. `amount` is the largest of its findings' amounts of one asset: money
--           that moves along hops is one sum, and adding the findings up would count it again and again.
-- Name      finding.cases

WITH evidence AS (
    SELECT case_id, unnest(evidence) AS transfer_id
    FROM finding.queue
),
sizes AS (
    SELECT case_id, count(DISTINCT transfer_id) AS transfers
    FROM evidence
    GROUP BY case_id
),
largest AS (
    SELECT case_id, amount, asset
    FROM (
        SELECT
            case_id,
            amount,
            asset,
            row_number() OVER (
                PARTITION BY case_id
                ORDER BY asset = 'EUR' DESC, amount DESC, asset, finding_id
            ) AS place
        FROM finding.queue
    )
    WHERE place = 1
)
SELECT
    queue.case_id,
    count(*) AS findings,
    count(*) FILTER (WHERE queue.state = 'found') AS still_found,
    count(*) FILTER (WHERE queue.status = 'open') AS open,
    count(*) FILTER (WHERE queue.status = 'true') AS decided_true,
    count(*) FILTER (WHERE queue.status = 'false') AS decided_false,
    array_agg(DISTINCT queue.typology ORDER BY queue.typology) AS typologies,
    array_agg(DISTINCT queue.subject ORDER BY queue.subject) AS subjects,
    min(queue.first_time) AS first_time,
    max(queue.last_time) AS last_time,
    max(sizes.transfers) AS transfers,
    max(largest.amount) AS amount,
    max(largest.asset) AS asset,
    max(queue.score) AS score,
    min(queue.first_seen) AS first_seen,
    max(queue.last_seen) AS last_seen
FROM finding.queue AS queue
INNER JOIN sizes ON sizes.case_id = queue.case_id
INNER JOIN largest ON largest.case_id = queue.case_id
GROUP BY queue.case_id
