-- Masked originator
--
-- Id        T18
-- Version   1.0
-- Family    obfuscation
-- Rails     B
-- Areas     any, sanctions
-- Finds     payments through at least $agents intermediary agents whose ultimate debtor or creditor is missing or
--           changes on the way; and payments that name their debtor, or their creditor, in one leg less than $name_sim
--           like in another.
-- Matters   A bank along the way screens the names it is shown. Who takes a name out, or puts another in, is not
--           screened.
-- Innocent  Tested: transliteration, order and legal form of names (name_similarity), truncation (a name that the other
--           begins with), services (flow.accounts). Not tested: payment on behalf.
-- Misses    Payments of which no source says agents or names (counted in the coverage); names changed before the first
--           leg that a source shows. That an ultimate party is missing may only mean that it is the party itself: a
--           weak link.
-- Cost      one pass over the details, and a join of the payments found with the transfers.
-- Returns   the finding shape; the subject is the account that ordered the payment, the amount that of the payment in
--           euro, the evidence the payment.
-- Source    FATF Recommendation 16
-- Requires  flow.detail_kinds.agent or flow.detail_kinds.debtor_name or flow.detail_kinds.creditor_name
--
-- @param agents    BIGINT         2
-- @param name_sim  DECIMAL(5, 4)  0.8500

SELECT 'bank payments of which no source says agents or the names of each leg' AS untested, count(*) AS number
FROM (
    SELECT transfer_id
    FROM flow.details
    WHERE kind IN ('agent', 'debtor_name', 'creditor_name')
) AS details
RIGHT ANTI JOIN flow.transfers AS transfers ON transfers.transfer_id = details.transfer_id
WHERE transfers.ledger = 'bank' AND coalesce(transfers.channel, '') <> 'cash';

-- Of each payment and kind of name, how unlike the two least like are. A name that another one begins with is that
-- name, cut.
CREATE TABLE names AS
WITH several AS (
    SELECT transfer_id, kind
    FROM flow.details
    WHERE kind IN ('debtor_name', 'creditor_name', 'ultimate_debtor', 'ultimate_creditor')
    GROUP BY transfer_id, kind
    HAVING count(DISTINCT value) > 1
),
spelled AS (
    SELECT several.transfer_id, several.kind, details.value
    FROM several
    INNER JOIN flow.details AS details ON details.transfer_id = several.transfer_id AND details.kind = several.kind
),
compared AS (
    SELECT
        one.transfer_id,
        one.kind,
        one.value AS first_name,
        other.value AS second_name,
        CASE
            WHEN starts_with(lower(other.value), lower(trim(one.value))) AND character_length(trim(one.value)) >= 10 THEN 1
            WHEN starts_with(lower(one.value), lower(trim(other.value))) AND character_length(trim(other.value)) >= 10 THEN 1
            ELSE name_similarity(one.value, other.value)
        END AS likeness
    FROM spelled AS one
    INNER JOIN spelled AS other ON other.transfer_id = one.transfer_id AND other.kind = one.kind
    WHERE one.value < other.value
)
SELECT transfer_id, kind, first_name, second_name, likeness
FROM (
    SELECT
        *,
        row_number() OVER (PARTITION BY transfer_id, kind ORDER BY likeness, first_name, second_name) AS place
    FROM compared
)
WHERE place = 1 AND likeness < $name_sim;

CREATE TABLE masked AS
WITH passed AS (
    SELECT
        transfer_id,
        count(DISTINCT CASE WHEN kind = 'agent' THEN value END) AS agents,
        bool_or(kind = 'ultimate_debtor') AS has_debtor,
        bool_or(kind = 'ultimate_creditor') AS has_creditor
    FROM flow.details
    WHERE kind IN ('agent', 'ultimate_debtor', 'ultimate_creditor')
    GROUP BY transfer_id
    HAVING count(DISTINCT CASE WHEN kind = 'agent' THEN value END) >= $agents
),
changed AS (
    SELECT
        transfer_id,
        min(CASE WHEN kind LIKE 'ultimate%' THEN likeness END) AS ultimate,
        min(CASE WHEN kind NOT LIKE 'ultimate%' THEN likeness END) AS leg,
        array_to_string(array_agg(
            replace(kind, '_', ' ') || ': ' || first_name || ' / ' || second_name
            ORDER BY kind
        ), '; ') AS names
    FROM names
    GROUP BY transfer_id
)
SELECT
    coalesce(passed.transfer_id, changed.transfer_id) AS transfer_id,
    passed.agents,
    passed.transfer_id IS NOT NULL AND changed.ultimate IS NOT NULL AS swapped,
    passed.transfer_id IS NOT NULL AND NOT (passed.has_debtor AND passed.has_creditor) AS missing,
    changed.leg,
    CASE WHEN passed.transfer_id IS NOT NULL THEN least(changed.ultimate, changed.leg) ELSE changed.leg END AS likeness,
    changed.names
FROM passed
FULL JOIN changed ON changed.transfer_id = passed.transfer_id
WHERE changed.leg IS NOT NULL
    OR (
        passed.transfer_id IS NOT NULL
        AND (changed.ultimate IS NOT NULL OR NOT (passed.has_debtor AND passed.has_creditor))
    );

WITH parts AS (
    SELECT
        transfers.transfer_id,
        transfers.src,
        transfers.time,
        transfers.value_eur,
        masked.agents,
        masked.swapped,
        masked.missing AND masked.leg IS NULL AND NOT masked.swapped AS only_missing,
        masked.missing,
        masked.likeness,
        masked.names,
        CASE
            WHEN masked.agents IS NULL OR NOT (masked.missing OR masked.swapped) THEN NULL
            ELSE least((masked.agents - $agents) / CAST($agents AS DOUBLE), 1)
        END AS agent_margin,
        CASE
            WHEN masked.likeness IS NULL THEN NULL
            WHEN $name_sim = 0 THEN CAST(1 AS DOUBLE)
            ELSE greatest(1 - masked.likeness / CAST($name_sim AS DOUBLE), 0)
        END AS name_margin
    FROM masked
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = masked.transfer_id
    LEFT ANTI JOIN flow.accounts AS services ON services.account = transfers.src AND services.service IS NOT NULL
    WHERE transfers.ledger = 'bank' AND transfers.value_eur > 0
)
SELECT
    src AS subject,
    time AS first_time,
    time AS last_time,
    value_eur AS amount,
    'EUR' AS asset,
    (
        0.5 + 0.5 * (coalesce(agent_margin, 0) + coalesce(name_margin, 0))
            / (CASE WHEN agent_margin IS NOT NULL AND name_margin IS NOT NULL THEN 2 ELSE 1 END)
    ) * (CASE WHEN only_missing THEN 0.8 ELSE 1.0 END) AS score,
    make_array(transfer_id) AS evidence,
    'A payment of ' || CAST(CAST(value_eur AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR on '
        || CAST(CAST(time AS DATE) AS VARCHAR)
        || CASE
            WHEN agent_margin IS NULL THEN ''
            ELSE ' went through ' || CAST(agents AS VARCHAR) || ' intermediary agents (at least '
                || CAST($agents AS VARCHAR) || ' asked for) and '
                || CASE
                    WHEN swapped AND missing THEN 'changes one ultimate party on the way and does not name the other'
                    WHEN swapped THEN 'changes its ultimate debtor or creditor on the way'
                    ELSE 'does not name both its ultimate debtor and its ultimate creditor'
                END
        END
        || CASE WHEN agent_margin IS NOT NULL AND names IS NOT NULL THEN ', and' ELSE '' END
        || CASE
            WHEN names IS NULL THEN ''
            ELSE ' has names that are only ' || CAST(CAST(likeness AS DECIMAL(38, 4)) AS VARCHAR)
                || ' alike (less than ' || CAST($name_sim AS VARCHAR) || ' counts): ' || names
        END
        || '. The finding is about how the payment is described, and no crime by itself. '
        || CASE
            WHEN only_missing THEN 'That an ultimate party is not named may only mean that there is none (weak link). '
            ELSE ''
        END
        || 'Tested: transliteration, order of names, truncation, services; not tested: payment on behalf. '
        || 'This is an indicator, not proof.' AS explanation
FROM parts
ORDER BY subject, first_time, evidence
