#!/usr/bin/env python3
"""Are histoencoder's clusters of one start scikit-learn's?

    python3 tests/parity/kmeans.py HISTOENCODER IRIS_CSV [--rows 100000]

Needs scikit-learn, numpy and h5py. Iris from rows 0, 50 and 100, and 100,000 x 384 rows of a mixture from rows of their
own: Lloyd to the end from the same centres. The labels have to be the same up to the clusters' names, which ours gives
by size, and the inertias equal to 1e-5; with the cosine metric against Lloyd written out with numpy; with principal
components against KMeans on the rows that PCA projects, from its axes; and the axes that --pca finds against PCA's.
"""
import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
from cluster_rows import rows_in_memory  # noqa: E402
from cluster_store import read_pca, read_result, write_centroids, write_tree  # noqa: E402


def spherical(rows, centres, most=300):
    """Labels and sum of 1 - cosine, in float64."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    centres = centres / np.linalg.norm(centres, axis=1, keepdims=True)
    labels = None
    for _ in range(most):
        found = np.argmax(unit @ centres.T, axis=1)
        if labels is not None and np.array_equal(found, labels):
            break
        labels = found
        sums = np.stack([unit[labels == c].sum(axis=0) for c in range(len(centres))])
        centres = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return labels, float(np.sum(1.0 - np.einsum("ij,ij->i", unit, centres[labels])))


def lloyd(rows, centres):
    fit = KMeans(len(centres), init=centres, n_init=1, tol=0, algorithm="lloyd").fit(rows)
    return fit.labels_, fit.inertia_


def renamed(labels):
    """In the order of first rows, so that names do not matter."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]


def run(program, *arguments):
    subprocess.run([program, "cluster", "--quiet", "--sheet-tiles", "0", *map(str, arguments)], check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip


def ours(program, rows, centres, metric, pca, folder):
    write_tree(folder / "tree", rows, 3)
    write_centroids(folder / "start.h5", centres, metric, pca)
    k = len(centres)
    run(program, "-i", folder / "tree", "-n", k, "--init", folder / "start.h5", "--metric", metric, "--tol", 0, "--max-iter", 1000)
    labels, attributes, _ = read_result(folder / "tree", k)
    return labels, attributes["inertia"]


def compare_axes(name, program, rows, axes):
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        write_tree(tree, rows, 3)
        run(program, "-i", tree, "-n", 2, "--mode", "fast", "--pca", len(axes.components_))
        mean, found, variances = read_pca(tree)
    errors = [np.abs(mean[0] - axes.mean_).max(), np.abs(variances[0] / axes.explained_variance_ - 1).max(),
              1 - np.abs(np.sum(found * axes.components_, axis=1)).min()]  # fmt: skip
    good = max(errors) < 1e-5
    print(f"{'ok  ' if good else 'FAIL'} {name}, axes: mean {errors[0]:.1e}, variances {errors[1]:.1e}, 1 - cosine {errors[2]:.1e}")
    return good


def compare(name, program, rows, centres, expected, metric="euclidean", pca=None):
    with tempfile.TemporaryDirectory() as folder:
        labels, inertia = ours(program, rows, centres, metric, pca, Path(folder))
    differ = int(np.sum(renamed(labels) != renamed(expected[0])))
    error = abs(inertia / expected[1] - 1.0)
    good = differ == 0 and error <= 1e-5
    print(f"{'ok  ' if good else 'FAIL'} {name}: {differ} of {len(rows)} labels differ, inertia {inertia:.9g} against "
          f"{expected[1]:.9g} ({error:.1e})")  # fmt: skip
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("iris", type=Path)
    parser.add_argument("--rows", type=int, default=100000)
    options = parser.parse_args()
    iris = np.genfromtxt(options.iris, delimiter=",", skip_header=1, usecols=range(4), dtype=np.float64).astype(np.float32)
    mixture = rows_in_memory(options.rows, 384, 0)
    cases = [("iris", iris, iris[[0, 50, 100]])]
    cases += [(f"mixture, k = {k}", mixture, mixture[np.random.default_rng(k).choice(len(mixture), k, False)]) for k in (8, 64)]
    good = True
    for name, rows, centres in cases:
        wide = rows.astype(np.float64)
        good &= compare(name, options.program, rows, centres, lloyd(wide, centres.astype(np.float64)))
        good &= compare(f"{name}, cosine", options.program, rows, centres, spherical(wide, centres.astype(np.float64)),
                        "cosine")  # fmt: skip
        axes = PCA(min(4, rows.shape[1]) if name == "iris" else 32, svd_solver="full").fit(wide)
        projected = axes.transform(wide).astype(np.float32).astype(np.float64)
        start = axes.transform(centres.astype(np.float64)).astype(np.float32)
        pca = axes.mean_, axes.components_, axes.explained_variance_
        good &= compare(f"{name}, principal components", options.program, rows, start, lloyd(projected, start), pca=pca)
        good &= compare_axes(name, options.program, rows, axes)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
