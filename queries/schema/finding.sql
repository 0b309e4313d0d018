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

-- Which typologies ran on which data with which parameters, and which could not, with the reason.
CREATE EXTERNAL TABLE finding.coverage (
    typology    VARCHAR NOT NULL,
    dataset     VARCHAR NOT NULL,
    query_hash  VARCHAR NOT NULL,
    parameters  VARCHAR NOT NULL,
    status      VARCHAR NOT NULL,
    note        VARCHAR NOT NULL,
    findings    BIGINT NOT NULL,
    PRIMARY KEY (typology, dataset, query_hash, parameters)
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
