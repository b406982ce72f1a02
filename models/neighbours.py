"""Nearest neighbours by cosine."""

import numpy as np

NEIGHBOURS = 10


def unit(features: np.ndarray) -> np.ndarray:
    return features / np.linalg.norm(features, axis=1, keepdims=True)


def voted(neighbours: np.ndarray) -> int:
    """The most frequent of the labels, which come nearest first; on a tie that of the nearest."""
    counts = np.bincount(neighbours)
    return next(label for label in neighbours if counts[label] == counts.max())


def neighbour_accuracy(
    queries: np.ndarray, query_labels: np.ndarray, bank: np.ndarray, bank_labels: np.ndarray, excluded: np.ndarray
) -> tuple[float, float]:
    """Accuracy and balanced accuracy; `excluded` marks the pairs of query and bank that are no neighbours."""
    similarity = np.where(excluded, -np.inf, unit(queries) @ unit(bank).T)
    nearest = np.argsort(-similarity, axis=1, kind="stable")[:, :NEIGHBOURS]
    right = np.array([voted(row) for row in bank_labels[nearest]]) == query_labels
    recalls = [right[query_labels == label].mean() for label in np.unique(query_labels)]
    return float(right.mean()), float(np.mean(recalls))
