"""The peers of `cargo bench --bench graph`: DuckDB and snapml's Graph Feature Preprocessor on the same transfers.

usage: graph.py PEER TRANSFERS THREADS LIMIT SEED

TRANSFERS is a CSV file: edge, src, dst, time (microseconds), amount, in the order of `edge`. Only the work is timed;
the data lie in memory before. One line a work is printed: its name, the seconds, and what was found, tab-separated.

    duckdb    name  seconds  count  checksum       median of three; of one where that took over five seconds
    duckdb    name  timeout                        LIMIT seconds were not enough
    snapml    name  seconds  transfers             stops after LIMIT seconds, at so many transfers; the faster of
                                                   one thread and THREADS

DuckDB is asked for exactly what Headwater answers: "later" is a larger `edge`, windows are closed at both ends. snapml
counts other things (see graph.rs), so its counts are not printed.
"""

import sys
import threading
import time

# The transfers an account paid and received in the twelve hours up to each of its own, with their ties.
ROLLING = """
SELECT sum(paid + received), sum(paid_sum + received_sum) + sum(paid_fan + received_fan)
FROM (
    SELECT count(*) OVER pays AS paid, sum(amount) OVER pays AS paid_sum, count(DISTINCT dst) OVER pays AS paid_fan,
           count(*) OVER receives AS received, sum(amount) OVER receives AS received_sum,
           count(DISTINCT src) OVER receives AS received_fan
    FROM transfers
    WINDOW pays AS (PARTITION BY src ORDER BY time RANGE BETWEEN INTERVAL 12 HOURS PRECEDING AND CURRENT ROW),
           receives AS (PARTITION BY dst ORDER BY time RANGE BETWEEN INTERVAL 12 HOURS PRECEDING AND CURRENT ROW)
)
"""

SUCCESSIONS = """
SELECT count(*), coalesce(sum(3 * receipt.edge + payment.edge), 0)
FROM transfers AS receipt
JOIN transfers AS payment
  ON payment.src = receipt.dst AND payment.edge > receipt.edge AND payment.time <= receipt.time + INTERVAL 24 HOURS
WHERE receipt.src <> receipt.dst AND payment.src <> payment.dst
"""

# Legs by a join; then two legs of one source and sink, through two accounts, in one window. That is a pair of accounts
# between which Headwater finds an instance. Grouping first leaves few legs for the second join.
SCATTER_GATHER = """
WITH legs AS (
    SELECT scatter.src AS source, gather.dst AS sink, scatter.dst AS middle, scatter.time AS first, gather.time AS last
    FROM transfers AS scatter
    JOIN transfers AS gather
      ON gather.src = scatter.dst AND gather.edge > scatter.edge AND gather.time <= scatter.time + INTERVAL 6 HOURS
    WHERE scatter.src <> scatter.dst AND gather.dst <> scatter.src AND gather.dst <> scatter.dst
),
ends AS (SELECT source, sink FROM legs GROUP BY source, sink HAVING min(middle) <> max(middle)),
candidates AS MATERIALIZED (SELECT legs.* FROM legs JOIN ends USING (source, sink)),
pairs AS (
    SELECT DISTINCT source, sink
    FROM candidates AS one
    JOIN candidates AS other USING (source, sink)
    WHERE one.middle < other.middle
      AND greatest(one.last, other.last) <= least(one.first, other.first) + INTERVAL 6 HOURS
)
SELECT count(*), coalesce(sum(source % 1000003 * 7 + sink % 1000003), 0) FROM pairs
"""

CYCLES = """
WITH RECURSIVE walk(home, node, until, last, nodes, edges) AS (
    SELECT src, dst, time + INTERVAL 24 HOURS, edge, [src, dst], [edge]
    FROM transfers
    WHERE src <> dst
    UNION ALL
    SELECT home, dst, until, edge, list_append(nodes, dst), list_append(edges, edge)
    FROM walk
    JOIN transfers ON src = node AND edge > last AND time <= until
    WHERE node <> home AND len(edges) < 10 AND (dst = home OR NOT list_contains(nodes, dst))
)
SELECT count(*), coalesce(sum(list_sum(edges) + 7 * last), 0) FROM walk WHERE node = home
"""

TRACE = """
WITH RECURSIVE reached(edge, node, hop) AS (
    SELECT edge, dst, 1 FROM transfers WHERE edge = {seed}
    UNION
    SELECT transfers.edge, dst, hop + 1
    FROM reached
    JOIN transfers ON src = node AND transfers.edge > reached.edge
    WHERE hop < 6 AND src <> dst
)
SELECT count(*), sum(7 * edge + hop) FROM (SELECT edge, min(hop) AS hop FROM reached GROUP BY edge)
"""

# The same: an account pays tainted money from its earliest arrival on, so that one row a hop and account is enough.
LEVELS = """
WITH RECURSIVE arrived(node, hop, first) AS (
    SELECT dst, 1, edge FROM transfers WHERE edge = {seed}
    UNION ALL
    SELECT dst, hop + 1, min(edge)
    FROM arrived
    JOIN transfers ON src = node AND edge > first
    WHERE hop < 5 AND src <> dst
    GROUP BY dst, hop + 1
),
reached AS (
    SELECT {seed} AS edge, 1 AS hop
    UNION ALL
    SELECT edge, hop + 1 FROM arrived JOIN transfers ON src = node AND edge > first WHERE src <> dst
)
SELECT count(*), sum(7 * edge + hop) FROM (SELECT edge, min(hop) AS hop FROM reached GROUP BY edge)
"""

DAY, HOUR = 86400, 3600
# IBM's settings for its AML data, but fan and degree over the twelve hours that are measured here (also their default).
SNAPML = {
    "rolling": {
        "fan": True, "fan_tw": 12 * HOUR, "degree": True, "degree_tw": 12 * HOUR,
        "vertex_stats": True, "vertex_stats_tw": 12 * HOUR, "vertex_stats_cols": [4], "vertex_stats_feats": [0, 1, 4],
    },
    "scatter_gather": {"scatter-gather": True, "scatter-gather_tw": 6 * HOUR},
    "cycles": {"temp-cycle": True, "temp-cycle_tw": DAY},
    "cycles (lc-cycle)": {"lc-cycle": True, "lc-cycle_tw": DAY, "lc-cycle_len": 10},
}
BATCH = 128


def duckdb_answers(source, threads, limit, seed):
    import duckdb

    queries = {
        "rolling": ROLLING,
        "successions": SUCCESSIONS,
        "scatter_gather": SCATTER_GATHER,
        "cycles": CYCLES,
        "trace": TRACE.format(seed=seed),
        "trace (levels)": LEVELS.format(seed=seed),
    }
    connection = duckdb.connect(config={"threads": threads, "memory_limit": "8GB"})
    connection.execute(
        "CREATE TABLE transfers AS SELECT edge, src, dst, make_timestamp(time) AS time, amount FROM read_csv(?, "
        "columns = {edge: BIGINT, src: BIGINT, dst: BIGINT, time: BIGINT, amount: BIGINT}, header = true)",
        [source],
    )
    for name, query in queries.items():
        runs = []
        try:
            while not runs or (len(runs) < 3 and max(runs) < 5):
                timer = threading.Timer(limit, connection.interrupt)
                timer.start()
                start = time.perf_counter()
                count, checksum = connection.execute(query).fetchone()
                runs.append(time.perf_counter() - start)
                timer.cancel()
            say(name, sorted(runs)[len(runs) // 2], int(count), int(checksum))
        except duckdb.InterruptException:
            say(name, "timeout")
        except duckdb.OutOfMemoryException:
            timer.cancel()
            say(name, "memory")


def snapml_rates(source, threads, limit):
    import numpy
    from snapml import GraphFeaturePreprocessor

    edge, src, dst, micros, amount = numpy.loadtxt(source, delimiter=",", skiprows=1, dtype=numpy.int64, unpack=True)
    # It reads floats, which do not hold 64-bit keys: accounts are numbered first, outside the time measured.
    nodes = numpy.unique(numpy.concatenate([src, dst]), return_inverse=True)[1]
    columns = [edge, nodes[: len(edge)], nodes[len(edge) :], micros // 1_000_000, amount]
    rows = numpy.ascontiguousarray(numpy.column_stack(columns).astype(numpy.float64))
    patterns = ["fan", "degree", "scatter-gather", "temp-cycle", "lc-cycle"]
    for name, settings in SNAPML.items():
        rates = []
        for count in sorted({1, threads}):
            parameters = {"num_threads": count, "vertex_stats": False, **{pattern: False for pattern in patterns}}
            parameters |= {f"{pattern}_bins": [2, 3] for pattern in patterns} | settings
            parameters["time_window"] = max(value for key, value in settings.items() if key.endswith("_tw"))
            preprocessor = GraphFeaturePreprocessor()
            preprocessor.set_params(parameters)
            done, start = 0, time.perf_counter()
            while done < len(rows) and time.perf_counter() - start < limit:
                preprocessor.transform(rows[done : done + BATCH])
                done = min(done + BATCH, len(rows))
            rates.append((time.perf_counter() - start, done))
        say(name, *min(rates, key=lambda rate: rate[0] / rate[1]))


def say(*words):
    print(*words, sep="\t", flush=True)


def main():
    peer, source = sys.argv[1:3]
    threads, limit, seed = (int(argument) for argument in sys.argv[3:6])
    try:
        if peer == "duckdb":
            duckdb_answers(source, threads, limit, seed)
        else:
            snapml_rates(source, threads, limit)
    except ModuleNotFoundError as missing:
        say("missing", missing.name)


main()
