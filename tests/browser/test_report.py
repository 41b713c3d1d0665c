"""Chromium opens what grading writes: tables sort, nothing is fetched, everybody can read it."""

from __future__ import annotations

import shutil

import pytest

from autograder.cli.app import main
from tests.support.course import NAME, hand_in, knowing, make_course, submission

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("Chromium is not installed", allow_module_level=True)

PAGES = (
    "report/index.html",
    "report/class.html",
    "report/integrity.html",
    f"returned/{NAME}/s03.html",
)

LOOKS = [
    pytest.param(width, scheme, id=f"{width} {scheme}")
    for width in (1280, 390)
    for scheme in ("light", "dark")
]

GRAVE = ("serious", "critical")
"""What axe calls a fault that keeps somebody from reading a page."""


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """Grade five submissions, publish them, and write a page for each."""
    course = make_course(tmp_path_factory.mktemp("pages"))
    for student, wrong in {"s01": 2, "s02": 9, "s03": 16, "s04": 60}.items():
        double = (
            "def double(x):\n    return 3"
            if student == "s03"
            else "def double(x):\n    return 2 * x"
        )
        hand_in(course, student, submission(predict=knowing(range(wrong)), double=double))
    (course / "in" / "a_student_with_a_very_long_name_that_has_no_blank.ipynb").write_text("{}")
    options = ("--course", str(course))
    main([*options, "grade", NAME, "--submitted", str(course / "in")])
    main([*options, "publish", NAME])
    main([*options, "integrity", NAME])
    assert main([*options, "feedback", NAME]) == 0
    return course / "work"


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser, path, *, width=1280, scheme="light"):
    """Open a file; return its page, and what it asked for and complained of."""
    size = {"width": width, "height": 900}
    page, told = browser.new_context(viewport=size, color_scheme=scheme).new_page(), []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: told.append(request.url))
    page.goto(path.as_uri())
    own = [one for one in told if one != path.as_uri() and not one.startswith("data:")]
    return page, own


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_read_it_and_it_asks_for_nothing(work, browser, name, width, scheme):
    page, told = opened(browser, work / name, width=width, scheme=scheme)
    assert told == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in GRAVE] == []


def students(page):
    rows = page.locator("table.class tbody tr:visible th")
    return [text[:3] for text in rows.all_inner_texts()]


def test_the_table_is_sorted_by_any_column_both_ways(work, browser):
    page, _ = opened(browser, work / "report/index.html")
    assert students(page)[:4] == ["s01", "s02", "s03", "s04"]
    head = page.get_by_role("columnheader", name="Final")
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert students(page) == ["s04", "s03", "s02", "s01", "a_s"]  # without a mark: last
    head.get_by_role("button").press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert students(page) == ["s01", "s02", "s03", "s04", "a_s"]
    page.get_by_role("columnheader", name="Student").get_by_role("button").click()
    assert head.get_attribute("aria-sort") is None
    assert students(page)[0] == "a_s"


def test_on_a_telephone_a_list_sorts_the_table(work, browser):
    page, _ = opened(browser, work / "report/index.html", width=390)
    assert page.get_by_role("button").count() == 0  # no button that nobody sees gets the focus
    order = page.get_by_label("Sort by")
    assert order.evaluate("one => one.selectedOptions[0].text") == "Rank ↑"
    order.select_option("Final ↑")
    assert students(page) == ["s04", "s03", "s02", "s01", "a_s"]
    order.select_option("Final ↓")
    assert students(page) == ["s01", "s02", "s03", "s04", "a_s"]


@pytest.mark.parametrize("width", [1280, 390])
def test_the_table_is_searched(work, browser, width):
    page, _ = opened(browser, work / "report/index.html", width=width)
    page.get_by_label("Find").fill("S03")
    assert students(page) == ["s03"]
    assert page.locator("#shown").inner_text() == "1 of 5 shown"
    page.get_by_label("Find").fill("")
    assert len(students(page)) == 5


def test_printed_it_has_all_rows(work, browser):
    page, _ = opened(browser, work / "report/index.html")
    page.emulate_media(media="print")
    assert len(students(page)) == 5
