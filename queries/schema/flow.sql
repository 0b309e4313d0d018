-- flow: money that moved, whichever rail it moved on
--
-- Holds     A bank payment and a blockchain payment are the same row here, so that every question is asked once.
--           WITH ORDER is the physical order of the files; the primary key is the natural key by which a second
--           import of the same row is recognised and counted as a duplicate. `bloom` lists the columns that are
--           looked up by value.

-- One row per payment. `position` is the place in the source's own order (row of a book; block, transaction and
-- edge of a chain), which breaks ties of time. `value_eur` is NULL where neither the source nor a rate gives one.
CREATE EXTERNAL TABLE flow.transfers (
    transfer_id  BIGINT NOT NULL,
    time         TIMESTAMP NOT NULL,
    src          BIGINT NOT NULL,
    dst          BIGINT NOT NULL,
    amount       DECIMAL(38, 18) NOT NULL,
    asset        VARCHAR NOT NULL,
    value_eur    DECIMAL(38, 18),
    ledger       VARCHAR NOT NULL,
    channel      VARCHAR,
    reference    VARCHAR,
    purpose      VARCHAR,
    position     BIGINT NOT NULL,
    source_id    BIGINT NOT NULL,
    PRIMARY KEY (transfer_id)
)
STORED AS DELTA
WITH ORDER (time, transfer_id)
OPTIONS ('bloom' 'src,dst,transfer_id')
LOCATION 'flow/transfers';

-- One row per account, wallet or script: what the hash in `src` and `dst` stands for. Two identifiers are never one
-- account: where the hash of a second one is taken (`identity` differs) it takes the next hash, and admin.snapshots
-- records which. `service` names what an account is when it belongs to a service and not to a person.
CREATE EXTERNAL TABLE flow.accounts (
    account       BIGINT NOT NULL,
    ledger        VARCHAR NOT NULL,
    identifier    VARCHAR NOT NULL,
    kind          VARCHAR,
    bank          VARCHAR,
    bank_country  VARCHAR,
    service       VARCHAR,
    source_id     BIGINT NOT NULL,
    PRIMARY KEY (account)
)
STORED AS DELTA
WITH ORDER (account)
OPTIONS ('bloom' 'account', 'identity' 'ledger,identifier')
LOCATION 'flow/accounts';

-- Who a source says holds an account. One account may have several holders and one holder many accounts; each row is
-- one source's statement, in its own spelling.
CREATE EXTERNAL TABLE flow.holders (
    account    BIGINT NOT NULL,
    name       VARCHAR NOT NULL,
    name_key   VARCHAR NOT NULL,
    kind       VARCHAR,
    country    VARCHAR,
    source_id  BIGINT NOT NULL,
    PRIMARY KEY (account, name, kind, country)
)
STORED AS DELTA
WITH ORDER (name_key, account)
OPTIONS ('bloom' 'account')
LOCATION 'flow/holders';

-- What a source says of an account beyond who holds it, one row a statement. Kinds the typologies know: `opened` (time: the
-- day), `sector` (NACE code), `address`, `phone`, `device`, `ip`, `director`, `employer`, `credential_change` (time: when). What
-- no source says is not there, and a typology that needs it does not test that account.
CREATE EXTERNAL TABLE flow.facts (
    account    BIGINT NOT NULL,
    kind       VARCHAR NOT NULL,
    value      VARCHAR NOT NULL,
    time       TIMESTAMP,
    source_id  BIGINT NOT NULL,
    PRIMARY KEY (account, kind, value, time)
)
STORED AS DELTA
WITH ORDER (kind, value, account)
OPTIONS ('bloom' 'account')
LOCATION 'flow/facts';

-- What a source says of a payment beyond its two sides, one row a statement. Kinds the typologies know: `place` (region where
-- cash was paid in or out), `depositor`, `invoice`, `credit_note`, `agent` (an intermediary), `ultimate_debtor`,
-- `ultimate_creditor`, `debtor_name` and `creditor_name` (as each leg had them), `commodity` (code of the goods) and `quantity`.
CREATE EXTERNAL TABLE flow.details (
    transfer_id  BIGINT NOT NULL,
    kind         VARCHAR NOT NULL,
    value        VARCHAR NOT NULL,
    source_id    BIGINT NOT NULL,
    PRIMARY KEY (transfer_id, kind, value)
)
STORED AS DELTA
WITH ORDER (kind, transfer_id)
OPTIONS ('bloom' 'transfer_id')
LOCATION 'flow/details';

-- Units of `currency` for one euro, on the days they were published. `flow.rates_daily` fills the gaps.
CREATE EXTERNAL TABLE flow.rates (
    day        DATE NOT NULL,
    currency   VARCHAR NOT NULL,
    per_eur    DECIMAL(38, 18) NOT NULL,
    source_id  BIGINT NOT NULL,
    PRIMARY KEY (day, currency)
)
STORED AS DELTA
WITH ORDER (currency, day)
LOCATION 'flow/rates';
