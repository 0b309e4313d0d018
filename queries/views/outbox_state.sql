-- How each message of the outbox stands
--
-- Holds     the newest version of each item for each destination: whether it waits, is delivered or was refused, how often it
--           was tried, and what the other side said last. An older version that was never delivered waits no more: the newer
--           one goes in its place.
-- Name      assess.outbox_state

WITH newest AS (
    SELECT
        message_id,
        destination,
        item,
        modified,
        marking,
        snapshot,
        place,
        row_number() OVER (PARTITION BY destination, item ORDER BY modified DESC, message_id) AS age
    FROM assess.outbox
),
tried AS (
    SELECT
        message_id,
        max(attempt) AS attempts,
        max(time) AS last_time,
        last_value(status ORDER BY attempt) AS status,
        last_value(note ORDER BY attempt) AS note,
        bool_or(status IN ('delivered', 'there')) AS delivered
    FROM assess.receipts
    GROUP BY message_id
)
SELECT
    newest.message_id,
    newest.destination,
    newest.item,
    newest.modified,
    newest.marking,
    newest.snapshot,
    newest.place,
    CASE
        WHEN tried.delivered THEN 'delivered'
        WHEN tried.status = 'refused' THEN 'refused'
        ELSE 'waiting'
    END AS state,
    coalesce(tried.attempts, 0) AS attempts,
    tried.last_time,
    tried.note
FROM newest
LEFT JOIN tried ON tried.message_id = newest.message_id
WHERE newest.age = 1
