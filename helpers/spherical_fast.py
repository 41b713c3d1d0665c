"""Spherical k-means for all of MNIST: spherecluster's interface and result, several times faster.

>>> from helpers.spherical_fast import FastSphericalKMeans

Three things save time, and none changes which centre is nearest to a row.
Cosines are one product of float32 matrices.  A centre that moved by d has changed no row's cosine
by more than d, so most rows need not be looked at again.  And a centre is corrected by the few
rows that changed sides instead of being summed anew.
The second is Elkan's idea (C. Elkan, *Using the triangle inequality to accelerate k-means*, 2003)
for cosines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.preprocessing import normalize
from sklearn.utils import check_array, check_random_state
from sklearn.utils.extmath import row_norms

from helpers.spherical import SphericalKMeans, _init_centroids

__all__ = ["FastSphericalKMeans"]

_ROUNDING = 1e-5
"""More than two float32 cosines of the same rows can differ by."""


class FastSphericalKMeans(SphericalKMeans):
    """spherecluster's `SphericalKMeans` for dense rows without weights, faster.

    Parameters and attributes are those of the class it extends; from the same `init` or
    `random_state` it finds the same clusters.  Sparse rows, weights and `n_jobs` other than 1
    go to that class.

    Examples
    --------
    >>> rows = np.array([[9.0, 1.0], [8.0, 1.0], [1.0, 7.0], [0.0, 6.0]])
    >>> labels = FastSphericalKMeans(2, random_state=0).fit(rows).labels_
    >>> bool(labels[0] == labels[1] != labels[2] == labels[3])
    True
    """

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> FastSphericalKMeans:
        """Cluster the rows of an array of shape (n, d).

        Raises
        ------
        ValueError
            If `X` has fewer rows than there are clusters, or is no table of finite numbers.
        """
        if sp.issparse(X) or sample_weight is not None or self.n_jobs != 1:
            return super().fit(X, y, sample_weight)
        rows = check_array(X, dtype=np.float64, ensure_min_samples=self.n_clusters)
        rows = normalize(rows) if self.normalize else rows
        squares, small = row_norms(rows, squared=True), rows.astype(np.float32)
        variance = squares.mean() / rows.shape[1] - (rows.mean(axis=0) ** 2).mean()
        runs = [
            _lloyd(small, start, self.max_iter, self.tol * variance)
            for start in self._starts(rows, squares)
        ]
        centers, self.n_iter_ = max(runs, key=lambda run: _mean_cosine(small, run[0]))
        self._finish(rows, squares, centers)
        return self

    def _starts(
        self, rows: NDArray[np.float64], squares: NDArray[np.float64]
    ) -> Iterator[NDArray[np.float64]]:
        """Give the start of each run, from the same random numbers as spherecluster."""
        state = check_random_state(self.random_state)
        for _ in range(1 if hasattr(self.init, "__array__") else self.n_init):
            yield _init_centroids(rows, self.n_clusters, self.init, state, squares)

    def _finish(
        self,
        rows: NDArray[np.float64],
        squares: NDArray[np.float64],
        centers: NDArray[np.float64],
    ) -> None:
        """Assign every row once more, in float64, and keep what scikit-learn's classes keep."""
        squares = squares[:, None] + (centers**2).sum(axis=1) - 2 * rows @ centers.T
        self.cluster_centers_, self.labels_ = centers, squares.argmin(axis=1).astype(np.int32)
        self.inertia_ = float(squares.min(axis=1).sum())


def _lloyd(
    rows: NDArray[np.float32], centers: NDArray[np.float64], steps: int, tolerance: float
) -> tuple[NDArray[np.float64], int]:
    """Assign rows and move centres until these stay; return them and the number of rounds."""
    labels = np.zeros(len(rows), np.intp)
    sums = np.zeros(centers.shape)
    sums[0] = rows.sum(axis=0, dtype=np.float64)  # as if all rows were in the first cluster
    least = np.full(len(rows), -np.inf, np.float32)  # bound of the closeness to the own centre
    most = np.full((len(rows), len(centers)), np.inf, np.float32)  # and of that to each
    step, shift = 0, np.inf
    while step < steps and shift > tolerance:
        # The own centre is always among those that may be the closest.
        unsure = np.flatnonzero((most > least[:, None] - _ROUNDING).sum(axis=1) > 1)
        closeness = _closeness(rows, unsure, centers)
        before, labels[unsure] = labels[unsure], closeness.argmax(axis=1)
        sums += _correction(rows, unsure, before, labels, len(centers))
        updated = _directions(sums, rows, labels, centers)
        gaps = np.linalg.norm(updated - centers, axis=1).astype(np.float32)
        if step > 0:  # a start need not have length 1, and then its closeness is no cosine
            least[unsure], most[unsure] = closeness.max(axis=1), closeness
            least -= gaps[labels]
            most += gaps
        centers, step, shift = updated, step + 1, float((gaps**2).sum())
    return centers, step


def _closeness(
    rows: NDArray[np.float32], chosen: NDArray[np.intp], centers: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return what is largest for the nearest centre: for those of length 1, cosine less 1/2."""
    columns, half = centers.astype(np.float32).T, (centers**2).sum(axis=1, dtype=np.float32) / 2
    if 2 * len(chosen) > len(rows):  # copying most rows would take longer than multiplying all
        return (rows @ columns - half)[chosen]
    return rows.take(chosen, axis=0) @ columns - half  # take: indexing is four times slower


def _correction(
    rows: NDArray[np.float32],
    chosen: NDArray[np.intp],
    before: NDArray[np.intp],
    labels: NDArray[np.intp],
    k: int,
) -> NDArray[np.float64]:
    """Return by how much the sums of the clusters change: what came less what left."""
    moved = before != labels[chosen]
    left, now = before[moved], labels[chosen[moved]]
    side = np.arange(k)[:, None]
    sign = (side == now).astype(np.float32) - (side == left)
    return (sign @ rows.take(chosen[moved], axis=0)).astype(np.float64)


def _directions(
    sums: NDArray[np.float64],
    rows: NDArray[np.float32],
    labels: NDArray[np.intp],
    centers: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the sums at length 1; an empty cluster gets a row far from its own centre."""
    empty = np.flatnonzero(np.bincount(labels, minlength=len(sums)) == 0)
    if len(empty):
        squared = ((rows - centers[labels]) ** 2).sum(axis=1)
        sums = sums.copy()
        sums[empty] = rows[np.argsort(-squared)[: len(empty)]]
    return normalize(sums)


def _mean_cosine(rows: NDArray[np.float32], centers: NDArray[np.float64]) -> float:
    cosines = (rows @ centers.astype(np.float32).T).max(axis=1)
    return float(cosines.mean(dtype=np.float64))
