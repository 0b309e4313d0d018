-- Details of payments, a column each kind
--
-- Holds     each row of flow.details with its value in the column of its kind and NULL in the others, so that a query
--           can say which kinds it cannot do without.
-- Name      flow.detail_kinds

SELECT
    transfer_id,
    CASE WHEN kind = 'place' THEN value END AS place,
    CASE WHEN kind = 'depositor' THEN value END AS depositor,
    CASE WHEN kind = 'invoice' THEN value END AS invoice,
    CASE WHEN kind = 'credit_note' THEN value END AS credit_note,
    CASE WHEN kind = 'agent' THEN value END AS agent,
    CASE WHEN kind = 'ultimate_debtor' THEN value END AS ultimate_debtor,
    CASE WHEN kind = 'ultimate_creditor' THEN value END AS ultimate_creditor,
    CASE WHEN kind = 'debtor_name' THEN value END AS debtor_name,
    CASE WHEN kind = 'creditor_name' THEN value END AS creditor_name,
    CASE WHEN kind = 'commodity' THEN value END AS commodity,
    CASE WHEN kind = 'quantity' THEN parse_amount(value) END AS quantity
FROM flow.details
