-- truth: what is known to be laundering, for measuring
--
-- Holds     Labels that came with invented data: which payments and accounts belong to which planted case. Nothing that
--           finds anything reads them.

-- One row per planted case, or per label where a data set labels rows and not cases. `typology` is the stem of the typology
-- that should see it, a pattern's name where the data set has its own, or empty where the label names none. `expected` says
-- whether a rule with default parameters should see it; a decoy has the shape and is innocent.
CREATE EXTERNAL TABLE truth.schemes (
    scheme      VARCHAR NOT NULL,
    typology    VARCHAR NOT NULL,
    difficulty  VARCHAR NOT NULL,
    expected    BOOLEAN NOT NULL,
    decoy       BOOLEAN NOT NULL,
    subject     BIGINT,
    source_id   BIGINT NOT NULL,
    PRIMARY KEY (scheme)
)
STORED AS DELTA
WITH ORDER (scheme)
LOCATION 'truth/schemes';

-- The payments of a case. Where a data set labels every row, those it calls innocent stand here under `innocent`, which is no
-- row of `truth.schemes`: every row of a label file is accounted for.
CREATE EXTERNAL TABLE truth.transfers (
    scheme       VARCHAR NOT NULL,
    transfer_id  BIGINT NOT NULL,
    source_id    BIGINT NOT NULL,
    PRIMARY KEY (scheme, transfer_id)
)
STORED AS DELTA
WITH ORDER (scheme, transfer_id)
LOCATION 'truth/transfers';

-- Accounts that a data set labels by themselves. Those that take part in the payments of a case are in `truth.members`.
CREATE EXTERNAL TABLE truth.accounts (
    scheme     VARCHAR NOT NULL,
    account    BIGINT NOT NULL,
    source_id  BIGINT NOT NULL,
    PRIMARY KEY (scheme, account)
)
STORED AS DELTA
WITH ORDER (scheme, account)
LOCATION 'truth/accounts';
