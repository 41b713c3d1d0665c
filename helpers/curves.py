"""Draw what a threshold on scores does: histograms, precision and recall, ROC curves.

Everywhere `actual` says which rows belong to the class that is looked for, and `scores` holds a
number a row, high where a model thinks that it does. A row is called positive if its score is at
or above the threshold.

Functions draw on the axes they are given, or on new ones, return them, and never call
``show``. They use no random numbers: the same input gives the same picture.
"""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import precision_recall_curve, roc_curve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

__all__ = ["model_curves", "score_histogram", "threshold_curves", "threshold_view"]

_DRAWN = (0.5, 99.9)
"""Percentiles to draw between: the best and the worst of many scores lie far out."""

_LOOKS = ("o-", "s--", "^-.", "D-", "v--", "P-.")
"""Marks and strokes that take turns, beside colours."""

_BINS = 60
"""Bars of a histogram."""

_NARROW = (5.4, 7.2)
"""Width and height of several axes in inches: a wider figure cannot be read on a telephone."""


def score_histogram(
    actual: ArrayLike,
    scores: ArrayLike,
    threshold: float,
    *,
    names: tuple[str, str] = ("negative", "positive"),
    ax: Axes | None = None,
) -> Axes:
    """Draw how many rows of either class get which score, and where the threshold lies.

    Parameters
    ----------
    actual : array_like of bool, shape (n,)
        Whether a row belongs to the class that is looked for.
    scores : array_like, shape (n,)
        High where a model thinks so; in any unit.
    threshold : float
        Drawn as a vertical line.
    names : tuple of two str, optional
        What to call the rows where `actual` is False, and those where it is True.
    ax : Axes, optional
        Where to draw; by default new ones.

    Returns
    -------
    ax : Axes
        The counts are on a logarithmic scale, so that the rarer class can be seen.

    Raises
    ------
    ValueError
        If `actual` and `scores` differ in shape, or one of the classes has no row.
    """
    truth, values = _checked(actual, scores)
    ax = plt.subplots(figsize=(6.4, 3), layout="constrained")[1] if ax is None else ax
    lowest, highest = np.percentile(values, _DRAWN)
    edges = np.linspace(lowest, highest, _BINS + 1).tolist()
    looks: tuple[dict[str, Any], ...] = (
        {"color": "tab:grey"},
        {"color": "tab:blue", "hatch": "////", "edgecolor": "navy"},
    )
    for rows, name, look in zip((~truth, truth), names, looks, strict=True):
        ax.hist(values[rows], edges, alpha=0.6, label=name, **look)
    ax.axvline(threshold, color="black", linestyle="--", label="threshold")
    ax.set_yscale("log")
    ax.set_xlabel("score")
    ax.set_ylabel("images")
    ax.legend(loc="upper right")
    return ax


def threshold_curves(
    actual: ArrayLike,
    scores: ArrayLike,
    *,
    mark: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw precision and recall against the threshold.

    Parameters
    ----------
    actual : array_like of bool, shape (n,)
        Whether a row belongs to the class that is looked for.
    scores : array_like, shape (n,)
        High where a model thinks so; in any unit.
    mark : float, optional
        A threshold to mark with a line, and with a dot on either curve.
    ax : Axes, optional
        Where to draw; by default new ones.

    Returns
    -------
    ax : Axes
        Where it was drawn.

    Raises
    ------
    ValueError
        If `actual` and `scores` differ in shape, or one of the classes has no row.
    """
    truth, values = _checked(actual, scores)
    ax = plt.subplots(figsize=(6.4, 3), layout="constrained")[1] if ax is None else ax
    precision, recall, thresholds = precision_recall_curve(truth, values)
    parts = ((precision[:-1], "precision", "-", "o"), (recall[:-1], "recall", "--", "s"))
    for curve, name, style, dot in parts:
        (line,) = ax.plot(thresholds, curve, style, label=name)
        if mark is not None:
            # The first threshold from `mark` up calls the same rows positive as `mark` does.
            at = min(np.searchsorted(thresholds, mark), len(thresholds) - 1)
            ax.plot(mark, curve[at], dot, color=line.get_color())
    if mark is not None:
        ax.axvline(mark, color="black", linestyle="--", linewidth=1)
    ax.set_xlim(*np.percentile(values, _DRAWN))
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("threshold")
    ax.legend(loc="center left")
    return ax


def model_curves(
    actual: ArrayLike,
    scores: Mapping[str, ArrayLike],
    *,
    axes: Sequence[Axes] | None = None,
) -> Sequence[Axes]:
    """Draw the ROC curves of several models, and below them their precision against recall.

    Parameters
    ----------
    actual : array_like of bool, shape (n,)
        Whether a row belongs to the class that is looked for.
    scores : mapping of str to array_like of shape (n,)
        A model's name to its scores of the same rows.
    axes : sequence of two Axes, optional
        Where to draw; by default two new ones, one below the other.

    Returns
    -------
    axes : sequence of two Axes
        Each has a dotted line for scores that say nothing.

    Raises
    ------
    ValueError
        If there is no model, its scores and `actual` differ in shape, or a class has no row.
    """
    if not scores:
        raise ValueError("no scores to draw: expected at least one model")
    if axes is None:
        axes = plt.subplots(2, 1, figsize=_NARROW, layout="constrained")[1]
    roc, trade = axes
    for (name, values), look in zip(scores.items(), cycle(_LOOKS)):  # looks repeat
        truth, numbers = _checked(actual, values)
        false_alarms, hits, _ = roc_curve(truth, numbers)
        roc.plot(false_alarms, hits, look, label=name, markevery=0.2, ms=5)
        precision, recall, _ = precision_recall_curve(truth, numbers)
        trade.plot(recall, precision, look, label=name, markevery=0.2, ms=5)
    roc.plot([0, 1], [0, 1], "k:")
    trade.axhline(truth.mean(), color="black", linestyle=":")
    roc.set(xlabel="false positive rate", ylabel="true positive rate", title="ROC")
    trade.set(xlabel="recall", ylabel="precision", title="Precision and recall")
    for ax in axes:
        ax.set_xlim(-0.02, 1.02)
        ax.set_ylim(0, 1.02)
    roc.legend(loc="lower right")
    return axes


def threshold_view(actual: ArrayLike, scores: ArrayLike, threshold: float) -> str:
    """Draw all that a threshold decides: histogram, confusion matrix, and its place on the curves.

    Parameters
    ----------
    actual : array_like of bool, shape (n,)
        Whether a row belongs to the class that is looked for.
    scores : array_like, shape (n,)
        High where a model thinks so; in any unit.
    threshold : float
        Rows with a score from it up are called positive.

    Returns
    -------
    str
        What it shows.

    Raises
    ------
    ValueError
        If `actual` and `scores` differ in shape, or one of the classes has no row.
    """
    truth, values = _checked(actual, scores)
    called = values >= threshold
    table = np.array(
        [[np.sum((truth == row) & (called == said)) for said in (0, 1)] for row in (0, 1)]
    )
    axes = plt.subplot_mosaic(
        [["histogram", "histogram"], ["curves", "curves"], ["matrix", "roc"]],
        figsize=_NARROW,
        layout="constrained",
    )[1]
    matrix, roc = axes["matrix"], axes["roc"]
    score_histogram(truth, values, threshold, ax=axes["histogram"])
    threshold_curves(truth, values, mark=threshold, ax=axes["curves"])
    matrix.imshow(table, cmap="Blues", norm="log", vmin=1, vmax=len(truth) * 2)
    for (row, column), count in np.ndenumerate(table):
        name = (("TN", "FP"), ("FN", "TP"))[row][column]
        color = "white" if count > len(truth) / 10 else "black"
        matrix.text(column, row, f"{name}\n{count:,}", ha="center", va="center", color=color)
    matrix.set_xticks([0, 1], ["negative", "positive"])
    matrix.set_yticks([0, 1], ["negative", "positive"], rotation=90, va="center")
    matrix.set(xlabel="answer", ylabel="truth")
    (_, false), (missed, found) = table
    alarms, recall = false / (~truth).sum(), found / (found + missed)
    roc.plot(*roc_curve(truth, values)[:2], color="tab:blue")
    roc.plot([0, 1], [0, 1], "k:")
    roc.plot(alarms, recall, "o", ms=9, color="black")
    roc.set(xlabel="false positive rate", ylabel="true positive rate", title="ROC")
    precision = f"precision {found / (found + false):.3f}" if found + false else "no precision"
    return (
        f"Threshold {threshold:,.4g}: {precision}, recall {recall:.3f}, false positive rate "
        f"{alarms:.4f}; {found:,} found, {missed:,} missed, {false:,} false alarms."
    )


def _checked(actual: ArrayLike, scores: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[Any]]:
    truth, values = np.asarray(actual, bool), np.asarray(scores)
    if truth.ndim != 1 or truth.shape != values.shape:
        raise ValueError(
            f"actual has shape {truth.shape} and scores {values.shape}: expected (n,) for both"
        )
    if truth.all() or not truth.any():
        raise ValueError(f"{truth.sum()} of {len(truth)} rows are positive: expected both classes")
    return truth, values
