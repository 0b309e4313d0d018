"""The peer of `cargo bench --bench bitcoin` for clusters: graphsense-clustering (Rust over Arrow) on the same sets.

usage: clusters.py FOLDER

FOLDER holds three files of little-endian 32-bit numbers: `starts` and `members`, the input scripts of each transaction,
numbered from 1, and `clusters`, the smallest member of the cluster of each script as Headwater found it. RAYON_NUM_THREADS
says how many threads. Only the work is timed, from an empty union-find to the mapping; the sets lie in memory before.
Median of three. One line is printed: the seconds, the least seconds of processor time, the peak of memory in bytes, and "same" or what differs, tab-separated;
or "missing" and the module.
"""

import sys
import time
from pathlib import Path


def numbers(pyarrow, path, kind):
    data = path.read_bytes()
    return pyarrow.Array.from_buffers(kind, len(data) // 4, [None, pyarrow.py_buffer(data)])


def peak():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def run(pyarrow, clustering, folder):
    starts = numbers(pyarrow, folder / "starts", pyarrow.int32())
    members = numbers(pyarrow, folder / "members", pyarrow.uint32())
    sets = pyarrow.ListArray.from_arrays(starts, members)
    expected = numbers(pyarrow, folder / "clusters", pyarrow.uint32())
    runs, found = [], None
    while len(runs) < 3:
        del found
        start, busy = time.perf_counter(), time.process_time()
        union = clustering(max_address_id=len(expected))
        union.process_transactions_arrow(sets)
        found = union.get_mapping()
        runs.append((time.perf_counter() - start, time.process_time() - busy))
    most = peak()
    clusters = found.column("cluster_id").slice(1).cast(pyarrow.uint32())
    verdict = "same" if clusters.equals(expected) else "differs"
    print(sorted(runs)[1][0], min(busy for _, busy in runs), most, verdict, sep="\t")


def main():
    try:
        import pyarrow
        from gs_clustering import Clustering
    except ModuleNotFoundError as missing:
        print("missing", missing.name, sep="\t")
        return
    run(pyarrow, Clustering, Path(sys.argv[1]))


main()
