"""Draw digits, clusters and grid searches with matplotlib.

Functions draw on the axes they are given, or on new ones, return them, and never call
``show``. They use no random numbers: the same input gives the same picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from helpers.figures import describe, describe_figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike
    from sklearn.model_selection import GridSearchCV

__all__ = ["cluster_grid", "digit_grid", "draw_fast", "score_grid", "search_view"]

_INCHES = 0.7
"""Height of one image on the page, in inches; gaps and captions keep to it."""

_GAP, _HEAD = 0.1, 0.4
"""White between two images, and above one for its caption, as parts of an image's height."""

_SHORT = 6
"""Characters of a caption that fit above an image in large type."""

_TOLD = 40
"""Captions that a text alternative repeats."""


def draw_fast() -> None:
    """Draw all figures from now on plainly and sooner: for runs that hardly anybody looks at.

    They come out small, without ticks, and in a notebook uncropped: to find out where a figure's
    ink ends it would have to be laid out once more.
    """
    plt.rcParams.update({"figure.dpi": 40, "figure.constrained_layout.use": False})
    plt.rcParams.update({"xtick.bottom": False, "xtick.labelbottom": False})
    plt.rcParams.update({"ytick.left": False, "ytick.labelleft": False})
    describe_figures(cropped=False)


def digit_grid(
    images: ArrayLike,
    captions: Sequence[object] | None = None,
    *,
    columns: int = 10,
    ax: Axes | None = None,
) -> Axes:
    """Draw images as one mosaic, dark ink on white, row by row.

    Parameters
    ----------
    images : array_like, shape (n, height, width)
        Grey values, 0 for background. Each image is drawn over its own range of values.
    captions : sequence of n objects, optional
        What to write above each image, such as its label.
    columns : int, default 10
        Images in a row.
    ax : Axes, optional
        Where to draw; by default a new figure of fitting size.

    Returns
    -------
    ax : Axes
        Where it was drawn.

    Raises
    ------
    ValueError
        If there is no image, or the number of captions differs from that of images.
    """
    pixels = np.asarray(images, float)
    if pixels.ndim != 3 or len(pixels) == 0:
        raise ValueError(f"images have shape {pixels.shape}: expected (n, height, width), n > 0")
    if captions is not None and len(captions) != len(pixels):
        raise ValueError(f"{len(captions)} captions for {len(pixels)} images: expected one each")
    columns = min(columns, len(pixels))
    rows = -(-len(pixels) // columns)
    height, width = pixels.shape[1:]
    gap = max(1, round(_GAP * height))
    head = max(1, round(_HEAD * height)) if captions is not None else 0
    corners = [
        (k // columns * (height + head + gap) + head, k % columns * (width + gap))
        for k in range(rows * columns)
    ]
    mosaic = np.zeros((corners[-1][0] + height, corners[-1][1] + width))
    for image, (y, x) in zip(pixels, corners, strict=False):
        mosaic[y : y + height, x : x + width] = _stretched(image)
    if ax is None:
        size = np.array(mosaic.shape[::-1]) * _INCHES / height
        ax = plt.figure(figsize=tuple(size), layout="none").add_axes((0, 0, 1, 1))
    ax.imshow(mosaic, cmap="gray_r", vmin=0, vmax=1)
    ax.set_axis_off()
    said = [] if captions is None else [str(caption) for caption in captions]
    short = max(map(len, said), default=0) <= _SHORT
    points = 12 if short else 9  # ten in a row become half as large on a telephone
    for caption, (y, x) in zip(said, corners, strict=False):
        middle = x + (width - 1) / 2
        ax.text(middle, y - 0.5 - gap / 2, caption, ha="center", va="bottom", fontsize=points)
    describe(_in_words(pixels, columns, captions), ax)
    return ax


def _in_words(pixels: np.ndarray, columns: int, captions: Sequence[object] | None) -> str:
    height, width = pixels.shape[1:]
    told = f"{len(pixels)} images of {height} by {width} pixels, {columns} in a row"
    if captions is None:
        return f"{told}."
    said = [" ".join(str(caption).split()) for caption in captions[:_TOLD]]
    more = f" and {len(captions) - _TOLD} more" if len(captions) > _TOLD else ""
    return f"{told}, with captions: {', '.join(said)}{more}."


def cluster_grid(
    images: ArrayLike,
    clusters: ArrayLike,
    *,
    rows: int = 10,
    columns: int = 10,
    ax: Axes | None = None,
) -> Axes:
    """Draw the first images of the largest clusters, one row a cluster, largest on top.

    Parameters
    ----------
    images : array_like, shape (n, height, width)
        Grey values, 0 for background.
    clusters : array_like of int, shape (n,)
        Cluster of each image; -1 is noise, and is left out.
    rows : int, default 10
        Clusters to draw at most.
    columns : int, default 10
        Images of each to draw at most.
    ax : Axes, optional
        Where to draw; by default a new figure of fitting size.

    Returns
    -------
    ax : Axes
        Where it was drawn.

    Raises
    ------
    ValueError
        If the numbers of images and clusters differ, or every image is noise.
    """
    pixels, found = np.asarray(images, float), np.asarray(clusters)
    if found.shape != pixels.shape[:1]:
        raise ValueError(f"clusters have shape {found.shape}: expected {pixels.shape[:1]}")
    names, sizes = np.unique(found[found >= 0], return_counts=True)
    if len(names) == 0:
        raise ValueError("no image is in a cluster: expected one number that is not -1, or more")
    largest = np.argsort(-sizes, kind="stable")[:rows]
    mosaic = np.zeros((len(largest), columns, *pixels.shape[1:]))
    for row, name in enumerate(names[largest]):
        members = pixels[found == name][:columns]
        mosaic[row, : len(members)] = members
    ax = digit_grid(mosaic.reshape(-1, *pixels.shape[1:]), columns=columns, ax=ax)
    height = pixels.shape[1]
    step = height + max(1, round(_GAP * height))
    for row, size in enumerate(sizes[largest]):
        ax.text(-3, row * step + height / 2, f"{size:,}", ha="right", va="center", fontsize=12)
    told = ", ".join(f"{size:,}" for size in sizes[largest])
    describe(f"Images of the {len(largest)} largest clusters, a row each, of {told} images.", ax)
    return ax


def score_grid(search: GridSearchCV, *, ax: Axes | None = None) -> Axes:
    """Draw the mean validation scores of a grid search over two parameters as a heat map.

    Parameters
    ----------
    search : GridSearchCV
        Fitted, with one dict of exactly two parameters as its grid.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    ax : Axes
        The first parameter in alphabetical order runs down, the second across.

    Raises
    ------
    ValueError
        If the grid does not have exactly two parameters.
    """
    grid = search.param_grid
    if not isinstance(grid, dict) or len(grid) != 2:
        raise ValueError(f"the grid is {grid}: expected a dict of two parameters")
    down, across = sorted(grid)
    # ParameterGrid varies the alphabetically last parameter fastest.
    scores = np.reshape(search.cv_results_["mean_test_score"], (len(grid[down]), len(grid[across])))
    ax = plt.subplots(figsize=(4.2, 3.4))[1] if ax is None else ax
    ax.imshow(scores, cmap="viridis", vmin=0, vmax=1, aspect="auto")
    for (row, column), score in np.ndenumerate(scores):
        colour = "white" if score < 0.6 else "black"
        ax.text(column, row, f"{score:.2f}", ha="center", va="center", color=colour, fontsize=9)
    ax.set_xticks(range(len(grid[across])), [f"{value:g}" for value in grid[across]])
    ax.set_yticks(range(len(grid[down])), [f"{value:g}" for value in grid[down]])
    ax.set_xlabel(across.split("__")[-1])
    ax.set_ylabel(down.split("__")[-1])
    best = f"{scores.max():.2f} for {search.best_params_}, the worst {scores.min():.2f}"
    describe(f"Mean validation scores for each {down} and {across}; the best is {best}.", ax)
    return ax


def search_view(search: GridSearchCV, **chosen: float) -> str:
    """Draw what one place of a grid of two parameters is worth, in training and in validation.

    On top is the whole grid with the place outlined, below it the curves along the second
    parameter, in alphabetical order, through that place.

    Parameters
    ----------
    search : GridSearchCV
        Fitted with ``return_train_score=True``, with one dict of two parameters as its grid.
    **chosen : float
        The place, by the parameters' names.

    Returns
    -------
    str
        What it shows.
    """
    down, across = sorted(search.param_grid)
    row, column = (list(search.param_grid[one]).index(chosen[one]) for one in (down, across))
    top, below = plt.subplots(2, 1, figsize=(4.6, 6.4), layout="constrained")[1]
    score_grid(search, ax=top)
    corner = (column - 0.5, row - 0.5)
    top.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor="tab:red", linewidth=3))
    values, at = search.param_grid[across], {}
    for kind, name, style in (("train", "training", "s--"), ("test", "validation", "o-")):
        shape = (len(search.param_grid[down]), len(values))
        scores = np.reshape(search.cv_results_[f"mean_{kind}_score"], shape)[row]
        (line,) = below.plot(values, scores, style, label=name)
        below.plot(values[column], scores[column], "o", ms=14, mfc="none", color=line.get_color())
        at[name] = float(scores[column])
    below.set(xscale="log", xlabel=across, ylabel="accuracy", ylim=(0, 1.05))
    below.set_xticks(values, [f"{value:g}" for value in values])
    below.minorticks_off()
    below.set_title(f"{down} = {chosen[down]:g}")
    below.legend(loc="lower left")
    place = ", ".join(f"{name} = {chosen[name]:g}" for name in (down, across))
    return f"With {place}: {at['training']:.2f} in training, {at['validation']:.2f} in validation."


def _stretched(image: np.ndarray) -> np.ndarray:
    """Bring an image's own range of values to 0..1; a uniform one becomes 0."""
    low, high = image.min(), image.max()
    stretched: np.ndarray = (image - low) / (high - low or 1)
    return stretched
