#!/usr/bin/env python3
"""How well clusters agree with the squares of tissue-array.tiff: adjusted Rand index and purity for each k.

    python3 tests/parity/tissue_array.py CLUSTERS.csv TISSUE-ARRAY.json

A tile counts for the square that holds its centre, and not at all where none does. The index is scikit-learn's.
"""
import collections
import csv
import json
import sys

from sklearn.metrics import adjusted_rand_score


def label_at(regions, x, y):
    return next((r["label"] for r in regions if r["x"] <= x < r["x"] + r["w"] and r["y"] <= y < r["y"] + r["h"]), None)


def main():
    with open(sys.argv[1], newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with open(sys.argv[2], encoding="utf-8") as file:
        regions = json.load(file)["regions"]
    named = [(label_at(regions, int(row["x"]) + int(row["w"]) // 2, int(row["y"]) + int(row["h"]) // 2), row)
             for row in rows]
    named = [(label, row) for label, row in named if label]
    labels = [label for label, _ in named]
    print(f"{len(named)} of {len(rows)} tiles lie in squares of {len(set(labels))} labels")
    for column in rows[0]:
        if not column.startswith("n_clusters="):
            continue
        clusters = collections.defaultdict(collections.Counter)
        for label, row in named:
            clusters[row[column]][label] += 1
        majority = sum(counts.most_common(1)[0][1] for counts in clusters.values())
        index = adjusted_rand_score(labels, [row[column] for _, row in named])
        print(f"{column}: adjusted Rand index {index:.3f}, purity {majority / len(named):.3f}")


if __name__ == "__main__":
    main()
