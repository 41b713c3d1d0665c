"""Start page and notebooks, exported as pages: everybody can read them, on a telephone, too."""

from __future__ import annotations

import shutil

import nbformat
import pytest
from nbconvert import HTMLExporter

from helpers.course.start_page import make_start
from tests.support import ROOT

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("Chromium is not installed", allow_module_level=True)

GRAVE = ("serious", "critical")
"""What axe calls a fault that keeps somebody from reading a page."""

OF_NBCONVERT = {"color-contrast", "link-in-text-block", "scrollable-region-focusable"}
"""Rules that nbconvert's own page breaks, whatever is in it: its numbers of cells and its colours
of code are pale, and its links have no line below them."""

UNDESCRIBED = "No description has been provided for this image"
"""What nbconvert writes where a picture has no text alternative."""

PAGES = ["start", *sorted(path.stem for path in (ROOT / "solutions").glob("*/*.ipynb"))]


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def exported(name):
    if name == "start":
        notebook = make_start()
    else:
        notebook = nbformat.read(ROOT / "solutions" / name / f"{name}.ipynb", as_version=4)
    return HTMLExporter(template_name="lab").from_notebook_node(notebook)[0]


@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_read_it(browser, name, tmp_path):
    html = exported(name)
    assert UNDESCRIBED not in html
    file = tmp_path / "page.html"
    file.write_text(html, encoding="utf-8")
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    # MathJax and the like come from elsewhere; no test needs the network
    page.route("http**", lambda route: route.abort())
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    found = axe.Axe().run(page).response["violations"]
    grave = [one for one in found if one["impact"] in GRAVE and one["id"] not in OF_NBCONVERT]
    assert [(one["id"], one["nodes"][0]["html"]) for one in grave] == []
    page.context.close()
