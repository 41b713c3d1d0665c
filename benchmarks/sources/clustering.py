"""The post on clustering: notebook 04."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from typing import Any

import numpy as np
from sklearn import decomposition
from sklearn.cluster import DBSCAN, KMeans
from sklearn.metrics import accuracy_score, adjusted_rand_score
from sklearn.preprocessing import normalize

from benchmarks.sources.claims import (
    CHOICE,
    CLUSTERING,
    OUTDATED,
    RIGHT,
    WRONG,
    Finding,
    claim,
    quoted,
    run,
)
from helpers.data import load_embedding, load_mnist
from helpers.spherical_fast import FastSphericalKMeans

MEANS = quoted(CLUSTERING, 54, 'model = KMeans(init="k-means++", n_clusters=10, random_state=0)')
FIT = quoted(CLUSTERING, 55, "model.fit(x_train)")
COMPONENTS = quoted(
    CLUSTERING,
    111,
    """
pca = decomposition.PCA(n_components=30).fit(x_train)
reduced_X = pca.transform(x_train)
""",
)
FIT_REDUCED = quoted(CLUSTERING, 118, "model.fit(reduced_X)")
DENSITY = quoted(CLUSTERING, 141, "model = DBSCAN(eps=2.4, min_samples=100)")
ROWS = quoted(CLUSTERING, 62, "for cluster in range(10):")
CODES = quoted(CLUSTERING, 222, "skm.fit(x_train)")
ROOT = quoted(CLUSTERING, 194, "return K.sqrt(K.mean(K.square(y_pred - y_true), axis=-1))")
quoted(CLUSTERING, 243, "skm.fit(encoded_imgs)를 사용하는게 맞습니다.")


@cache
def rows() -> tuple[np.ndarray, np.ndarray]:
    """Return all training images as the post has them, and their labels."""
    images, labels = load_mnist("train")
    return images.reshape(len(images), -1).astype("float32") / 255.0, labels


def of_its_day(**options: Any) -> KMeans:
    """Make the machine that ``KMeans`` made then: it tried ten starts by default."""
    return KMeans(n_init=10, **options)


@cache
def by_pixels(make: Any = of_its_day) -> KMeans:
    """Return the machine of the post's first section, fitted."""
    return run(FIT, **run(MEANS, KMeans=make), x_train=rows()[0])["model"]


@cache
def by_directions() -> np.ndarray:
    """Return the clusters of its second section, by the course's faster machine."""
    return FastSphericalKMeans(10, n_init=3, random_state=0).fit(normalize(rows()[0])).labels_


@cache
def by_components() -> np.ndarray:
    """Return the clusters of its third section."""
    names: dict[str, Any] = {"decomposition": decomposition, "x_train": rows()[0]}
    names = run(COMPONENTS, **names) | {"KMeans": of_its_day}
    return run(FIT_REDUCED, **run(MEANS, **names))["model"].labels_


@claim("clustering-starts", MEANS, OUTDATED, slow=True)
def starts() -> Finding:
    """It tried ten starts then, and tries one today, so the clusters can be less tight."""
    then, now = by_pixels(), by_pixels(KMeans)
    found = f"inertia {then.inertia_:,.0f} with ten starts, {now.inertia_:,.0f} with one"
    return Finding(bool(then.inertia_ < now.inertia_), found)


@claim(
    "clustering-import",
    quoted(CLUSTERING, 52, "from sklearn.metrics import accuracy_score"),
    WRONG,
    slow=True,
)
def unused() -> Finding:
    """It is imported and never used; on clusters it would say nothing."""
    labels, clusters = rows()[1], by_pixels().labels_
    score, index = accuracy_score(labels, clusters), adjusted_rand_score(labels, clusters)
    return Finding(score < 0.2 < index, f"accuracy_score {score:.2f}, adjusted Rand {index:.2f}")


@claim(
    "clustering-clean",
    quoted(CLUSTERING, 84, "첫번째 케이스보다는 숫자들을 깔끔하게 분리해낸다."),
    RIGHT,
    slow=True,
)
def cleaner() -> Finding:
    """Directions separate the digits better than distances do."""
    both = [
        adjusted_rand_score(rows()[1], found) for found in (by_pixels().labels_, by_directions())
    ]
    return Finding(both[1] > both[0], f"adjusted Rand {both[0]:.2f}, by direction {both[1]:.2f}")


@claim(
    "clustering-pca",
    quoted(CLUSTERING, 105, "지금까지는 사람이 분류한 결과에 가장 근접한 듯 하다."),
    WRONG,
    slow=True,
)
def components() -> Finding:
    """PCA and k-means finds what k-means finds, and spherical k-means comes closer to a person."""
    labels = rows()[1]
    same = adjusted_rand_score(by_pixels().labels_, by_components())
    means, pca, sphere = (
        adjusted_rand_score(labels, found)
        for found in (by_pixels().labels_, by_components(), by_directions())
    )
    found = f"k-means {means:.3f}, PCA {pca:.3f}, spherical {sphere:.3f}; the first two {same:.3f}"
    return Finding(bool(same > 0.8 and sphere > pca), found)


@claim("clustering-eps", DENSITY, CHOICE)
def radius() -> Finding:
    """They are for one map: on the course's, of the same images, nearly everything is noise."""
    points, labels = load_embedding()
    clusters = run(DENSITY, DBSCAN=DBSCAN)["model"].fit(points).labels_
    noise, index = np.mean(clusters == -1), adjusted_rand_score(labels, clusters)
    return Finding(noise > 0.9, f"noise {noise:.2f}, adjusted Rand {index:.2f}")


@claim("clustering-noise", ROWS, WRONG)
def picture() -> Finding:
    """The picture has no row for noise, nor for an eleventh cluster."""
    points, _ = load_embedding()
    clusters = run(DENSITY, DBSCAN=DBSCAN)["model"].fit(points).labels_
    drawn: list[int] = []
    exec(f"{ROWS.text}\n    drawn.append(cluster)", {"drawn": drawn})
    unseen = np.mean(~np.isin(clusters, drawn))
    return Finding(-1 not in drawn and unseen > 0.5, f"{unseen:.0%} of the images are in no row")


@claim("clustering-pixels", CODES, WRONG)
def codes() -> Finding:
    """The codes are made and the pixels are clustered, as its author grants in line 243."""
    seen: list[str] = []

    class Machine:
        def fit(self, table: str) -> None:
            seen.append(table)

    run(CODES, skm=Machine(), x_train="pixels", encoded_imgs="codes")
    return Finding(seen == ["pixels"], f"what is clustered: {seen[0]}")


@claim(
    "clustering-supervised",
    quoted(CLUSTERING, 133, "거의 지도학습 수준의 정확도를 보여준다."),
    RIGHT,
)
def supervised() -> Finding:
    """So it is for a map of 60,000 images, here of straight ones, with an eps of its own."""
    points, labels = load_embedding()
    eps = np.ptp(points, axis=0).max() * np.sqrt(0.8 * 20 / (4 * len(points)))  # as in section 8
    clusters = DBSCAN(eps=eps, min_samples=20).fit_predict(points)
    index = adjusted_rand_score(labels, clusters)
    return Finding(index > 0.9, f"adjusted Rand {index:.2f}")


@claim(
    "clustering-spherecluster",
    quoted(CLUSTERING, 86, "from spherecluster import SphericalKMeans"),
    OUTDATED,
)
def package() -> Finding:
    """The package does not import on today's scikit-learn by itself."""
    done = subprocess.run(
        [sys.executable, "-c", "from spherecluster import SphericalKMeans"],
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stderr.strip().splitlines()[-1] if done.stderr else "it imports"
    return Finding(done.returncode != 0, last)


@claim("clustering-adadelta", quoted(CLUSTERING, 207, "optimizer='adadelta'"), OUTDATED, slow=True)
def optimizer() -> Finding:
    """Its learning rate was 1.0 by default then, which trains; today's 0.001 does not."""
    from helpers.quiet_keras import keras

    def loss(rate: float | None) -> float:
        keras.utils.set_random_seed(0)
        image = keras.Input((784,))
        code = keras.layers.Dense(200, activation="relu")(image)
        network = keras.Model(image, keras.layers.Dense(784, activation="sigmoid")(code))
        chosen = "adadelta" if rate is None else keras.optimizers.Adadelta(rate)
        network.compile(chosen, "binary_crossentropy")
        table = rows()[0]
        history = network.fit(table, table, epochs=2, batch_size=512, verbose=0).history
        return history["loss"][-1]

    now, then = loss(None), loss(1.0)
    return Finding(now > 0.6 > 0.4 > then, f"after two epochs today {now:.2f}, with 1.0 {then:.2f}")


@claim("clustering-backend", ROOT, OUTDATED, slow=True)
def backend() -> Finding:
    """Keras 3 has no such functions in its backend."""
    from helpers.quiet_keras import keras

    source = f"def rmse(y_true, y_pred):\n    {ROOT.text}\n"
    names: dict[str, Any] = {"K": keras.backend}
    exec(source, names)
    try:
        names["rmse"](np.zeros(3), np.ones(3))
    except AttributeError as error:
        return Finding(True, str(error))
    return Finding(False, "it runs")
