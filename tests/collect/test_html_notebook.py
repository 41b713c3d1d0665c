"""Code comes back word by word from a page that nbconvert made, by each of its templates."""

from __future__ import annotations

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.collect.html_notebook import recover

CODE = "if 1 < 2 and 'a' != \"b\":\n    print('<b>&amp;</b>')\n\n\n    # é 학생\n\tx = 1"


@pytest.fixture
def nb():
    shown = new_output("stream", text="print('no cell')")
    cells = [
        new_markdown_cell("# Title\n\nSome *text* with $x^2$."),
        new_code_cell(CODE, outputs=[shown], execution_count=3),
        new_code_cell(""),
    ]
    return new_notebook(cells=cells)


@pytest.mark.parametrize("template", ["lab", "classic"])
def test_what_comes_back(nb, tmp_path, template):
    path = tmp_path / "s01.html"
    page, _ = HTMLExporter(template_name=template).from_notebook_node(nb)
    path.write_text(page, encoding="utf-8")
    found = nbformat.reads(recover(path), as_version=4)
    nbformat.validate(found)
    assert found.cells[0].source == "Title\nSome text with $x^2$."
    assert found.cells[1].source == CODE
    assert "no cell" not in "".join(cell.source for cell in found.cells)


@pytest.mark.parametrize("text", ["", "<p>Hello</p>", "<div class='cell'></div>", "\x00\xff"])
def test_other_pages_are_no_notebooks(tmp_path, text):
    path = tmp_path / "s01.html"
    path.write_text(text, encoding="utf-8")
    assert recover(path) is None
