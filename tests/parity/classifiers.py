"""histoencoder knn, fewshot and probe beside NumPy and scikit-learn, from the same folds of the same features.

Run by hand: python3 tests/parity/classifiers.py VERB FEATURES RESULTS, where RESULTS is what `histoencoder VERB -i FEATURES
--labels .. -o RESULTS` left with its defaults. Needs numpy, h5py and scikit-learn.
"""

import csv
import json
import pathlib
import sys

import h5py
import numpy
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score


def read(features, results):
    """Features, truth, fold and our probabilities of each line of predictions.csv."""
    with open(results / "predictions.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    classes = [name[2:] for name in lines[0] if name.startswith("p=")]
    slides = {}
    for slide in {line["slide"] for line in lines}:
        with h5py.File(features / slide / "features.h5") as store:
            slides[slide] = dict(zip(map(tuple, store["coords"][:]), store["features"][:]))
    rows = numpy.array([slides[line["slide"]][int(line["x"]), int(line["y"])] for line in lines], dtype=float)
    truth = numpy.array([classes.index(line["truth"]) for line in lines])
    fold = numpy.array([int(line["fold"]) for line in lines])
    ours = numpy.array([[float(line["p=" + name]) for name in classes] for line in lines])
    return rows, truth, fold, ours


def directions(rows):
    return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


def knn(known, labels, rows, classes):
    cosines = directions(rows) @ directions(known).T
    nearest = numpy.argsort(-cosines, axis=1)[:, :20]
    weights = numpy.exp(numpy.take_along_axis(cosines, nearest, 1) / 0.07)
    votes = numpy.stack([(weights * (labels[nearest] == c)).sum(1) for c in range(classes)], 1)
    return votes / votes.sum(1, keepdims=True)


def fewshot(known, labels, rows, classes):
    mean = known.mean(0)
    seen = directions(known - mean)
    centres = numpy.stack([seen[labels == c].mean(0) for c in range(classes)])
    near = numpy.exp(-((directions(rows - mean)[:, None] - centres) ** 2).sum(2))
    return near / near.sum(1, keepdims=True)


def probe(known, labels, rows, classes):
    cost = known.shape[1] * classes / 100
    return LogisticRegression(C=cost, max_iter=20000, tol=1e-8).fit(known, labels).predict_proba(rows)


def main():
    verb, features, results = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    rows, truth, fold, ours = read(features, results)
    theirs = numpy.zeros_like(ours)
    for one in numpy.unique(fold):
        known = fold != one
        act = {"knn": knn, "fewshot": fewshot, "probe": probe}[verb]
        theirs[~known] = act(rows[known], truth[known], rows[~known], ours.shape[1])
    print(f"{verb}, {len(rows)} tiles: probabilities differ by at most {abs(ours - theirs).max():.3g}, "
          f"{(ours.argmax(1) != theirs.argmax(1)).sum()} classes differ")
    figures = json.loads((results / "summary.json").read_text())["tiles"]["figures"]
    several = {"multi_class": "ovo"} if ours.shape[1] > 2 else {}
    score = theirs if several else theirs[:, 1]
    for name, value in (("accuracy", accuracy_score(truth, theirs.argmax(1))), ("log_loss", log_loss(truth, theirs)),
                        ("auroc_ovo", roc_auc_score(truth, score, **several))):
        print(f"{name:10} ours {figures[name]['value']:.12f}  theirs {value:.12f}")


if __name__ == "__main__":
    main()
