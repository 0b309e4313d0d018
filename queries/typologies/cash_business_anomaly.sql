-- Cash-intensive business anomaly
--
-- Id        T16
-- Version   1.0
-- Family    placement
-- Rails     B
-- Areas     drugs, tax
-- Finds     businesses whose share of cash among what they receive in $window is more than $peer_x times that of 95 in
--           100 peers of their sector; where that would be more than all, those whose monthly cash is more than $peer_x
--           times that of 95 in 100 peers. And more than $season_x times their own cash of the same window a year
--           before.
-- Matters   A bar or a car wash explains cash: criminal money is paid in as if guests had spent it.
-- Innocent  Tested: season, where the business has a year of history (else a weak link). Not tested: fair, broken card
--           terminal, changed bank.
-- Misses    Businesses of which no source says the sector, or with fewer than $peers peers (counted in the coverage);
--           cash below $min_cash euro in a window, which is not of the catalogue. Peers share the first $digits digits
--           of the NACE code; each peer is its cash and its share over all of the data, and the subject is none of its
--           own peers. A window ends with the last cash of a day and begins no earlier than the business. Takings
--           carried to another bank.
-- Cost      sums per business; `rolling` over the credits of those with enough cash. No cap on busy accounts: it is
--           linear.
-- Returns   the finding shape; the subject is the business, the amount its cash above the peers' in the worst window in
--           euro, the evidence its cash in the windows, in the order of time.
-- Source    FATF and Egmont, Trade-Based Money Laundering Risk Indicators, March 2021; FATF, Professional Money
--           Laundering, 2018
-- Requires  flow.fact_kinds.sector
--
-- @param peer_x    DECIMAL(9, 4)    3
-- @param window    INTERVAL         '90 days'
-- @param season_x  DECIMAL(9, 4)    1.5
-- @param peers     BIGINT           10
-- @param digits    BIGINT           2
-- @param min_cash  DECIMAL(38, 18)  0

SELECT 'accounts of companies of which no source says the sector' AS untested, count(DISTINCT holders.account) AS number
FROM flow.holders AS holders
LEFT ANTI JOIN flow.fact_kinds AS facts ON facts.account = holders.account AND facts.sector IS NOT NULL
WHERE lower(holders.kind) = 'company';

CREATE VIEW credits AS
SELECT
    businesses.account,
    businesses.sector,
    transfers.transfer_id,
    transfers.time,
    transfers.ledger,
    transfers.position,
    transfers.src,
    transfers.value_eur,
    coalesce(transfers.channel, '') = 'cash' OR coalesce(payer.service, '') = 'cash' AS cash
FROM (
    SELECT facts.account, min(substr(replace(facts.sector, '.', ''), 1, $digits)) AS sector
    FROM flow.fact_kinds AS facts
    WHERE facts.sector IS NOT NULL
    GROUP BY facts.account
) AS businesses
INNER JOIN flow.transfers AS transfers ON transfers.dst = businesses.account
LEFT JOIN flow.accounts AS payer ON payer.account = transfers.src
WHERE transfers.ledger = 'bank' AND transfers.src <> transfers.dst AND transfers.value_eur > 0;

CREATE TABLE businesses AS
SELECT
    account,
    sector,
    min(time) AS since,
    sum(CASE WHEN cash THEN value_eur ELSE 0 END) AS cash,
    CAST(sum(CASE WHEN cash THEN value_eur ELSE 0 END) AS DOUBLE) / CAST(sum(value_eur) AS DOUBLE) AS share,
    CAST(count(*) OVER (PARTITION BY sector) AS BIGINT) - 1 AS peers
FROM credits
GROUP BY account, sector;

SELECT 'businesses with fewer than ' || CAST($peers AS VARCHAR) || ' peers' AS untested, count(*) AS number
FROM businesses
WHERE peers < $peers;

-- The value that 95 in 100 of the others do not exceed: the one at this place among all, or the next one for those
-- whose own place is up to it. Months are of 30 days.
CREATE TABLE measured AS
WITH extent AS (
    SELECT greatest((date_part('epoch', max(time)) - date_part('epoch', min(time))) / 86400 / 30, 1) AS months
    FROM flow.transfers
    WHERE ledger = 'bank'
),
ranked AS (
    SELECT
        businesses.*,
        CAST(cash AS DOUBLE) / extent.months AS monthly,
        row_number() OVER (PARTITION BY sector ORDER BY share, account) AS share_place,
        row_number() OVER (PARTITION BY sector ORDER BY cash, account) AS cash_place,
        CAST(ceil(0.95 * peers) AS BIGINT) AS place
    FROM businesses
    CROSS JOIN extent
    WHERE peers >= $peers
),
marks AS (
    SELECT
        sector,
        max(CASE WHEN share_place = place THEN share END) AS share_low,
        max(CASE WHEN share_place = place + 1 THEN share END) AS share_high,
        max(CASE WHEN cash_place = place THEN monthly END) AS monthly_low,
        max(CASE WHEN cash_place = place + 1 THEN monthly END) AS monthly_high
    FROM ranked
    GROUP BY sector
)
SELECT
    ranked.account,
    ranked.sector,
    ranked.since,
    ranked.peers,
    CASE WHEN share_place <= place THEN share_high ELSE share_low END AS peer_share,
    CASE WHEN cash_place <= place THEN monthly_high ELSE monthly_low END AS peer_monthly
FROM ranked
INNER JOIN marks ON marks.sector = ranked.sector
WHERE ranked.cash > 0 AND ranked.cash >= $min_cash;

CREATE TABLE takings AS
SELECT credits.*
FROM measured
INNER JOIN credits ON credits.account = measured.account;

CREATE TABLE windows AS
WITH everything AS (
    SELECT transfer_id, in_sum
    FROM rolling(
        (SELECT transfer_id, src, account AS dst, time, position, value_eur AS amount FROM takings),
        window => $window,
        ties => 'peers'
    )
    WHERE side = 'received'
),
paid_in AS (
    SELECT account, transfer_id, time, in_sum
    FROM rolling(
        (SELECT transfer_id, src, account AS dst, time, position, value_eur AS amount FROM takings WHERE cash),
        window => $window,
        ties => 'peers'
    )
    WHERE side = 'received'
)
SELECT
    paid_in.account,
    max(paid_in.time) AS time,
    max(paid_in.in_sum) AS cash,
    max(everything.in_sum) AS total
FROM (
    SELECT *, row_number() OVER (PARTITION BY account, date_trunc('day', time) ORDER BY time DESC, transfer_id) AS place
    FROM paid_in
) AS paid_in
INNER JOIN everything ON everything.transfer_id = paid_in.transfer_id
WHERE paid_in.place = 1
GROUP BY paid_in.account, date_trunc('day', paid_in.time);

CREATE TABLE seeds AS
WITH lengths AS (
    SELECT
        measured.*,
        windows.time,
        windows.cash,
        windows.total,
        CAST(windows.cash AS DOUBLE) / CAST(windows.total AS DOUBLE) AS share,
        CAST($peer_x AS DOUBLE) * peer_share > 1 AS by_volume,
        peer_monthly * date_part('epoch', $window) / 86400 / 30 AS peer_volume
    FROM measured
    INNER JOIN windows ON windows.account = measured.account
    WHERE windows.cash >= $min_cash AND windows.time >= measured.since + $window
),
unusual AS (
    SELECT
        *,
        CASE WHEN by_volume THEN CAST(cash AS DOUBLE) ELSE share END AS own,
        CASE WHEN by_volume THEN peer_volume ELSE peer_share END AS peer,
        CASE
            WHEN by_volume THEN CAST(cash AS DOUBLE) - peer_volume
            ELSE CAST(cash AS DOUBLE) - peer_share * CAST(total AS DOUBLE)
        END AS excess,
        since <= time - INTERVAL '365 days' - $window AS seasoned
    FROM lengths
    WHERE CASE
        WHEN by_volume THEN CAST(cash AS DOUBLE) > CAST($peer_x AS DOUBLE) * peer_volume
        ELSE share > CAST($peer_x AS DOUBLE) * peer_share
    END
),
before AS (
    SELECT unusual.account, unusual.time, sum(takings.value_eur) AS cash
    FROM unusual
    INNER JOIN takings
        ON takings.account = unusual.account
        AND takings.cash
        AND takings.time <= unusual.time - INTERVAL '365 days'
        AND takings.time >= unusual.time - INTERVAL '365 days' - $window
    WHERE unusual.seasoned
    GROUP BY unusual.account, unusual.time
)
SELECT unusual.*, coalesce(before.cash, 0) AS year_before
FROM unusual
LEFT JOIN before ON before.account = unusual.account AND before.time = unusual.time
WHERE NOT unusual.seasoned OR unusual.cash > $season_x * coalesce(before.cash, 0);

CREATE TABLE grouped AS
WITH reached AS (
    SELECT
        takings.*,
        min(seeds.time) OVER (
            PARTITION BY takings.account
            ORDER BY takings.time
            RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
        ) AS seed_time
    FROM takings
    LEFT SEMI JOIN seeds AS own ON own.account = takings.account
    LEFT JOIN seeds ON seeds.account = takings.account AND seeds.time = takings.time
    WHERE takings.cash
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
)
SELECT *, sum(opens) OVER (PARTITION BY account ORDER BY time, ledger, position, transfer_id) AS finding
FROM covered;

WITH scored AS (
    SELECT
        seeds.*,
        (
            0.5 + 0.5 * (
                CASE
                    WHEN peer * CAST($peer_x AS DOUBLE) = 0 THEN CAST(1 AS DOUBLE)
                    ELSE least(own / (CAST($peer_x AS DOUBLE) * peer) - 1, 1)
                END
                + CASE
                    WHEN NOT seasoned THEN 0
                    WHEN year_before = 0 OR $season_x = 0 THEN 1
                    ELSE least(CAST(cash AS DOUBLE) / (CAST($season_x AS DOUBLE) * CAST(year_before AS DOUBLE)) - 1, 1)
                END
            ) / (CASE WHEN seasoned THEN 2 ELSE 1 END)
        ) * (CASE WHEN seasoned THEN 1.0 ELSE 0.8 END) AS score
    FROM seeds
),
worst AS (
    SELECT
        scored.*,
        grouped.finding,
        row_number() OVER (
            PARTITION BY scored.account, grouped.finding
            ORDER BY scored.excess DESC, scored.time
        ) AS place
    FROM scored
    INNER JOIN (SELECT DISTINCT account, time, finding FROM grouped) AS grouped
        ON grouped.account = scored.account
        AND grouped.time = scored.time
),
evidence AS (
    SELECT
        account,
        finding,
        min(time) AS first_time,
        max(time) AS last_time,
        count(*) AS payments,
        array_agg(transfer_id ORDER BY time, ledger, position, transfer_id) AS evidence
    FROM grouped
    GROUP BY account, finding
)
SELECT
    worst.account AS subject,
    evidence.first_time,
    evidence.last_time,
    CAST(CAST(worst.excess AS DECIMAL(38, 6)) AS DECIMAL(38, 18)) AS amount,
    'EUR' AS asset,
    worst.score,
    evidence.evidence,
    'In the ' || CAST($window AS VARCHAR) || ' to ' || CAST(CAST(worst.time AS DATE) AS VARCHAR)
        || ' the business of sector ' || sector || ' received ' || CAST(CAST(cash AS DECIMAL(38, 2)) AS VARCHAR)
        || ' EUR in cash, ' || CAST(CAST(share AS DECIMAL(38, 4)) AS VARCHAR) || ' of all it received; '
        || CASE
            WHEN by_volume THEN '95 in 100 of its ' || CAST(peers AS VARCHAR) || ' peers take no more than '
                || CAST(CAST(peer AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR in as long a time'
            ELSE 'of 95 in 100 of its ' || CAST(peers AS VARCHAR) || ' peers cash is no more than '
                || CAST(CAST(peer AS DECIMAL(38, 4)) AS VARCHAR) || ' of all'
        END
        || ' (more than ' || CAST(CAST($peer_x AS DECIMAL(9, 2)) AS VARCHAR) || ' times that asked for). '
        || CASE
            WHEN seasoned THEN 'A year before it was ' || CAST(CAST(year_before AS DECIMAL(38, 2)) AS VARCHAR)
                || ' EUR (more than ' || CAST(CAST($season_x AS DECIMAL(9, 2)) AS VARCHAR) || ' times that asked for). '
            ELSE 'There is no year of history to compare with (weak link). '
        END
        || 'The evidence is ' || CAST(payments AS VARCHAR) || ' payments in cash from '
        || CAST(CAST(first_time AS DATE) AS VARCHAR) || ' to ' || CAST(CAST(last_time AS DATE) AS VARCHAR) || '. '
        || CASE WHEN seasoned THEN 'Tested: season; not tested: ' ELSE 'Not tested: season, ' END
        || 'fair, broken card terminal, changed bank. This is an indicator, not proof.' AS explanation
FROM worst
INNER JOIN evidence ON evidence.account = worst.account AND evidence.finding = worst.finding
WHERE worst.place = 1
ORDER BY subject, first_time, evidence
