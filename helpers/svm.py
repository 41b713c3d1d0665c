"""Fit and ask an SVC with matrix products: the same machine, several times faster.

scikit-learn's `SVC` computes similarities of rows one pair at a time. Matrix products compute
thousands at once. And most training rows have no say in the machine at all: only its support
vectors do. So a rough machine picks the rows that may matter, the real one learns from these
alone, and a check of all the others proves that none of them would have changed it.

Source of the check: the optimality conditions of Karush, Kuhn and Tucker, as in E. Osuna,
R. Freund and F. Girosi, "Training support vector machines: an application to face detection",
CVPR 1997, who also learn from a working set of rows and add those that violate them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.svm import SVC

__all__ = ["FastSVC", "fit_svc"]

Rows = NDArray[np.float64]
"""A table of features, or of what is computed from them."""

Labels = NDArray[Any]
"""The classes of rows, of any type that can be sorted."""

_BATCH = 2_000
"""Similarities are computed for so many rows at a time, which bounds the memory."""

_ROUGH = 50
"""Principal components of the rough machine."""

_EVERY = 3
"""The rough machine learns from one row in so many of each class: that is enough to be rough."""

_NEAR = 1.0
"""Rows whose margin in the rough machine is below this may be support vectors (margin <= 1)."""

_NEXT = 1.05
"""Rows whose margin in the real one is below this are added with those that violate.

Some of them would violate next, and a round costs much more than they do.
"""

_TOLERANCE = 0.002
"""How much less than 1 a margin may be: libsvm itself stops within 0.001."""

_SINGLE = 50
"""Largest gamma * |x|^2 for which single precision errs by less than a hundredth of that."""


@dataclass(frozen=True)
class FastSVC:
    """A fitted SVC with an RBF kernel.

    Attributes
    ----------
    vectors : ndarray of float64, shape (n, d)
        Support vectors.
    gamma : float
        Of the kernel.
    classes : ndarray, shape (k,)
        Labels, in ascending order.
    weights : ndarray of float64, shape (n, k * (k - 1) / 2)
        What each support vector says in each pair of classes.
    biases : ndarray of float64, shape (k * (k - 1) / 2,)
        What is added.
    """

    vectors: Rows
    gamma: float
    classes: Labels
    weights: Rows
    biases: Rows

    def decisions(self, rows: Rows) -> Rows:
        """Decide between the classes of each pair.

        Parameters
        ----------
        rows : ndarray of float64, shape (n, d)
            Features.

        Returns
        -------
        decisions : ndarray of float64, shape (n, k * (k - 1) / 2)
            Above 0 for a pair's first class.
        """
        result = np.zeros((len(rows), len(self.biases)))
        for start in range(0, len(rows), _BATCH):
            batch = slice(start, start + _BATCH)
            alike = _similarities(rows[batch], self.vectors, self.gamma)
            result[batch] = alike @ self.weights.astype(alike.dtype)
        return result + self.biases

    def predict(self, rows: Rows) -> Labels:
        """Predict the class that wins most pairs, the first of them if several do.

        Parameters
        ----------
        rows : ndarray of float64, shape (n, d)
            Features.

        Returns
        -------
        labels : ndarray, shape (n,)
            Some of `classes`.
        """
        won = self.decisions(rows) > 0
        votes = np.zeros((len(rows), len(self.classes)), int)
        for pair, (first, second) in enumerate(combinations(range(len(self.classes)), 2)):
            votes[:, first] += won[:, pair]
            votes[:, second] += ~won[:, pair]
        winners: Labels = self.classes[votes.argmax(axis=1)]
        return winners


def fit_svc(rows: Rows, labels: Labels, *, C: float = 1.0, gamma: float | None = None) -> FastSVC:
    """Fit what ``SVC(C=C, gamma=gamma).fit(rows, labels)`` fits.

    Parameters
    ----------
    rows : ndarray of float64, shape (n, d)
        Features.
    labels : ndarray, shape (n,)
        At least two different ones.
    C : float, default 1
        Weight of training errors.
    gamma : float, optional
        Of the RBF kernel; by default that of ``gamma="scale"``.

    Returns
    -------
    machine : FastSVC
        Its decisions equal those of the SVC, as far as libsvm's own tolerance goes.
    """
    rows = np.asarray(rows, float)
    gamma = 1 / (rows.shape[1] * rows.var()) if gamma is None else gamma
    signs = _signs(labels)
    picked = _near(_rough_margins(rows, labels, C, gamma, signs), labels)
    alike = np.empty((0, 0))
    while True:
        alike = _with_similarities(alike, rows[picked], gamma)
        fitted = SVC(C=C, kernel="precomputed").fit(alike, labels[picked])
        machine = _as_fast(fitted, rows[picked[fitted.support_]], gamma)
        others = np.setdiff1d(np.arange(len(rows)), picked)
        margins = _margins(machine.decisions(rows[others]), signs[others])
        if not np.any(margins < 1 - _TOLERANCE):
            return machine
        picked = np.concatenate([picked, others[margins < _NEXT]])


def _with_similarities(alike: Rows, rows: Rows, gamma: float) -> Rows:
    """Extend the similarities of the first rows with those of the rest, shape (rows, rows)."""
    known = len(alike)
    extended = np.empty((len(rows), len(rows)))
    extended[:known, :known] = alike
    for start in range(known, len(rows), _BATCH):
        batch, so_far = slice(start, start + _BATCH), slice(start + _BATCH)
        extended[batch, so_far] = _similarities(rows[batch], rows[so_far], gamma)
        extended[:start, batch] = extended[batch, :start].T
    return extended


def _similarities(rows: Rows, others: Rows, gamma: float) -> NDArray[np.floating]:
    """Return ``exp(-gamma |x - y|^2)`` for each pair, in single precision where that is enough."""
    lengths = [np.einsum("ij,ij->i", table, table) for table in (rows, others)]
    single = gamma * max(length.max(initial=0) for length in lengths) < _SINGLE
    kind = np.float32 if single else np.float64
    found = rows.astype(kind) @ (2 * gamma * others.T).astype(kind)
    found -= (gamma * lengths[0]).astype(kind)[:, None]
    found -= (gamma * lengths[1]).astype(kind)
    alike: NDArray[np.floating] = np.exp(np.minimum(found, 0, out=found), out=found)
    return alike


def _as_fast(machine: SVC, vectors: Rows, gamma: float) -> FastSVC:
    """Unfold libsvm's coefficients, k - 1 for each support vector, into one for each pair."""
    ends = machine.n_support_.cumsum()
    own = [slice(end - n, end) for n, end in zip(machine.n_support_, ends, strict=True)]
    pairs = list(combinations(range(len(own)), 2))
    weights = np.zeros((len(vectors), len(pairs)))
    for pair, (first, second) in enumerate(pairs):
        weights[own[first], pair] = machine.dual_coef_[second - 1, own[first]]
        weights[own[second], pair] = machine.dual_coef_[first, own[second]]
    # With two classes scikit-learn turns libsvm's signs around.
    sign = -1 if len(own) == 2 else 1
    biases = sign * machine.intercept_
    return FastSVC(vectors, gamma, machine.classes_, sign * weights, biases)


def _near(margins: Rows, labels: Labels) -> NDArray[np.intp]:
    """Pick rows that may be support vectors, and one of each class in any case."""
    near = margins < _NEAR
    for label in np.unique(labels):
        near[np.where(labels == label, margins, np.inf).argmin()] = True
    return np.flatnonzero(near)


def _rough_margins(rows: Rows, labels: Labels, C: float, gamma: float, signs: Rows) -> Rows:
    """Return each row's smallest margin in a machine that sees few components of few rows."""
    codes = PCA(min(_ROUGH, *rows.shape), random_state=0).fit_transform(rows)
    few = np.concatenate([np.flatnonzero(labels == c)[::_EVERY] for c in np.unique(labels)])
    machine = SVC(C=C, gamma=gamma).fit(codes[few], labels[few])
    fast = _as_fast(machine, codes[few[machine.support_]], gamma)
    return _margins(fast.decisions(codes), signs)


def _signs(labels: Labels) -> Rows:
    """Return for each row and pair of classes: 1 for the first, -1 for the second, else 0."""
    classes = np.unique(labels)
    return np.stack(
        [(labels == a).astype(float) - (labels == b) for a, b in combinations(classes, 2)], axis=1
    )


def _margins(decisions: Rows, signs: Rows) -> Rows:
    """Return each row's smallest margin among the pairs of classes that it belongs to."""
    margins: Rows = np.where(signs == 0, np.inf, decisions * signs).min(axis=1)
    return margins
