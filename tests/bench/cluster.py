#!/usr/bin/env python3
"""Inertia and seconds of histoencoder cluster against scikit-learn and faiss, in one run.

    python3 tests/bench/cluster.py --histoencoder BINARY [--rows 500000] [--dim 384] [--clusters 8 16 32 64 128]
                                   [--threads 2] [--seeds 5] [--features FILE.npy] [--skip kmeans faiss]

Needs scikit-learn, faiss-cpu, h5py, threadpoolctl and numpy. Rows are the mixture of cluster_rows.py, or FILE.npy.
For each k: MiniBatchKMeans as HistoEncoder calls it (all defaults, seeds 0, 1, ..; labels included), KMeans (seed 0),
faiss.Kmeans over all rows (25 iterations; labels included), and ours with --mode exact and --mode fast, k alone; then
ours with all k in one call. Every inertia is of the centroids that came out, over all rows, in float64. Of ours
the `seconds` of summary.csv count, since the others have their rows in memory; the whole command, with the reading of
the features and the writing of all tables, stands beside them.
"""
import argparse
import csv
import subprocess
import tempfile
import time
from pathlib import Path

import faiss
import numpy as np
from sklearn.cluster import KMeans, MiniBatchKMeans
from threadpoolctl import threadpool_limits

from cluster_rows import rows_in_memory
from cluster_store import read_result, write_tree


def inertia_of(rows, centroids):
    index = faiss.IndexFlatL2(rows.shape[1])
    index.add(np.ascontiguousarray(centroids, dtype=np.float32))
    total = 0.0
    for start in range(0, len(rows), 50000):
        block = rows[start : start + 50000]
        nearest = index.search(block, 1)[1][:, 0]
        total += float(np.sum((block.astype(np.float64) - centroids[nearest].astype(np.float64)) ** 2))
    return total


def timed(work):
    start = time.perf_counter()
    centroids = work()
    return time.perf_counter() - start, centroids


def mini_batch(rows, k, seed):
    fit = MiniBatchKMeans(n_clusters=k, n_init="auto", random_state=seed)
    fit.fit_predict(rows)
    return fit.cluster_centers_


def kmeans(rows, k):
    return KMeans(n_clusters=k, random_state=0).fit(rows).cluster_centers_


def faiss_kmeans(rows, k):
    fit = faiss.Kmeans(rows.shape[1], k, niter=25, max_points_per_centroid=len(rows))
    fit.train(rows)
    fit.index.search(rows, 1)
    return fit.centroids


def ours(options, tree, clusters, mode, seed):
    command = [options.histoencoder, "cluster", "-i", str(tree), "-n", *map(str, clusters), "--mode", mode, "--seed", str(seed)]
    command += ["--threads", str(options.threads), "--sheet-tiles", "0", "--sheet-random", "0", "--silhouette-sample",
                "2", "--overlays", "none", "--quiet", "--overwrite"]
    seconds, _ = timed(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))
    with open(tree / "clustering" / "summary.csv", newline="") as file:
        fitting = sum(float(row["seconds"]) for row in csv.DictReader(file))
    return fitting, seconds, [read_result(tree, k)[2] for k in clusters]


def line(name, k, seconds, inertias):
    spread = f" (least {min(inertias):.5e}, most {max(inertias):.5e})" if len(inertias) > 1 else ""
    print(f"{name:16} k = {k:<4} {np.mean(seconds):8.2f} s  inertia {np.mean(inertias):.5e}{spread}", flush=True)


def product_rate(rows, threads):
    """Seconds of the bare products of all rows with so many centroids as all k have together."""
    centroids = np.ones((248, rows.shape[1]), dtype=np.float32)
    with threadpool_limits(threads):
        best = min(timed(lambda: [rows[s : s + 4096] @ centroids.T for s in range(0, len(rows), 4096)])[0] for _ in range(3))
    rate = 2e-9 * len(rows) * rows.shape[1] * len(centroids) / best
    print(f"bare float32 products of all rows with 248 centroids: {best:.2f} s, {rate:.0f} GFLOP/s (numpy's BLAS)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histoencoder", required=True)
    parser.add_argument("--rows", type=int, default=500000)
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--features", type=Path)
    parser.add_argument("--clusters", type=int, nargs="+", default=[8, 16, 32, 64, 128])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--skip", nargs="*", default=[])
    options = parser.parse_args()
    rows = np.load(options.features) if options.features else rows_in_memory(options.rows, options.dim, 0)
    rows = np.ascontiguousarray(rows, dtype=np.float32)
    faiss.omp_set_num_threads(options.threads)
    product_rate(rows, options.threads)
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(options.threads):
        tree = Path(folder) / "tree"
        write_tree(tree, rows, 20)
        for k in options.clusters:
            runs = {"MiniBatchKMeans": [timed(lambda s=s: mini_batch(rows, k, s)) for s in range(options.seeds)]}
            if "kmeans" not in options.skip:
                runs["KMeans"] = [timed(lambda: kmeans(rows, k))]
            if "faiss" not in options.skip:
                runs["faiss"] = [timed(lambda: faiss_kmeans(rows, k))]
            for mode, seeds in (("exact", 1), ("fast", options.seeds)):
                results = [ours(options, tree, [k], mode, seed) for seed in range(seeds)]
                runs[f"ours {mode}"] = [(fitting, found[0]) for fitting, _, found in results]
                print(f"{'whole command':16} k = {k:<4} {np.mean([r[1] for r in results]):8.2f} s  ({mode})")
            for name, found in runs.items():
                line(name, k, [r[0] for r in found], [inertia_of(rows, r[1]) for r in found])
        for mode in ("exact", "fast"):
            fitting, seconds, found = ours(options, tree, options.clusters, mode, 0)
            inertias = " ".join(f"{inertia_of(rows, centroids):.5e}" for centroids in found)
            print(f"ours {mode}, all k in one call: {fitting:.2f} s (whole command {seconds:.2f} s), inertias {inertias}")


if __name__ == "__main__":
    main()
