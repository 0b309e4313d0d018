-- btc: Bitcoin and its test networks as columns
--
-- Holds     A transaction output is one sortable BIGINT, `txo` = height ‖ transaction index ‖ output index; a
--           transaction is the same with output index 0, an input likewise with its own index. Amounts are satoshi.

CREATE EXTERNAL TABLE btc.blocks (
    height     BIGINT NOT NULL,
    ledger     VARCHAR NOT NULL,
    hash       VARCHAR NOT NULL,
    prev_hash  VARCHAR NOT NULL,
    time       TIMESTAMP NOT NULL,
    version    BIGINT NOT NULL,
    bits       BIGINT NOT NULL,
    nonce      BIGINT NOT NULL,
    tx_count   BIGINT NOT NULL,
    size       BIGINT NOT NULL,
    weight     BIGINT NOT NULL,
    source_id  BIGINT NOT NULL,
    PRIMARY KEY (ledger, height)
)
STORED AS DELTA
WITH ORDER (ledger, height)
LOCATION 'btc/blocks';

-- `fee` is NULL for a coinbase, and where an input's previous output was not in what was imported. Blocks always say
-- version, lock time, size and weight; lists of single transactions may not, and then these are NULL.
CREATE EXTERNAL TABLE btc.transactions (
    tx_id         BIGINT NOT NULL,
    ledger        VARCHAR NOT NULL,
    txid          VARCHAR NOT NULL,
    time          TIMESTAMP NOT NULL,
    height        BIGINT NOT NULL,
    tx_index      BIGINT NOT NULL,
    version       BIGINT,
    locktime      BIGINT,
    size          BIGINT,
    weight        BIGINT,
    is_coinbase   BOOLEAN NOT NULL,
    input_count   BIGINT NOT NULL,
    output_count  BIGINT NOT NULL,
    input_value   BIGINT,
    output_value  BIGINT NOT NULL,
    fee           BIGINT,
    PRIMARY KEY (ledger, tx_id)
)
STORED AS DELTA
WITH ORDER (ledger, tx_id)
OPTIONS ('bloom' 'txid')
LOCATION 'btc/transactions';

-- `script` is kept where no address says the same: keys, bare multisig, data carriers, nonstandard.
CREATE EXTERNAL TABLE btc.outputs (
    txo          BIGINT NOT NULL,
    ledger       VARCHAR NOT NULL,
    time         TIMESTAMP NOT NULL,
    account      BIGINT,
    value        BIGINT NOT NULL,
    tx_id        BIGINT NOT NULL,
    vout         BIGINT NOT NULL,
    script_type  VARCHAR NOT NULL,
    spendable    BOOLEAN NOT NULL,
    script       BYTEA,
    PRIMARY KEY (ledger, txo)
)
STORED AS DELTA
WITH ORDER (ledger, txo)
OPTIONS ('bloom' 'account')
LOCATION 'btc/outputs';

-- `prev_value`, `account` and `prev_script_type` are of the output spent, where it is known. `sighash` is the flag of the
-- first signature found: 1 says that the signer agreed to the whole transaction, 128 added to it that he looked at his own
-- input only. NULL where no signature is recognisable.
CREATE EXTERNAL TABLE btc.inputs (
    txi               BIGINT NOT NULL,
    ledger            VARCHAR NOT NULL,
    time              TIMESTAMP NOT NULL,
    account           BIGINT,
    prev_txo          BIGINT,
    prev_value        BIGINT,
    tx_id             BIGINT NOT NULL,
    prev_txid         VARCHAR,
    prev_vout         BIGINT,
    sequence          BIGINT,
    has_witness       BOOLEAN,
    sighash           BIGINT,
    prev_script_type  VARCHAR,
    PRIMARY KEY (ledger, txi)
)
STORED AS DELTA
WITH ORDER (ledger, txi)
OPTIONS ('bloom' 'account')
LOCATION 'btc/inputs';

-- The inputs sorted by what they spend: following a coin forward is a range read.
CREATE EXTERNAL TABLE btc.spends (
    prev_txo  BIGINT NOT NULL,
    ledger    VARCHAR NOT NULL,
    txi       BIGINT NOT NULL,
    PRIMARY KEY (ledger, prev_txo)
)
STORED AS DELTA
WITH ORDER (ledger, prev_txo)
LOCATION 'btc/spends';

-- Transactions in which many people spend together, and the pre-mix of one (`tx0`): what `derive/coinjoins.sql` makes of
-- the chain. `rules` holds a bit for each rule that matched, vetoes applied, by its number there; `kind` and `rule` are
-- those of the first. `denomination` is the amount that repeats, `equal_outputs` how often it does, `participants` the
-- people that the rule sees; each is NULL where the rule does not say. `confidence` is of 100, as of `as_of_height`.
CREATE EXTERNAL TABLE btc.coinjoins (
    tx_id          BIGINT NOT NULL,
    ledger         VARCHAR NOT NULL,
    time           TIMESTAMP NOT NULL,
    txid           VARCHAR NOT NULL,
    kind           VARCHAR NOT NULL,
    rule           VARCHAR NOT NULL,
    rules          BIGINT NOT NULL,
    confidence     BIGINT NOT NULL,
    input_count    BIGINT NOT NULL,
    output_count   BIGINT NOT NULL,
    participants   BIGINT,
    denomination   BIGINT,
    equal_outputs  BIGINT,
    entropy        DOUBLE,
    as_of_height   BIGINT NOT NULL,
    PRIMARY KEY (ledger, tx_id)
)
STORED AS DELTA
WITH ORDER (ledger, tx_id)
LOCATION 'btc/coinjoins';

-- Which outputs may be change: a bit of `cand` for each heuristic of `derive/change_votes.sql` that does not rule the
-- output out, and of `uniq` where it leaves no other output of the transaction; `votes` counts the bits of `uniq`.
CREATE EXTERNAL TABLE btc.change_votes (
    txo           BIGINT NOT NULL,
    ledger        VARCHAR NOT NULL,
    tx_id         BIGINT NOT NULL,
    cand          BIGINT NOT NULL,
    uniq          BIGINT NOT NULL,
    votes         BIGINT NOT NULL,
    as_of_height  BIGINT NOT NULL,
    PRIMARY KEY (ledger, txo)
)
STORED AS DELTA
WITH ORDER (ledger, txo)
LOCATION 'btc/change_votes';

-- What somebody says a transaction is: for measuring detectors, never an input to one. `none` is known to be no mix,
-- `postmix` spends one, `unknown` was not looked at.
CREATE EXTERNAL TABLE btc.labelled (
    tx_id      BIGINT NOT NULL,
    ledger     VARCHAR NOT NULL,
    txid       VARCHAR NOT NULL,
    data_set   VARCHAR NOT NULL,
    label      VARCHAR NOT NULL,
    source_id  BIGINT NOT NULL,
    position   BIGINT NOT NULL,
    PRIMARY KEY (ledger, txid, data_set, label)
)
STORED AS DELTA
WITH ORDER (ledger, tx_id)
LOCATION 'btc/labelled';

-- Transactions that somebody struck out of the evidence for clusters, or put back, with who and why. Nothing is overwritten:
-- the highest revision of a transaction holds.
CREATE EXTERNAL TABLE btc.strikes (
    ledger    VARCHAR NOT NULL,
    txid      VARCHAR NOT NULL,
    revision  BIGINT NOT NULL,
    struck    BOOLEAN NOT NULL,
    who       VARCHAR NOT NULL,
    why       VARCHAR NOT NULL,
    time      TIMESTAMP NOT NULL,
    PRIMARY KEY (ledger, txid, revision)
)
STORED AS DELTA
WITH ORDER (ledger, txid, revision)
LOCATION 'btc/strikes';

-- The merge forest: each link that united two clusters, and by which evidence; and those that were refused (`status`
-- actors, sizes), with the actors that stood against it. Every account but the oldest of its cluster is once an
-- `old_cluster`; `cluster_id` is the name today.
CREATE EXTERNAL TABLE btc.merges (
    ledger       VARCHAR NOT NULL,
    rank         BIGINT NOT NULL,
    heuristic    VARCHAR NOT NULL,
    tx_id        BIGINT NOT NULL,
    place        BIGINT NOT NULL,
    account_a    BIGINT NOT NULL,
    account_b    BIGINT NOT NULL,
    status       VARCHAR NOT NULL,
    old_cluster  BIGINT,
    new_cluster  BIGINT,
    old_size     BIGINT,
    new_size     BIGINT,
    cluster_id   BIGINT,
    actor_a      VARCHAR,
    actor_b      VARCHAR,
    PRIMARY KEY (ledger, rank, tx_id, place, account_b)
)
STORED AS DELTA
WITH ORDER (ledger, cluster_id, rank, tx_id, place)
OPTIONS ('bloom' 'cluster_id')
LOCATION 'btc/merges';

-- Which cluster an account is in: accounts that were ever spent together with another, and no other. An account that is
-- not here is a cluster of its own, named by itself.
CREATE EXTERNAL TABLE btc.clusters (
    ledger   VARCHAR NOT NULL,
    account  BIGINT NOT NULL,
    cluster_id  BIGINT NOT NULL,
    PRIMARY KEY (ledger, account)
)
STORED AS DELTA
WITH ORDER (ledger, account)
OPTIONS ('bloom' 'account,cluster_id')
LOCATION 'btc/clusters';

-- What moved directly between a cluster and everybody whom tags ascribe to a category, and how much of all it received
-- (`in`) or sent (`out`) that is. What moved to or from nobody known is `unknown`; the shares of a cluster's direction add
-- up to one. Values are satoshi; a payment is an edge of `flow.transfers`, shared among inputs in proportion.
CREATE EXTERNAL TABLE btc.exposures (
    ledger          VARCHAR NOT NULL,
    cluster_id         BIGINT NOT NULL,
    direction       VARCHAR NOT NULL,
    category        VARCHAR NOT NULL,
    actor           VARCHAR NOT NULL,
    value           BIGINT NOT NULL,
    share           DOUBLE NOT NULL,
    transfers       BIGINT NOT NULL,
    tag_confidence  BIGINT,
    tag_status      VARCHAR,
    as_of_height    BIGINT NOT NULL,
    PRIMARY KEY (ledger, cluster_id, direction, category, actor)
)
STORED AS DELTA
WITH ORDER (ledger, cluster_id, direction, category, actor)
OPTIONS ('bloom' 'cluster_id')
LOCATION 'btc/exposures';

-- Whose a script is, as an invented chain says: for measuring clusters, never an input to one.
CREATE EXTERNAL TABLE btc.wallets (
    account    BIGINT NOT NULL,
    ledger     VARCHAR NOT NULL,
    wallet     BIGINT NOT NULL,
    holder     VARCHAR,
    source_id  BIGINT NOT NULL,
    position   BIGINT NOT NULL,
    PRIMARY KEY (ledger, account)
)
STORED AS DELTA
WITH ORDER (ledger, account)
LOCATION 'btc/wallets';
