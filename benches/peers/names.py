"""The peers of `cargo bench --bench names`: nomenklatura's name matchers and rigour, on the same labelled pairs.

usage: names.py PEER PAIRS

PAIRS is a CSV file: a, b, kind (person or company), same (1 or 0). Only the scoring is timed; entities are made before.
The first line that is printed is the seconds it took, then a line a pair: the score and `same`, tab-separated.

    logic-v2      nomenklatura.matching.LogicV2, what yente and OpenSanctions match with
    name-based    nomenklatura.matching.NameMatcher
    levenshtein   rigour.text.distance.levenshtein_similarity of the lower-case texts
"""

import csv
import sys
import time


def main() -> None:
    peer, path = sys.argv[1], sys.argv[2]
    with open(path, encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if peer == "levenshtein":
        from rigour.text.distance import levenshtein_similarity

        begun = time.perf_counter()
        scores = [levenshtein_similarity(row["a"].lower(), row["b"].lower()) for row in rows]
        seconds = time.perf_counter() - begun
    else:
        from followthemoney import EntityProxy, model
        from nomenklatura.matching import LogicV2, NameMatcher, ScoringConfig

        algorithm = LogicV2 if peer == "logic-v2" else NameMatcher
        config = ScoringConfig.defaults()

        def entity(name: str, kind: str, place: str):
            schema = "Person" if kind == "person" else "Company"
            return EntityProxy.from_dict({"id": place, "schema": schema, "properties": {"name": [name]}})

        pairs = [(entity(row["a"], row["kind"], "a"), entity(row["b"], row["kind"], "b")) for row in rows]
        begun = time.perf_counter()
        scores = [algorithm.compare(one, other, config).score for one, other in pairs]
        seconds = time.perf_counter() - begun
    print(seconds)
    for row, score in zip(rows, scores):
        print(f"{score}\t{row['same']}")


main()
