-- intel: what is known of people, companies, networks and addresses, statement by statement, with its source
--
-- Holds     Shapes follow FollowTheMoney. To appear in a list is not guilt: what is printed from here says "appears
--           in", and where.

CREATE EXTERNAL TABLE intel.entities (
    entity_id   VARCHAR NOT NULL,
    dataset     VARCHAR NOT NULL,
    schema      VARCHAR NOT NULL,
    caption     VARCHAR NOT NULL,
    name_key    VARCHAR NOT NULL,
    countries   VARCHAR[],
    topics      VARCHAR[],
    programs    VARCHAR[],
    start_date  DATE,
    address     VARCHAR,
    properties  VARCHAR,
    source_id   BIGINT NOT NULL,
    position    BIGINT NOT NULL,
    PRIMARY KEY (dataset, entity_id)
)
STORED AS DELTA
WITH ORDER (dataset, entity_id)
LOCATION 'intel/entities';

-- Every name an entity goes by, one row a spelling.
CREATE EXTERNAL TABLE intel.names (
    entity_id  VARCHAR NOT NULL,
    dataset    VARCHAR NOT NULL,
    name       VARCHAR NOT NULL,
    name_key   VARCHAR NOT NULL,
    source_id  BIGINT NOT NULL,
    PRIMARY KEY (dataset, entity_id, name)
)
STORED AS DELTA
WITH ORDER (name_key, dataset, entity_id)
LOCATION 'intel/names';

-- What identifies an entity exactly: an IBAN, an account number, a wallet. `account` joins to flow.
CREATE EXTERNAL TABLE intel.identifiers (
    entity_id   VARCHAR NOT NULL,
    dataset     VARCHAR NOT NULL,
    kind        VARCHAR NOT NULL,
    ledger      VARCHAR NOT NULL,
    identifier  VARCHAR NOT NULL,
    account     BIGINT NOT NULL,
    source_id   BIGINT NOT NULL,
    PRIMARY KEY (dataset, entity_id, ledger, identifier)
)
STORED AS DELTA
WITH ORDER (account, dataset, entity_id)
OPTIONS ('bloom' 'account')
LOCATION 'intel/identifiers';

-- One dated edge between two entities: Ownership, Directorship, Membership, Family, Associate, UnknownLink, Sanction.
CREATE EXTERNAL TABLE intel.relationships (
    relationship_id  VARCHAR NOT NULL,
    dataset          VARCHAR NOT NULL,
    schema           VARCHAR NOT NULL,
    subject          VARCHAR NOT NULL,
    object           VARCHAR,
    role             VARCHAR,
    start_date       DATE,
    end_date         DATE,
    source_id        BIGINT NOT NULL,
    position         BIGINT NOT NULL,
    PRIMARY KEY (dataset, relationship_id)
)
STORED AS DELTA
WITH ORDER (dataset, relationship_id)
LOCATION 'intel/relationships';

-- What a tag pack says of one address or transaction. `confidence_level` is the attribution scale, 0 to 100.
CREATE EXTERNAL TABLE intel.tags (
    ledger              VARCHAR NOT NULL,
    identifier          VARCHAR NOT NULL,
    identifier_kind     VARCHAR NOT NULL,
    account             BIGINT,
    label               VARCHAR NOT NULL,
    source              VARCHAR NOT NULL,
    creator             VARCHAR NOT NULL,
    category            VARCHAR,
    abuse               VARCHAR,
    actor               VARCHAR,
    concepts            VARCHAR,
    confidence          VARCHAR NOT NULL,
    confidence_level    BIGINT NOT NULL,
    is_cluster_definer  BOOLEAN NOT NULL,
    valid_from          TIMESTAMP,
    source_id           BIGINT NOT NULL,
    position            BIGINT NOT NULL,
    PRIMARY KEY (ledger, identifier, label, source, creator)
)
STORED AS DELTA
WITH ORDER (ledger, identifier, label, source, creator)
OPTIONS ('bloom' 'account')
LOCATION 'intel/tags';

-- What a source states of an entity beyond its names and accounts, one row a statement: `country` (a code of two letters,
-- lower case, where it is known), `birth_date` (a day, a month or a year), `address`, `passport`, `national_id`, `registration`, `tax`,
-- `lei`, `imo`, `swift`, `email`, `phone`, `weak_alias`, `listed_on`. Two sources that disagree are two rows. `grade` is the
-- row's own, where a source grades its rows; else that of the source holds (admin.sources).
CREATE EXTERNAL TABLE intel.statements (
    entity_id  VARCHAR NOT NULL,
    dataset    VARCHAR NOT NULL,
    property   VARCHAR NOT NULL,
    value      VARCHAR NOT NULL,
    grade      VARCHAR,
    source_id  BIGINT NOT NULL,
    PRIMARY KEY (dataset, entity_id, property, value)
)
STORED AS DELTA
WITH ORDER (property, value, dataset, entity_id)
LOCATION 'intel/statements';

-- One row each time a list was imported: how many entries it then had. A list that has lost half of them is refused.
CREATE EXTERNAL TABLE intel.editions (
    dataset    VARCHAR NOT NULL,
    list       VARCHAR NOT NULL,
    edition    BIGINT NOT NULL,
    entries    BIGINT NOT NULL,
    source_id  BIGINT NOT NULL,
    PRIMARY KEY (dataset, list, edition)
)
STORED AS DELTA
WITH ORDER (dataset, list, edition)
LOCATION 'intel/editions';

-- Two parties that may be one, with what speaks for it and against it: an entity is `entity:dataset/id`, the holder of an
-- account `holder:account/name key`. A candidate merges nothing. Made by `headwater resolve`.
CREATE EXTERNAL TABLE intel.candidates (
    a           VARCHAR NOT NULL,
    b           VARCHAR NOT NULL,
    a_name      VARCHAR NOT NULL,
    b_name      VARCHAR NOT NULL,
    score       DOUBLE NOT NULL,
    name        DOUBLE,
    ids         VARCHAR NOT NULL,
    birth_date  VARCHAR NOT NULL,
    country     VARCHAR NOT NULL,
    address     VARCHAR NOT NULL,
    reasons     VARCHAR[] NOT NULL,
    PRIMARY KEY (a, b)
)
STORED AS DELTA
WITH ORDER (score, a, b)
LOCATION 'intel/candidates';

-- Blocks of names that were too large to compare: how many names on either side, and how many comparisons were not made.
CREATE EXTERNAL TABLE intel.capped_blocks (
    block    BIGINT NOT NULL,
    kind     VARCHAR NOT NULL,
    names    BIGINT NOT NULL,
    entries  BIGINT NOT NULL,
    pairs    BIGINT NOT NULL,
    example  VARCHAR NOT NULL,
    PRIMARY KEY (block, kind)
)
STORED AS DELTA
WITH ORDER (pairs, block)
LOCATION 'intel/capped_blocks';

-- Parties that are one by decision, named by the first of them: each is here that somebody decided to be the same as another.
CREATE EXTERNAL TABLE intel.identities (
    party     VARCHAR NOT NULL,
    identity  VARCHAR NOT NULL,
    PRIMARY KEY (party)
)
STORED AS DELTA
WITH ORDER (identity, party)
LOCATION 'intel/identities';

-- Parties that are two by decision, with what follows from it for those who are one with either. The smaller name is `a`.
CREATE EXTERNAL TABLE intel.apart (
    a  VARCHAR NOT NULL,
    b  VARCHAR NOT NULL,
    PRIMARY KEY (a, b)
)
STORED AS DELTA
WITH ORDER (a, b)
LOCATION 'intel/apart';

-- What somebody decided of two parties: same, distinct, or undecided again. Nothing is ever overwritten: the highest revision
-- of a pair holds, and the others say how it came about.
CREATE EXTERNAL TABLE intel.decisions (
    a         VARCHAR NOT NULL,
    b         VARCHAR NOT NULL,
    revision  BIGINT NOT NULL,
    verdict   VARCHAR NOT NULL,
    who       VARCHAR NOT NULL,
    why       VARCHAR NOT NULL,
    time      TIMESTAMP NOT NULL,
    PRIMARY KEY (a, b, revision)
)
STORED AS DELTA
WITH ORDER (a, b, revision)
LOCATION 'intel/decisions';
