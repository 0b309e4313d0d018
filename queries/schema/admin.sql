-- admin: what the lake holds, where it came from, and what was refused
--
-- Holds     The commit point of the lake, the files that were imported, and the rows that were refused.

-- The commit point of the lake: one row names the Delta version of every table. `snapshot_id` is the Delta version of
-- this table itself, so the newest row is found without a search. `collisions` lists the accounts whose first hash was
-- taken (ledger, identifier and the probe that was free), so that `account()` answers for them too.
CREATE EXTERNAL TABLE admin.snapshots (
    snapshot_id  BIGINT NOT NULL,
    time         TIMESTAMP NOT NULL,
    operation    VARCHAR NOT NULL,
    tables       VARCHAR NOT NULL,
    collisions   VARCHAR NOT NULL,
    program      VARCHAR NOT NULL,
    PRIMARY KEY (snapshot_id)
)
STORED AS DELTA
WITH ORDER (snapshot_id)
LOCATION 'admin/snapshots';

-- One row per imported file. rows_read = rows_stored + rows_quarantined + rows_duplicate, always.
CREATE EXTERNAL TABLE admin.sources (
    source_id         BIGINT NOT NULL,
    kind              VARCHAR NOT NULL,
    name              VARCHAR NOT NULL,
    sha256            VARCHAR NOT NULL,
    bytes             BIGINT NOT NULL,
    rows_read         BIGINT NOT NULL,
    rows_stored       BIGINT NOT NULL,
    rows_quarantined  BIGINT NOT NULL,
    rows_duplicate    BIGINT NOT NULL,
    notes             VARCHAR,
    grade             VARCHAR NOT NULL,
    importer          VARCHAR NOT NULL,
    query_hash        VARCHAR NOT NULL,
    PRIMARY KEY (source_id)
)
STORED AS DELTA
WITH ORDER (source_id)
LOCATION 'admin/sources';

-- A row that was refused, with the reason and its raw text. Nothing is dropped in silence.
CREATE EXTERNAL TABLE admin.quarantine (
    source_id    BIGINT NOT NULL,
    position     BIGINT NOT NULL,
    byte_offset  BIGINT,
    byte_length  BIGINT,
    reason       VARCHAR NOT NULL,
    raw          VARCHAR,
    PRIMARY KEY (source_id, position)
)
STORED AS DELTA
WITH ORDER (source_id, position)
LOCATION 'admin/quarantine';

-- What was said of a source when it was imported, or later: who supplied it first, its grade, and how it may be handled, all as
-- given and in the scheme they name. The newest row of a source counts; earlier ones stay.
CREATE EXTERNAL TABLE admin.gradings (
    source_id    BIGINT NOT NULL,
    recorded_at  TIMESTAMP NOT NULL,
    supplier     VARCHAR,
    grade        VARCHAR,
    handling     VARCHAR,
    author       VARCHAR NOT NULL,
    PRIMARY KEY (source_id, recorded_at)
)
STORED AS DELTA
WITH ORDER (source_id, recorded_at)
LOCATION 'admin/gradings';
