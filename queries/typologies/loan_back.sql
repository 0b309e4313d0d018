-- Loan-back
--
-- Id        T19
-- Version   1.0
-- Family    corporate
-- Rails     B
-- Areas     tax, corruption
-- Finds     payments to an account in an offshore country (the profile's list `offshore`) that come back within $window
--           as a loan of about the same value (within $tol): from that account or one its holder controls, to the payer
--           or an account of the same beneficial owner.
-- Matters   One lends oneself one's own money: it comes home with papers, and its interest is deducted from tax.
-- Innocent  Tested: services (flow.accounts). Not tested: real group loan, capital call, escrow release.
-- Misses    Loans whose purpose or reference has none of the words of $words; money that returns in parts, or by a
--           chain of lenders; owners of owners. Owner and control are one step in intel.relationships, or an equal name
--           of no more than twenty accounts (weak link). Of a day without times the payment out is taken to come first
--           (weak link). Accounts with more than $max_degree transfers on a side are not followed (counted in the
--           coverage).
-- Cost      one pass over purposes; joins of the few loans with the few payments to offshore accounts.
-- Returns   the finding shape; the subject is the first payer, the amount the return in euro, the evidence the payment
--           out and the loan, in the order of time.
-- Source    FATF, Professional Money Laundering, July 2018
-- Requires  profile.corridors, flow.accounts.bank_country
--
-- @param window      INTERVAL       '180 days'
-- @param tol         DECIMAL(5, 4)  0.2000
-- @param words       VARCHAR        '(?i)(\b(loan|laen|lån|laina|lening|darlehen|kredit(vertrag|facility)?|prêt|emprunt|préstamo|prestito|pożyczka|paskola|aizdevums|aizņēmums)|займ|кредит)'
-- @param max_degree  BIGINT         5000

SELECT 'profiles without a list `offshore`' AS untested, CASE WHEN count(*) = 0 THEN 1 ELSE 0 END AS number
FROM profile.corridors
WHERE list = 'offshore';

SELECT 'bank accounts of no known country' AS untested, count(*) AS number
FROM flow.accounts
WHERE ledger = 'bank' AND bank_country IS NULL AND service IS NULL;

CREATE TABLE busy AS
SELECT src AS account FROM flow.transfers GROUP BY src HAVING count(*) > $max_degree
UNION
SELECT dst AS account FROM flow.transfers GROUP BY dst HAVING count(*) > $max_degree;

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' transfers on a side' AS untested,
    count(*) AS number
FROM busy;

-- Money that leaves to where the list says, on a day on which it says so.
CREATE TABLE departures AS
SELECT
    transfers.transfer_id,
    transfers.src,
    transfers.dst,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.value_eur,
    corridors.country
FROM profile.corridors AS corridors
INNER JOIN flow.accounts AS accounts ON accounts.bank_country = corridors.country AND accounts.service IS NULL
INNER JOIN flow.transfers AS transfers
    ON transfers.dst = accounts.account
    AND CAST(transfers.time AS DATE) >= corridors.valid_from
    AND CAST(transfers.time AS DATE) <= corridors.valid_to
LEFT ANTI JOIN flow.accounts AS services ON services.account = transfers.src AND services.service IS NOT NULL
LEFT ANTI JOIN busy AS payers ON payers.account = transfers.src
LEFT ANTI JOIN busy AS payees ON payees.account = transfers.dst
WHERE corridors.list = 'offshore'
    AND transfers.ledger = 'bank'
    AND transfers.src <> transfers.dst
    AND transfers.value_eur > 0;

CREATE TABLE loans AS
SELECT
    transfers.transfer_id,
    transfers.src,
    transfers.dst,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.value_eur
FROM flow.transfers AS transfers
LEFT ANTI JOIN flow.accounts AS lenders ON lenders.account = transfers.src AND lenders.service IS NOT NULL
LEFT ANTI JOIN flow.accounts AS borrowers ON borrowers.account = transfers.dst AND borrowers.service IS NOT NULL
LEFT ANTI JOIN busy AS payers ON payers.account = transfers.src
LEFT ANTI JOIN busy AS payees ON payees.account = transfers.dst
WHERE transfers.ledger = 'bank'
    AND transfers.src <> transfers.dst
    AND transfers.value_eur > 0
    AND (regexp_like(transfers.purpose, $words) OR regexp_like(transfers.reference, $words));

-- Who stands behind an account: the party on file for it and that party's owners, each for a time; and its name.
CREATE TABLE behind AS
WITH touched AS (
    SELECT src AS account FROM departures
    UNION
    SELECT dst FROM departures
    UNION
    SELECT src FROM loans
    UNION
    SELECT dst FROM loans
),
filed AS (
    SELECT identifiers.account, identifiers.dataset, identifiers.entity_id
    FROM touched
    INNER JOIN intel.identifiers AS identifiers ON identifiers.account = touched.account
)
SELECT
    account,
    key_hash('entity', dataset, entity_id) AS party,
    'self' AS tie,
    CAST(NULL AS DATE) AS since,
    CAST(NULL AS DATE) AS until
FROM filed
UNION ALL
SELECT
    filed.account,
    key_hash('entity', filed.dataset, relationships.subject),
    CASE relationships.schema WHEN 'Ownership' THEN 'owner' ELSE 'director' END,
    relationships.start_date,
    relationships.end_date
FROM filed
INNER JOIN intel.relationships AS relationships
    ON relationships.dataset = filed.dataset
    AND relationships.object = filed.entity_id
WHERE relationships.schema IN ('Ownership', 'Directorship')
UNION ALL
SELECT DISTINCT holders.account, key_hash('name', holders.name_key), 'name', CAST(NULL AS DATE), CAST(NULL AS DATE)
FROM touched
INNER JOIN flow.holders AS holders ON holders.account = touched.account
INNER JOIN (
    SELECT name_key
    FROM flow.holders
    GROUP BY name_key
    HAVING count(DISTINCT account) <= 20
) AS rare ON rare.name_key = holders.name_key;

CREATE TABLE round_trips AS
WITH homes AS (
    SELECT DISTINCT src AS payer, src AS borrower, 0 AS weak, CAST(NULL AS DATE) AS since, CAST(NULL AS DATE) AS until
    FROM departures
    UNION ALL
    SELECT
        payers.account,
        borrowers.account,
        CASE WHEN payers.tie = 'name' THEN 1 ELSE 0 END,
        greatest(payers.since, borrowers.since),
        least(payers.until, borrowers.until)
    FROM behind AS payers
    INNER JOIN behind AS borrowers ON borrowers.party = payers.party AND borrowers.account <> payers.account
    WHERE payers.tie <> 'director' AND borrowers.tie <> 'director'
),
lenders AS (
    SELECT DISTINCT dst AS haven, dst AS lender, 0 AS weak, CAST(NULL AS DATE) AS since, CAST(NULL AS DATE) AS until
    FROM departures
    UNION ALL
    SELECT
        havens.account,
        lenders.account,
        CASE WHEN havens.tie = 'name' THEN 1 ELSE 0 END,
        lenders.since,
        lenders.until
    FROM behind AS havens
    INNER JOIN behind AS lenders ON lenders.party = havens.party AND lenders.account <> havens.account
    WHERE havens.tie IN ('self', 'name')
),
trips AS (
    SELECT
        departures.transfer_id AS out_id,
        departures.src AS payer,
        departures.country,
        departures.time AS out_time,
        departures.value_eur AS out_value,
        loans.transfer_id AS loan_id,
        loans.time AS loan_time,
        loans.value_eur AS loan_value,
        loans.src = departures.dst AS same_lender,
        loans.dst = departures.src AS same_borrower,
        greatest(homes.weak, lenders.weak) AS weak,
        loans.time = departures.time AS unordered,
        abs(loans.value_eur - departures.value_eur) AS difference
    FROM departures
    INNER JOIN homes ON homes.payer = departures.src
    INNER JOIN lenders ON lenders.haven = departures.dst
    INNER JOIN loans
        ON loans.src = lenders.lender
        AND loans.dst = homes.borrower
        AND loans.time <= departures.time + $window
        AND (
            loans.time > departures.time
            OR (
                loans.time = departures.time
                AND (loans.time = date_trunc('day', loans.time) OR loans.position > departures.position)
            )
        )
    WHERE abs(loans.value_eur - departures.value_eur) <= $tol * departures.value_eur
        AND loans.transfer_id <> departures.transfer_id
        AND coalesce(homes.since <= CAST(loans.time AS DATE), true)
        AND coalesce(homes.until >= CAST(loans.time AS DATE), true)
        AND coalesce(lenders.since <= CAST(loans.time AS DATE), true)
        AND coalesce(lenders.until >= CAST(loans.time AS DATE), true)
)
SELECT *
FROM (
    SELECT
        *,
        row_number() OVER (PARTITION BY loan_id ORDER BY weak, difference, out_time DESC, out_id) AS place
    FROM trips
)
WHERE place = 1;

WITH rows AS (
    SELECT loan_id, out_id AS transfer_id FROM round_trips
    UNION
    SELECT loan_id, loan_id AS transfer_id FROM round_trips
),
evidence AS (
    SELECT
        rows.loan_id,
        array_agg(
            transfers.transfer_id
            ORDER BY transfers.time, transfers.ledger, transfers.position, transfers.transfer_id
        ) AS evidence
    FROM rows
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = rows.transfer_id
    GROUP BY rows.loan_id
)
SELECT
    payer AS subject,
    out_time AS first_time,
    loan_time AS last_time,
    loan_value AS amount,
    'EUR' AS asset,
    (
        0.5 + 0.5 * (
            greatest(
                1 - (date_part('epoch', loan_time) - date_part('epoch', out_time)) / date_part('epoch', $window),
                0
            )
            + CASE
                WHEN $tol = 0 THEN 1
                ELSE greatest(1 - CAST(difference AS DOUBLE) / (CAST($tol AS DOUBLE) * CAST(out_value AS DOUBLE)), 0)
            END
        ) / 2
    )
        * (CASE WHEN weak = 1 THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN unordered THEN 0.8 ELSE 1.0 END) AS score,
    evidence.evidence,
    'The account paid ' || CAST(CAST(out_value AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR on '
        || CAST(CAST(out_time AS DATE) AS VARCHAR) || ' to an account in ' || country
        || ' (the profile''s list of offshore countries), and on ' || CAST(CAST(loan_time AS DATE) AS VARCHAR)
        || ' (within ' || CAST($window AS VARCHAR) || ') '
        || CASE WHEN same_lender THEN 'that account' ELSE 'an account under its holder''s control' END || ' paid '
        || CAST(CAST(loan_value AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR to '
        || CASE WHEN same_borrower THEN 'it' ELSE 'an account of the same beneficial owner' END
        || ' with the words of a loan; the values differ by '
        || CAST(CAST(CAST(difference AS DOUBLE) / CAST(out_value AS DOUBLE) AS DECIMAL(38, 4)) AS VARCHAR) || ' ('
        || CAST($tol AS VARCHAR) || ' allowed). '
        || CASE WHEN weak = 1 THEN 'Accounts are tied to their owner by name alone (weak link). ' ELSE '' END
        || CASE
            WHEN unordered THEN 'The order of payments within a day is not known and was taken as money out, then in (weak '
                || 'link). '
            ELSE ''
        END
        || 'Tested: services are left out; not tested: real group loan, capital call, escrow release. '
        || 'This is an indicator, not proof.' AS explanation
FROM round_trips
INNER JOIN evidence ON evidence.loan_id = round_trips.loan_id
ORDER BY subject, first_time, evidence
