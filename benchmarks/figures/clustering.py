"""Cluster digits by the methods of 04_clustering, well combined, and print scores and CPU seconds.

    python -m benchmarks.figures.clustering                  # the first 10,000 training images
    python -m benchmarks.figures.clustering --images 60000   # all of them

Seeds are fixed, and one thread does everything. "Straight" images are deskewed, "directions" are
rows of length 1; maps by t-SNE are of straight images' directions, which the notebook leaves to its
capstone. Seconds of t-SNE and of training count for each method that needs them.
"""

from __future__ import annotations

import argparse
import os
from functools import cache
from time import process_time

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
os.environ |= dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1")

from typing import TYPE_CHECKING

import numpy as np
from openTSNE import TSNE
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import DBSCAN, HDBSCAN, KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix
from sklearn.preprocessing import normalize

from helpers.data import load_mnist
from helpers.preprocessing import deskew
from helpers.quiet_keras import keras
from helpers.spherical_fast import FastSphericalKMeans

if TYPE_CHECKING:
    from collections.abc import Callable


class Methods:
    """The methods on one set of images; what several of them need is made once, and timed."""

    def __init__(self, images: np.ndarray) -> None:
        self.rows = images.reshape(len(images), -1) / 255
        self.straight = deskew(images).reshape(len(images), -1) / 255
        self.shared: dict[str, float] = {}

    def k_means(self, table: np.ndarray) -> np.ndarray:
        """Cluster rows by Euclidean distance."""
        return KMeans(10, n_init=3, random_state=0).fit(table).labels_

    def spherical(self, table: np.ndarray) -> np.ndarray:
        """Cluster rows by direction."""
        return FastSphericalKMeans(10, n_init=3, random_state=0).fit(normalize(table)).labels_

    @cache  # noqa: B019  # one object, as long as the process
    def map(self) -> np.ndarray:
        """Return the images as points of a plane."""
        began = process_time()
        components = PCA(50, random_state=0).fit_transform(normalize(self.straight))
        tsne = TSNE(exaggeration=2, negative_gradient_method="fft", random_state=0)
        points = np.asarray(tsne.fit(components))
        self.shared["t-SNE"] = process_time() - began
        return points

    @cache  # noqa: B019  # as above
    def codes(self, *widths: int) -> np.ndarray:
        """Return what an autoencoder's waist says of the images."""
        began = process_time()
        keras.utils.set_random_seed(0)
        image = layer = keras.Input((784,))
        for width in widths[:-1]:
            layer = keras.layers.Dense(width, activation="relu")(layer)
        code = layer = keras.layers.Dense(widths[-1])(layer)
        for width in widths[-2::-1]:
            layer = keras.layers.Dense(width, activation="relu")(layer)
        whole = keras.Model(image, keras.layers.Dense(784, activation="sigmoid")(layer))
        whole.compile("adam", "binary_crossentropy")
        inputs = self.straight.astype("float32")
        whole.fit(inputs, inputs, batch_size=256, epochs=15, verbose=0)
        codes = keras.Model(image, code).predict(inputs, batch_size=1_000, verbose=0)
        self.shared[f"code {widths[-1]}"] = process_time() - began
        return codes

    def dbscan(self, points: np.ndarray) -> np.ndarray:
        """Cluster points with a radius by the notebook's rule."""
        eps = np.ptp(points, axis=0).max() * np.sqrt(0.8 * 20 / (4 * len(points)))
        return DBSCAN(eps=eps, min_samples=20).fit_predict(points)

    def hdbscan(self, points: np.ndarray) -> np.ndarray:
        """Cluster points with what finds most nearly ten groups, and then the least noise."""
        tries = [
            HDBSCAN(min_cluster_size=len(points) // 50, min_samples=m, copy=True).fit_predict(
                points
            )
            for m in (5, 10, 20, 40)
        ]
        return min(tries, key=lambda found: (abs(found.max() - 9), np.mean(found == -1)))

    def all(self) -> dict[str, tuple[Callable[[], np.ndarray], str]]:
        """Return each method, and which shared step it needs."""
        pca = PCA(30, random_state=0)
        return {
            "k-means": (lambda: self.k_means(self.rows), ""),
            "PCA 30 + k-means": (lambda: self.k_means(pca.fit_transform(self.rows)), ""),
            "spherical k-means": (lambda: self.spherical(self.rows), ""),
            "straight k-means": (lambda: self.k_means(self.straight), ""),
            "straight spherical k-means": (lambda: self.spherical(self.straight), ""),
            "wide code (200) + spherical": (lambda: self.spherical(self.codes(200)), "code 200"),
            "deep code (10) + spherical": (
                lambda: self.spherical(self.codes(256, 64, 10)),
                "code 10",
            ),
            "t-SNE + DBSCAN by the rule": (lambda: self.dbscan(self.map()), "t-SNE"),
            "t-SNE + HDBSCAN": (lambda: self.hdbscan(self.map()), "t-SNE"),
        }


def score(labels: np.ndarray, clusters: np.ndarray) -> list[float]:
    """Return ARI, NMI, best-assignment accuracy (noise is wrong), purity and share of noise."""
    kept = clusters >= 0
    table = contingency_matrix(labels[kept], clusters[kept])
    return [
        adjusted_rand_score(labels, clusters),
        normalized_mutual_info_score(labels, clusters),
        table[linear_sum_assignment(table, maximize=True)].sum() / len(labels),
        contingency_matrix(labels, clusters).max(axis=0).sum() / len(labels),
        float(np.mean(~kept)),
    ]


def main() -> None:
    """Print the table, line by line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=10_000, help="how many; default: 10,000")
    size = parser.parse_args().images
    images, labels = (part[:size] for part in load_mnist("train"))
    methods = Methods(images)
    print(f"| {len(images):,} images | ARI | NMI | accuracy | purity | noise | CPU s |")
    print("|---|---|---|---|---|---|---|")
    for name, (run, step) in methods.all().items():
        known = step in methods.shared
        began = process_time()
        clusters = run()
        seconds = process_time() - began + (methods.shared[step] if known else 0)
        figures = " | ".join(f"{value:.3f}" for value in score(labels, clusters))
        print(f"| {name} | {figures} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
