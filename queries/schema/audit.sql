-- admin: who looked at what, why, and on whose authority
--
-- Holds     The audit journal. It is no Delta table: it is written by readers too, and never part of a snapshot.

-- One row for the beginning of everything that touches a subject, leaves the lake or judges, and one for its end, which names
-- the first (`begun`) and counts the rows. `verb` is one of six: collection, alteration, consultation, disclosure,
-- combination, erasure. `hash` is the SHA-256 of the row's other fields, `previous` the hash of the row before: a row that is
-- altered, taken out or put in breaks the chain, which `headwater verify` follows.
CREATE EXTERNAL TABLE admin.audit (
    number     BIGINT NOT NULL,
    time       TIMESTAMP NOT NULL,
    actor      VARCHAR NOT NULL,
    verb       VARCHAR NOT NULL,
    purpose    VARCHAR,
    case_ref   VARCHAR,
    authority  VARCHAR,
    statement  VARCHAR NOT NULL,
    touched    VARCHAR[] NOT NULL,
    outcome    VARCHAR NOT NULL,
    rows       BIGINT,
    begun      BIGINT,
    snapshot   BIGINT,
    program    VARCHAR NOT NULL,
    previous   VARCHAR NOT NULL,
    hash       VARCHAR NOT NULL,
    PRIMARY KEY (number)
)
STORED AS JOURNAL
WITH ORDER (number)
LOCATION 'admin/audit/journal.ndjson';
