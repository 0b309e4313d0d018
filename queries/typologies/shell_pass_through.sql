-- Shell company pass-through
--
-- Id        T11
-- Version   1.0
-- Family    corporate
-- Rails     B
-- Areas     any, tax, corruption
-- Finds     companies younger than $age, or at an address that at least $shared_address companies share, that within
--           $window pay on at least $rho of what they receive, deal with accounts in at least $countries countries, and
--           pay no wages, tax or utility.
-- Matters   A company without staff, rent or light has no business of its own: it is a name on an account.
-- Innocent  Tested: wages, tax and utilities by the words of the payments. Not tested: holding, special purpose vehicle,
--           start-up before its first wages, payment factory, formation agent's address.
-- Misses    Companies not in the entities imported, or known there neither by age nor by address (counted in the coverage);
--           wages and taxes paid from another account; words of other languages than those of $costs. What counts as paid
--           on is all that left after the first credit of the window, capped at what was received. A company is its
--           account; a holder tied to it by name alone is a weak link. A window that begins before the data do, of a
--           company that is older than they are, is not testable. Accounts with more than $max_degree transfers are not
--           tested (counted in the coverage).
-- Cost      joins of the few companies that pass on age or address with their own payments.
-- Returns   the finding shape; the subject is the company's account, the amount the sum received in euro, the evidence what
--           it received and paid in the windows, in the order of time.
-- Source    FATF and Egmont, Trade-Based Money Laundering Risk Indicators, March 2021; FATF Recommendation 24
-- Requires  intel.entities, flow.holders, flow.accounts.bank_country
--
-- @param age             INTERVAL       '24 months'
-- @param shared_address  BIGINT         10
-- @param rho             DECIMAL(5, 4)  0.9000
-- @param countries       BIGINT         2
-- @param window          INTERVAL       '90 days'
-- @param costs           VARCHAR        '(?i)\b(salar(y|ies)|wages?|payroll|palk|töötasu|maksu?|tax(es)?|vat|hmrc|paye|electricity|elekter|utilit(y|ies)|water|vesi|heating|gas bill|rent|üür|μισθ|φόρ)'
-- @param max_degree      BIGINT         5000

SELECT 'accounts of companies of which neither age nor address is known' AS untested, count(*) AS number
FROM (
    SELECT DISTINCT holders.account
    FROM flow.holders AS holders
    LEFT ANTI JOIN (
        SELECT names.name_key
        FROM intel.names AS names
        INNER JOIN intel.entities AS entities
            ON entities.dataset = names.dataset
            AND entities.entity_id = names.entity_id
        WHERE entities.schema IN ('Company', 'Organization', 'LegalEntity')
            AND (entities.start_date IS NOT NULL OR entities.address IS NOT NULL)
    ) AS known ON known.name_key = holders.name_key
    LEFT ANTI JOIN (
        SELECT identifiers.account
        FROM intel.identifiers AS identifiers
        INNER JOIN intel.entities AS entities
            ON entities.dataset = identifiers.dataset
            AND entities.entity_id = identifiers.entity_id
        WHERE entities.start_date IS NOT NULL OR entities.address IS NOT NULL
    ) AS filed ON filed.account = holders.account
    WHERE lower(holders.kind) = 'company'
);

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' transfers' AS untested,
    count(*) AS number
FROM (
    SELECT account
    FROM (SELECT src AS account FROM flow.transfers UNION ALL SELECT dst FROM flow.transfers)
    GROUP BY account
    HAVING count(*) > $max_degree
);

-- The company of an account: as filed before as named, and the oldest where a name is borne by several.
CREATE TABLE companies AS
WITH crowded AS (
    SELECT dataset, lower(trim(address)) AS address, count(DISTINCT entity_id) AS companies
    FROM intel.entities
    WHERE schema IN ('Company', 'Organization', 'LegalEntity') AND address IS NOT NULL
    GROUP BY dataset, lower(trim(address))
),
registered AS (
    SELECT entities.dataset, entities.entity_id, entities.start_date, coalesce(crowded.companies, 0) AS companies
    FROM intel.entities AS entities
    LEFT JOIN crowded ON crowded.dataset = entities.dataset AND crowded.address = lower(trim(entities.address))
    WHERE entities.schema IN ('Company', 'Organization', 'LegalEntity')
        AND (entities.start_date IS NOT NULL OR crowded.companies >= $shared_address)
),
held AS (
    SELECT identifiers.account, registered.start_date, registered.companies, true AS filed
    FROM registered
    INNER JOIN intel.identifiers AS identifiers
        ON identifiers.dataset = registered.dataset
        AND identifiers.entity_id = registered.entity_id
    UNION ALL
    SELECT holders.account, registered.start_date, registered.companies, false
    FROM registered
    INNER JOIN intel.names AS names
        ON names.dataset = registered.dataset
        AND names.entity_id = registered.entity_id
    INNER JOIN flow.holders AS holders ON holders.name_key = names.name_key
    WHERE holders.kind IS NULL OR lower(holders.kind) = 'company'
)
SELECT account, min(start_date) AS start_date, max(companies) AS companies, bool_or(filed) AS filed
FROM held
LEFT ANTI JOIN (
    SELECT account
    FROM (SELECT src AS account FROM flow.transfers UNION ALL SELECT dst FROM flow.transfers)
    GROUP BY account
    HAVING count(*) > $max_degree
) AS busy ON busy.account = held.account
LEFT ANTI JOIN (SELECT account FROM flow.accounts WHERE service IS NOT NULL) AS services
    ON services.account = held.account
GROUP BY account;

CREATE TABLE moves AS
SELECT
    companies.account, companies.start_date, companies.companies, companies.filed,
    transfers.transfer_id, transfers.time, transfers.ledger, transfers.position,
    transfers.src AS counterparty, transfers.value_eur AS credit, CAST(0 AS DECIMAL(38, 18)) AS debit,
    false AS cost
FROM flow.transfers AS transfers
INNER JOIN companies ON companies.account = transfers.dst
WHERE transfers.src <> transfers.dst AND transfers.value_eur > 0 AND transfers.ledger = 'bank'
UNION ALL
SELECT
    companies.account, companies.start_date, companies.companies, companies.filed,
    transfers.transfer_id, transfers.time, transfers.ledger, transfers.position,
    transfers.dst, CAST(0 AS DECIMAL(38, 18)), transfers.value_eur,
    regexp_like(coalesce(transfers.purpose, ''), $costs)
FROM flow.transfers AS transfers
INNER JOIN companies ON companies.account = transfers.src
WHERE transfers.src <> transfers.dst AND transfers.value_eur > 0 AND transfers.ledger = 'bank';

CREATE TABLE seeds AS
WITH extent AS (
    SELECT min(time) AS begins, max(time) AS ends
    FROM flow.transfers
    WHERE ledger = 'bank'
),
located AS (
    SELECT moves.*, accounts.bank_country AS country
    FROM moves
    LEFT JOIN flow.accounts AS accounts ON accounts.account = moves.counterparty
),
-- Every debit closes a window.
windows AS (
    SELECT
        ends.account,
        ends.time,
        ends.start_date,
        ends.companies,
        ends.filed,
        sum(located.credit) AS received,
        min(CASE WHEN located.credit > 0 THEN located.time END) AS first_credit,
        count(DISTINCT located.country) AS countries
    FROM (
        SELECT DISTINCT account, time, start_date, companies, filed
        FROM moves
        WHERE debit > 0
    ) AS ends
    INNER JOIN located
        ON located.account = ends.account
        AND located.time <= ends.time
        AND located.time >= ends.time - $window
    GROUP BY 1, 2, 3, 4, 5
)
SELECT
    windows.account,
    windows.time,
    windows.start_date,
    windows.companies,
    windows.filed,
    windows.received,
    windows.countries,
    windows.first_credit,
    windows.first_credit + $window > extent.ends AS open,
    least(sum(moves.debit), windows.received) AS paid
FROM windows
CROSS JOIN extent
INNER JOIN moves
    ON moves.account = windows.account
    AND moves.debit > 0
    AND moves.time >= windows.first_credit
    AND moves.time <= windows.time
WHERE windows.received > 0
    AND windows.countries >= $countries
    AND (
        windows.companies >= $shared_address
        OR CAST(windows.start_date AS TIMESTAMP) + $age > windows.first_credit
    )
    AND (windows.time - $window >= extent.begins OR CAST(windows.start_date AS TIMESTAMP) >= extent.begins)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
HAVING sum(moves.debit) >= $rho * windows.received;

WITH spending AS (
    SELECT DISTINCT seeds.account, seeds.time
    FROM seeds
    INNER JOIN moves
        ON moves.account = seeds.account
        AND moves.cost
        AND moves.time >= seeds.time - $window
        AND moves.time <= seeds.first_credit + $window
),
idle AS (
    SELECT seeds.*
    FROM seeds
    LEFT ANTI JOIN spending ON spending.account = seeds.account AND spending.time = seeds.time
),
reached AS (
    SELECT
        moves.*,
        idle.open,
        idle.countries,
        CAST(idle.paid AS DOUBLE) / CAST(idle.received AS DOUBLE) AS share,
        min(idle.time) OVER (PARTITION BY moves.account ORDER BY moves.time DESC) AS seed_time
    FROM moves
    LEFT JOIN idle ON idle.account = moves.account AND idle.time = moves.time
),
covered AS (
    SELECT
        *,
        CASE
            WHEN lag(time) OVER (PARTITION BY account ORDER BY time, ledger, position, transfer_id) + $window >= seed_time
            THEN 0 ELSE 1
        END AS opens
    FROM reached
    WHERE seed_time <= time + $window
),
grouped AS (
    SELECT *, sum(opens) OVER (PARTITION BY account ORDER BY time, ledger, position, transfer_id) AS finding
    FROM covered
),
findings AS (
    SELECT
        account,
        finding,
        start_date,
        companies,
        filed,
        min(time) AS first_time,
        max(time) AS last_time,
        sum(credit) AS amount,
        sum(CASE WHEN credit > 0 THEN 1 ELSE 0 END) AS payments,
        max(share) AS share,
        max(countries) AS countries,
        bool_and(coalesce(open, true)) AS open,
        array_agg(transfer_id ORDER BY time, ledger, position, transfer_id) AS evidence
    FROM grouped
    GROUP BY account, finding, start_date, companies, filed
),
scored AS (
    SELECT
        *,
        CASE
            WHEN start_date IS NULL THEN 0
            ELSE greatest(
                1 - (date_part('epoch', first_time) - date_part('epoch', CAST(start_date AS TIMESTAMP)))
                    / (date_part('epoch', CAST(start_date AS TIMESTAMP) + $age)
                        - date_part('epoch', CAST(start_date AS TIMESTAMP))),
                0
            )
        END AS age_margin,
        greatest(least((companies - $shared_address) / CAST($shared_address AS DOUBLE), 1), 0) AS address_margin
    FROM findings
)
SELECT
    account AS subject,
    first_time,
    last_time,
    amount,
    'EUR' AS asset,
    (
        0.5 + 0.5 * (
            greatest(age_margin, address_margin)
            + CASE
                WHEN $rho >= 1 THEN 1
                ELSE (share - CAST($rho AS DOUBLE)) / (1 - CAST($rho AS DOUBLE))
            END
            + least((countries - $countries) / CAST($countries AS DOUBLE), 1)
        ) / 3
    ) * (CASE WHEN filed THEN 1.0 ELSE 0.8 END) * (CASE WHEN open THEN 0.8 ELSE 1.0 END) AS score,
    evidence,
    'The company'
        || CASE
            WHEN start_date IS NULL THEN ''
            ELSE ', founded on ' || CAST(start_date AS VARCHAR) || ' (younger than ' || CAST($age AS VARCHAR)
                || ' counts),'
        END
        || CASE
            WHEN companies < 2 THEN ''
            ELSE ' at an address of ' || CAST(companies AS VARCHAR) || ' companies (at least '
                || CAST($shared_address AS VARCHAR) || ' count)'
        END
        || ' received ' || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR in ' || CAST(payments AS VARCHAR)
        || ' payments from ' || CAST(CAST(first_time AS DATE) AS VARCHAR) || ' to '
        || CAST(CAST(last_time AS DATE) AS VARCHAR) || ' and in ' || CAST($window AS VARCHAR) || ' paid on up to '
        || CAST(CAST(share AS DECIMAL(38, 4)) AS VARCHAR) || ' of it (' || CAST($rho AS VARCHAR)
        || ' asked for), with accounts in up to ' || CAST(countries AS VARCHAR) || ' countries (at least '
        || CAST($countries AS VARCHAR) || ' asked for). '
        || CASE
            WHEN open THEN 'The data end before ' || CAST($window AS VARCHAR) || ' have passed (weak link). '
            ELSE ''
        END
        || CASE WHEN filed THEN '' ELSE 'Account and company are tied by name alone (weak link). ' END
        || 'Tested: no payment whose words speak of wages, tax or utilities; not tested: holding, special purpose vehicle, '
        || 'start-up before its first wages, payment factory, formation agent. This is an indicator, not proof.'
        AS explanation
FROM scored
ORDER BY subject, first_time, evidence
