#!/usr/bin/env python3
"""Are knn, fewshot, probe, evaluate, annotate and embed scikit-learn's and NumPy's?

    python3 tests/parity/analysis_classify.py HISTOENCODER

Needs scikit-learn, numpy and h5py. Three data sets that scikit-learn brings along, wine, breast_cancer and digits, as
tiles of two slides: rows 0, 2, .. to learn from and rows 1, 3, .. to be tried on, features as float32. What is shown of
each figure is the first number of theirs and of ours, how many there are, the largest difference, relative to the
largest of theirs, and the tolerance that it is held to.
"""
import argparse
import csv
import importlib.metadata
import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import h5py
import numpy as np
from sklearn import datasets, metrics
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
PARTS = ("train", "test")


class Data:
    def __init__(self, name, scaled):
        loaded = getattr(datasets, "load_" + name)()
        rows, names = loaded.data, [str(each).replace(" ", "_") for each in loaded.target_names]
        if scaled:  # columns whose sizes are 1000 apart have one direction alone
            rows = (rows - rows[::2].mean(axis=0)) / rows[::2].std(axis=0)
        self.name = name
        self.rows = {"train": rows[::2].astype(np.float32), "test": rows[1::2].astype(np.float32)}
        self.labels = {"train": loaded.target[::2], "test": loaded.target[1::2]}
        self.classes = names
        self.train, self.test = (self.rows[part].astype(np.float64) for part in PARTS)

    def target(self, part):
        """A number that the features say something of."""
        rows = self.rows[part].astype(np.float64)
        return rows[:, 1] - 0.5 * rows[:, 3] + np.sin(rows.sum(axis=1))

    def write(self, folder):
        (folder / "csv").mkdir(parents=True)
        lines = ["slide,x,y,label,part,value\n"]
        for part in PARTS:
            with open(folder / "csv" / (part + ".csv"), "w", encoding="utf-8") as file:
                file.write("x,y,w,h," + ",".join(f"f{i}" for i in range(self.train.shape[1])) + "\n")
                for i, row in enumerate(self.rows[part]):
                    file.write(f"{i * 8},0,8,8," + ",".join(f"{value:.9g}" for value in row) + "\n")
            for i, (label, value) in enumerate(zip(self.labels[part], self.target(part))):
                lines.append(f"{part},{i * 8},0,{self.classes[label]},{part},{value!r}\n")
        (folder / "labels.csv").write_text("".join(lines).replace("np.float64(", "").replace(")", ""))


class Report:
    def __init__(self):
        self.good = True

    def compare(self, name, theirs, ours, tolerance):
        theirs, ours = np.atleast_1d(np.asarray(theirs, float)).ravel(), np.atleast_1d(np.asarray(ours, float)).ravel()
        difference = np.abs(theirs - ours).max() / max(1e-300, np.abs(theirs).max()) if theirs.shape == ours.shape else np.inf
        good = difference <= tolerance
        self.good &= bool(good)
        print(f"{'ok  ' if good else 'FAIL'} {name:44} {theirs[0]:14.9g} {ours[0]:14.9g} {len(theirs):5} numbers "
              f"{difference:8.1e} <= {tolerance:.0e}")  # fmt: skip


class Program:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def run(self, verb, *words, out=None):
        place = ["-o", self.folder / out, "-z"] if out else []
        subprocess.run([self.program, verb, "--quiet", *map(str, words), *place], check=True, cwd=self.folder)

    def learn(self, verb, *words, out="out"):
        self.run(verb, "-i", "tiles", "--labels", "labels.csv", "--split", "part", "--bootstrap", 10, *words, out=out)
        return json.loads((self.folder / out / "summary.json").read_text()), self.table(out + "/predictions.csv")

    def table(self, name):
        with open(self.folder / name, newline="", encoding="utf-8") as file:
            return sorted(csv.DictReader(file), key=lambda row: int(row.get("x") or 0))


def probabilities(rows, data):
    return np.array([[float(row["p=" + name]) for name in data.classes] for row in rows])


def predicted(rows, data):
    return np.array([data.classes.index(row["predicted"]) for row in rows])


def figures(truth, labels, chances):
    both = {"auroc_ovo": "ovo", "auroc_ovr": "ovr"}
    two = chances.shape[1] == 2
    areas = {name: metrics.roc_auc_score(truth, chances[:, 1]) if two else
             metrics.roc_auc_score(truth, chances, multi_class=way, average="macro") for name, way in both.items()}  # fmt: skip
    return {"accuracy": metrics.accuracy_score(truth, labels),
            "balanced_accuracy": metrics.balanced_accuracy_score(truth, labels),
            "quadratic_kappa": metrics.cohen_kappa_score(truth, labels, weights="quadratic"),
            "weighted_f1": metrics.f1_score(truth, labels, average="weighted"),
            "log_loss": metrics.log_loss(truth, chances), **areas}  # fmt: skip


def compare_figures(report, name, data, rows, ours):
    theirs = figures(data.labels["test"], predicted(rows, data), probabilities(rows, data))
    report.compare(name, list(theirs.values()), [ours[key]["value"] for key in theirs], 1e-12)


def compare_knn(report, data, program):
    found, rows = program.learn("knn", "--classes", *data.classes)
    votes = KNeighborsClassifier(20, metric="cosine", algorithm="brute",
                                 weights=lambda distances: np.exp((1 - distances) / 0.07))  # fmt: skip
    votes.fit(data.train, data.labels["train"])
    report.compare(f"{data.name}: knn, DINO's votes", votes.predict_proba(data.test), probabilities(rows, data), 1e-12)
    compare_figures(report, f"{data.name}: its seven figures", data, rows, found["tiles"]["figures"])
    _, rows = program.learn("knn", "--classes", *data.classes, "--preset", "uni")
    mean = data.train.mean(axis=0)
    directions = [(x - mean) / np.linalg.norm(x - mean, axis=1, keepdims=True) for x in (data.train, data.test)]
    votes = KNeighborsClassifier(20, algorithm="brute").fit(directions[0], data.labels["train"])
    report.compare(f"{data.name}: knn, UNI's votes", votes.predict_proba(directions[1]), probabilities(rows, data), 1e-12)
    return directions


def compare_fewshot(report, data, program, directions):
    _, rows = program.learn("fewshot", "--classes", *data.classes, "--shots", 0)
    nearest = NearestCentroid().fit(directions[0], data.labels["train"])
    labels = nearest.predict(directions[1])
    report.compare(f"{data.name}: fewshot, labels that differ", 0, np.sum(labels != predicted(rows, data)), 0)


def compare_probe(report, data, program):
    for title, words, options in (
        ("C = 0.5", ["--cost", 0.5], {"C": 0.5}),
        ("C = 0.02, balanced", ["--cost", 0.02, "--balanced"], {"C": 0.02, "class_weight": "balanced"}),
        ("standardised, C = 1", ["--cost", 1, "--standardise"], {"C": 1.0}),
    ):
        _, rows = program.learn("probe", "--classes", *data.classes, *words, "--tol", 1e-8, "--max-iter", 100000)
        train, test = data.train, data.test
        if "--standardise" in words:
            scaler = StandardScaler().fit(train)
            train, test = scaler.transform(train), scaler.transform(test)
        model = LogisticRegression(solver="newton-cholesky", tol=1e-12, max_iter=10000, **options)
        model.fit(train, data.labels["train"])
        # As far as a gradient of 1e-8 leaves the flattest direction; labels where that decides nothing.
        theirs = model.predict_proba(test)
        clear = np.diff(np.sort(theirs, axis=1)[:, -2:], axis=1)[:, 0] > 1e-3
        report.compare(f"{data.name}: probe, {title}", theirs, probabilities(rows, data), 1e-4)
        report.compare(f"{data.name}: its labels that differ", 0, np.sum((model.predict(test) != predicted(rows, data))[clear]), 0)


def compare_ridge(report, data, program):
    program.run("probe", "-i", "tiles", "--labels", "labels.csv", "--split", "part", "--bootstrap", 10, "--regress", "value",
                "--penalty", 2.5, out="ridge")  # fmt: skip
    rows = program.table("ridge/regression.csv")
    column = next(name for name in rows[0] if name.startswith("predicted"))
    model = Ridge(alpha=2.5, solver="cholesky").fit(data.train, data.target("train"))
    report.compare(f"{data.name}: probe --regress", model.predict(data.test), [float(row[column]) for row in rows], 1e-8)


def compare_evaluate(report, data, program):
    program.learn("probe", "--classes", *data.classes, out="probe")
    program.run("evaluate", "--predictions", "probe/predictions.csv", "--bootstrap", 10, "--classes", *data.classes,
                "--labels", "labels.csv", out="scores")  # fmt: skip
    rows = program.table("probe/predictions.csv")
    theirs = figures(data.labels["test"], predicted(rows, data), probabilities(rows, data))
    ours = {row["figure"]: float(row["value"]) for row in program.table("scores/scores.csv") if row["figure"] in theirs}
    report.compare(f"{data.name}: evaluate's seven figures", list(theirs.values()), [ours[key] for key in theirs], 1e-12)
    confusion = program.table("scores/confusion.csv")
    counts = [[int(row[name]) for name in data.classes] for row in confusion]
    report.compare(f"{data.name}: its confusion", metrics.confusion_matrix(data.labels["test"], predicted(rows, data)),
                   counts, 0)  # fmt: skip
    of_class = metrics.precision_recall_fscore_support(data.labels["test"], predicted(rows, data))
    found = program.table("scores/classes.csv")
    for name, theirs in zip(("precision", "recall", "f1"), of_class):
        report.compare(f"{data.name}: its classes' {name}", theirs, [float(row[name]) for row in found], 1e-12)


def compare_annotate(report, data, program):
    k = len(data.classes) + 1
    program.run("cluster", "-i", "tiles", "-n", k, "--sheet-tiles", 0, "--sheet-random", 0, "--overlays", "none",
                "--silhouette-sample", 0)  # fmt: skip
    program.run("annotate", "-i", "tiles", "-n", k, "--labels", "labels.csv", "--classes", *data.classes, out="named")
    found = json.loads((program.folder / "named" / "summary.json").read_text())
    labels = np.concatenate([data.labels[part] for part in PARTS])
    clusters = np.concatenate([[int(row[f"n_clusters={k}"]) for row in program.table(f"tiles/{part}/clusters.csv")]
                               for part in PARTS])  # fmt: skip
    contingency = metrics.cluster.contingency_matrix(labels, clusters)
    theirs = [contingency.max(axis=0).sum() / contingency.sum(), metrics.adjusted_rand_score(labels, clusters),
              metrics.normalized_mutual_info_score(labels, clusters),
              metrics.adjusted_mutual_info_score(labels, clusters),
              *metrics.homogeneity_completeness_v_measure(labels, clusters)]  # fmt: skip
    flat = flattened(found)
    ours = [flat[key] for key in ("purity", "adjusted_rand", "normalised_mutual_information",
                                  "adjusted_mutual_information", "homogeneity", "completeness", "v_measure")]  # fmt: skip
    report.compare(f"{data.name}: annotate: purity, ARI, NMI, AMI, h, c, V", theirs, ours, 1e-11)


def flattened(found):
    """The numbers of a summary by their last names, the outermost winning."""
    flat = {}
    for key, value in found.items():
        if isinstance(value, dict):
            for name, inner in flattened(value).items():
                flat.setdefault(name, inner)
        elif isinstance(value, (int, float)):
            flat[key] = value
    return flat


def panther(tiles, prototypes, eps, tau, steps):
    p = len(prototypes)
    pi, mu, var = np.full(p, 1 / p), prototypes.copy(), np.full(prototypes.shape, eps)
    for _ in range(steps):
        logs = np.log(pi) - 0.5 * (((tiles[:, None] - mu) ** 2 / var).sum(axis=2) + np.log(var).sum(axis=1))
        q = np.exp(logs - logs.max(axis=1, keepdims=True))
        q /= q.sum(axis=1, keepdims=True)
        w = q.sum(axis=0) + tau
        pi, mu = w / w.sum(), (q.T @ tiles + tau * prototypes) / w[:, None]
        var = (q.T @ tiles**2 + tau * (eps + prototypes**2)) / w[:, None] - mu**2
    return np.concatenate([pi, mu.ravel(), var.ravel()])


def compare_embed(report, data, program):
    def vectors(*words):
        program.run("embed", "-i", "tiles", *words, out="vectors")
        with h5py.File(program.folder / "vectors" / "embeddings.h5") as file:
            assert [bytes(name) for name in file["names"][:]] == [b"test", b"train"]
            return file["embeddings"][:]

    def prototypes():
        with h5py.File(program.folder / "vectors" / "model.h5") as file:
            return file["prototypes"][:].astype(np.float64)

    tiles = [data.test, data.train]
    for method in ("mean", "std", "max"):
        report.compare(f"{data.name}: embed, {method}", [getattr(x, method)(axis=0) for x in tiles],
                       vectors("--method", method), 1e-12)  # fmt: skip
    ours = vectors("--method", "shares", "-p", 5)
    m = prototypes()
    nearest = [metrics.pairwise_distances_argmin(x, m) for x in tiles]
    report.compare(f"{data.name}: embed, shares", [np.bincount(x, minlength=5) / len(x) for x in nearest], ours, 1e-15)
    ours = vectors("--method", "h2t", "-p", 5)
    units = [x / np.linalg.norm(x, axis=1, keepdims=True) for x in [*tiles, m]]
    theirs = []
    for x in units[:2]:
        of = np.argmax(x @ units[2].T, axis=1)
        theirs.append(np.concatenate([x[of == j].mean(axis=0) if np.any(of == j) else 0 * m[0] for j in range(5)]))
    report.compare(f"{data.name}: embed, h2t", theirs, ours, 1e-12)
    ours = vectors("--method", "panther", "-p", 5, "--eps", 0.5, "--tau", 2, "--steps", 3)
    report.compare(f"{data.name}: embed, panther", [panther(x, m, 0.5, 2, 3) for x in tiles], ours, 1e-10)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    options = parser.parse_args()
    print("with", ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("scikit-learn", "numpy")))
    report = Report()
    for name, scaled in (("wine", True), ("breast_cancer", True), ("digits", False)):
        data = Data(name, scaled)
        with tempfile.TemporaryDirectory() as folder:
            data.write(Path(folder))
            program = Program(options.program.resolve(), Path(folder))
            program.run("convert", "-i", "csv", "--from", "csv", "-o", "tiles")
            directions = compare_knn(report, data, program)
            compare_fewshot(report, data, program, directions)
            compare_probe(report, data, program)
            compare_ridge(report, data, program)
            compare_evaluate(report, data, program)
            compare_annotate(report, data, program)
            compare_embed(report, data, program)
    sys.exit(0 if report.good else 1)


if __name__ == "__main__":
    main()
