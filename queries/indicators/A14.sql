-- Market control
--
-- Measures  the largest share a network has of the flagged volume of one area and region: of the euro that flagged transfers of
--           findings with a sign of the area brought to accounts of the region's banks in the window, those that came to its members
--           from outside.
-- Unknown   where the denominator is not covered: fewer than two suppliers report payments to the region in the window, or a
--           flagged transfer of the area there has no euro value.
-- Returns   the indicator shape: network, metric, value, explanation, evidence. One row a network and metric.
-- Source    reference/assessment.md 3.2, A14

WITH flagged AS (
    SELECT DISTINCT signs.area, evidence.transfer_id
    FROM (
        SELECT typology, unnest(evidence) AS transfer_id
        FROM finding.findings
        WHERE family NOT IN ('exposure', 'link')
    ) AS evidence
    INNER JOIN assess.area_signs AS signs ON signs.kind = 'typology' AND signs.sign = evidence.typology
),
market AS (
    SELECT flagged.area, places.bank_country AS region, transfers.transfer_id, transfers.value_eur
    FROM flagged
    INNER JOIN flow.transfers AS transfers ON transfers.transfer_id = flagged.transfer_id
    INNER JOIN flow.accounts AS places ON places.account = transfers.dst
    WHERE places.bank_country IS NOT NULL
        AND transfers.time > CAST($from AS TIMESTAMP) AND transfers.time <= CAST($to AS TIMESTAMP)
),
held AS (
    SELECT places.bank_country AS region, transfers.source_id
    FROM flow.transfers AS transfers
    INNER JOIN flow.accounts AS places ON places.account = transfers.dst
    WHERE transfers.time > CAST($from AS TIMESTAMP) AND transfers.time <= CAST($to AS TIMESTAMP)
    GROUP BY places.bank_country, transfers.source_id
),
suppliers AS (
    SELECT held.region, count(DISTINCT sources.supplier) AS suppliers
    FROM held
    INNER JOIN admin.source_grades AS sources ON sources.source_id = held.source_id
    GROUP BY held.region
),
volumes AS (
    SELECT market.area, market.region, sum(market.value_eur) AS volume
    FROM market
    INNER JOIN suppliers ON suppliers.region = market.region
    WHERE suppliers.suppliers >= 2
    GROUP BY market.area, market.region
    HAVING count(*) = count(market.value_eur) AND sum(market.value_eur) > 0
),
own AS (
    SELECT
        flows.network,
        market.area,
        market.region,
        sum(market.value_eur) AS volume,
        array_agg('transfer:' || CAST(market.transfer_id AS VARCHAR) ORDER BY market.transfer_id) AS evidence
    FROM market
    INNER JOIN assess.network_flows AS flows ON flows.transfer_id = market.transfer_id
    WHERE flows.side = 'inflow'
    GROUP BY flows.network, market.area, market.region
),
shares AS (
    SELECT
        own.network,
        own.area,
        own.region,
        own.evidence,
        CAST(round(100 * CAST(own.volume AS DOUBLE) / CAST(volumes.volume AS DOUBLE), 6) AS DECIMAL(38, 18)) AS share
    FROM own
    INNER JOIN volumes ON volumes.area = own.area AND volumes.region = own.region
),
ranked AS (
    SELECT
        network,
        area,
        region,
        share,
        evidence,
        row_number() OVER (PARTITION BY network ORDER BY share DESC, area, region) AS place
    FROM shares
)
SELECT
    network,
    'value' AS metric,
    share AS value,
    'Of the flagged volume of ' || area || ' in ' || region || ' in the window.' AS explanation,
    evidence
FROM ranked
WHERE place = 1
ORDER BY network
