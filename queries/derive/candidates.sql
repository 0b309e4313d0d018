-- Parties that may be one
--
-- Holds     pairs of an entity and another list's entity, or of an entity and the holder of an account, that have a name or a number in
--           common, with what speaks for it and against it. A candidate merges nothing: that is for somebody to decide.
-- Compares  names that share a block (name_blocks) of at most $max_pairs comparisons, and parties that share a document, a
--           register number or an account. Blocks over that are counted in `intel.capped_blocks`; a common name with a
--           common document is found all the same.
-- Scores    three quarters of the likeness of the names (name_alignment; 0.15 less where one is a single word), and then: the same number
--           +0.4 and never under 0.7, another number of the kind −0.1; the same date of birth +0.2, the same year +0.08, another year −0.3;
--           a country in common +0.05, none −0.1; an address in common +0.1; a person and a company −0.2. What is not known on one
--           side is nothing. The weights are ours.
-- Errs      with namesakes: two people of one name and one country score 0.8. See `reasons`.
-- Source    reference/assessment.md 3.4
--
-- @param max_pairs  BIGINT  2000
-- @param min_name   DOUBLE  0.8
-- @param min_score  DOUBLE  0.6
--
-- @table intel.candidates
-- @from intel.names, intel.entities, intel.statements, intel.identifiers, flow.holders
-- @on_demand

CREATE TABLE spellings AS
SELECT key_hash(name_key) AS id, min(name) AS name, bool_or(entity) AS entity, sum(parties) AS parties, sum(entities) AS entities
FROM (
    SELECT names.name_key, min(names.name) AS name, true AS entity, count(*) AS parties, count(*) AS entities
    FROM intel.names AS names
    INNER JOIN intel.resolvable AS entities ON entities.dataset = names.dataset AND entities.entity_id = names.entity_id
    GROUP BY names.name_key
    UNION ALL
    SELECT name_key, min(name), false, count(DISTINCT account), 0
    FROM flow.holders
    WHERE name_key <> ''
    GROUP BY name_key
)
GROUP BY name_key;

CREATE TABLE listed_blocks AS
SELECT unnest(name_blocks(name)) AS block, id
FROM spellings
WHERE entity;

CREATE TABLE blocks AS
SELECT own.block, own.id, own.entity
FROM (SELECT DISTINCT block FROM listed_blocks) AS listed
INNER JOIN (SELECT unnest(name_blocks(name)) AS block, id, entity FROM spellings) AS own ON own.block = listed.block;

-- A pair of spellings once, however many blocks it shares. Two of lists are compared one way round.
CREATE TABLE likenesses AS
WITH small AS (
    SELECT block
    FROM blocks
    GROUP BY block
    HAVING count(*) > 1 AND count(*) * sum(CASE WHEN entity THEN 1 ELSE 0 END) <= $max_pairs
),
pairs AS (
    SELECT DISTINCT own.id AS one, listed.id AS other
    FROM small
    INNER JOIN listed_blocks AS listed ON listed.block = small.block
    INNER JOIN blocks AS own ON own.block = small.block
    WHERE own.id <> listed.id AND (NOT own.entity OR own.id < listed.id)
)
SELECT one, other, likeness
FROM (
    SELECT pairs.one, pairs.other, name_alignment(own.name, listed.name) AS likeness
    FROM pairs
    INNER JOIN spellings AS own ON own.id = pairs.one
    INNER JOIN spellings AS listed ON listed.id = pairs.other
)
WHERE likeness >= $min_name
UNION ALL
SELECT id AS one, id AS other, CAST(1 AS DOUBLE) AS likeness
FROM spellings
WHERE entities > 0 AND parties > 1 AND parties * entities <= $max_pairs;

-- The spellings that are like another one are few: only their parties are looked at.
CREATE TABLE bearers AS
SELECT parties.party, parties.source, parties.kind, parties.name, parties.id, parties.entity
FROM (SELECT one AS id FROM likenesses UNION SELECT other FROM likenesses) AS alike
INNER JOIN (
    SELECT
        'entity:' || names.dataset || '/' || names.entity_id AS party,
        names.dataset AS source,
        entities.kind,
        names.name,
        key_hash(names.name_key) AS id,
        true AS entity
    FROM intel.names AS names
    INNER JOIN intel.resolvable AS entities ON entities.dataset = names.dataset AND entities.entity_id = names.entity_id
    UNION ALL
    SELECT
        'holder:' || CAST(account AS VARCHAR) || '/' || name_key,
        'accounts',
        CASE WHEN lower(max(kind)) IN ('person', 'company') THEN lower(max(kind)) END,
        min(name),
        key_hash(name_key),
        false
    FROM flow.holders
    GROUP BY account, name_key
) AS parties ON parties.id = alike.id;

CREATE TABLE numbers AS
SELECT DISTINCT party, source, property, number
FROM (
    SELECT
        'entity:' || dataset || '/' || entity_id AS party,
        dataset AS source,
        property,
        upper(regexp_replace(value, '[^0-9A-Za-z]', '', 'g')) AS number
    FROM intel.statements
    WHERE property IN ('passport', 'national_id', 'registration', 'tax', 'lei', 'imo')
    UNION ALL
    SELECT 'entity:' || dataset || '/' || entity_id, dataset, 'account', CAST(account AS VARCHAR)
    FROM intel.identifiers
    UNION ALL
    SELECT 'holder:' || CAST(holders.account AS VARCHAR) || '/' || holders.name_key, 'accounts', 'account', CAST(holders.account AS VARCHAR)
    FROM flow.holders AS holders
    LEFT SEMI JOIN intel.identifiers AS identifiers ON identifiers.account = holders.account
)
WHERE length(number) >= 5;

CREATE TABLE pairs AS
WITH found AS (
    SELECT least(own.party, other.party) AS a, greatest(own.party, other.party) AS b, max(likenesses.likeness) AS likeness
    FROM likenesses
    INNER JOIN bearers AS own ON own.id = likenesses.one
    INNER JOIN bearers AS other ON other.id = likenesses.other
    WHERE own.source <> other.source AND (own.entity OR other.entity)
    GROUP BY 1, 2
    UNION ALL
    -- A number that many share is no number of anybody's.
    SELECT least(own.party, other.party), greatest(own.party, other.party), CAST(NULL AS DOUBLE)
    FROM (
        SELECT property, number FROM numbers GROUP BY property, number HAVING count(*) BETWEEN 2 AND 20
    ) AS shared
    INNER JOIN numbers AS own ON own.property = shared.property AND own.number = shared.number
    INNER JOIN numbers AS other ON other.property = shared.property AND other.number = shared.number
    WHERE own.party < other.party AND own.source <> other.source
)
SELECT a, b, max(likeness) AS likeness
FROM found
GROUP BY a, b;

CREATE TABLE people AS
WITH wanted AS (
    SELECT a AS party FROM pairs
    UNION
    SELECT b FROM pairs
),
named AS (
    SELECT 'entity:' || dataset || '/' || entity_id AS party, caption AS name, kind FROM intel.resolvable
    UNION ALL
    SELECT
        'holder:' || CAST(account AS VARCHAR) || '/' || name_key,
        min(name),
        CASE WHEN lower(max(kind)) IN ('person', 'company') THEN lower(max(kind)) END
    FROM flow.holders
    GROUP BY account, name_key
),
said AS (
    SELECT 'entity:' || dataset || '/' || entity_id AS party, property, value
    FROM intel.statements
    WHERE property IN ('birth_date', 'country', 'address')
    UNION
    SELECT 'entity:' || dataset || '/' || entity_id, 'country', unnest(countries)
    FROM intel.entities
    WHERE countries IS NOT NULL
    UNION
    SELECT 'holder:' || CAST(account AS VARCHAR) || '/' || name_key, 'country', lower(country)
    FROM flow.holders
    WHERE country IS NOT NULL
    UNION
    -- What is said of an account is said of its holder where it has one.
    SELECT 'holder:' || CAST(facts.account AS VARCHAR) || '/' || holders.name_key, facts.kind, facts.value
    FROM flow.facts AS facts
    INNER JOIN (
        SELECT account, min(name_key) AS name_key FROM flow.holders GROUP BY account HAVING count(DISTINCT name_key) = 1
    ) AS holders ON holders.account = facts.account
    WHERE facts.kind IN ('birth_date', 'address')
)
SELECT
    wanted.party,
    named.name,
    named.kind,
    said.births,
    said.years,
    said.countries,
    said.addresses
FROM wanted
INNER JOIN named ON named.party = wanted.party
LEFT JOIN (
    SELECT
        party,
        array_sort(array_agg(DISTINCT value) FILTER (WHERE property = 'birth_date' AND length(value) = 10)) AS births,
        array_sort(array_agg(DISTINCT left(value, 4)) FILTER (WHERE property = 'birth_date')) AS years,
        array_sort(array_agg(DISTINCT lower(value)) FILTER (WHERE property = 'country')) AS countries,
        array_sort(array_agg(DISTINCT name_key(value)) FILTER (WHERE property = 'address' AND name_key(value) IS NOT NULL)) AS addresses
    FROM said
    GROUP BY party
) AS said ON said.party = wanted.party;

WITH shared AS (
    SELECT
        pairs.a,
        pairs.b,
        array_to_string(
            array_sort(
                array_agg(DISTINCT own.property || CASE own.property WHEN 'account' THEN ' on the list' ELSE ' ' || own.number END)
                    FILTER (WHERE own.number = other.number)
            ),
            ', '
        ) AS same,
        array_to_string(
            array_sort(array_agg(DISTINCT own.property) FILTER (WHERE own.number <> other.number AND own.property <> 'account')),
            ', '
        ) AS different
    FROM pairs
    INNER JOIN numbers AS own ON own.party = pairs.a
    INNER JOIN numbers AS other ON other.party = pairs.b AND other.property = own.property
    GROUP BY pairs.a, pairs.b
),
judged AS (
    SELECT
        pairs.a,
        pairs.b,
        one.name AS a_name,
        other.name AS b_name,
        coalesce(pairs.likeness, name_alignment(one.name, other.name)) AS name,
        CASE
            WHEN shared.same IS NOT NULL THEN 'same'
            WHEN shared.different IS NOT NULL THEN 'different'
            ELSE 'unknown'
        END AS ids,
        CASE
            WHEN one.years IS NULL OR other.years IS NULL THEN 'unknown'
            WHEN array_has_any(one.births, other.births) THEN 'same'
            WHEN array_has_any(one.years, other.years) THEN 'same year'
            ELSE 'different'
        END AS birth_date,
        CASE
            WHEN one.countries IS NULL OR other.countries IS NULL THEN 'unknown'
            WHEN array_has_any(one.countries, other.countries) THEN 'same'
            ELSE 'different'
        END AS country,
        CASE
            WHEN one.addresses IS NULL OR other.addresses IS NULL THEN 'unknown'
            WHEN array_has_any(one.addresses, other.addresses) THEN 'same'
            ELSE 'different'
        END AS address,
        one.kind <> other.kind AS unlike,
        name_key(one.name) NOT LIKE '% %' OR name_key(other.name) NOT LIKE '% %' AS single_word,
        shared.same,
        shared.different,
        array_to_string(one.years, '/') || ' and ' || array_to_string(other.years, '/') AS years,
        array_to_string(one.countries, '/') || ' and ' || array_to_string(other.countries, '/') AS countries
    FROM pairs
    INNER JOIN people AS one ON one.party = pairs.a
    INNER JOIN people AS other ON other.party = pairs.b
    LEFT JOIN shared ON shared.a = pairs.a AND shared.b = pairs.b
),
scored AS (
    SELECT
        *,
        CAST(
            0.75 * name - CASE WHEN single_word THEN 0.15 ELSE 0 END - CASE WHEN unlike THEN 0.2 ELSE 0 END
                + CASE ids WHEN 'same' THEN 0.4 WHEN 'different' THEN -0.1 ELSE 0 END
                + CASE birth_date WHEN 'same' THEN 0.2 WHEN 'same year' THEN 0.08 WHEN 'different' THEN -0.3 ELSE 0 END
                + CASE country WHEN 'same' THEN 0.05 WHEN 'different' THEN -0.1 ELSE 0 END
                + CASE address WHEN 'same' THEN 0.1 ELSE 0 END
            AS DOUBLE
        ) AS points
    FROM judged
)
SELECT
    a,
    b,
    a_name,
    b_name,
    round(least(greatest(points, CASE ids WHEN 'same' THEN 0.7 ELSE 0.0 END), 1.0), 2) AS score,
    round(name, 2) AS name,
    ids,
    birth_date,
    country,
    address,
    string_to_array(
        concat_ws(
            '; ',
            CASE
                WHEN name = 1 THEN 'the same name'
                WHEN name >= $min_name THEN 'names alike: ' || CAST(round(name, 2) AS VARCHAR)
                ELSE 'other names'
            END || CASE WHEN single_word THEN ', of a single word' ELSE '' END,
            'the same ' || same,
            'another ' || CASE WHEN same IS NULL THEN different END,
            CASE birth_date
                WHEN 'same' THEN 'the same date of birth'
                WHEN 'same year' THEN 'the same year of birth'
                WHEN 'different' THEN 'born in ' || years
            END,
            CASE country WHEN 'same' THEN 'a country in common' WHEN 'different' THEN 'other countries: ' || countries END,
            CASE address WHEN 'same' THEN 'the same address' END,
            CASE WHEN unlike THEN 'a person and a company' END
        ),
        '; '
    ) AS reasons
FROM scored
WHERE least(greatest(points, CASE ids WHEN 'same' THEN 0.7 ELSE 0.0 END), 1.0) >= $min_score
