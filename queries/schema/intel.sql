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
