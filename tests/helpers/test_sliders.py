"""Each place of the sliders is drawn once, and where nobody looks there is one picture."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from helpers.curves import threshold_view
from helpers.frontend import SESSION
from helpers.sliders import Pictures

CODE = """
import matplotlib.pyplot as plt
from helpers.sliders import show_sliders

def draw(height):
    plt.plot([0, height])
    return f"A line up to {height}."

show_sliders(draw, height=[1, 2, 3], start={"height": 2.2}, fallback=%s);
"""


@pytest.fixture
def drawn():
    return []


@pytest.fixture
def pictures(drawn):
    def draw(eps, size):
        drawn.append((eps, size))
        plt.figure(figsize=(1, 1))
        plt.plot([0, eps], [0, size])
        return f"eps {eps}, size {size}."

    return Pictures(draw, {"eps": [1, 2], "size": (5, 10)})


def test_each_place_is_drawn_once_and_told(pictures, drawn):
    assert list(pictures) == [(1, 5), (1, 10), (2, 5), (2, 10)]
    bundle = pictures[1, 10]
    assert bundle["text/plain"] == "eps 1, size 10."
    assert bundle["text/html"].startswith('<img alt="eps 1, size 10." src="data:image/png;')
    assert pictures[1, 10] is bundle
    assert drawn == [(1, 10)]
    assert plt.get_fignums() == []


def test_an_error_leaves_no_figure_behind():
    def draw(eps):
        plt.figure()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Pictures(draw, {"eps": [1]})[(1,)]
    plt.close("all")


def test_nothing_to_choose_from_is_an_error():
    with pytest.raises(ValueError, match="eps has no values to choose from"):
        Pictures(str, {"eps": []})


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """Return what cells put out with and without a fallback, and in a page that shows widgets."""
    folder = tmp_path_factory.mktemp("notebook")
    widgets = f"import os; os.environ[{SESSION!r}] = 'a.ipynb'"
    cells = [new_code_cell(CODE % True), new_code_cell(CODE % False)]
    cells += [new_code_cell(widgets), new_code_cell(CODE % True)]
    notebook = new_notebook(cells=cells)
    NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": folder}}
    ).execute()
    return [cell.outputs for cell in notebook.cells]


def test_where_nobody_looks_there_is_one_picture_or_none(outputs):
    (only,) = outputs[0]
    assert only.data["text/plain"] == "A line up to 2."
    assert set(only.data) == {"text/html", "text/plain"}
    assert outputs[1] == []


def test_a_page_has_sliders_and_beside_them_a_picture_that_is_kept(outputs):
    sliders, picture = outputs[3]
    assert "application/vnd.jupyter.widget-view+json" in sliders.data
    assert picture.data["text/plain"] == "A line up to 2."


def test_all_that_a_threshold_decides_is_told():
    truth = np.array([False, False, True, True])
    told = threshold_view(truth, np.array([0.1, 0.6, 0.4, 0.9]), 0.5)
    assert "precision 0.500, recall 0.500, false positive rate 0.5000" in told
    assert "1 found, 1 missed, 1 false alarms" in told
    assert len(plt.gcf().axes) == 4
    plt.close("all")
    assert "no precision" in threshold_view(truth, np.array([0.1, 0.6, 0.4, 0.9]), 2)
    plt.close("all")
