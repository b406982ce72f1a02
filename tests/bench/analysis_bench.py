#!/usr/bin/env python3
"""knn, probe, compose and embed on a million tiles, beside scikit-learn and numpy, in one run.

    python3 tests/bench/analysis_bench.py --histoencoder BINARY --scratch FOLDER [--rows 1000000] [--dim 384]
        [--references 50000] [--fewer ROWS] [--classes 10] [--threads 2] [--only compose mean panther probe knn]

Needs scikit-learn, h5py, threadpoolctl and numpy. Rows are the mixture of cluster_rows.py; a row's class is the nearest
of so many of its centres, where one row in ten has another class. They lie in 20 slides as float32, come in by
`convert --from npy`, and are read from there by both sides; labels are a CSV with a line a tile. Each side is one
process of its own, with all its reading and writing, of which wall seconds, CPU seconds and the most memory are
printed, and what shows that both did the same. The probes have the same cost and stop where no component of the
gradient of the mean loss exceeds 1e-4. FOLDER takes about 4 GB for a million rows; what is there already is kept.
"""
import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

SLIDES = 20
NEIGHBOURS = 20
PROTOTYPES = 16
CLUSTERS = 32
TOLERANCE = 1e-4
# Threads that wait for others sleep, so that seconds of processors tell of work where the machine is not ours alone.
PATIENT = {"OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_THREAD_TIMEOUT": "4"}
COST = 1.0


# The data


def write_table(file, header, rows):
    with open(file, "w", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)


def classes_of(rows, centres, rng):
    """The nearest centre, or by chance another class for one row in ten."""
    distances = (centres**2).sum(1) - 2.0 * rows @ centres.T
    labels = distances.argmin(1)
    by_chance = rng.random(len(rows)) < 0.1
    labels[by_chance] = rng.integers(0, len(centres), by_chance.sum())
    return labels


def places_of(count):
    number = np.arange(count)
    return np.stack([number % 1000 * 256, number // 1000 * 256, np.full(count, 256), np.full(count, 256)], axis=1)


def write_rows(options, name, rows, labels, split):
    """A tree of slides with features, labels and clusters; and FOLDER/NAME.csv."""
    tree, foreign = options.scratch / name, options.scratch / (name + "_npy")
    foreign.mkdir()
    lines = []
    parts = np.array_split(np.arange(len(rows)), SLIDES)
    for number, part in enumerate(parts):
        slide = f"{name}_{number:02}"
        np.save(foreign / f"{slide}.npy", rows[part])
        np.save(foreign / f"{slide}.coords.npy", places_of(len(part)))
        lines += [(slide, x, y, f"c{label}", f"{name}_P{number // 2}", split)
                  for (x, y, _, _), label in zip(places_of(len(part)).tolist(), labels[part])]
    write_table(options.scratch / f"{name}.csv", ("slide", "x", "y", "label", "patient", "split"), lines)
    spend([options.histoencoder, "convert", "-i", foreign, "--from", "npy", "-o", tree, "--quiet"])
    for number, part in enumerate(parts):
        clusters = [(x, y, w, h, f"tiles/x{x}_y{y}_w{w}_h{h}.jpeg", cluster) for (x, y, w, h), cluster in
                    zip(places_of(len(part)).tolist(), (labels[part] * 7 + part) % CLUSTERS)]
        write_table(tree / f"{name}_{number:02}" / "clusters.csv", ("x", "y", "w", "h", "path", f"n_clusters={CLUSTERS}"),
                    clusters)
    shutil.rmtree(foreign)


def prepare(options):
    if (options.scratch / "ready").exists():
        return
    from cluster_rows import rows_in_memory

    shutil.rmtree(options.scratch, ignore_errors=True)
    options.scratch.mkdir(parents=True)
    rng = np.random.default_rng(0)
    rows = rows_in_memory(options.rows + options.references, options.dim, 0)
    labels = classes_of(rows, rows[rng.choice(len(rows), options.classes, replace=False)].copy(), rng)
    write_rows(options, "all", rows[: options.rows], labels[: options.rows], "train")
    write_rows(options, "references", rows[options.rows :], labels[options.rows :], "test")
    (options.scratch / "ready").touch()


# What a process takes


def spend(words, **environment):
    """Wall seconds, CPU seconds and the most memory in GB of a process and of no other."""
    words = [str(word) for word in words]
    print("+", *words, file=sys.stderr, flush=True)
    with tempfile.NamedTemporaryFile("r") as said:
        # Not by wait4: the most memory that it tells of counts this process too, whose child it was before its exec.
        done = subprocess.run(["/usr/bin/time", "-f", "%e %U %S %M", "-o", said.name, *words], stdout=subprocess.DEVNULL,
                              env={**os.environ, **PATIENT, **environment}, check=False)
        if done.returncode:
            raise SystemExit(f"failed: {' '.join(words)}")
        wall, user, system, memory = map(float, said.read().split())
    return wall, user + system, memory / 1e6


def ours(options, verb, name, *words):
    folder = options.scratch / "results" / name
    shutil.rmtree(folder, ignore_errors=True)
    return spend([options.histoencoder, verb, "-o", folder, "--quiet", *words]), folder


def rival(options, name):
    threads = {variable: str(options.threads) for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    return spend([sys.executable, __file__, "--histoencoder", options.histoencoder, "--scratch", options.scratch,
                  "--threads", options.threads, "--fewer", options.fewer, "--rival", name], **threads)


def print_line(name, spent, other, other_spent, same):
    ratios = [theirs / mine for mine, theirs in zip(spent, other_spent)]
    numbers = [f"{mine:.1f} / {theirs:.1f} = 1 : {ratio:.2f}" for mine, theirs, ratio in zip(spent, other_spent, ratios)]
    print("|", " | ".join([name, other, *numbers, same]), "|", flush=True)


def print_alone(name, spent):
    print("|", " | ".join([name, "", *(f"{mine:.1f}" for mine in spent), ""]), "|", flush=True)


# The other side, each in a process of its own


def features_in(tree, dtype=np.float32, limit=None):
    import h5py

    parts = []
    for store in sorted(tree.glob("*/features.h5")):
        with h5py.File(store, "r") as file:
            parts.append(file["features"][:].astype(dtype, copy=False))
        if limit is not None and sum(map(len, parts)) >= limit:
            break
    return np.concatenate(parts)[:limit]


def labels_in(file):
    with open(file, newline="") as rows:
        return np.array([row[3] for row in list(csv.reader(rows))[1:]])


def rival_knn(options, result):
    """Cosine and uniform votes; scikit-learn has no other weights that take a product of all pairs at once."""
    from sklearn.neighbors import KNeighborsClassifier

    def directions(rows):
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    # On directions the Euclidean order is that of the cosine, and scikit-learn's fast path knows only the former.
    fit = KNeighborsClassifier(NEIGHBOURS, algorithm="brute", metric="euclidean", n_jobs=options.threads)
    fit.fit(directions(features_in(options.scratch / "references")), labels_in(options.scratch / "references.csv"))
    shares = fit.predict_proba(directions(features_in(options.scratch / "all", limit=options.fewer)))
    np.savetxt(result, shares, fmt="%.9g", delimiter=",")


def rival_probe(options, result):
    from sklearn.linear_model import LogisticRegression

    fit = LogisticRegression(C=COST, tol=TOLERANCE, max_iter=1000)
    fit.fit(features_in(options.scratch / "all", limit=options.fewer), labels_in(options.scratch / "all.csv")[: options.fewer])
    print(f"LogisticRegression: {fit.n_iter_[0]} iterations", file=sys.stderr, flush=True)
    shares = fit.predict_proba(features_in(options.scratch / "references"))
    np.savetxt(result, shares, fmt="%.9g", delimiter=",")


def rival_compose(options, result):
    rows = []
    for table in sorted((options.scratch / "all").glob("*/clusters.csv")):
        clusters = np.loadtxt(table, delimiter=",", skiprows=1, usecols=5, dtype=np.int64)
        rows.append(np.bincount(clusters, minlength=CLUSTERS) / len(clusters))
    np.savetxt(result, rows, delimiter=",")


def rival_mean(options, result):
    import h5py

    means = []
    for store in sorted((options.scratch / "all").glob("*/features.h5")):
        with h5py.File(store, "r") as file:
            means.append(file["features"][:].mean(axis=0, dtype=np.float64))
    np.savetxt(result, means, delimiter=",")


def rival_panther(options, result):
    """k-means of all rows, 50 passes at the most from one start, and one step for each slide."""
    from sklearn.cluster import KMeans

    import h5py

    means = KMeans(PROTOTYPES, n_init=1, max_iter=50, random_state=0).fit(features_in(options.scratch / "all")).cluster_centers_
    means = means.astype(np.float64)
    embeddings = []
    for store in sorted((options.scratch / "all").glob("*/features.h5")):
        with h5py.File(store, "r") as file:
            rows = file["features"][:].astype(np.float64)
        distances = (rows**2).sum(1, keepdims=True) - 2.0 * rows @ means.T + (means**2).sum(1)
        shares = np.exp(-0.5 * (distances - distances.min(1, keepdims=True)))
        shares /= shares.sum(1, keepdims=True)
        weights = shares.sum(0) + 1.0
        centres = (shares.T @ rows + means) / weights[:, None]
        spread = (shares.T @ rows**2 + 1.0 + means**2) / weights[:, None] - centres**2
        embeddings.append(np.concatenate([weights / weights.sum(), centres.ravel(), spread.ravel()]))
    np.savetxt(result, embeddings, delimiter=",")


# Both sides beside each other


def our_shares(file, limit=None):
    with open(file, newline="") as rows:
        table = csv.reader(rows)
        header = next(table)
        columns = [number for number, name in enumerate(header) if name.startswith("p=")]
        shares = np.array([[float(row[column]) for column in columns] for row in table])
    return shares[:limit]


def agreement(mine, theirs):
    same = (mine.argmax(1) == theirs.argmax(1)).mean()
    return f"same class {100 * same:.2f} %, largest difference of a probability {np.abs(mine - theirs).max():.1g}"


def some_slides(options):
    """Those with the first --fewer rows."""
    slides = sorted(slide for slide in (options.scratch / "all").iterdir() if (slide / "features.h5").exists())
    return slides[: max(1, SLIDES * options.fewer // options.rows)]


def bench_knn(options):
    model = options.scratch / "results" / "knn_model"
    shutil.rmtree(model, ignore_errors=True)
    # Which of them the other folds would name is not of interest, and not timed.
    spend([options.histoencoder, "knn", "-i", options.scratch / "references", "--labels", options.scratch / "references.csv",
           "--group", "patient", "--folds", 2, "-k", NEIGHBOURS, "--weights", "uniform", "--bootstrap", 1, "-o", model,
           "--threads", options.threads, "--quiet"])
    slides = some_slides(options)
    spent, folder = ours(options, "knn", "knn", "--apply", model / "model.h5", "-i", *slides, "--threads", options.threads)
    if options.alone:
        print_alone(f"knn: {options.fewer:,} rows, {options.references:,} references, k = {NEIGHBOURS}", spent)
        return
    other = rival(options, "knn")
    theirs = np.loadtxt(options.scratch / "rival_knn.csv", delimiter=",")
    same = agreement(our_shares(folder / "predictions.csv", len(theirs)), theirs)
    print_line(f"knn: {len(theirs):,} rows, {options.references:,} references, k = {NEIGHBOURS}", spent,
               "KNeighborsClassifier, brute force", other, same)


def bench_probe(options):
    write_table(options.scratch / "probe.csv", ("slide", "x", "y", "label", "patient", "split"),
                [row for name in ("all", "references") for row in
                 list(csv.reader(open(options.scratch / f"{name}.csv", newline="")))[1:]])
    spent, folder = ours(options, "probe", "probe", "-i", *some_slides(options), options.scratch / "references", "--labels",
                         options.scratch / "probe.csv", "--group", "patient", "--split", "split", "--cost", COST, "--tol",
                         TOLERANCE, "--bootstrap", 1, "--threads", options.threads)
    if options.alone:
        print_alone(f"probe: {options.fewer:,} rows, {options.classes} classes", spent)
        return
    other = rival(options, "probe")
    theirs = np.loadtxt(options.scratch / "rival_probe.csv", delimiter=",")
    print_line(f"probe: {options.fewer:,} rows, {options.classes} classes", spent, "LogisticRegression, lbfgs", other,
               agreement(our_shares(folder / "predictions.csv"), theirs))


def bench_compose(options):
    spent, folder = ours(options, "compose", "compose", "-i", options.scratch / "all", "-n", CLUSTERS, "--transform", "share")
    other = rival(options, "compose")
    with open(folder / "composition.csv", newline="") as rows:
        table = list(csv.reader(rows))
    first = next(number for number, name in enumerate(table[0]) if name.startswith("cluster="))
    mine = np.array([[float(value) for value in row[first : first + CLUSTERS]] for row in table[1:]])
    theirs = np.loadtxt(options.scratch / "rival_compose.csv", delimiter=",")
    print_line(f"compose: {options.rows:,} tiles, {CLUSTERS} clusters", spent, "numpy's loadtxt and bincount", other,
               f"largest difference {np.abs(mine - theirs).max():.1g}")


def bench_embed(options, method, words, other):
    spent, folder = ours(options, "embed", method, "-i", options.scratch / "all", "--method", method, "--csv", *words)
    other_spent = rival(options, method)
    columns = options.dim if method == "mean" else PROTOTYPES * (1 + 2 * options.dim)
    mine = np.loadtxt(folder / "embeddings.csv", delimiter=",", skiprows=1, usecols=range(1, 1 + columns))
    theirs = np.loadtxt(options.scratch / f"rival_{method}.csv", delimiter=",")
    same = f"largest difference {np.abs(mine - theirs).max():.1g}" if method == "mean" else "each has prototypes of its own"
    print_line(f"embed {method}: {options.rows:,} rows", spent, other, other_spent, same)


def bench_mean(options):
    bench_embed(options, "mean", [], "numpy")


def bench_panther(options):
    bench_embed(options, "panther", ["-p", PROTOTYPES, "--seed", 0, "--threads", options.threads], "KMeans, then numpy")


BENCHES = {"compose": bench_compose, "mean": bench_mean, "panther": bench_panther, "probe": bench_probe, "knn": bench_knn}
RIVALS = {"knn": rival_knn, "probe": rival_probe, "compose": rival_compose, "mean": rival_mean, "panther": rival_panther}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histoencoder", type=Path, required=True)
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--references", type=int, default=50000)
    parser.add_argument("--fewer", type=int, help="of knn and probe: only the first so many rows")
    parser.add_argument("--alone", action="store_true", help="of knn and probe: the other side is left out")
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=BENCHES, default=list(BENCHES))
    parser.add_argument("--rival", choices=RIVALS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.scratch = options.scratch.resolve()
    options.fewer = options.fewer or options.rows
    if options.rival:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(options.threads):
            RIVALS[options.rival](options, options.scratch / f"rival_{options.rival}.csv")
        return
    prepare(options)
    print("| what | beside | wall s: ours / theirs | CPU s | most memory, GB | |")
    print("|---|---|---|---|---|---|")
    for name in options.only:
        BENCHES[name](options)


if __name__ == "__main__":
    main()
