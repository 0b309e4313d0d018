-- Unregistered exchanger or kiosk cash-in
--
-- Id        T43
-- Version   1.0
-- Family    placement
-- Rails     X
-- Areas     any, fraud, drugs
-- Finds     bank accounts that at least $payers unrelated payers pay within $window with words of virtual assets in the
--           reference or the purpose; or wallets (clusters) that at least $kiosks kiosks feed within $kiosk_window.
-- Matters   Who changes money into coins for others without a licence asks nobody who they are; who feeds one wallet
--           from several kiosks stays below what each of them asks about.
-- Innocent  Tested: licensed exchangers and other services (intel.attributed, flow.accounts), own accounts and declared
--           family or employer (flow.related). Not tested: friends who pool, victims of a scam led to a kiosk.
-- Misses    Exchangers who tell their customers to write something else; words of other languages than those of $words;
--           kiosks that no tag names: without any the second rule finds nothing (counted in the coverage). A tag's day
--           is when somebody wrote it down: earlier payments count (weak link). Accounts with more than $max_degree such
--           payments are not tested (counted in the coverage).
-- Cost      one look at the words of every bank payment; joins of the few that have them, and of what kiosks paid.
-- Returns   the finding shape; the subject is the account or the wallet, the amount the sum received in euro, the
--           evidence the payments, in order.
-- Source    FinCEN, Guidance FIN-2019-A003 (unverified); FATF, Virtual Assets Red Flag Indicators, September 2020
--
-- @param payers        BIGINT    20
-- @param window        INTERVAL  '30 days'
-- @param kiosks        BIGINT    3
-- @param kiosk_window  INTERVAL  '24 hours'
-- @param words         VARCHAR   '(?i)\b(bitcoins?|btc|xbt|crypto\w*|krypto\w*|usdt|usdc|tether|ethereum|eth|litecoin|ltc|monero|xmr|localbitcoins|paxful)\b'
-- @param attributed    BIGINT    60
-- @param max_degree    BIGINT    5000

-- Every account of a service, read once.
CREATE TABLE ascribed AS
SELECT ledger, account, kind, name, confidence, since
FROM intel.attributed;

CREATE TABLE hits AS
WITH worded AS (
    SELECT transfer_id, time, ledger, position, src AS payer, dst AS account, value_eur
    FROM flow.transfers
    WHERE ledger = 'bank'
        AND src <> dst
        AND value_eur > 0
        AND regexp_like(concat_ws(' ', reference, purpose), $words)
),
fed AS (
    SELECT
        transfers.transfer_id,
        transfers.time,
        transfers.ledger,
        transfers.position,
        transfers.src AS payer,
        coalesce(clusters.cluster_id, transfers.dst) AS account,
        transfers.dst,
        transfers.value_eur,
        kiosks.confidence,
        kiosks.since > transfers.time AS early
    FROM (
        SELECT account, max(confidence) AS confidence, min(since) AS since
        FROM ascribed
        WHERE kind = 'kiosk'
        GROUP BY account
    ) AS kiosks
    INNER JOIN flow.transfers AS transfers ON transfers.src = kiosks.account
    LEFT JOIN btc.clusters AS clusters ON clusters.account = transfers.dst AND clusters.ledger = transfers.ledger
    WHERE transfers.src <> transfers.dst AND transfers.value_eur > 0
)
SELECT
    'words' AS rule, worded.account, worded.payer, worded.transfer_id, worded.time, worded.ledger, worded.position,
    worded.value_eur, CAST(NULL AS BIGINT) AS confidence, CAST(NULL AS BOOLEAN) AS early
FROM worded
LEFT ANTI JOIN (SELECT account FROM ascribed) AS services ON services.account = worded.account
LEFT ANTI JOIN flow.related AS related ON related.a = worded.account AND related.b = worded.payer
UNION ALL
SELECT
    'kiosks', fed.account, fed.payer, fed.transfer_id, fed.time, fed.ledger, fed.position, fed.value_eur, fed.confidence,
    fed.early
FROM fed
LEFT ANTI JOIN (SELECT account FROM ascribed) AS services ON services.account = fed.dst;

SELECT 'bank payments without reference or purpose' AS untested, count(*) AS number
FROM flow.transfers
WHERE ledger = 'bank' AND coalesce(reference, '') = '' AND coalesce(purpose, '') = '';

SELECT 'chain transfers, as no account is known to be a kiosk' AS untested, chains.number
FROM (SELECT count(*) AS number FROM flow.transfers WHERE ledger <> 'bank') AS chains
CROSS JOIN (SELECT count(*) AS number FROM ascribed WHERE kind = 'kiosk') AS known
WHERE known.number = 0;

CREATE TABLE busy AS
SELECT rule, account FROM hits GROUP BY rule, account HAVING count(*) > $max_degree;

SELECT
    'accounts with more than ' || CAST($max_degree AS VARCHAR) || ' such payments' AS untested,
    count(*) AS number
FROM busy;

CREATE TABLE seeds AS
WITH tested AS (
    SELECT hits.*
    FROM hits
    LEFT ANTI JOIN busy ON busy.account = hits.account AND busy.rule = hits.rule
)
SELECT rule, account, time, max(recent) AS payers
FROM (
    SELECT rule, account, time, count(DISTINCT payer) OVER recent AS recent
    FROM tested
    WHERE rule = 'words'
    WINDOW recent AS (PARTITION BY account ORDER BY time RANGE BETWEEN $window PRECEDING AND CURRENT ROW)
)
WHERE recent >= $payers
GROUP BY rule, account, time
UNION ALL
SELECT rule, account, time, max(recent)
FROM (
    SELECT rule, account, time, count(DISTINCT payer) OVER recent AS recent
    FROM tested
    WHERE rule = 'kiosks'
    WINDOW recent AS (PARTITION BY account ORDER BY time RANGE BETWEEN $kiosk_window PRECEDING AND CURRENT ROW)
)
WHERE recent >= $kiosks
GROUP BY rule, account, time;

WITH reached AS (
    SELECT
        hits.*,
        seeds.payers,
        CASE hits.rule WHEN 'words' THEN $window ELSE $kiosk_window END AS span,
        CASE hits.rule WHEN 'words' THEN $payers ELSE $kiosks END AS least,
        min(seeds.time) OVER (PARTITION BY hits.rule, hits.account ORDER BY hits.time DESC) AS seed_time
    FROM hits
    LEFT SEMI JOIN seeds AS found ON found.account = hits.account AND found.rule = hits.rule
    LEFT JOIN seeds ON seeds.account = hits.account AND seeds.rule = hits.rule AND seeds.time = hits.time
),
covered AS (
    SELECT
        *,
        CASE
            WHEN lag(time) OVER (PARTITION BY rule, account ORDER BY time, ledger, position, transfer_id) + span >= seed_time
            THEN 0 ELSE 1
        END AS opens
    FROM reached
    WHERE seed_time <= time + span
),
grouped AS (
    SELECT *, sum(opens) OVER (PARTITION BY rule, account ORDER BY time, ledger, position, transfer_id) AS finding
    FROM covered
),
findings AS (
    SELECT
        rule,
        account,
        finding,
        span,
        least,
        min(time) AS first_time,
        max(time) AS last_time,
        sum(value_eur) AS amount,
        count(*) AS payments,
        count(DISTINCT payer) AS payers,
        max(payers) AS most,
        min(confidence) AS confidence,
        bool_or(coalesce(early, false)) AS early,
        array_agg(transfer_id ORDER BY time, ledger, position, transfer_id) AS evidence
    FROM grouped
    GROUP BY rule, account, finding, span, least
)
SELECT
    account AS subject,
    first_time,
    last_time,
    amount,
    'EUR' AS asset,
    (0.5 + 0.5 * least((most - least) / CAST(least AS DOUBLE), 1))
        * (CASE WHEN confidence < $attributed THEN 0.8 ELSE 1.0 END)
        * (CASE WHEN early THEN 0.8 ELSE 1.0 END) AS score,
    evidence,
    CAST(payments AS VARCHAR) || ' payments of ' || CAST(CAST(amount AS DECIMAL(38, 2)) AS VARCHAR) || ' EUR in all'
        || CASE rule
            WHEN 'words' THEN ', with words of virtual assets, reached the account from ' || CAST(payers AS VARCHAR) || ' payers'
            ELSE ' reached the wallet from ' || CAST(payers AS VARCHAR) || ' kiosks'
        END
        || ' from ' || CAST(CAST(first_time AS DATE) AS VARCHAR) || ' to ' || CAST(CAST(last_time AS DATE) AS VARCHAR)
        || ', from up to ' || CAST(most AS VARCHAR) || ' of them within ' || CAST(span AS VARCHAR) || ' (at least '
        || CAST(least AS VARCHAR) || ' asked for). '
        || CASE
            WHEN confidence < $attributed THEN 'A kiosk is attributed with less certainty than asked for (weak link). '
            ELSE ''
        END
        || CASE WHEN early THEN 'Its tag was written after some of the payments (weak link). ' ELSE '' END
        || 'Tested: services, own accounts and declared family or employer are left out; not tested: friends who pool, '
        || 'victims of a scam led to a kiosk. This is an indicator, not proof.' AS explanation
FROM findings
ORDER BY subject, first_time, evidence
