-- Recommendations
--
-- Shows     what the numbers of this assessment call for, by rule: a network of priority P1 or P2 is a target; assets that
--           remain where flagged money went are to be restrained; an account that serves several networks is an enabler to
--           act on; the largest corridors are for supervisors; a network of which too little is known is to be collected on.
-- Careful   the rules draft, the customer decides. Reads product_networks, product_assets, product_enablers and
--           product_corridors, which are this product's own numbers. An id is a hash of kind and subject and of the cut-off.
-- Source    reference/assessment.md 1 (priority, recommendation, action), 4 (strategic assessment, 10)
--
-- @param least_eur  DECIMAL(38, 18)  10000
-- @param corridors  BIGINT           3

WITH left_over AS (
    SELECT network, sum(remains) AS remains, count(*) AS accounts, flatten(array_agg(evidence)) AS evidence
    FROM product_assets
    WHERE remains > 0
    GROUP BY network
    HAVING sum(remains) >= $least_eur
),
ranked AS (
    SELECT origin, destination, volume, evidence, row_number() OVER (ORDER BY volume DESC, origin, destination) AS place
    FROM product_corridors
    WHERE origin <> destination AND volume > 0
),
drafts AS (
    SELECT
        CAST('target' AS VARCHAR) AS kind,
        CAST(priority AS VARCHAR) AS priority,
        CAST(network AS VARCHAR) AS subject,
        CAST(caption AS VARCHAR) AS subject_name,
        CAST(
            'Open or join an investigation of the network, deconflicted with every agency that holds a case on a member.'
            AS VARCHAR
        ) AS recommendation,
        evidence
    FROM product_networks
    WHERE priority IN ('P1', 'P2')
    UNION ALL
    SELECT
        CAST('restrain' AS VARCHAR),
        CAST(networks.priority AS VARCHAR),
        CAST(networks.network AS VARCHAR),
        CAST(networks.caption AS VARCHAR),
        CAST(
            'Seek restraint of what remains where flagged money went: EUR ' || CAST(CAST(left_over.remains AS BIGINT) AS VARCHAR)
                || ' in ' || CAST(left_over.accounts AS VARCHAR) || ' accounts and wallets.' AS VARCHAR
        ),
        left_over.evidence
    FROM left_over
    INNER JOIN product_networks AS networks ON networks.network = left_over.network
    UNION ALL
    SELECT
        CAST('collect' AS VARCHAR),
        CAST(priority AS VARCHAR),
        CAST(network AS VARCHAR),
        CAST(caption AS VARCHAR),
        CAST('Collect before judging: only ' || coverage || ' % of the weight is known, so the threat has no band.' AS VARCHAR),
        evidence
    FROM product_networks
    WHERE verdict LIKE 'Intelligence gap%'
    UNION ALL
    SELECT
        CAST('enabler' AS VARCHAR),
        CAST('enabler' AS VARCHAR),
        CAST('account/' || CAST(account AS VARCHAR) AS VARCHAR),
        CAST(coalesce(name, identifier) AS VARCHAR),
        CAST(
            'Act on the account that flagged flows of ' || CAST(networks AS VARCHAR)
                || ' networks go through: one measure meets them all.' AS VARCHAR
        ),
        evidence
    FROM product_enablers
    WHERE kind = 'account shared by networks' AND networks >= 2
    UNION ALL
    SELECT
        CAST('corridor' AS VARCHAR),
        CAST('corridor' AS VARCHAR),
        CAST(origin || '/' || destination AS VARCHAR),
        CAST(origin || ' to ' || destination AS VARCHAR),
        CAST(
            'Raise the corridor with the supervisors on both ends: it is number ' || CAST(place AS VARCHAR)
                || ' by flagged value, EUR ' || CAST(CAST(volume AS BIGINT) AS VARCHAR) || '.' AS VARCHAR
        ),
        evidence
    FROM ranked
    WHERE place <= $corridors
)
SELECT
    'R-' || substr(encode(sha256(kind || '|' || subject || '|' || CAST($to AS VARCHAR)), 'hex'), 1, 12) AS recommendation_id,
    kind,
    priority,
    subject,
    subject_name,
    recommendation,
    evidence
FROM drafts
ORDER BY
    CASE priority WHEN 'P1' THEN 1 WHEN 'P2' THEN 2 WHEN 'Watch' THEN 3 WHEN 'P3' THEN 4 ELSE 5 END,
    subject_name,
    kind,
    subject
