-- CoinJoin
--
-- Id        T30
-- Version   1.0
-- Family    obfuscation
-- Rails     U
-- Areas     any, cyber
-- Finds     transactions with at least $equal outputs of one amount and at least $inputs inputs, which belong to at
--           least $clusters clusters when this transaction is not taken for evidence that its inputs are one owner's.
-- Matters   Nobody can say which of the equal outputs is whose: the trail of every coin that goes in ends here.
-- Innocent  Tested: the pre-mix of one owner (tx0), and batch payouts, by an input that is a service's
--           (intel.attributed, flow.accounts). Not tested: wish for privacy, wallet that does it by default.
-- Misses    Mixes without equal amounts, PayJoins, swaps. Of a transaction that is none of the known types the clusters
--           are counted as they were before it: later evidence that unites some of them is hidden behind it (weak link).
--           Transactions with an input whose owner is not known are not tested (counted in the coverage).
-- Cost      one pass over the outputs and inputs of transactions with enough of both.
-- Returns   the finding shape, a technique and no crime; the subject is a participant (a cluster, named by an account),
--           the amount what it put in, in the chain's own asset, the evidence its transfers in the transaction, in
--           order.
-- Source    FATF, Virtual Assets Red Flag Indicators, September 2020 (anonymity); reference/crypto.md §4
-- Requires  btc.transactions
--
-- @param equal     BIGINT  5
-- @param inputs    BIGINT  5
-- @param clusters  BIGINT  5

CREATE TABLE shaped AS
SELECT
    transactions.ledger,
    transactions.tx_id,
    transactions.txid,
    transactions.input_count,
    max(amounts.number) AS equal_outputs,
    max(mixes.kind) AS kind,
    max(mixes.confidence) AS confidence
FROM (
    SELECT outputs.ledger, outputs.tx_id, outputs.value, count(*) AS number
    FROM (
        SELECT ledger, tx_id
        FROM btc.transactions
        WHERE input_count >= $inputs AND output_count >= $equal AND NOT is_coinbase
    ) AS large
    INNER JOIN btc.outputs AS outputs ON outputs.tx_id = large.tx_id AND outputs.ledger = large.ledger
    WHERE outputs.spendable AND outputs.value > 0
    GROUP BY outputs.ledger, outputs.tx_id, outputs.value
    HAVING count(*) >= $equal
) AS amounts
INNER JOIN btc.transactions AS transactions
    ON transactions.tx_id = amounts.tx_id
    AND transactions.ledger = amounts.ledger
LEFT JOIN btc.coinjoins AS mixes ON mixes.tx_id = transactions.tx_id AND mixes.ledger = transactions.ledger
WHERE coalesce(mixes.kind, '') <> 'tx0'
GROUP BY transactions.ledger, transactions.tx_id, transactions.txid, transactions.input_count;

CREATE TABLE spent AS
SELECT
    shaped.ledger,
    shaped.tx_id,
    inputs.account,
    coalesce(clusters.cluster_id, inputs.account) AS node,
    inputs.prev_value,
    services.account IS NOT NULL AS served
FROM shaped
INNER JOIN btc.inputs AS inputs ON inputs.tx_id = shaped.tx_id AND inputs.ledger = shaped.ledger
LEFT JOIN btc.clusters AS clusters ON clusters.account = inputs.account AND clusters.ledger = inputs.ledger
LEFT JOIN (SELECT DISTINCT account FROM intel.attributed) AS services ON services.account = inputs.account;

SELECT
    'transactions with enough equal outputs and an input whose owner is not known' AS untested,
    count(DISTINCT tx_id) AS number
FROM spent
WHERE account IS NULL OR prev_value IS NULL;

-- An untyped transaction united what was apart before it: one cluster more than the links it made.
CREATE TABLE mixed AS
WITH owners AS (
    SELECT
        spent.ledger,
        spent.tx_id,
        count(DISTINCT spent.node) AS nodes,
        count(DISTINCT spent.account) AS accounts
    FROM spent
    GROUP BY spent.ledger, spent.tx_id
    HAVING count(*) = count(spent.account) AND count(*) = count(spent.prev_value) AND NOT bool_or(served)
),
links AS (
    SELECT merges.ledger, merges.tx_id, count(*) AS made
    FROM shaped
    INNER JOIN btc.merges AS merges ON merges.tx_id = shaped.tx_id AND merges.ledger = shaped.ledger
    WHERE merges.status = 'merged'
    GROUP BY merges.ledger, merges.tx_id
)
SELECT
    shaped.*,
    shaped.kind IS NULL AND coalesce(links.made, 0) > 0 AS before,
    owners.nodes + CASE WHEN shaped.kind IS NULL THEN coalesce(links.made, 0) ELSE 0 END AS clusters
FROM shaped
INNER JOIN owners ON owners.tx_id = shaped.tx_id AND owners.ledger = shaped.ledger
LEFT JOIN links ON links.tx_id = shaped.tx_id AND links.ledger = shaped.ledger
WHERE owners.nodes + CASE WHEN shaped.kind IS NULL THEN coalesce(links.made, 0) ELSE 0 END >= $clusters;

WITH shares AS (
    -- A participant of an untyped mix is an input's own account: its cluster is what the mix itself made of it.
    SELECT
        spent.ledger,
        spent.tx_id,
        CASE WHEN mixed.before THEN spent.account ELSE spent.node END AS subject,
        spent.account,
        sum(spent.prev_value) AS value
    FROM mixed
    INNER JOIN spent ON spent.tx_id = mixed.tx_id AND spent.ledger = mixed.ledger
    GROUP BY 1, 2, 3, 4
),
sums AS (
    SELECT ledger, tx_id, subject, sum(value) AS value
    FROM shares
    GROUP BY ledger, tx_id, subject
),
evidence AS (
    SELECT
        shares.ledger,
        shares.tx_id,
        shares.subject,
        min(transfers.time) AS first_time,
        max(transfers.time) AS last_time,
        min(transfers.asset) AS asset,
        array_agg(transfer_id ORDER BY transfers.time, transfers.ledger, position, transfer_id) AS evidence
    FROM shares
    INNER JOIN flow.transfers AS transfers
        ON transfers.position - transfers.position % 131072 = shares.tx_id
        AND transfers.ledger = shares.ledger
        AND transfers.src = shares.account
    GROUP BY shares.ledger, shares.tx_id, shares.subject
)
SELECT
    evidence.subject,
    evidence.first_time,
    evidence.last_time,
    CAST(in_coins(sums.value, 8) AS DECIMAL(38, 18)) AS amount,
    evidence.asset,
    (
        0.5 + 0.5 * (
            least((mixed.equal_outputs - $equal) / CAST($equal AS DOUBLE), 1)
            + least((mixed.input_count - $inputs) / CAST($inputs AS DOUBLE), 1)
            + least((mixed.clusters - $clusters) / CAST($clusters AS DOUBLE), 1)
        ) / 3
    ) * (CASE WHEN mixed.before THEN 0.8 ELSE 1.0 END) AS score,
    evidence.evidence,
    'The account put ' || CAST(CAST(in_coins(sums.value, 8) AS DECIMAL(38, 8)) AS VARCHAR) || ' ' || evidence.asset
        || ' into transaction ' || mixed.txid || ' of ' || CAST(CAST(evidence.first_time AS DATE) AS VARCHAR) || ', which has '
        || CAST(mixed.equal_outputs AS VARCHAR) || ' outputs of one amount (at least ' || CAST($equal AS VARCHAR)
        || ' asked for) and ' || CAST(mixed.input_count AS VARCHAR) || ' inputs (' || CAST($inputs AS VARCHAR)
        || ') of ' || CAST(mixed.clusters AS VARCHAR) || ' clusters (' || CAST($clusters AS VARCHAR) || '), '
        || CASE
            WHEN mixed.kind IS NULL THEN 'and is of no known type'
            ELSE 'and has the marks of ' || mixed.kind || ' (confidence ' || CAST(mixed.confidence AS VARCHAR) || ' of 100)'
        END
        || ': a technique of obfuscation, not a crime. '
        || CASE
            WHEN mixed.before
            THEN 'The clusters are those before it; what later evidence unites is not seen (weak link). '
            ELSE ''
        END
        || 'Tested: pre-mixes of one owner and payouts of services are left out; not tested: wish for privacy, wallet that '
        || 'does it by default. This is an indicator, not proof.' AS explanation
FROM evidence
INNER JOIN sums
    ON sums.subject = evidence.subject
    AND sums.tx_id = evidence.tx_id
    AND sums.ledger = evidence.ledger
INNER JOIN mixed ON mixed.tx_id = evidence.tx_id AND mixed.ledger = evidence.ledger
ORDER BY subject, first_time, evidence
