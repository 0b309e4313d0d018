-- Accounts of planted cases
--
-- Holds     one row for each account that a label names, that is the subject of a case, or that pays or is paid in it.
--           Services (a till, an exchange) take part in everything and are left out.
-- Name      truth.members

WITH cases AS (
    SELECT planted.scheme, planted.transfer_id
    FROM truth.schemes AS schemes
    INNER JOIN truth.transfers AS planted ON planted.scheme = schemes.scheme
)
SELECT sides.scheme, sides.account
FROM (
    SELECT accounts.scheme, accounts.account
    FROM truth.schemes AS schemes
    INNER JOIN truth.accounts AS accounts ON accounts.scheme = schemes.scheme
    UNION
    SELECT scheme, subject AS account FROM truth.schemes WHERE subject IS NOT NULL
    UNION
    SELECT planted.scheme, transfers.src AS account
    FROM cases AS planted
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = planted.transfer_id
    UNION
    SELECT planted.scheme, transfers.dst AS account
    FROM cases AS planted
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = planted.transfer_id
) AS sides
LEFT JOIN flow.accounts AS accounts ON accounts.account = sides.account
WHERE accounts.service IS NULL
