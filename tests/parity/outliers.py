#!/usr/bin/env python3
"""Are the clusters of one start scikit-learn's, and is their order HistoPrep's?

    python3 tests/parity/outliers.py SHARED_DATA METRICS_TEST

Needs HistoPrep 2.0.5 and scikit-learn in the interpreter's environment. HistoPrep measures the tiles of
tissue-array.tiff; its OutlierDetector clusters them, with scikit-learn's KMeans (Lloyd, one given start) in the place of
MiniBatchKMeans, which draws at random, and orders the clusters. METRICS_TEST, the unit test's program, then does the
same from the same metrics and the same start, and compares all labels before and after the ordering.
"""
import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import histoprep.functional as F
import histoprep.utils._process as process
import numpy as np
import polars as pl
from histoprep import SlideReader
from metrics import measured
from sklearn.cluster import KMeans


def table(data, width):
    reader = SlideReader(data / "slides/tissue-array.tiff")
    threshold, mask = reader.get_tissue_mask(level=reader.level_from_max_dimension(8192), multiplier=1.05)
    rows = []
    for place in reader.get_tile_coordinates(mask, width=width, max_background=0.75):
        image = reader.read_region(place, level=0)
        rows.append({"path": str(place), **measured(image, F.get_tissue_mask(image, threshold=threshold)[1])})
    return pl.DataFrame(rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("metrics_test", type=Path)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--starts", type=int, default=5)
    arguments = parser.parse_args()
    process.MiniBatchKMeans = lambda n_clusters, **more: KMeans(n_clusters, **more)
    detector = process.OutlierDetector(table(arguments.data, arguments.width))
    metrics = detector.dataframe[list(detector.metric_columns)].to_numpy().astype(np.float64)
    scaled = detector.metrics / 255
    print(f"{metrics.shape[0]} tiles, {metrics.shape[1]} columns")
    rng = np.random.default_rng(0)
    failed = runs = 0
    with tempfile.TemporaryDirectory() as folder:
        case = Path(folder) / "case"
        for clusters in (2, 3, 4, 6, 8, 16):
            for _ in range(arguments.starts):
                chosen = rng.choice(len(metrics), clusters, replace=False)
                options = {"init": scaled[chosen], "n_init": 1, "algorithm": "lloyd"}
                labels = KMeans(clusters, **options).fit(scaled).labels_
                # Two centres are equally far from their mean, so that HistoPrep's order is a matter of rounding.
                ordered = 1 - labels if clusters == 2 else detector.cluster_kmeans(clusters, **options)
                case.write_bytes(
                    np.array([*metrics.shape, clusters], np.int64).tobytes()
                    + metrics.tobytes()
                    + metrics[chosen].tobytes()
                    + labels.astype(np.int32).tobytes()
                    + ordered.astype(np.int32).tobytes()
                )
                environment = {**os.environ, "HISTO_OUTLIER_CASE": str(case)}
                done = subprocess.run(
                    [arguments.metrics_test, "[parity]"], env=environment, capture_output=True, text=True
                )
                runs += 1
                # A program without that test finds nothing to do, and says so.
                if done.returncode or "All tests passed" not in done.stdout:
                    failed += 1
                    print(f"{clusters} clusters from rows {chosen}: differs\n{done.stdout}")
    print(f"{runs} clusterings compared, {failed} differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
