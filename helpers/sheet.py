"""Draw a digit on a sheet as in the post, 32 × 32 with a pen of 5 × 5, and see it read.

In Jupyter the sheet is a widget, which also takes photographs. Where nobody could draw, as in
papermill, nbval or a check, files take its place: those that come with the course, and pictures
that lie beside the notebook.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt

from helpers._readings import Reading, read_picture
from helpers.figures import describe
from helpers.frontend import shows_widgets
from helpers.places import DATA

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

__all__ = ["draw_readings", "show_sheet"]

PICTURES = {".png", ".jpg", ".jpeg"}
"""Endings of files that are read in place of drawings."""


def show_sheet(predict: Callable[..., Any], *, fallback: bool = True) -> None:
    """Show a sheet to draw on, and what a classifier reads on it after each stroke.

    Parameters
    ----------
    predict : callable
        Takes images as MNIST has them, shape (n, 28, 28), and gives n digits. An error of it is
        told in a sentence.
    fallback : bool, default True
        Whether to read files where there are no widgets; if not, nothing happens there.
    """
    if shows_widgets():
        from IPython.display import display

        # only here: a graded run has no use for it
        from helpers._sheet_widget import SheetWidget

        display(SheetWidget(predict))
    elif fallback:
        draw_readings({path.name: read_picture(path.read_bytes(), predict) for path in _files()})


def _files() -> list[Path]:
    folders = (DATA / "handwriting", Path.cwd())
    found = (path for folder in folders for path in sorted(folder.iterdir()))
    return [path for path in found if path.suffix.casefold() in PICTURES]


def draw_readings(readings: dict[str, Reading]) -> list[Axes]:
    """Draw what each step made of some pictures, a column each, and print what was read.

    Parameters
    ----------
    readings : dict of str to Reading
        By the picture's name.

    Returns
    -------
    list of Axes
        One for each step of each picture.
    """
    width = max(len(name) for name in readings)
    for name, reading in readings.items():
        print(f"{name:{width}}  {reading.said}")
    columns = [reading for reading in readings.values() if reading.steps]
    if not columns:
        return []
    height = len(columns[0].steps)
    size = (0.8 * len(columns), 1.15 * height)
    apart = {"hspace": 0.5}
    axes = plt.subplots(
        height, len(columns), figsize=size, squeeze=False, layout="none", gridspec_kw=apart
    )[1]
    for reading, column in zip(columns, axes.T, strict=True):
        for step, ax in zip(reading.steps, column, strict=True):
            ax.imshow(step.ink, cmap="gray_r", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
    for step, ax in zip(columns[0].steps, axes[:, 0], strict=True):
        ax.set_title(step.name, loc="left", fontsize=14)  # runs on above the other columns
    names = ", then ".join(step.name for step in columns[0].steps)
    describe(f"{len(columns)} pictures, a column each; in rows what each step makes: {names}.")
    return list(axes.flat)
