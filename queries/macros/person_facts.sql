-- What is known of the people of networks
--
-- Answers   for each person who is a member of a network: how firmly they are tied to it, the countries of the flagged flows through
--           accounts that they hold or that a company of theirs holds, their share of the network's boundary inflow in percent, the
--           networks they stand in, findings of professional laundering about such an account, and the blocks after which
--           such an account moved money again. `evidence` names the rows of all of it, and a list beside each fact those of
--           that fact: `tie_rows`, `move_rows`, `share_rows` (where nothing came to them, the whole inflow it is nothing of),
--           `standing_rows`, `launder_rows` and `block_rows`. Nobody is nominated by a query.
-- Example   SELECT * FROM person_facts('2023-12-31T00:00:00Z', '2024-12-31T00:00:00Z')
-- Source    reference/assessment.md 3.9
--
-- @param since  TIMESTAMP  required
-- @param until  TIMESTAMP  required

WITH people AS (
    SELECT members.network, members.dataset, members.entity_id, entities.caption, members.evidence
    FROM intel.network_members AS members
    INNER JOIN intel.entities AS entities
        ON entities.dataset = members.dataset AND entities.entity_id = members.entity_id
    WHERE entities.schema = 'Person'
),
own AS (
    SELECT
        people.network,
        people.dataset,
        people.entity_id,
        accounts.account,
        accounts.confidence,
        accounts.evidence
    FROM people
    INNER JOIN intel.network_accounts AS accounts
        ON accounts.network = people.network AND accounts.dataset = people.dataset
            AND accounts.entity_id = people.entity_id
),
controlled AS (
    SELECT network, dataset, entity_id, account
    FROM own
    UNION
    SELECT people.network, people.dataset, people.entity_id, accounts.account
    FROM people
    INNER JOIN intel.relationships AS relationships
        ON relationships.dataset = people.dataset AND relationships.subject = people.entity_id
    INNER JOIN intel.network_accounts AS accounts
        ON accounts.network = people.network AND accounts.dataset = relationships.dataset
            AND accounts.entity_id = relationships.object
    WHERE relationships.schema IN ('Ownership', 'Directorship')
),
ties AS (
    SELECT network, dataset, entity_id, max(confidence) AS attribution, flatten(array_agg(evidence)) AS evidence
    FROM own
    GROUP BY network, dataset, entity_id
),
flows AS (
    SELECT network, transfer_id, src, dst, side, value_eur
    FROM assess.network_flows
    WHERE time > $since AND time <= $until
),
inflow AS (
    SELECT
        network,
        sum(value_eur) AS total,
        array_agg('transfer:' || CAST(transfer_id AS VARCHAR)) AS evidence
    FROM flows
    WHERE side = 'inflow'
    GROUP BY network
),
through AS (
    SELECT
        controlled.network,
        controlled.dataset,
        controlled.entity_id,
        flows.transfer_id,
        flows.network AS seen_in,
        CASE WHEN flows.network = controlled.network AND flows.side = 'inflow' THEN flows.value_eur END AS received,
        flows.src,
        flows.dst
    FROM controlled
    INNER JOIN flows ON flows.dst = controlled.account
    UNION
    SELECT
        controlled.network,
        controlled.dataset,
        controlled.entity_id,
        flows.transfer_id,
        flows.network AS seen_in,
        CAST(NULL AS DECIMAL(38, 18)) AS received,
        flows.src,
        flows.dst
    FROM controlled
    INNER JOIN flows ON flows.src = controlled.account
),
ends AS (
    SELECT network, dataset, entity_id, src AS account FROM through
    UNION
    SELECT network, dataset, entity_id, dst AS account FROM through
),
places AS (
    SELECT ends.network, ends.dataset, ends.entity_id, count(DISTINCT accounts.bank_country) AS countries
    FROM ends
    INNER JOIN flow.accounts AS accounts ON accounts.account = ends.account
    GROUP BY ends.network, ends.dataset, ends.entity_id
),
passed AS (
    SELECT
        network,
        dataset,
        entity_id,
        sum(received) AS received,
        array_agg(DISTINCT 'transfer:' || CAST(transfer_id AS VARCHAR)) FILTER (WHERE received IS NOT NULL) AS reached,
        array_agg(DISTINCT 'transfer:' || CAST(transfer_id AS VARCHAR)
            ORDER BY 'transfer:' || CAST(transfer_id AS VARCHAR)) AS evidence
    FROM through
    GROUP BY network, dataset, entity_id
),
standing AS (
    SELECT network, dataset, entity_id, seen_in, 'transfer:' || CAST(transfer_id AS VARCHAR) AS ground
    FROM through
    UNION
    SELECT people.network, people.dataset, people.entity_id, other.network, unnest(other.evidence)
    FROM people
    INNER JOIN intel.network_members AS other
        ON other.dataset = people.dataset AND other.entity_id = people.entity_id
),
brokers AS (
    SELECT
        network,
        dataset,
        entity_id,
        count(DISTINCT seen_in) AS networks,
        array_agg(DISTINCT ground ORDER BY ground) AS evidence
    FROM standing
    GROUP BY network, dataset, entity_id
),
launderers AS (
    SELECT
        controlled.network,
        controlled.dataset,
        controlled.entity_id,
        array_agg(DISTINCT 'finding:' || CAST(findings.finding_id AS VARCHAR)
            ORDER BY 'finding:' || CAST(findings.finding_id AS VARCHAR)) AS evidence
    FROM controlled
    INNER JOIN finding.findings AS findings ON findings.subject = controlled.account
    WHERE findings.typology IN ('underground_banking', 'mirror_transfer_broker', 'stablecoin_otc_hub')
        AND findings.last_time > $since AND findings.last_time <= $until
    GROUP BY controlled.network, controlled.dataset, controlled.entity_id
),
blocks AS (
    SELECT
        people.network,
        people.dataset,
        people.entity_id,
        sanctions.start_date AS day,
        'relationship:' || sanctions.dataset || '/' || sanctions.relationship_id AS ground
    FROM people
    INNER JOIN intel.relationships AS sanctions
        ON sanctions.dataset = people.dataset AND sanctions.subject = people.entity_id
    WHERE sanctions.schema = 'Sanction' AND sanctions.start_date IS NOT NULL
    UNION
    SELECT
        controlled.network,
        controlled.dataset,
        controlled.entity_id,
        CAST(facts.time AS DATE),
        'fact:' || CAST(facts.account AS VARCHAR) || '/' || facts.kind || '/' || facts.value
    FROM controlled
    INNER JOIN flow.facts AS facts ON facts.account = controlled.account
    WHERE facts.kind = 'blocked' AND facts.time IS NOT NULL
),
stopped AS (
    SELECT DISTINCT controlled.network, controlled.dataset, controlled.entity_id, controlled.account
    FROM controlled
    LEFT SEMI JOIN blocks
        ON blocks.network = controlled.network AND blocks.dataset = controlled.dataset
            AND blocks.entity_id = controlled.entity_id
),
moves AS (
    SELECT stopped.network, stopped.dataset, stopped.entity_id, transfers.time
    FROM stopped
    INNER JOIN flow.transfers AS transfers ON transfers.src = stopped.account
    UNION ALL
    SELECT stopped.network, stopped.dataset, stopped.entity_id, transfers.time
    FROM stopped
    INNER JOIN flow.transfers AS transfers ON transfers.dst = stopped.account
),
last_moves AS (
    SELECT network, dataset, entity_id, max(time) AS last_time
    FROM moves
    WHERE time <= $until
    GROUP BY network, dataset, entity_id
),
survived AS (
    SELECT
        blocks.network,
        blocks.dataset,
        blocks.entity_id,
        count(DISTINCT CASE WHEN CAST(blocks.day AS TIMESTAMP) + INTERVAL '1 day' <= last_moves.last_time
            THEN blocks.day END) AS resumed,
        array_agg(DISTINCT blocks.ground ORDER BY blocks.ground) AS evidence
    FROM blocks
    LEFT JOIN last_moves
        ON last_moves.network = blocks.network AND last_moves.dataset = blocks.dataset
            AND last_moves.entity_id = blocks.entity_id
    GROUP BY blocks.network, blocks.dataset, blocks.entity_id
)
SELECT
    people.network,
    people.dataset || '/' || people.entity_id AS person,
    people.caption,
    coalesce(ties.attribution, 60) AS attribution,
    coalesce(places.countries, 0) AS countries,
    CASE WHEN inflow.total > 0
        THEN CAST(100 * CAST(coalesce(passed.received, 0) AS DOUBLE) / CAST(inflow.total AS DOUBLE) AS DECIMAL(38, 2))
    END AS share,
    coalesce(brokers.networks, 1) AS networks,
    launderers.network IS NOT NULL AS launders,
    survived.resumed,
    array_sort(array_distinct(array_concat(people.evidence, coalesce(ties.evidence, people.evidence)))) AS tie_rows,
    passed.evidence AS move_rows,
    CASE WHEN inflow.total > 0 THEN array_sort(coalesce(passed.reached, inflow.evidence)) END AS share_rows,
    brokers.evidence AS standing_rows,
    launderers.evidence AS launder_rows,
    survived.evidence AS block_rows,
    array_sort(array_distinct(array_concat(
        people.evidence,
        coalesce(ties.evidence, people.evidence),
        coalesce(brokers.evidence, people.evidence),
        coalesce(launderers.evidence, people.evidence),
        coalesce(survived.evidence, people.evidence)
    ))) AS evidence
FROM people
LEFT JOIN ties
    ON ties.network = people.network AND ties.dataset = people.dataset AND ties.entity_id = people.entity_id
LEFT JOIN places
    ON places.network = people.network AND places.dataset = people.dataset AND places.entity_id = people.entity_id
LEFT JOIN inflow ON inflow.network = people.network
LEFT JOIN passed
    ON passed.network = people.network AND passed.dataset = people.dataset AND passed.entity_id = people.entity_id
LEFT JOIN brokers
    ON brokers.network = people.network AND brokers.dataset = people.dataset AND brokers.entity_id = people.entity_id
LEFT JOIN launderers
    ON launderers.network = people.network AND launderers.dataset = people.dataset
        AND launderers.entity_id = people.entity_id
LEFT JOIN survived
    ON survived.network = people.network AND survived.dataset = people.dataset
        AND survived.entity_id = people.entity_id
ORDER BY people.network, person
