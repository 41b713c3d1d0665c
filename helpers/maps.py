"""Draw points on a map by group, each with its name beside its colour.

Functions draw on the axes they are given, or on new ones, return them, and never call
``show``. They use no random numbers: the same input gives the same picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import patheffects

from helpers.figures import describe

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

__all__ = ["group_map"]

_MARKERS = "os^vD<>phd"
"""Shapes that take turns, beside colours; stars and crosses vanish where points are small."""

_NAMED = 20
"""Groups whose names are written, the largest first."""


def group_map(
    points: ArrayLike,
    groups: ArrayLike,
    *,
    what: str = "cluster",
    size: float = 3,
    ax: Axes | None = None,
) -> Axes:
    """Draw points by group: a colour and a shape for each, and its name where its middle is.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        Where they lie.
    groups : array_like of int, shape (n,)
        The group of each; those of -1 are noise, and grey.
    what : str, default "cluster"
        What a group is called.
    size : float, default 3
        Of a point.
    ax : Axes, optional
        Where to draw; by default new ones.

    Returns
    -------
    ax : Axes
        Where it was drawn.

    Raises
    ------
    ValueError
        If there is not one group for each point.
    """
    places, found = np.asarray(points, float), np.asarray(groups)
    if found.shape != places.shape[:1]:
        raise ValueError(f"groups have shape {found.shape}: expected {places.shape[:1]}")
    ax = plt.subplots(figsize=(5.6, 4.6), layout="constrained")[1] if ax is None else ax
    noise = found < 0
    across, up = places.T
    ax.scatter(across[noise], up[noise], c="lightgrey", s=size, marker=".", linewidths=0)
    names, counts = np.unique(found[~noise], return_counts=True)
    for place, name in enumerate(names):
        mine, marker = found == name, _MARKERS[place % len(_MARKERS)]
        colour = f"C{place % 10}"
        ax.scatter(across[mine], up[mine], s=size, linewidths=0, color=colour, marker=marker)
    outline = [patheffects.withStroke(linewidth=3, foreground="white")]
    for name in names[np.argsort(-counts, kind="stable")[:_NAMED]]:
        # the member nearest to the middle, as a group may lie around another one
        members = places[found == name]
        x, y = members[np.argmin(((members - np.median(members, axis=0)) ** 2).sum(axis=1))]
        ax.text(x, y, str(name), ha="center", va="center", path_effects=outline, weight="bold")
    ax.set(xticks=[], yticks=[])
    lost = f", and {noise.sum():,} points are noise, in grey" if noise.any() else ""
    describe(f"A map of {len(places):,} points in {len(names)} {what}s{lost}.", ax)
    return ax
