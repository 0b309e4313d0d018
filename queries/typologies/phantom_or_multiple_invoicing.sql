-- Phantom or multiple invoicing
--
-- Id        T15
-- Version   1.0
-- Family    corporate
-- Rails     B
-- Areas     tax, fraud
-- Finds     payees to whom one invoice, by its reference, is paid at least $times times in the same amount, without a
--           credit note or a refund within $credit_note.
-- Matters   One delivery pays for several transfers, each with papers that look right when looked at alone.
-- Innocent  Tested: double payment that was refunded, credit note. Not tested: instalments, services, split shipment,
--           reused reference.
-- Misses    Goods that were never shipped: that needs records of customs or transport, which Headwater does not hold.
--           Payments of which no source says the invoice (not counted: most have none). A reference is compared without
--           case, spaces and punctuation. Invoices paid more than $max_degree times are not tested (counted in the
--           coverage): such a reference is a contract's or a customer's.
-- Cost      a join of the payments that have an invoice with the transfers, and of the few paid twice with what the
--           payee paid.
-- Returns   the finding shape; the subject is the payee, the amount the surplus in euro, the evidence the payments of
--           the invoice in the order of time.
-- Source    FATF and Egmont, Trade-Based Money Laundering Risk Indicators, March 2021
-- Requires  flow.detail_kinds.invoice
--
-- @param times        BIGINT    2
-- @param credit_note  INTERVAL  '60 days'
-- @param max_degree   BIGINT    50

CREATE TABLE paid AS
SELECT
    invoices.invoice,
    transfers.transfer_id,
    transfers.src,
    transfers.dst,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.amount,
    transfers.asset,
    transfers.value_eur
FROM (
    SELECT DISTINCT transfer_id, regexp_replace(lower(invoice), '[^[:alnum:]]', '', 'g') AS invoice
    FROM flow.detail_kinds
    WHERE invoice IS NOT NULL
) AS invoices
INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = invoices.transfer_id
WHERE invoices.invoice <> ''
    AND transfers.ledger = 'bank'
    AND transfers.src <> transfers.dst
    AND transfers.value_eur > 0;

CREATE TABLE repeated AS
SELECT invoice, dst, amount, asset, count(*) AS times, min(time) AS first_time, max(time) AS last_time
FROM paid
GROUP BY invoice, dst, amount, asset
HAVING count(*) >= $times;

SELECT 'invoices paid more than ' || CAST($max_degree AS VARCHAR) || ' times in the same amount' AS untested, count(*) AS number
FROM repeated
WHERE times > $max_degree;

-- What undoes a payment: the same amount back to one who paid it, or a payment of the payee's that is a credit note for
-- it.
CREATE TABLE undone AS
WITH payers AS (
    SELECT DISTINCT repeated.invoice, repeated.dst, repeated.amount, repeated.asset, paid.src
    FROM repeated
    INNER JOIN paid
        ON paid.invoice = repeated.invoice
        AND paid.dst = repeated.dst
        AND paid.amount = repeated.amount
        AND paid.asset = repeated.asset
),
credit_notes AS (
    SELECT DISTINCT transfer_id, regexp_replace(lower(credit_note), '[^[:alnum:]]', '', 'g') AS invoice
    FROM flow.detail_kinds
    WHERE credit_note IS NOT NULL
),
back AS (
    SELECT repeated.invoice, repeated.dst, repeated.amount, repeated.asset, transfers.transfer_id
    FROM payers
    INNER JOIN repeated
        ON repeated.invoice = payers.invoice
        AND repeated.dst = payers.dst
        AND repeated.amount = payers.amount
        AND repeated.asset = payers.asset
    INNER JOIN flow.transfers AS transfers
        ON transfers.src = payers.dst
        AND transfers.dst = payers.src
        AND transfers.amount = payers.amount
        AND transfers.asset = payers.asset
        AND transfers.time > repeated.first_time
        AND transfers.time <= repeated.last_time + $credit_note
    UNION
    SELECT repeated.invoice, repeated.dst, repeated.amount, repeated.asset, transfers.transfer_id
    FROM credit_notes
    INNER JOIN repeated ON repeated.invoice = credit_notes.invoice
    INNER JOIN flow.transfers AS transfers
        ON transfers.transfer_id = credit_notes.transfer_id
        AND (transfers.src = repeated.dst OR transfers.dst = repeated.dst)
        AND transfers.time >= repeated.first_time
        AND transfers.time <= repeated.last_time + $credit_note
)
SELECT invoice, dst, amount, asset, count(*) AS undone
FROM back
GROUP BY invoice, dst, amount, asset;

WITH findings AS (
    SELECT
        paid.invoice,
        paid.dst,
        paid.amount,
        paid.asset,
        min(paid.time) AS first_time,
        max(paid.time) AS last_time,
        count(*) AS payments,
        count(DISTINCT paid.src) AS payers,
        max(coalesce(undone.undone, 0)) AS undone,
        sum(paid.value_eur) AS total,
        min(paid.value_eur) AS smallest,
        array_agg(paid.transfer_id ORDER BY paid.time, paid.ledger, paid.position, paid.transfer_id) AS evidence
    FROM repeated
    INNER JOIN paid
        ON paid.invoice = repeated.invoice
        AND paid.dst = repeated.dst
        AND paid.amount = repeated.amount
        AND paid.asset = repeated.asset
    LEFT JOIN undone
        ON undone.invoice = repeated.invoice
        AND undone.dst = repeated.dst
        AND undone.amount = repeated.amount
        AND undone.asset = repeated.asset
    LEFT ANTI JOIN flow.accounts AS services ON services.account = repeated.dst AND services.service IS NOT NULL
    WHERE repeated.times <= $max_degree
    GROUP BY paid.invoice, paid.dst, paid.amount, paid.asset
    HAVING count(*) - max(coalesce(undone.undone, 0)) >= $times
)
SELECT
    dst AS subject,
    first_time,
    last_time,
    CAST((payments - undone - 1) * smallest AS DECIMAL(38, 18)) AS amount,
    'EUR' AS asset,
    0.5 + 0.5 * least((payments - undone - $times) / CAST($times AS DOUBLE), 1) AS score,
    evidence,
    'Invoice ' || invoice || ' of ' || CAST(CAST(findings.amount AS DECIMAL(38, 2)) AS VARCHAR) || ' ' || findings.asset
        || ' was paid to the account ' || CAST(payments AS VARCHAR) || ' times from '
        || CAST(CAST(first_time AS DATE) AS VARCHAR) || ' to ' || CAST(CAST(last_time AS DATE) AS VARCHAR) || ' by '
        || CAST(payers AS VARCHAR) || ' payers (at least ' || CAST($times AS VARCHAR) || ' payments asked for), and '
        || CAST(undone AS VARCHAR) || ' of these payments were refunded or credited within ' || CAST($credit_note AS VARCHAR)
        || '. '
        || 'Tested: refund of a double payment, credit note; not tested: instalments, services, split shipment, reused '
        || 'reference. This is an indicator, not proof.' AS explanation
FROM findings
ORDER BY subject, first_time, evidence
