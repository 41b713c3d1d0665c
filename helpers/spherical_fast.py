"""Spherical k-means for all of MNIST: spherecluster's interface and result, several times faster.

>>> from helpers.spherical_fast import FastSphericalKMeans

Three things save time, and none changes which centre is nearest to a row.
Cosines are one product of float32 matrices. A centre that moved by d has changed no row's cosine
by more than d, so most rows need not be looked at again. And a centre is corrected by the few
rows that changed sides instead of being summed anew.
The second is Elkan's idea (C. Elkan, *Using the triangle inequality to accelerate k-means*, 2003)
for cosines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp
from sklearn.preprocessing import normalize
from sklearn.utils import check_array, check_random_state
from sklearn.utils.extmath import row_norms

from helpers.spherical import SphericalKMeans, _init_centroids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["FastSphericalKMeans"]

_ROUNDING = np.float32(1e-5)
"""More than two float32 cosines of the same rows can differ by."""

_BLOCK = 256
"""Rows that are copied and multiplied at a time: few enough to stay in the processor's cache."""


class FastSphericalKMeans(SphericalKMeans):  # type: ignore[misc]  # has no types
    """spherecluster's `SphericalKMeans` for dense rows without weights, faster.

    Parameters and attributes are those of the class it extends; from the same `init` or
    `random_state` it finds the same clusters. Sparse rows, weights and `n_jobs` other than 1
    go to that class.

    Examples
    --------
    >>> rows = np.array([[9.0, 1.0], [8.0, 1.0], [1.0, 7.0], [0.0, 6.0]])
    >>> labels = FastSphericalKMeans(2, random_state=0).fit(rows).labels_
    >>> bool(labels[0] == labels[1] != labels[2] == labels[3])
    True
    """

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> FastSphericalKMeans:
        """Cluster the rows of an array.

        Parameters
        ----------
        X : array_like or sparse matrix, shape (n, d)
            In any unit: only directions count.
        y : object, optional
            Ignored, as by all clusterings of scikit-learn.
        sample_weight : array_like, shape (n,), optional
            By default all rows weigh the same.

        Returns
        -------
        self : FastSphericalKMeans
            Fitted.

        Raises
        ------
        ValueError
            If `X` has fewer rows than there are clusters, or is no table of finite numbers.
        """
        if sp.issparse(X) or sample_weight is not None or self.n_jobs != 1:
            super().fit(X, y, sample_weight)
            return self
        rows = check_array(X, dtype=np.float64, ensure_min_samples=self.n_clusters)
        squares = row_norms(rows, squared=True)
        if self.normalize:
            rows = rows / np.sqrt(np.where(squares > 0, squares, 1))[:, None]
            squares = (squares > 0).astype(float)
        small = rows.astype(np.float32)
        variance = squares.mean() / rows.shape[1] - (rows.mean(axis=0) ** 2).mean()
        reach = np.float32(np.sqrt(squares.max()))
        every, best = np.arange(len(rows)), -np.inf
        for start in self._starts(rows, squares):
            centers, steps = _lloyd(small, start, self.max_iter, self.tol * variance, reach)
            closeness = _closeness(small, every, centers)
            total = float(closeness.max(axis=1).sum(dtype=np.float64))
            if total > best:
                best, self.cluster_centers_, self.n_iter_ = total, centers, steps
                self.labels_ = closeness.argmax(axis=1).astype(np.int32)
        self.inertia_ = float(squares.sum() - 2 * best)
        return self

    def _starts(
        self, rows: NDArray[np.float64], squares: NDArray[np.float64]
    ) -> Iterator[NDArray[np.float64]]:
        """Give the start of each run, from the same random numbers as spherecluster."""
        state = check_random_state(self.random_state)
        for _ in range(1 if hasattr(self.init, "__array__") else self.n_init):
            yield _init_centroids(rows, self.n_clusters, self.init, state, squares)


def _lloyd(
    rows: NDArray[np.float32],
    centers: NDArray[np.float64],
    steps: int,
    tolerance: float,
    reach: np.float32,
) -> tuple[NDArray[np.float64], int]:
    """Assign rows of length `reach` at most and move centres until they stay.

    Returns the centres and the number of rounds.
    """
    labels = np.zeros(len(rows), np.intp)
    sums = np.zeros(centers.shape)
    sums[0] = rows.sum(axis=0, dtype=np.float64)  # as if all rows were in the first cluster
    least = np.full(len(rows), -np.inf, np.float32)  # bound of the closeness to the own centre
    most = np.full((len(rows), len(centers)), np.inf, np.float32)  # and of that to each
    step, shift = 0, np.inf
    while step < steps and shift > tolerance:
        # The own centre is always among those that may be the closest.
        rivals = (most > least[:, None] - reach * _ROUNDING).sum(axis=1)
        unsure = np.flatnonzero(rivals > 1)
        closeness = _closeness(rows, unsure, centers)
        before, labels[unsure] = labels[unsure], closeness.argmax(axis=1)
        sums += _correction(rows, unsure, before, labels, len(centers))
        updated = _directions(sums, rows, labels, centers)
        gaps = np.linalg.norm(updated - centers, axis=1)
        shift = float((gaps**2).sum())
        if step > 0:  # a start need not have length 1, and then its closeness is no cosine
            least[unsure], most[unsure] = closeness.max(axis=1), closeness
            slack = reach * gaps.astype(np.float32)
            least -= slack[labels]
            most += slack
        centers, step = updated, step + 1
    return centers, step


def _closeness(
    rows: NDArray[np.float32], chosen: NDArray[np.intp], centers: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return what is largest for the nearest centre: for those of length 1, cosine less 1/2."""
    columns = centers.astype(np.float32).T
    half: NDArray[np.float32] = (centers**2).sum(axis=1, dtype=np.float32) / 2
    if 2 * len(chosen) > len(rows):  # copying most rows would take longer than multiplying all
        return (rows @ columns - half).take(chosen, axis=0)
    result = np.empty((len(chosen), len(centers)), np.float32)
    for start in range(0, len(chosen), _BLOCK):
        block = rows.take(chosen[start : start + _BLOCK], axis=0, mode="clip")
        np.matmul(block, columns, out=result[start : start + _BLOCK])
    return result - half


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
    change: NDArray[np.float32] = sign @ rows.take(chosen[moved], axis=0, mode="clip")
    return change.astype(np.float64)


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
    directions: NDArray[np.float64] = normalize(sums)
    return directions
