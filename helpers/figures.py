"""Give every figure a text alternative, for those who hear a notebook and do not see it.

Neither JupyterLab nor nbconvert's page lets a PNG output have one, and both keep that of an HTML
picture. So figures are shown as such: with the text that `describe` was given, and else with what
their axes say of themselves.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import matplotlib.pyplot as plt
import numpy as np
from IPython import get_ipython
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

__all__ = ["alternative_of", "describe", "describe_figures", "figure_html", "picture_html"]

_texts: WeakKeyDictionary[Axes | Figure, str] = WeakKeyDictionary()


def describe(text: str, part: Axes | Figure | None = None) -> None:
    """Say in words what a figure, or a part of it, shows.

    Parameters
    ----------
    text : str
        A sentence or two: what is to be seen, not how it looks.
    part : Axes or Figure, optional
        By default the current figure.
    """
    _texts[plt.gcf() if part is None else part] = " ".join(text.split())


def describe_figures(*, cropped: bool = True) -> None:
    """Show all figures of this notebook with a text alternative from now on.

    Parameters
    ----------
    cropped : bool, default True
        Whether to cut off what is empty around a figure's ink.
    """
    shell: Any = get_ipython()
    if shell is None:
        return
    # here, as its import is how a kernel learns to show figures: each has to do it itself
    from matplotlib_inline import backend_inline

    # no version has types so far, and one that has them needs no exception
    inline: Any = backend_inline
    inline.set_matplotlib_formats(bbox_inches="tight" if cropped else None)

    def to_html(figure: Figure) -> str | None:
        return figure_html(figure, cropped=cropped)

    shell.display_formatter.formatters["text/html"].for_type(Figure, to_html)


def figure_html(figure: Figure, *, cropped: bool = True) -> str | None:
    """Return a figure as HTML; None if nothing is on it.

    Parameters
    ----------
    figure : Figure
        As it is to be shown.
    cropped : bool, default True
        Whether to cut off what is empty around its ink.

    Returns
    -------
    str or None
    """
    from IPython.core.pylabtools import print_figure

    draw: Any = print_figure  # it says nothing of its types
    png = draw(figure, "png", base64=True, bbox_inches="tight" if cropped else None)
    return None if png is None else picture_html(png.strip(), alternative_of(figure))


def picture_html(png: str, alternative: str) -> str:
    """Return a picture as HTML.

    Parameters
    ----------
    png : str
        The file, in Base64.
    alternative : str
        What it shows, in words.

    Returns
    -------
    str

    Examples
    --------
    >>> picture_html("aGVsbG8=", "a 5 & a 6")
    '<img alt="a 5 &amp; a 6" src="data:image/png;base64,aGVsbG8=">'
    """
    return f'<img alt="{escape(alternative)}" src="data:image/png;base64,{png}">'


def alternative_of(figure: Figure) -> str:
    """Return a figure in words.

    Parameters
    ----------
    figure : Figure
        As it is to be shown.

    Returns
    -------
    str
        What `describe` was given for it; else that of each of its axes, or what they say.
    """
    if figure in _texts:
        return _texts[figure]
    parts = [_texts.get(ax) or _axes_in_words(ax) for ax in figure.axes]
    if len(parts) > _MOST:
        parts = [*parts[:_MOST], f"and {len(parts) - _MOST} more parts"]
    return " ".join(f"{part.rstrip('.')}." for part in parts if part) or "An empty figure."


_MOST = 12
"""Parts of a figure that are told; of more, only how many."""


def _axes_in_words(ax: Axes) -> str:
    """Say what axes tell of themselves: title, what is drawn, names and range of both axes."""
    if ax.get_label() == "<colorbar>":
        return f"Colours tell {ax.get_ylabel() or ax.get_xlabel() or 'values'}"
    title = ax.get_title().strip()
    drawn = ", ".join(_drawn(ax))
    told = ": ".join(" ".join(part.split()) for part in (title, drawn) if part)
    axes = [
        f"{name} {' '.join(label.split())}, from {low:.4g} to {high:.4g}"
        for name, label, (low, high) in (
            ("across", ax.get_xlabel(), ax.get_xlim()),
            ("up", ax.get_ylabel(), ax.get_ylim()),
        )
        if label
    ]
    return "; ".join(part for part in (told, *axes) if part)


def _drawn(ax: Axes) -> Iterator[str]:
    for image in ax.get_images():
        height, width = image.get_array().shape[:2]  # type: ignore[union-attr]  # it has one
        yield f"a picture of {height} by {width} values"
    if ax.collections:
        points = sum(np.shape(one.get_offsets())[0] for one in ax.collections)
        yield f"{points:,} points"
    if ax.patches:
        yield f"{len(ax.patches)} bars"
    if ax.lines:
        yield f"{len(ax.lines)} lines"
    names = [text for text in ax.get_legend_handles_labels()[1] if not text.startswith("_")]
    if names:
        yield f"named {', '.join(names)}"
