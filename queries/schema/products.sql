-- assess: products, their editions, and what follows from them
--
-- Holds     A product is kept as what it was made from (snapshot, terms, profile, the edition it is compared with, the
--           clearance it was made under and whether it counts what that withheld; without one, by somebody who saw all)
--           and the hashes of its bytes, so that it can be made again and compared. An edition is the numbers of a product, one row
--           each. Gaps become requirements, priorities become recommendations, and those become actions.

CREATE EXTERNAL TABLE assess.products (
    product_id       VARCHAR NOT NULL,
    kind             VARCHAR NOT NULL,
    network          VARCHAR,
    title            VARCHAR NOT NULL,
    marking          VARCHAR NOT NULL,
    cutoff           TIMESTAMP NOT NULL,
    snapshot         BIGINT NOT NULL,
    dataset          VARCHAR NOT NULL,
    profile          VARCHAR NOT NULL,
    profile_label    VARCHAR NOT NULL,
    profile_hash     VARCHAR NOT NULL,
    terms            VARCHAR,
    terms_hash       VARCHAR,
    compared_with    VARCHAR,
    clearance        VARCHAR,
    withheld         VARCHAR,
    program          VARCHAR NOT NULL,
    json_sha256      VARCHAR NOT NULL,
    html_sha256      VARCHAR NOT NULL,
    markdown_sha256  VARCHAR NOT NULL,
    prov_sha256      VARCHAR NOT NULL,
    PRIMARY KEY (product_id)
)
STORED AS DELTA
WITH ORDER (kind, cutoff, product_id)
LOCATION 'assess/products';

-- One number of an edition: whose (subject), which (measure), what it was, and the hash of its evidence. `basis` says
-- whether data or a person's judgement stands behind it.
CREATE EXTERNAL TABLE assess.editions (
    product_id  VARCHAR NOT NULL,
    subject     VARCHAR NOT NULL,
    caption     VARCHAR NOT NULL,
    measure     VARCHAR NOT NULL,
    value       VARCHAR,
    evidence    VARCHAR,
    basis       VARCHAR NOT NULL,
    PRIMARY KEY (product_id, subject, measure)
)
STORED AS DELTA
WITH ORDER (product_id, subject, measure)
LOCATION 'assess/editions';

-- What is not known, of whom, and how much hangs on it.
CREATE EXTERNAL TABLE assess.gaps (
    gap_id   VARCHAR NOT NULL,
    kind     VARCHAR NOT NULL,
    subject  VARCHAR NOT NULL,
    item     VARCHAR NOT NULL,
    unknown  VARCHAR NOT NULL,
    cutoff   TIMESTAMP NOT NULL,
    PRIMARY KEY (gap_id)
)
STORED AS DELTA
WITH ORDER (kind, subject, gap_id)
LOCATION 'assess/gaps';

-- What to collect for a gap: from whom, and by when.
CREATE EXTERNAL TABLE assess.requirements (
    requirement_id  VARCHAR NOT NULL,
    gap_id          VARCHAR NOT NULL,
    collect         VARCHAR NOT NULL,
    owner           VARCHAR NOT NULL,
    due             DATE NOT NULL,
    PRIMARY KEY (requirement_id)
)
STORED AS DELTA
WITH ORDER (gap_id, requirement_id)
LOCATION 'assess/requirements';

-- What a priority calls for. The priority is a network, an enabler or a corridor; the evidence is never empty.
CREATE EXTERNAL TABLE assess.recommendations (
    recommendation_id  VARCHAR NOT NULL,
    kind               VARCHAR NOT NULL,
    priority           VARCHAR NOT NULL,
    subject            VARCHAR NOT NULL,
    recommendation     VARCHAR NOT NULL,
    evidence           VARCHAR[] NOT NULL,
    cutoff             TIMESTAMP NOT NULL,
    PRIMARY KEY (recommendation_id)
)
STORED AS DELTA
WITH ORDER (priority, subject, recommendation_id)
LOCATION 'assess/recommendations';

-- Who does what for a recommendation, by when, and how one tells that it is done.
CREATE EXTERNAL TABLE assess.actions (
    action_id          VARCHAR NOT NULL,
    recommendation_id  VARCHAR NOT NULL,
    action             VARCHAR NOT NULL,
    owner              VARCHAR NOT NULL,
    due                DATE NOT NULL,
    measure            VARCHAR NOT NULL,
    PRIMARY KEY (action_id)
)
STORED AS DELTA
WITH ORDER (recommendation_id, action_id)
LOCATION 'assess/actions';
