"""Every figure has a text alternative: what was said of it, and else what its axes say."""

from __future__ import annotations

import html
import re

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from helpers.figures import alternative_of, describe, describe_figures, figure_html, picture_html
from helpers.maps import group_map
from helpers.plots import digit_grid
from tests.support import ROOT

SOLUTIONS = sorted((ROOT / "solutions").glob("*/*.ipynb"))

_ALTERNATIVE = re.compile(r'<img alt="([^"]*)"')


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


@pytest.fixture
def shell():
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def test_axes_tell_what_is_drawn_and_between_which_values():
    ax = plt.subplots()[1]
    ax.plot([0, 1], [3, 5], label="recall")
    ax.set(title="Curves", xlabel="threshold", ylabel="share", xlim=(0, 1), ylim=(3, 5))
    assert alternative_of(ax.figure) == (
        "Curves: 1 lines, named recall; across threshold, from 0 to 1; up share, from 3 to 5."
    )


@pytest.mark.parametrize(
    ("draw", "told"),
    [
        (lambda ax: ax.imshow(np.eye(3)), "a picture of 3 by 3 values"),
        (lambda ax: ax.scatter([1, 2], [1, 2]), "2 points"),
        (lambda ax: ax.bar([1, 2, 3], 1), "3 bars"),
        (lambda ax: ax.hist([1, 2], 4), "4 bars"),
        (lambda ax: digit_grid(np.ones((3, 2, 2)), "abc", ax=ax), "with captions: a, b, c"),
        (lambda ax: group_map(np.eye(2), [0, -1], ax=ax), "1 points are noise"),
    ],
    ids=["image", "scatter", "bars", "histogram", "digits", "map"],
)
def test_whatever_is_drawn_is_told(draw, told):
    ax = plt.subplots()[1]
    draw(ax)
    assert told in alternative_of(ax.figure)


def test_what_was_said_of_a_figure_goes_before_what_its_parts_say():
    figure, (left, _) = plt.subplots(1, 2)
    describe("The left\nside", left)
    assert alternative_of(figure) == "The left side."
    describe("Both")
    assert alternative_of(figure) == "Both"


def test_of_many_parts_only_some_are_told():
    figure, axes = plt.subplots(4, 5)
    for ax in axes.flat:
        ax.set_title("one")
    assert alternative_of(figure).endswith("one. and 8 more parts.")


def test_no_text_breaks_out_of_the_picture():
    ax = plt.subplots()[1]
    ax.set_title('"><script>')
    assert "<script>" not in figure_html(ax.figure)
    assert picture_html("AA==", '"<') == '<img alt="&quot;&lt;" src="data:image/png;base64,AA==">'


def test_a_notebook_shows_figures_as_html_alone(shell):
    describe_figures()
    ax = plt.subplots()[1]
    ax.set_title("A title")
    data, _ = shell.display_formatter.format(ax.figure)
    assert data["text/html"].startswith('<img alt="A title')
    assert "image/png" not in data


def pictures(notebook):
    """Yield the cell of each stored figure, with its text alternative; None if it has none."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            found = _ALTERNATIVE.match(data.get("text/html", ""))
            if any(kind.startswith("image/") for kind in data) or "<img" in str(data):
                yield cell.id, html.unescape(found[1]) if found else None


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_every_stored_figure_has_one(path):
    found = list(pictures(nbformat.read(path, as_version=4)))
    assert found
    assert [cell for cell, text in found if text is None or len(text) < 20] == []


def test_a_figure_without_one_is_noticed():
    output = nbformat.v4.new_output("display_data", {"image/png": "AA=="})
    cell = nbformat.v4.new_code_cell("1", id="bare", outputs=[output])
    assert list(pictures(nbformat.v4.new_notebook(cells=[cell]))) == [("bare", None)]
