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

-- What a person said of a network's indicator, with grade and document. Nothing here is changed: a later row of the same
-- network, indicator and profile counts in the place of an earlier one, which stays. A NULL score takes a judgement back.
CREATE EXTERNAL TABLE assess.judgements (
    judgement_id  BIGINT NOT NULL,
    network       VARCHAR NOT NULL,
    indicator     VARCHAR NOT NULL,
    profile       VARCHAR NOT NULL,
    score         BIGINT,
    author        VARCHAR NOT NULL,
    judged_on     DATE NOT NULL,
    recorded_at   TIMESTAMP NOT NULL,
    reason        VARCHAR NOT NULL,
    scheme        VARCHAR NOT NULL,
    source_grade  VARCHAR NOT NULL,
    item_grade    VARCHAR NOT NULL,
    document      VARCHAR NOT NULL,
    handling      VARCHAR,
    PRIMARY KEY (judgement_id)
)
STORED AS DELTA
WITH ORDER (network, indicator, judged_on, recorded_at, judgement_id)
LOCATION 'assess/judgements';

-- Crime-relevant factors of countries: how much opportunity a country gives, factor by factor, from the day it holds.
CREATE EXTERNAL TABLE assess.factors (
    country     VARCHAR NOT NULL,
    factor      VARCHAR NOT NULL,
    rung        BIGINT NOT NULL,
    valid_from  DATE NOT NULL,
    authority   VARCHAR NOT NULL,
    source_id   BIGINT NOT NULL,
    PRIMARY KEY (country, factor, valid_from, authority)
)
STORED AS DELTA
WITH ORDER (country, factor, valid_from, authority)
LOCATION 'assess/factors';

-- A search that an indicator made: which query, over which data, for which time. A rung 0 stands on one of these.
CREATE EXTERNAL TABLE assess.searches (
    search      VARCHAR NOT NULL,
    indicator   VARCHAR NOT NULL,
    query_hash  VARCHAR NOT NULL,
    dataset     VARCHAR NOT NULL,
    since       VARCHAR NOT NULL,
    until       VARCHAR NOT NULL,
    PRIMARY KEY (search)
)
STORED AS DELTA
WITH ORDER (search)
LOCATION 'assess/searches';

-- What each indicator value stands on, one row an item, with where the item came from first, its grade as given, and how
-- firmly it is tied to the network (attribution, 0 to 100).
CREATE EXTERNAL TABLE assess.evidence (
    network      VARCHAR NOT NULL,
    indicator    VARCHAR NOT NULL,
    profile      VARCHAR NOT NULL,
    dataset      VARCHAR NOT NULL,
    query_hash   VARCHAR NOT NULL,
    item         VARCHAR NOT NULL,
    supplier     VARCHAR NOT NULL,
    grade        VARCHAR NOT NULL,
    handling     VARCHAR,
    attribution  BIGINT NOT NULL,
    PRIMARY KEY (network, indicator, profile, dataset, query_hash, item, supplier, grade)
)
STORED AS DELTA
WITH ORDER (network, indicator, profile, dataset, item)
LOCATION 'assess/evidence';
