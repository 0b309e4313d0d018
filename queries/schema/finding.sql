-- finding: what the typologies saw, and whom it leads to
--
-- Holds     A finding is an indicator, not proof. Its id is a hash of the typology, its parameters, the subject and
--           the evidence: the same run twice adds nothing. Evidence is never empty.

CREATE EXTERNAL TABLE finding.findings (
    finding_id   BIGINT NOT NULL,
    typology     VARCHAR NOT NULL,
    family       VARCHAR NOT NULL,
    subject      BIGINT NOT NULL,
    first_time   TIMESTAMP NOT NULL,
    last_time    TIMESTAMP NOT NULL,
    amount       DECIMAL(38, 18) NOT NULL,
    asset        VARCHAR NOT NULL,
    score        DOUBLE NOT NULL,
    evidence     BIGINT[] NOT NULL,
    explanation  VARCHAR NOT NULL,
    details      VARCHAR,
    version      VARCHAR NOT NULL,
    parameters   VARCHAR NOT NULL,
    query_hash   VARCHAR NOT NULL,
    dataset      VARCHAR NOT NULL,
    PRIMARY KEY (finding_id)
)
STORED AS DELTA
WITH ORDER (typology, subject, finding_id)
LOCATION 'finding/findings';

-- Which typologies ran on which data with which parameters, and which could not, with the reason. One that was stopped or capped
-- and then given more time or room has a row for each.
CREATE EXTERNAL TABLE finding.coverage (
    typology    VARCHAR NOT NULL,
    dataset     VARCHAR NOT NULL,
    query_hash  VARCHAR NOT NULL,
    parameters  VARCHAR NOT NULL,
    status      VARCHAR NOT NULL,
    note        VARCHAR NOT NULL,
    findings    BIGINT NOT NULL,
    PRIMARY KEY (typology, dataset, query_hash, parameters, status)
)
STORED AS DELTA
WITH ORDER (typology, dataset, query_hash, parameters)
LOCATION 'finding/coverage';

-- A finding tied to a known entity: how (method), how sure (confidence, attribution scale 0 to 100), on what evidence.
CREATE EXTERNAL TABLE finding.links (
    link_id      BIGINT NOT NULL,
    finding_id   BIGINT NOT NULL,
    dataset      VARCHAR NOT NULL,
    entity_id    VARCHAR NOT NULL,
    role         VARCHAR NOT NULL,
    account      BIGINT NOT NULL,
    method       VARCHAR NOT NULL,
    confidence   BIGINT NOT NULL,
    explanation  VARCHAR NOT NULL,
    evidence     VARCHAR[] NOT NULL,
    query_hash   VARCHAR NOT NULL,
    PRIMARY KEY (link_id)
)
STORED AS DELTA
WITH ORDER (dataset, entity_id, link_id)
LOCATION 'finding/links';

-- Each run of a typology that differs from the run before it: in data, text, parameters, or what was found. `snapshot_id` is the
-- snapshot that was looked at, `outcome` a hash over the findings and what they say. There is no clock in here: the time of a
-- snapshot is in admin.snapshots. Only a run with status `ran` has looked at everything.
CREATE EXTERNAL TABLE finding.runs (
    run_id       BIGINT NOT NULL,
    snapshot_id  BIGINT NOT NULL,
    typology     VARCHAR NOT NULL,
    profile      VARCHAR NOT NULL,
    parameters   VARCHAR NOT NULL,
    query_hash   VARCHAR NOT NULL,
    dataset      VARCHAR NOT NULL,
    status       VARCHAR NOT NULL,
    findings     BIGINT NOT NULL,
    outcome      VARCHAR NOT NULL,
    PRIMARY KEY (run_id)
)
STORED AS DELTA
WITH ORDER (typology, snapshot_id, run_id)
LOCATION 'finding/runs';

-- Which run saw which finding, and what the finding said then: `content` is a hash of it. Amount, score, explanation and
-- details are NULL where they are as finding.findings has them, which keeps what a finding said first.
CREATE EXTERNAL TABLE finding.sightings (
    finding_id   BIGINT NOT NULL,
    run_id       BIGINT NOT NULL,
    snapshot_id  BIGINT NOT NULL,
    content      VARCHAR NOT NULL,
    amount       DECIMAL(38, 18),
    score        DOUBLE,
    explanation  VARCHAR,
    details      VARCHAR,
    PRIMARY KEY (finding_id, run_id)
)
STORED AS DELTA
WITH ORDER (finding_id, snapshot_id)
LOCATION 'finding/sightings';

-- What people decided on findings: true, false or unclear, why, who and when. Nothing is overwritten: the highest number
-- of a finding counts. `snapshot_id` is the snapshot they had before them.
CREATE EXTERNAL TABLE finding.dispositions (
    finding_id   BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    disposition  VARCHAR NOT NULL,
    reason       VARCHAR NOT NULL,
    decided_by   VARCHAR NOT NULL,
    decided      TIMESTAMP NOT NULL,
    snapshot_id  BIGINT NOT NULL,
    PRIMARY KEY (finding_id, number)
)
STORED AS DELTA
WITH ORDER (finding_id, number)
LOCATION 'finding/dispositions';

-- Findings that nobody wants to see for a while: those of a typology, or of a typology and one account, up to a day that
-- is included. The highest number of a typology and account counts, so that a rule is lifted by one that has expired.
CREATE EXTERNAL TABLE finding.suppressions (
    number      BIGINT NOT NULL,
    typology    VARCHAR NOT NULL,
    account     BIGINT,
    until       DATE NOT NULL,
    reason      VARCHAR NOT NULL,
    decided_by  VARCHAR NOT NULL,
    decided     TIMESTAMP NOT NULL,
    PRIMARY KEY (number)
)
STORED AS DELTA
WITH ORDER (number)
LOCATION 'finding/suppressions';
