-- Accounts that belong together by declaration
--
-- Holds     pairs of accounts `a` and `b`, both ways round, whose holders are one party by name, or whom a source declares
--           to be family, employer and employed, or owner, director and company. A name that more than twenty accounts
--           go by ties nothing: it is a common name.
-- Name      flow.related

SELECT DISTINCT one.account AS a, other.account AS b
FROM flow.holders AS one
INNER JOIN flow.holders AS other ON other.name_key = one.name_key AND other.account <> one.account
INNER JOIN (
    SELECT name_key
    FROM flow.holders
    WHERE name_key <> ''
    GROUP BY name_key
    HAVING count(DISTINCT account) BETWEEN 2 AND 20
) AS shared ON shared.name_key = one.name_key
UNION
SELECT one.account, other.account
FROM (
    SELECT dataset, subject AS near, object AS far
    FROM intel.relationships
    WHERE schema IN ('Family', 'Employment', 'Ownership', 'Directorship')
    UNION ALL
    SELECT dataset, object, subject
    FROM intel.relationships
    WHERE schema IN ('Family', 'Employment', 'Ownership', 'Directorship')
) AS declared
INNER JOIN intel.identifiers AS one ON one.dataset = declared.dataset AND one.entity_id = declared.near
INNER JOIN intel.identifiers AS other ON other.dataset = declared.dataset AND other.entity_id = declared.far
WHERE one.account <> other.account
