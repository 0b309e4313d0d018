-- assess: how much of a threat each network is, how sure that is, and what is not known
--
-- Holds     One row an indicator and network, and one an assessment. A NULL score means unknown or not observable.
--           It is never 0.

CREATE EXTERNAL TABLE assess.indicator_values (
    network      VARCHAR NOT NULL,
    indicator    VARCHAR NOT NULL,
    profile      VARCHAR NOT NULL,
    dataset      VARCHAR NOT NULL,
    cutoff       TIMESTAMP NOT NULL,
    metric       DOUBLE,
    score        BIGINT,
    explanation  VARCHAR NOT NULL,
    evidence     VARCHAR[] NOT NULL,
    query_hash   VARCHAR NOT NULL,
    PRIMARY KEY (network, indicator, profile, dataset, query_hash)
)
STORED AS DELTA
WITH ORDER (network, indicator, profile, dataset)
LOCATION 'assess/indicator_values';

CREATE EXTERNAL TABLE assess.assessments (
    network     VARCHAR NOT NULL,
    profile     VARCHAR NOT NULL,
    dataset     VARCHAR NOT NULL,
    cutoff      TIMESTAMP NOT NULL,
    caption     VARCHAR NOT NULL,
    t_low       DECIMAL(5, 1) NOT NULL,
    t_point     DECIMAL(5, 1) NOT NULL,
    t_high      DECIMAL(5, 1) NOT NULL,
    coverage    DECIMAL(5, 1) NOT NULL,
    h_point     DECIMAL(5, 1) NOT NULL,
    l_point     DECIMAL(5, 1) NOT NULL,
    band        VARCHAR NOT NULL,
    priority    VARCHAR NOT NULL,
    confidence  VARCHAR NOT NULL,
    evidence    VARCHAR NOT NULL,
    PRIMARY KEY (network, profile, dataset, evidence)
)
STORED AS DELTA
WITH ORDER (network, profile, dataset)
LOCATION 'assess/assessments';
