"""Whatever a submission holds, a page that shows it runs nothing and fetches nothing."""

from __future__ import annotations

import copy
import time

import nbformat
import pytest
from bs4 import BeautifulSoup, Tag
from nbconvert.exporters import HTMLExporter
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config import Config

from autograder.gradebook.config import load_config
from autograder.sanitize.notebook import make_inert
from tests.sanitize.hostile import BUNDLES, HTML, PNG, TEXT, hostile_notebook
from tests.support import ROOT

ACTIVE_TAGS = (
    *("script", "iframe", "object", "embed", "form", "input", "button", "textarea", "link", "meta"),
    *("base", "style", "svg", "math", "video", "audio", "template", "noscript", "frame", "select"),
)
pytestmark = pytest.mark.filterwarnings("ignore:No lexer found")

ADDRESSES = ("src", "href", "srcset", "poster", "data", "action", "formaction", "xlink:href")


def page_of(nb: nbformat.NotebookNode, template: str, *, config: Config | None = None) -> str:
    """Return what nbconvert, formgrader or feedback make of a notebook."""
    config = copy.deepcopy(config or Config())
    config.HTMLExporter.template_name = template
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    config.HTMLExporter.extra_template_paths = [
        f"{handlers.static_path}/node_modules/bootstrap/dist/css"
    ]
    resources = {"nbgrader": {"notebook": "x", "score": 0, "max_score": 0, "late_penalty": 0}}
    resources |= {"index": 0, "total": 1, "base_url": "", "notebook_id": "x", "submission_id": "y"}
    nb = copy.deepcopy(nb)
    text: str = HTMLExporter(config=config).from_notebook_node(nb, resources)[0]
    return text


def added_to(template: str, page: str, config: Config | None = None) -> list[str]:
    """List what of a page acts, and is not of the template itself."""
    own = harm_in(page_of(nbformat.v4.new_notebook(), template, config=config))
    return [harm for harm in harm_in(page) if harm not in own]


def harm_in(page: str) -> list[str]:
    """List what a page could run, fetch, or take for its own fields."""
    found = []
    for tag in BeautifulSoup(page, "html.parser").find_all(True):
        assert isinstance(tag, Tag)
        if tag.name in ACTIVE_TAGS:
            found.append(str(tag))
        for name, value in tag.attrs.items():
            text = "".join(value) if isinstance(value, list) else value
            if name.startswith("on") or (name in ADDRESSES and not _is_inert(tag.name, text)):
                found.append(f"{tag.name} {name}={text}")
            if name == "style" and ("url(" in text or "position" in text):
                found.append(text)
            if name in ("id", "name", "class") and ("test-double" in text or "credit" in text):
                found.append(f"{tag.name} {name}={text}")
        if tag.name not in ("pre", "code", "script") and "\\href" in (tag.string or ""):
            found.append(str(tag))
    return found


def _is_inert(tag: str, address: str) -> bool:
    if tag == "a":
        return address.startswith(("http", "#", "mailto:"))
    return address.startswith("data:image/") and tag == "img"


@pytest.mark.parametrize("template", ["classic", "lab", "feedback", "formgrade"])
def test_no_page_has_anything_of_a_submission_that_acts(template):
    nb = hostile_notebook()
    texts = [nbformat.v4.new_markdown_cell(text) for text in HTML.values()]
    before = page_of(nbformat.v4.new_notebook(cells=texts), template)
    assert len(added_to(template, before)) > len(HTML), "even as they came, these do no harm"
    make_inert(nb)
    assert added_to(template, page_of(nb, template)) == []


@pytest.mark.parametrize("template", ["feedback", "formgrade"])
def test_the_courses_settings_make_these_pages_inert(template):
    config = load_config(ROOT)
    page = page_of(hostile_notebook(), template, config=config)
    assert added_to(template, page, config) == []


def test_once_is_enough():
    nb = hostile_notebook()
    make_inert(nb)
    again = copy.deepcopy(nb)
    make_inert(again)
    assert again == nb


def test_the_notebook_is_one_still():
    nb = hostile_notebook()
    make_inert(nb)
    nbformat.validate(nb)


@pytest.mark.parametrize("kind", BUNDLES)
def test_an_output_that_cannot_be_shown_says_so(kind):
    cell = nbformat.v4.new_code_cell(
        outputs=[nbformat.v4.new_output("display_data", BUNDLES[kind])]
    )
    nb = nbformat.v4.new_notebook(cells=[cell])
    make_inert(nb)
    (output,) = nb.cells[0].outputs
    assert output.data
    assert set(output.data) <= {"text/plain", "text/html", "text/latex"}


@pytest.mark.parametrize("kind", [*HTML, *TEXT])
def test_what_was_written_can_be_read_still(kind):
    text = {**HTML, **TEXT}[kind]
    nb = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(f"My answer is 42.\n\n{text}")]
    )
    make_inert(nb)
    assert "My answer is 42." in nb.cells[0].source


def test_nothing_of_the_released_notebooks_is_changed():
    paths = [*ROOT.glob("notebooks/*/*.ipynb"), *ROOT.glob("solutions/*/*.ipynb")]
    assert len(paths) >= 10
    for path in paths:
        nb = nbformat.read(path, as_version=4)
        before = copy.deepcopy(nb)
        make_inert(nb)
        for cell, old in zip(nb.cells, before.cells, strict=True):
            assert as_cleaned(cell) == as_cleaned(old), path


def as_cleaned(cell):
    """Return a cell's text with the blanks and quotes in styles as the cleaner writes them."""
    text = repr(cell).replace("&quot;", "'").replace("&#x27;", "'")
    return text.replace("\\'", "'").replace(" , ", ",")


@pytest.mark.parametrize(
    "text",
    [
        *("If $a < b$, then `<script>` is code, and a<b too: 3 & 4.", "> quoted\n\n- [x] done"),
        *("<b>bold</b> <span style='color: red'>red</span> <br> <sub>2</sub> <!-- mine -->",),
        *("| a | b |\n|:--|--:|\n| 1 | 2 |", "<table><tr><td>1</td></tr></table>"),
        *(
            "```python\nif a < b: print('<p onclick=x>')\n```",
            "$$\\frac{1}{2} \\begin{pmatrix}1\\end{pmatrix}$$",
        ),
        *("[docs](https://example.org) and <https://example.org>", "## Heading\n\n1. one\n2. two"),
        *(
            f"<img src='data:image/png;base64,{PNG}' width=20>",
            "<details><summary>a</summary>b</details>",
        ),
    ],
)
def test_ordinary_texts_stay_to_the_letter(text):
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])
    make_inert(nb)
    assert nb.cells[0].source == text


def test_an_attached_picture_stays_and_others_become_links():
    cell = nbformat.v4.new_markdown_cell(
        "![a](attachment:a.png) ![b](http://example.org/b.png)",
        attachments={"a.png": {"image/png": PNG}},
    )
    nb = nbformat.v4.new_notebook(cells=[cell])
    make_inert(nb)
    assert nb.cells[0].source == "![a](attachment:a.png) [b](http://example.org/b.png)"
    assert nb.cells[0].attachments == {"a.png": {"image/png": PNG}}


def executed(*sources: str) -> nbformat.NotebookNode:
    """Return a notebook that a kernel of this environment ran."""
    from nbclient import NotebookClient

    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in sources])
    NotebookClient(nb, timeout=600, kernel_name="python3").execute()
    return nb


def test_pictures_tables_estimators_and_progress_survive():
    nb = executed(
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        "import pandas as pd\npd.DataFrame({'a': [1, 2], 'b': ['x<y', 'z']})",
        "from sklearn.svm import SVC\nSVC(C=3)",
        "from tqdm import tqdm\nfor _ in tqdm(range(3)): pass",
        "pd.DataFrame({'a': [1, 2]}).style.background_gradient()",
        "%config InlineBackend.figure_format = 'svg'\nplt.plot([1, 2])\nplt.show()",
    )
    before = copy.deepcopy(nb)
    make_inert(nb)
    picture, table, estimator, progress, styled, drawing = (cell.outputs[-1] for cell in nb.cells)
    assert picture.data["image/png"] == before.cells[0].outputs[-1].data["image/png"]
    cells = BeautifulSoup(table.data["text/html"], "html.parser").find_all("td")
    assert [cell.text for cell in cells] == ["1", "x<y", "2", "z"]
    assert table.data["text/plain"] == before.cells[1].outputs[-1].data["text/plain"]
    assert dict(estimator.data) == {"text/plain": "SVC(C=3)"}
    assert progress == before.cells[3].outputs[-1]
    assert BeautifulSoup(styled.data["text/html"], "html.parser").find("td").text == "1"
    assert drawing.data["text/html"].startswith('<img src="data:image/svg+xml;base64,')


@pytest.mark.parametrize(
    "html",
    [
        *("<b>" * 50_000, "<table>a<b></b>" * 1, "<table>" + "a<b></b>" * 100_000),
        "".join(f"<font color=c{n}>" for n in range(5000)) + "</p>" * 5000,
        f"<p {' '.join(f'a{n}' for n in range(100_000))}>",
        "<!--" * 100_000,
    ],
    ids=["nested", "short", "fostered", "fonts", "attributes", "comments"],
)
def test_no_markup_takes_long(html):
    outputs = [nbformat.v4.new_output("display_data", {"text/html": html}) for _ in range(20)]
    texts = [nbformat.v4.new_markdown_cell(html) for _ in range(5)]
    cells = [nbformat.v4.new_code_cell(outputs=outputs), *texts]
    nb = nbformat.v4.new_notebook(cells=cells)
    began = time.process_time()
    make_inert(nb)
    assert time.process_time() - began < 20
