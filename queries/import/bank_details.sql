-- Details of bank payments (Headwater's own CSV)
--
-- Reads     what a bank knows of its payments beyond the columns of bank_csv, in Headwater's plain layout: one
--           statement a row, `reference,kind,value`, UTF-8. A kind is one of: place (region where cash was paid in or
--           out), depositor, invoice, credit_note, agent, ultimate_debtor, ultimate_creditor, debtor_name,
--           creditor_name (as each leg had them), commodity (code of the goods), quantity (of them, a number).
-- Traps     A payment is found by the reference it has in the book (UETR or end-to-end id): one without a reference
--           cannot have details. The payment need not be there yet. A payment may have several agents or names, a row
--           each; the same statement twice is one. A kind that no typology knows is refused, because a slip of the pen
--           would otherwise pass for missing data.
-- Grade     B2
--
-- @file *.csv
-- @counts flow.details

CREATE VIEW rows AS
SELECT
    *,
    CASE
        WHEN error IS NOT NULL THEN error
        WHEN reference IS NULL THEN 'reference is empty'
        WHEN kind IS NULL THEN 'kind is empty'
        WHEN kind NOT IN (
            'place', 'depositor', 'invoice', 'credit_note', 'agent', 'ultimate_debtor', 'ultimate_creditor', 'debtor_name',
            'creditor_name', 'commodity', 'quantity'
        )
            THEN 'kind is none of place, depositor, invoice, credit_note, agent, ultimate_debtor, ultimate_creditor, '
                || 'debtor_name, creditor_name, commodity, quantity: ' || kind
        WHEN value IS NULL THEN 'value is empty'
        WHEN kind = 'quantity' AND coalesce(parse_amount(value), 0) <= 0 THEN 'value is not a quantity: ' || value
    END AS refused
FROM read_csv($path, 'reference,kind,value');

INSERT INTO flow.details
SELECT key_hash('reference', reference) AS transfer_id, kind, value
FROM rows
WHERE refused IS NULL;

INSERT INTO admin.quarantine
SELECT position, byte_offset, byte_length, refused AS reason, raw_record($path, byte_offset, byte_length) AS raw
FROM rows
WHERE refused IS NOT NULL;
