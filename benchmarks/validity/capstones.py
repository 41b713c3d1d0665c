"""Capstones as students write them, from naive to strong, for 03, 04 and 05.

A capstone learns from images and labels with a seed, and gives a function that answers; one of
04 learns from the images that it sorts, and gets none before. Libraries are imported where they
are used: each run needs few of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import DBSCAN, HDBSCAN, AgglomerativeClustering, KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, normalize
from sklearn.svm import SVC, LinearSVC

from helpers.preprocessing import deskew, hog

Answer = Callable[[NDArray[np.uint8]], NDArray[Any]]
Capstone = Callable[[NDArray[np.uint8], NDArray[Any], int], Answer]


def pixels(images: NDArray) -> NDArray[np.float32]:
    """Return each image as a row from 0 to 1."""
    return (images.reshape(len(images), -1) / 255).astype(np.float32)


def straight(images: NDArray) -> NDArray[np.float32]:
    """Return each image as a row, straightened."""
    return pixels(deskew(images))


def gradients(images: NDArray) -> NDArray[np.float32]:
    """Return gradients of straightened images."""
    return hog(deskew(images), bins=16, signed=True)


# 03: digits


def _on(features: Callable[[NDArray], NDArray], *steps: Any) -> Any:
    return make_pipeline(FunctionTransformer(features), *steps)


def _gradient_machine() -> Any:
    return _on(gradients, PCA(60, random_state=0), SVC(C=5))


def _committee(seed: int) -> Any:
    members = [
        ("straight", _on(straight, SVC(C=10))),
        ("gradients", _gradient_machine()),
        ("forest", _on(gradients, ExtraTreesClassifier(200, random_state=seed))),
    ]
    return VotingClassifier(members)


def _small_network(images: NDArray, labels: NDArray, seed: int) -> Answer:
    from helpers.quiet_keras import keras

    keras.utils.set_random_seed(seed)
    layers = keras.layers
    network = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    network.compile("adam", "sparse_categorical_crossentropy")
    network.fit(images[..., np.newaxis], labels, batch_size=64, epochs=5, verbose=0)
    return lambda new: network.predict(new[..., np.newaxis], verbose=0).argmax(axis=1)


def _fitted(make: Callable[[int], Any]) -> Capstone:
    return lambda images, labels, seed: make(seed).fit(images, labels).predict


DIGITS: Mapping[str, Capstone] = {
    "logistic regression": _fitted(lambda _: _on(pixels, LogisticRegression(max_iter=100))),
    "linear SVM": _fitted(lambda s: _on(pixels, LinearSVC(C=0.02, random_state=s))),
    "random forest": _fitted(lambda s: _on(pixels, RandomForestClassifier(200, random_state=s))),
    "3 neighbours": _fitted(lambda _: _on(pixels, KNeighborsClassifier(3))),
    "PCA + 5 neighbours": _fitted(
        lambda s: _on(pixels, PCA(40, random_state=s), KNeighborsClassifier(5))
    ),
    "MLP": _fitted(lambda s: _on(pixels, MLPClassifier((128,), max_iter=25, random_state=s))),
    "CNN, 5 epochs": _small_network,
    "PCA + boosted trees": _fitted(
        lambda s: _on(
            pixels,
            PCA(40, random_state=s),
            HistGradientBoostingClassifier(max_iter=60, learning_rate=0.2, random_state=s),
        )
    ),
    "SVC on pixels": _fitted(lambda _: _on(pixels, SVC(C=10))),
    "straightened + SVC": _fitted(lambda _: _on(straight, SVC(C=10))),
    "gradients + SVC": _fitted(lambda _: _gradient_machine()),
    "committee": _fitted(_committee),
}
"""Capstones of 03, naive ones first."""


# 04: clusters


def _k_means(rows: NDArray, seed: int) -> NDArray:
    return KMeans(10, n_init=3, random_state=seed).fit_predict(rows)


def _directions(rows: NDArray, seed: int) -> NDArray:
    from helpers.spherical_fast import FastSphericalKMeans

    return FastSphericalKMeans(10, n_init=3, random_state=seed).fit(normalize(rows)).labels_


def _map(images: NDArray, seed: int, features: Callable[[NDArray], NDArray] = straight) -> NDArray:
    from openTSNE import TSNE

    components = PCA(50, random_state=seed).fit_transform(normalize(features(images)))
    tsne = TSNE(exaggeration=2, n_iter=250, negative_gradient_method="fft", random_state=seed)
    return np.asarray(tsne.fit(components))


def _islands(points: NDArray) -> NDArray:
    """Take the clustering that has most nearly ten groups, and then the least noise."""
    tries = [
        HDBSCAN(min_cluster_size=len(points) // 50, min_samples=m, copy=True).fit_predict(points)
        for m in (5, 10, 20, 40)
    ]
    return min(tries, key=lambda found: (abs(found.max() - 9), np.mean(found == -1)))


def _by_radius(points: NDArray) -> NDArray:
    eps = np.ptp(points, axis=0).max() * np.sqrt(0.8 * 20 / (4 * len(points)))
    return DBSCAN(eps=eps, min_samples=20).fit_predict(points)


def _code(images: NDArray, seed: int) -> NDArray:
    """Return ten numbers of each image, by an autoencoder that learnt from these images."""
    from helpers.quiet_keras import keras

    keras.utils.set_random_seed(seed)
    rows, dense = straight(images), keras.layers.Dense
    image = keras.Input((784,))
    code = dense(10)(dense(64, activation="relu")(dense(256, activation="relu")(image)))
    out = dense(256, activation="relu")(dense(64, activation="relu")(code))
    whole = keras.Model(image, dense(784, activation="sigmoid")(out))
    whole.compile("adam", "binary_crossentropy")
    whole.fit(rows, rows, batch_size=64, epochs=15, verbose=0)
    return keras.Model(image, code).predict(rows, verbose=0)


def _sorting(sort: Callable[[NDArray, int], NDArray]) -> Capstone:
    return lambda _images, _labels, seed: lambda new: sort(new, seed)


def _mixture(images: NDArray, seed: int) -> NDArray:
    rows = PCA(30, random_state=seed).fit_transform(straight(images))
    return GaussianMixture(10, covariance_type="tied", random_state=seed).fit_predict(rows)


def _ward(images: NDArray, seed: int) -> NDArray:
    rows = PCA(30, random_state=seed).fit_transform(straight(images))
    return AgglomerativeClustering(10).fit_predict(rows)


CLUSTERS: Mapping[str, Capstone] = {
    "k-means": _sorting(lambda x, s: _k_means(pixels(x), s)),
    "PCA + k-means": _sorting(
        lambda x, s: _k_means(PCA(30, random_state=s).fit_transform(pixels(x)), s)
    ),
    "directions": _sorting(lambda x, s: _directions(pixels(x), s)),
    "straight k-means": _sorting(lambda x, s: _k_means(straight(x), s)),
    "straight mixture": _sorting(_mixture),
    "straight Ward": _sorting(_ward),
    "straight directions": _sorting(lambda x, s: _directions(straight(x), s)),
    "deep code + directions": _sorting(lambda x, s: _directions(_code(x, s), s)),
    "t-SNE + DBSCAN": _sorting(lambda x, s: _by_radius(_map(x, s))),
    "t-SNE + HDBSCAN": _sorting(lambda x, s: _islands(_map(x, s))),
    "t-SNE + k-means": _sorting(lambda x, s: _k_means(_map(x, s), s)),
    "gradients, t-SNE + HDBSCAN": _sorting(lambda x, s: _islands(_map(x, s, gradients))),
}
"""Capstones of 04, naive ones first."""


# 05: colours and garments


def _colours(images: NDArray) -> NDArray:
    """Count colours, four levels a channel, in the whole image and in its middle."""
    boxes = images // 64 @ np.array([16, 4, 1], np.uint8)
    middle = boxes[:, 18:54, 18:54].reshape(len(images), -1)
    parts = (boxes.reshape(len(images), -1), middle)
    counts = [[np.bincount(row, minlength=64) / row.size for row in part] for part in parts]
    return np.sqrt(np.concatenate(counts, axis=1))


def _small(images: NDArray, side: int = 36) -> NDArray:
    block = images.shape[1] // side
    return images.reshape(len(images), side, block, side, block, 3).mean(axis=(2, 4))


def _edges(images: NDArray) -> NDArray:
    small = _small(images)
    return np.hstack([hog(small[..., channel]) for channel in range(3)])


def _thumbnails(images: NDArray) -> NDArray:
    return pixels(_small(images, 12))


def _halves(colour: Any, garment: Any) -> Capstone:
    """One model of colours and one of garments, so that no pair is learnt by heart."""

    def capstone(images: NDArray, truth: NDArray, seed: int) -> Answer:
        halves = [
            model.fit(images, part.argmax(axis=1))
            for model, part in ((colour(seed), truth[:, :6]), (garment(seed), truth[:, 6:]))
        ]
        return lambda new: np.hstack(
            [np.eye(n)[h.predict(new)] for n, h in zip((6, 5), halves, strict=True)]
        )

    return capstone


def _by_pair(make: Callable[[int], Any]) -> Capstone:
    """One of the known pairs: what is not among them is always wrong."""

    def capstone(images: NDArray, truth: NDArray, seed: int) -> Answer:
        pairs, number = np.unique(truth, axis=0, return_inverse=True)
        model = make(seed).fit(images, number.ravel())
        return lambda new: pairs[model.predict(new)]

    return capstone


def _labelwise(make: Callable[[int], Any]) -> Capstone:
    return lambda images, truth, seed: make(seed).fit(images, truth).predict


def _network(by_pair: bool) -> Capstone:
    def capstone(images: NDArray, truth: NDArray, seed: int) -> Answer:
        from helpers.quiet_keras import keras

        keras.utils.set_random_seed(seed)
        layers = keras.layers
        pairs, number = np.unique(truth, axis=0, return_inverse=True)
        targets = np.eye(len(pairs))[number.ravel()] if by_pair else truth
        image = x = keras.Input((72, 72, 3))
        x = layers.AveragePooling2D(2)(layers.Rescaling(1 / 255)(x))
        for width in (16, 32, 64):
            x = layers.Conv2D(width, 3, strides=2, use_bias=False)(x)
            x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
        x = layers.GlobalAveragePooling2D()(x)
        x = layers.Dense(targets.shape[1], activation="softmax" if by_pair else "sigmoid")(x)
        network = keras.Model(image, x)
        network.compile("adam", "categorical_crossentropy" if by_pair else "binary_crossentropy")
        network.fit(images, targets, batch_size=32, epochs=10, verbose=0)
        if by_pair:
            return lambda new: pairs[network.predict(new, verbose=0).argmax(axis=1)]
        return lambda new: (network.predict(new, verbose=0) > 0.5).astype(int)

    return capstone


APPAREL: Mapping[str, Capstone] = {
    "7 neighbours of thumbnails": _labelwise(lambda _: _on(_thumbnails, KNeighborsClassifier(7))),
    "forest of thumbnails": _labelwise(
        lambda s: _on(_thumbnails, RandomForestClassifier(200, random_state=s))
    ),
    "network by pair": _network(by_pair=True),
    "network by label": _network(by_pair=False),
    "SVC by pair": _by_pair(lambda _: _on(_edges, PCA(60, random_state=0), SVC(C=10))),
    "half-blind forests": _halves(
        lambda s: _on(_colours, RandomForestClassifier(200, random_state=s)),
        lambda s: _on(_edges, PCA(60, random_state=0), RandomForestClassifier(200, random_state=s)),
    ),
    "half-blind logistic": _halves(
        lambda _: _on(_colours, LogisticRegression(C=30, max_iter=200)),
        lambda _: _on(_edges, PCA(60, random_state=0), LogisticRegression(max_iter=200)),
    ),
    "half-blind SVCs": _halves(
        lambda _: _on(_colours, SVC(C=10)),
        lambda _: _on(_edges, PCA(60, random_state=0), SVC(C=10)),
    ),
}
"""Capstones of 05, naive ones first."""

CAPSTONES: Mapping[str, Mapping[str, Capstone]] = {
    "03_svc": DIGITS,
    "04_clustering": CLUSTERS,
    "05_multilabel": APPAREL,
}
"""Capstones by assignment."""
