"""Features as histoencoder cluster reads them, without slides: docs/formats.md."""

import csv

import h5py
import numpy as np


def write_slide(folder, rows):
    """One slide's tiles and features."""
    folder.mkdir(parents=True)
    places = np.stack([np.arange(len(rows)) % 1000, np.arange(len(rows)) // 1000], axis=1) * 256
    with open(folder / "metadata.csv", "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["x", "y", "w", "h", "path"])
        table.writerows([x, y, 256, 256, f"tiles/x{x}_y{y}_w256_h256.jpeg"] for x, y in places.tolist())
    with h5py.File(folder / "features.h5", "w") as file:
        features = file.create_dataset("features", data=rows, chunks=(256, rows.shape[1]), maxshape=(None, rows.shape[1]))
        coords = file.create_dataset("coords", data=places.astype(np.int64), chunks=(256, 2), maxshape=(None, 2))
        features.attrs["encoder"] = "synthetic"
        features.attrs["name"] = folder.name
        features.attrs["model_sha256"] = "0" * 64
        features.attrs["pooling"] = "none"
        features.attrs["fingerprint"] = "0" * 64
        features.attrs["fingerprint_parts"] = "synthetic=1"
        features.attrs["tool_version"] = "0"
        features.attrs["format_version"] = np.int64(1)
        coords.attrs["patch_size"] = np.int64(256)
        coords.attrs["patch_size_level0"] = np.int64(256)
        coords.attrs["overlap"] = np.int64(0)
        coords.attrs["name"] = folder.name


def write_tree(folder, rows, slides):
    """Rows shared out over slides, in order."""
    for number, part in enumerate(np.array_split(rows, slides)):
        write_slide(folder / f"slide_{number:03}", np.ascontiguousarray(part, dtype=np.float32))


def write_centroids(path, centroids, metric="euclidean", pca=None):
    """A file for --init: one set of centroids, of principal components if there are (mean, axes, variances)."""
    with h5py.File(path, "w") as file:
        k, dim = centroids.shape
        file.attrs["encoder"] = "synthetic"
        file.attrs["model_sha256"] = "0" * 64
        file.attrs["pooling"] = "none"
        file.attrs["fingerprint"] = "0" * 64
        file.attrs["fingerprint_parts"] = "synthetic=1"
        file.attrs["tool_version"] = "0"
        file.attrs["N"] = np.uint64(k)
        file.attrs["format_version"] = np.int64(2)
        values = file.create_dataset(f"k{k}", data=centroids.astype(np.float32), chunks=(256, dim), maxshape=(None, dim))
        file.create_dataset(f"sizes_k{k}", data=np.ones((k, 1), dtype=np.int64), chunks=(256, 1), maxshape=(None, 1))
        values.attrs["inertia"] = 0.0
        values.attrs["iterations"] = np.uint64(0)
        values.attrs["converged"] = np.int64(1)
        values.attrs["seed"] = np.uint64(0)
        values.attrs["mode"] = "exact"
        values.attrs["initialisation"] = "k-means++"
        values.attrs["metric"] = metric
        values.attrs["preprocessing"] = "none" if pca is None else f"pca={dim};whiten=0"
        if pca is None:
            return
        file.attrs["whiten"] = np.int64(0)
        for name, part in zip(("pca_mean", "pca_axes", "pca_variances"), pca):
            part = np.atleast_2d(np.asarray(part, dtype=np.float64))
            file.create_dataset(name, data=part, chunks=(256, part.shape[1]), maxshape=(None, part.shape[1]))


def read_result(folder, k):
    """Labels of all rows in the order of the slides, and the centroids' attributes."""
    labels = []
    for table in sorted(folder.glob("*/clusters.csv")):
        with open(table, newline="") as file:
            labels += [int(row[f"n_clusters={k}"]) for row in csv.DictReader(file)]
    with h5py.File(folder / "clustering" / "centroids.h5", "r") as file:
        return np.array(labels), dict(file[f"k{k}"].attrs), file[f"k{k}"][:]


def read_pca(folder):
    """Mean, axes and variances."""
    with h5py.File(folder / "clustering" / "centroids.h5", "r") as file:
        return [file[name][:] for name in ("pca_mean", "pca_axes", "pca_variances")]
