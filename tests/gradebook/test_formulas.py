"""Formulas are pictures, of formulas alone, and what cannot be one stays legible."""

from __future__ import annotations

import base64
import re
from xml.etree import ElementTree

import nbformat
import pytest
from bs4 import BeautifulSoup
from jinja2 import DictLoader, Environment
from nbconvert import HTMLExporter

from autograder.gradebook import formulas
from autograder.gradebook.config import load_config
from autograder.gradebook.formgrader import MATHJAX, guard
from autograder.gradebook.formulas import picture_of
from tests.support import ROOT


def shown(*sources):
    """Return what nbconvert makes of cells under the course's settings."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(one) for one in sources])
    exporter = HTMLExporter(config=load_config(ROOT), template_name="classic")
    return BeautifulSoup(exporter.from_notebook_node(nb)[0], "html.parser").find("body")


def formulas_of(page):
    return [one["alt"] for one in page.select("img")]


def test_a_formula_is_a_picture_on_the_line_of_its_text():
    page = shown("Since $g_i < 3$, it holds:\n\n$$\\frac{a}{b}\n = c$$")
    assert formulas_of(page) == ["$g_i < 3$", "$\\frac{a}{b} = c$"]
    first = page.select("img")[0]
    place, _, rest = first["style"].partition("em; border")
    assert re.fullmatch(r"height: 1\.\d+em; vertical-align: -0\.[1-9]\d+", place)
    assert rest.startswith(": 0;")
    packed = first["src"].removeprefix("data:image/svg+xml;base64,")
    path = ElementTree.fromstring(base64.b64decode(packed)).find("{*}path").get("d")
    assert re.fullmatch(r"([MLQCZ][-0-9. ]*)+", path)
    assert path.count("M") >= 4  # letters, the sign and the index
    assert "$" not in page.get_text()


def test_code_prices_and_attached_pictures_are_none():
    page = shown("`$x$` costs \\$5 or \\$6\n\n```\n$y$\n```")
    assert formulas_of(page) == []
    assert "$x$ costs $5 or $6" in page.get_text()


@pytest.mark.parametrize(
    "formula",
    [
        r"\begin{aligned}a\end{aligned}",
        r"\frac12",
        "\ud559\uc0dd",
        "x" * (formulas.LONGEST + 1),
        "{" * 30 + "x" + "}" * 30,
        r"\unknown",
        "x^",
    ],
)
def test_what_cannot_be_set_stays_as_it_was_written(formula):
    assert picture_of(formula) is None
    assert f"${formula}$" in shown(f"It is ${formula}$ then").get_text()


def test_a_page_has_an_end_of_formulas_it_sets(monkeypatch):
    monkeypatch.setattr(formulas, "MOST", 3)
    assert formulas_of(shown("$a$ and $b$", "$c$ and $d$")) == ["$a$", "$b$", "$c$"]


def test_each_formula_of_the_course_is_set():
    """Formgrader shows whole notebooks, and asks nobody for what sets formulas."""
    for path in sorted(ROOT.glob("notebooks/*/*.ipynb")):
        nb = nbformat.read(path, as_version=4)
        page = shown(*(cell.source for cell in nb.cells if cell.cell_type == "markdown"))
        for code in page.select("pre, code"):
            code.decompose()
        assert re.findall(r"\$[^$]*\\[a-z]+[^$]*\$", page.get_text()) == []


def test_a_formula_cannot_leave_its_picture():
    page = shown('$x" onload="go()$ and $</svg><script>go()</script>$')
    assert page.find("script") is None
    assert all({*one.attrs} <= {"alt", "src", "style"} for one in page.select("img"))


def test_formgrader_loads_nothing_that_sets_formulas():
    text = "{%- macro mathjax(url='x') -%}<script src='{{ url }}'></script>{%- endmacro %}"
    page = "{% from '" + MATHJAX + "' import mathjax %}{{ mathjax() }}{{ mathjax('y') }}"
    environment = Environment(loader=DictLoader({MATHJAX: text, "a.html.j2": page}))
    assert "src='y'" in environment.get_template("a.html.j2").render()
    guard(environment)
    shown = environment.get_template("a.html.j2").render()
    assert "src" not in shown
    assert shown.count("<script nonce=") == 2  # it tells nbgrader's script, which waits for it
