"""Move sliders, and see the picture move; where nobody looks, one picture stands for them.

The picture is a cell's ordinary output, which a saved notebook keeps. Each is drawn once, when its
place is first gone to.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt

from helpers.figures import alternative_of, describe, figure_html
from helpers.frontend import shows_widgets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Pictures", "show_sliders"]


class Pictures:
    """What a function draws for each choice of values, each drawn once.

    Parameters
    ----------
    draw : callable
        Draws a figure for values, by name, and returns in a sentence what it shows.
    choices : mapping of str to sequence
        The values to choose from, by name.
    """

    def __init__(self, draw: Callable[..., str], choices: Mapping[str, Sequence[Any]]) -> None:
        if empty := [name for name, values in choices.items() if len(values) == 0]:
            raise ValueError(f"{empty[0]} has no values to choose from: expected one or more")
        self._draw = draw
        self._kept: dict[tuple[Any, ...], dict[str, str]] = {}
        self.choices = {name: list(values) for name, values in choices.items()}

    def __getitem__(self, values: tuple[Any, ...]) -> dict[str, str]:
        """Return the picture for values in the order of `choices`, as a cell's output has it."""
        if values not in self._kept:
            self._kept[values] = self._drawn(dict(zip(self.choices, values, strict=True)))
        return self._kept[values]

    def __iter__(self) -> Any:
        """Go through all places that the sliders can have."""
        return product(*self.choices.values())

    def _drawn(self, values: dict[str, Any]) -> dict[str, str]:
        before = set(plt.get_fignums())
        told = self._draw(**values)
        figure = plt.gcf()
        try:
            describe(told, figure)
            html = figure_html(figure) or ""
            return {"text/html": html, "text/plain": alternative_of(figure)}
        finally:
            for number in set(plt.get_fignums()) - before:
                plt.close(number)


def show_sliders(
    draw: Callable[..., str],
    *,
    start: Mapping[str, Any] | None = None,
    fallback: bool = True,
    **choices: Sequence[Any],
) -> None:
    """Show a picture, and a slider for each value that it depends on.

    Parameters
    ----------
    draw : callable
        Draws a figure for values, by name, and returns in a sentence what it shows.
    start : mapping, optional
        Where sliders begin, by name; by default in the middle.
    fallback : bool, default True
        Whether to show the picture where there are no widgets; if not, nothing happens there.
    **choices : sequence
        The values to choose from, by name.
    """
    pictures = Pictures(draw, choices)
    first = {name: values[len(values) // 2] for name, values in pictures.choices.items()}
    for name, value in (start or {}).items():
        first[name] = min(pictures.choices[name], key=lambda other: abs(other - value))
    if shows_widgets():
        _show_widgets(pictures, first)
    elif fallback:
        from IPython import get_ipython
        from IPython.display import display

        picture = pictures[tuple(first.values())]
        if get_ipython() is None:  # a plain process can show no picture
            print(picture["text/plain"])
        else:
            display(picture, raw=True)


def _show_widgets(pictures: Pictures, first: Mapping[str, Any]) -> None:
    import ipywidgets
    from IPython.display import display

    sliders = [
        ipywidgets.SelectionSlider(
            options=[(f"{value:.4g}", value) for value in values],
            value=first[name],
            description=name,
            style={"description_width": "initial"},
            layout={"width": "auto", "max_width": "36rem"},
        )
        for name, values in pictures.choices.items()
    ]
    display(ipywidgets.VBox(sliders))
    shown = display(pictures[tuple(first.values())], raw=True, display_id=True)

    def move(_change: Any) -> None:
        shown.update(pictures[tuple(slider.value for slider in sliders)], raw=True)

    for slider in sliders:
        slider.observe(move, "value")
