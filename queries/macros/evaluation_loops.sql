-- Recall over the loops that the data closes
--
-- Answers   where accounts are labelled and payments are not: how many labelled accounts there are, how many of them lie on a
--           loop of at most $longest payments of one and the same sum between labelled accounts, in whatever order these were
--           booked, and of how many of those a `cycle_round_trip` finding holds a payment in its evidence; for comparison, the
--           accounts of all labelled ones that such findings hold.
-- Misses    In the sample archives of AMLSim each member of a planted loop pays the next when its turn comes, and the data
--           ends before the turn of half of them (`fraudStep` -1): of 200 loops of five in 20K_cycle200 the payments of 21 are
--           there. The others are open chains, of which no rule can tell that they were to close.
-- Cost      the payments among labelled accounts, walked once for each account.
-- Example   SELECT * FROM evaluation_loops()
-- Source    reference/bank.md §2.2
--
-- @param longest  BIGINT  20

WITH RECURSIVE labelled AS (
    SELECT DISTINCT members.account
    FROM truth.members AS members
    INNER JOIN truth.schemes AS schemes ON schemes.scheme = members.scheme
    WHERE NOT schemes.decoy
),
paid AS (
    SELECT DISTINCT transfers.src, transfers.dst, transfers.amount, transfers.asset
    FROM flow.transfers AS transfers
    INNER JOIN labelled AS payers ON payers.account = transfers.src
    INNER JOIN labelled AS payees ON payees.account = transfers.dst
    WHERE transfers.src <> transfers.dst
),
ways AS (
    SELECT src AS home, dst AS at, amount, asset, 1 AS payments FROM paid
    UNION ALL
    SELECT ways.home, paid.dst, ways.amount, ways.asset, ways.payments + 1
    FROM ways
    INNER JOIN paid ON paid.src = ways.at AND paid.amount = ways.amount AND paid.asset = ways.asset
    WHERE ways.at <> ways.home AND ways.payments < $longest
),
closed AS (
    SELECT DISTINCT home AS account FROM ways WHERE at = home
),
found AS (
    SELECT DISTINCT parties.account
    FROM finding.parties AS parties
    INNER JOIN finding.findings AS findings ON findings.finding_id = parties.finding_id
    WHERE findings.typology = 'cycle_round_trip'
)
SELECT
    count(*) AS labelled,
    count(found.account) AS labelled_found,
    count(closed.account) AS on_a_loop,
    count(*) FILTER (WHERE closed.account IS NOT NULL AND found.account IS NOT NULL) AS on_a_loop_found,
    CAST(count(*) FILTER (WHERE closed.account IS NOT NULL AND found.account IS NOT NULL) AS DOUBLE)
        / nullif(count(closed.account), 0) AS recall
FROM labelled
LEFT JOIN closed ON closed.account = labelled.account
LEFT JOIN found ON found.account = labelled.account
