"""Import spherecluster 0.1.7 (2018) unchanged on today's scikit-learn.

>>> from helpers.spherical import SphericalKMeans, VonMisesFisherMixture

spherecluster imports private names that scikit-learn 0.20 had. Here those names are provided
on top of today's scikit-learn while spherecluster is being imported, and taken away again.

Known limits: `n_jobs` > 1 works with threads only (``joblib.parallel_config("threading")``),
the mixture takes dense input only and is slow (use up to 6,000 images).

Errors
------
ImportError
    └── spherecluster or scikit-learn is not as this module expects; says what was missing
"""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import scipy.sparse as sp
import sklearn
import sklearn.cluster
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances_argmin_min
from sklearn.utils import check_array, check_random_state
from sklearn.utils.extmath import row_norms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["SphericalKMeans", "VonMisesFisherMixture"]


def _check_sample_weight(X: Any, sample_weight: Any) -> NDArray[np.floating]:
    # 0.20 took its arguments in this order and scaled the weights to sum to n.
    n = X.shape[0]
    weight = np.ones(n) if sample_weight is None else np.asarray(sample_weight, float)
    if weight.shape != (n,):
        raise ValueError(f"sample_weight has shape {weight.shape}: expected {(n,)}")
    scaled: NDArray[np.floating] = (weight * (n / weight.sum())).astype(X.dtype)
    return scaled


def _init_centroids(
    X: Any, k: int, init: Any, random_state: Any = None, x_squared_norms: Any = None
) -> Any:
    norms = row_norms(X, squared=True) if x_squared_norms is None else x_squared_norms
    weight = np.ones(X.shape[0], X.dtype)
    state = check_random_state(random_state)
    return KMeans(k, init=init)._init_centroids(X, norms, init, state, weight)


def _validate_center_shape(X: Any, k: int, centers: NDArray[np.floating]) -> None:
    KMeans(k)._validate_center_shape(X, centers)


def _labels_inertia(
    X: Any,
    weight: NDArray[np.floating],
    _norms: Any,
    centers: NDArray[np.floating],
    *,
    distances: NDArray[np.floating] | None = None,
    **_precomputed: object,
) -> tuple[NDArray[np.int32], float]:
    labels, squared = pairwise_distances_argmin_min(X, centers, metric="sqeuclidean")
    if distances is not None:
        distances[:] = squared
    return labels.astype(np.int32), float(squared @ weight)


def _centers(
    X: Any,
    weight: NDArray[np.floating],
    labels: NDArray[np.int32],
    k: int,
    distances: NDArray[np.floating],
) -> Any:
    """Weighted means of the clusters; an empty one gets the point farthest from its centre."""
    n = X.shape[0]
    membership = sp.csr_array((weight, (labels, np.arange(n))), shape=(k, n))
    sums, totals = membership @ X, membership.sum(axis=1)
    sums = sums.toarray() if sp.issparse(sums) else sums
    for cluster, point in zip(np.flatnonzero(totals == 0), np.argsort(-distances), strict=False):
        sums[cluster] = X[[point]].toarray()[0] if sp.issparse(X) else X[point]
        totals[cluster] = 1
    return sums / totals[:, None]


def _check_array(X: Any, **options: Any) -> Any:
    options.pop("warn_on_dtype", None)  # gone since 0.23; it only ever warned
    return check_array(X, **options)


def _module(name: str, **names: object) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(names)
    return module


def _old_modules() -> dict[str, ModuleType]:
    """Build the modules of scikit-learn 0.20 that spherecluster imports from."""
    _ = KMeans._init_centroids, KMeans._validate_center_shape  # called above: fail here if gone
    names = {
        "sklearn.cluster.k_means_": {
            "_check_sample_weight": _check_sample_weight,
            "_init_centroids": _init_centroids,
            "_labels_inertia": _labels_inertia,
            "_tolerance": sklearn.cluster._kmeans._tolerance,
            "_validate_center_shape": _validate_center_shape,
        },
        "sklearn.cluster._k_means": {"_centers_dense": _centers, "_centers_sparse": _centers},
        "sklearn.externals.joblib": {"Parallel": joblib.Parallel, "delayed": joblib.delayed},
    }
    return {name: _module(name, **content) for name, content in names.items()}


@contextmanager
def _provided(modules: dict[str, ModuleType]) -> Iterator[None]:
    """Let `modules` be imported inside the with block, and nowhere after it."""
    sys.modules.update(modules)
    sklearn.cluster._k_means = modules["sklearn.cluster._k_means"]
    try:
        yield
    finally:
        del sklearn.cluster._k_means
        for name in modules:
            del sys.modules[name]


def _import_spherecluster() -> Any:
    try:
        # Python compiles an invalid escape in a docstring of spherecluster with a warning.
        with warnings.catch_warnings(action="ignore"), _provided(_old_modules()):
            import spherecluster
            from spherecluster import spherical_kmeans, von_mises_fisher_mixture
    except (ImportError, AttributeError) as error:
        raise ImportError(
            f"helpers.spherical expects spherecluster 0.1.7 and a scikit-learn like 1.9, "
            f"found scikit-learn {sklearn.__version__}: {error}",
            name="spherecluster",
        ) from error
    # np.infty is gone since numpy 2.0; only spherecluster's own view of numpy gets it back.
    numpy_1 = _module("numpy", **{**vars(np), "infty": np.inf})
    spherical_kmeans.np = von_mises_fisher_mixture.np = numpy_1
    von_mises_fisher_mixture.check_array = _check_array
    # KMeans.predict reads it; KMeans.fit, which would set it, is overridden.
    spherecluster.SphericalKMeans._n_threads = 1
    return spherecluster


_spherecluster = _import_spherecluster()
"""The package itself."""

SphericalKMeans = _spherecluster.SphericalKMeans
"""K-means for rows of length 1, by their cosines."""

VonMisesFisherMixture = _spherecluster.VonMisesFisherMixture
"""A mixture of von Mises-Fisher distributions, fitted by expectation maximisation."""
