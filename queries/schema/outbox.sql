-- assess: what is to leave the lake, and what became of it
--
-- Holds     The outbox and its receipts. What is sent is queued first, in one snapshot of the lake, and leaves it only
--           after that; what was not delivered stays until it is.

-- One message a destination, item and version of it. `item` is a STIX id or `export`; `content` is the SHA-256 of what is
-- sent without its dates, by which a second queueing of the same thing is recognised; `message_id` is a hash of these. The
-- snapshot is the one the payload was made from. A later version of an item goes in the place of one that still waits.
CREATE EXTERNAL TABLE assess.outbox (
    message_id   BIGINT NOT NULL,
    destination  VARCHAR NOT NULL,
    item         VARCHAR NOT NULL,
    created      TIMESTAMP NOT NULL,
    modified     TIMESTAMP NOT NULL,
    content      VARCHAR NOT NULL,
    payload      VARCHAR NOT NULL,
    marking      VARCHAR NOT NULL,
    snapshot     BIGINT NOT NULL,
    place        BIGINT NOT NULL,
    PRIMARY KEY (message_id)
)
STORED AS DELTA
WITH ORDER (destination, modified, place, message_id)
LOCATION 'assess/outbox';

-- What the other side said of a message. `status`: delivered · there (it had the message already) · pending (it has not
-- decided) · refused (it says no to this one) · failed (nobody knows). The first two are final.
CREATE EXTERNAL TABLE assess.receipts (
    message_id  BIGINT NOT NULL,
    attempt     BIGINT NOT NULL,
    time        TIMESTAMP NOT NULL,
    status      VARCHAR NOT NULL,
    note        VARCHAR,
    PRIMARY KEY (message_id, attempt)
)
STORED AS DELTA
WITH ORDER (message_id, attempt)
LOCATION 'assess/receipts';
