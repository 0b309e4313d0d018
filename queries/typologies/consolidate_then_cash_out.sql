-- Consolidate, then cash out
--
-- Id        T33
-- Version   1.0
-- Family    layering
-- Rails     U
-- Areas     any, fraud
-- Finds     transactions that merge at least $inputs inputs, which at least $sources clusters had paid, into at most
--           $outputs outputs, when what was merged reaches a virtual-asset service provider in the same transaction or
--           in the one that spends it, within $within.
-- Matters   What many victims or buyers paid to many addresses is put together at the moment it is to become money.
-- Innocent  Tested: services that merge what customers paid (intel.attributed, flow.accounts); miners, by newly minted
--           coins, which are no source; CoinJoins. Not tested: merchant that nobody has tagged, dust clean-up at low
--           fees.
-- Misses    Deposits more than one transaction later, or to a service that no tag names at 50 or more; sources in other
--           transactions than those that made the inputs. $outputs is not of the catalogue: a payout to many is no
--           merging. A tag's day is when somebody wrote it down: deposits before it count (weak link). Transactions with
--           more than $max_degree inputs are not tested, nor those with an input whose origin is not in the lake (both
--           counted in the coverage).
-- Cost      joins of the few transactions with many inputs and few outputs with what made and what spends them.
-- Returns   the finding shape; the subject is the consolidating cluster, the amount what was deposited in euro, the
--           evidence the payments of the sources, the merging and the deposits, in order.
-- Source    FATF, Virtual Assets Red Flag Indicators, September 2020 (transaction patterns)
-- Requires  btc.transactions, intel.attributed.vasp_chain
--
-- @param inputs      BIGINT    20
-- @param sources     BIGINT    10
-- @param within      INTERVAL  '24 hours'
-- @param outputs     BIGINT    2
-- @param attributed  BIGINT    60
-- @param max_degree  BIGINT    5000

CREATE TABLE services AS
SELECT account, max(name) AS name, max(confidence) AS confidence, min(since) AS since, bool_or(kind = 'vasp') AS vasp
FROM intel.attributed
WHERE ledger <> 'bank'
GROUP BY account;

SELECT
    'transactions that merge more than ' || CAST($max_degree AS VARCHAR) || ' inputs' AS untested,
    count(*) AS number
FROM btc.transactions
WHERE input_count > $max_degree AND output_count <= $outputs;

CREATE TABLE merging AS
SELECT transactions.ledger, transactions.tx_id, transactions.txid, transactions.time, transactions.input_count
FROM btc.transactions AS transactions
LEFT ANTI JOIN (SELECT ledger, tx_id FROM btc.coinjoins WHERE kind <> 'tx0') AS mixes
    ON mixes.tx_id = transactions.tx_id
    AND mixes.ledger = transactions.ledger
WHERE input_count BETWEEN $inputs AND $max_degree AND output_count <= $outputs AND NOT is_coinbase;

CREATE TABLE merged AS
SELECT
    merging.ledger,
    merging.tx_id,
    merging.input_count,
    inputs.account,
    coalesce(clusters.cluster_id, inputs.account) AS node,
    inputs.prev_txo - inputs.prev_txo % 131072 AS made_by
FROM merging
INNER JOIN btc.inputs AS inputs ON inputs.tx_id = merging.tx_id AND inputs.ledger = merging.ledger
LEFT JOIN btc.clusters AS clusters ON clusters.account = inputs.account AND clusters.ledger = inputs.ledger;

SELECT 'transactions that merge inputs whose origin is not known' AS untested, count(DISTINCT tx_id) AS number
FROM merged
WHERE account IS NULL OR made_by IS NULL;

-- A transaction that merges belongs to its first input's cluster; a service's is a service's business.
CREATE TABLE subjects AS
SELECT merged.ledger, merged.tx_id, max(merged.input_count) AS input_count, min(merged.node) AS subject
FROM merged
LEFT JOIN services ON services.account = merged.account
GROUP BY merged.ledger, merged.tx_id
HAVING count(*) = count(merged.account) AND count(*) = count(merged.made_by) AND count(services.account) = 0;

CREATE TABLE origins AS
WITH paid AS (
    SELECT DISTINCT merged.ledger, merged.tx_id, merged.made_by, merged.account, merged.node
    FROM merged
    LEFT SEMI JOIN subjects ON subjects.tx_id = merged.tx_id AND subjects.ledger = merged.ledger
)
SELECT
    paid.ledger,
    paid.tx_id,
    transfers.transfer_id,
    transfers.time,
    transfers.position,
    coalesce(clusters.cluster_id, transfers.src) AS source
FROM paid
INNER JOIN flow.transfers AS transfers
    ON transfers.position - transfers.position % 131072 = paid.made_by
    AND transfers.ledger = paid.ledger
    AND transfers.dst = paid.account
LEFT JOIN btc.clusters AS clusters ON clusters.account = transfers.src AND clusters.ledger = transfers.ledger
LEFT ANTI JOIN (SELECT account FROM flow.accounts WHERE kind = 'coinbase') AS mint ON mint.account = transfers.src
WHERE coalesce(clusters.cluster_id, transfers.src) <> paid.node;

CREATE TABLE sourced AS
SELECT
    subjects.ledger,
    subjects.tx_id,
    subjects.subject,
    subjects.input_count,
    count(DISTINCT origins.source) AS sources
FROM subjects
INNER JOIN origins ON origins.tx_id = subjects.tx_id AND origins.ledger = subjects.ledger
GROUP BY subjects.ledger, subjects.tx_id, subjects.subject, subjects.input_count
HAVING count(DISTINCT origins.source) >= $sources;

-- The merging itself, and the transactions that spend what it made, account by account.
CREATE TABLE payments AS
WITH spending AS (
    SELECT sourced.ledger, sourced.tx_id, sourced.tx_id AS paid_by, inputs.account
    FROM sourced
    INNER JOIN merged AS inputs ON inputs.tx_id = sourced.tx_id AND inputs.ledger = sourced.ledger
    UNION
    SELECT sourced.ledger, sourced.tx_id, spends.txi - spends.txi % 131072, outputs.account
    FROM sourced
    INNER JOIN btc.outputs AS outputs ON outputs.tx_id = sourced.tx_id AND outputs.ledger = sourced.ledger
    INNER JOIN btc.spends AS spends ON spends.prev_txo = outputs.txo AND spends.ledger = outputs.ledger
    LEFT ANTI JOIN services ON services.account = outputs.account
)
SELECT
    spending.ledger,
    spending.tx_id,
    transfers.transfer_id,
    transfers.time,
    transfers.position,
    transfers.value_eur,
    spending.paid_by = spending.tx_id AS merges,
    date_part('epoch', transfers.time) - date_part('epoch', merging.time) AS delay,
    coalesce(services.vasp, false) AS deposited,
    services.name,
    services.confidence,
    services.since > transfers.time AS early
FROM spending
INNER JOIN merging ON merging.tx_id = spending.tx_id AND merging.ledger = spending.ledger
INNER JOIN flow.transfers AS transfers
    ON transfers.position - transfers.position % 131072 = spending.paid_by
    AND transfers.ledger = spending.ledger
    AND transfers.src = spending.account
LEFT JOIN services ON services.account = transfers.dst
WHERE transfers.time <= merging.time + $within;

WITH deposits AS (
    SELECT
        ledger,
        tx_id,
        sum(value_eur) AS amount,
        count(*) AS payments,
        greatest(max(delay), 0) AS delay,
        array_to_string(array_agg(DISTINCT name ORDER BY name), ', ') AS names,
        min(confidence) AS confidence,
        bool_or(coalesce(early, false)) AS early
    FROM payments
    WHERE deposited
    GROUP BY ledger, tx_id
    HAVING count(*) = count(value_eur)
),
rows AS (
    SELECT ledger, tx_id, transfer_id, time, position FROM origins
    UNION
    SELECT ledger, tx_id, transfer_id, time, position FROM payments WHERE merges OR deposited
),
evidence AS (
    SELECT
        ledger,
        tx_id,
        min(time) AS first_time,
        max(time) AS last_time,
        array_agg(transfer_id ORDER BY time, ledger, position, transfer_id) AS evidence
    FROM rows
    GROUP BY ledger, tx_id
)
SELECT
    sourced.subject,
    evidence.first_time,
    evidence.last_time,
    deposits.amount,
    'EUR' AS asset,
    (
        0.5 + 0.5 * (
            least((sourced.input_count - $inputs) / CAST($inputs AS DOUBLE), 1)
            + least((sourced.sources - $sources) / CAST($sources AS DOUBLE), 1)
            + greatest(1 - deposits.delay / date_part('epoch', $within), 0)
        ) / 3
    )
        * (CASE WHEN deposits.confidence < $attributed THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN deposits.early THEN 0.8 ELSE 1.0 END) AS score,
    evidence.evidence,
    CAST(sourced.input_count AS VARCHAR) || ' inputs (at least ' || CAST($inputs AS VARCHAR) || ' asked for) that '
        || CAST(sourced.sources AS VARCHAR) || ' others had paid (' || CAST($sources AS VARCHAR)
        || ') were merged in transaction ' || merging.txid || ' of ' || CAST(CAST(merging.time AS DATE) AS VARCHAR) || ', and '
        || CAST(CAST(deposits.amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR of it reached ' || deposits.names || ' in '
        || CAST(deposits.payments AS VARCHAR) || ' payments within '
        || CAST(CAST(deposits.delay / 3600 AS DECIMAL(38, 1)) AS VARCHAR) || ' hours (' || CAST($within AS VARCHAR)
        || ' allowed). '
        || CASE
            WHEN deposits.confidence < $attributed
            THEN 'The service is attributed with less certainty than asked for (weak link). '
            ELSE ''
        END
        || CASE WHEN deposits.early THEN 'Its tag was written after the deposit (weak link). ' ELSE '' END
        || 'Tested: services, newly minted coins and CoinJoins are left out; not tested: merchant that nobody has tagged, '
        || 'dust clean-up at low fees. This is an indicator, not proof.' AS explanation
FROM sourced
INNER JOIN merging ON merging.tx_id = sourced.tx_id AND merging.ledger = sourced.ledger
INNER JOIN deposits ON deposits.tx_id = sourced.tx_id AND deposits.ledger = sourced.ledger
INNER JOIN evidence ON evidence.tx_id = sourced.tx_id AND evidence.ledger = sourced.ledger
ORDER BY subject, first_time, evidence
