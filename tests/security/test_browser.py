"""A logged-in instructor opens a hostile class in Chromium: nothing of it runs, or asks for more.

The class holds each attempt of `tests/sanitize/hostile.py`. Once as grading writes it; and once as
it came, as a stand-in for whatever cleaning might miss: then formgrader's policy holds alone.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook

from autograder.workdir import WorkDir
from tests.sanitize.hostile import HTML, TEXT, displays
from tests.support import ROOT
from tests.support.course import NAME, hand_in, make_course, submission
from tests.support.jupyter_server import jupyter_server

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("Chromium is not installed", allow_module_level=True)

FULL_MARKS = """(async () => {
 const base = location.pathname.split('/formgrader/')[0];
 const token = (document.cookie.match(/_xsrf=([^;]+)/) || [])[1];
 const id = location.pathname.split('/submissions/')[1].split('/')[0];
 const grades = await (await fetch(base + '/formgrader/api/grades?submission_id=' + id)).json();
 for (const one of grades) await fetch(base + '/formgrader/api/grade/' + one.id, {method: 'PUT',
   headers: {'Content-Type': 'application/json', 'X-XSRFToken': token},
   body: JSON.stringify({manual_score: one.max_score, extra_credit: 0})});
 document.title = 'ran'; })()"""
"""Gives its author all points, in the browser of whoever may give them."""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Return a graded class of an honest and a hostile submission."""
    course = make_course(tmp_path_factory.mktemp("course"))
    hostile = submission()
    shown = f"from IPython.display import HTML, display\nHTML({f'<script>{FULL_MARKS}</script>'!r})"
    texts = [new_markdown_cell(text) for text in (*HTML.values(), *TEXT.values())]
    hostile.cells[1:1] = [new_code_cell(displays()), new_code_cell(shown), *texts]
    hand_in(course, "s01", submission())
    hand_in(course, "s02", hostile)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    for command in (
        ["autograder", "--course", str(course), "grade", NAME, "--submitted", str(course / "in")],
        ["nbgrader", "generate_feedback", NAME],
    ):
        line = [sys.executable, "-m", *command]
        subprocess.run(line, cwd=course, check=True, env=environment, capture_output=True)
    return course


EXTENSIONS = ("autograder.gradebook.formgrader", "nbgrader.server_extensions.formgrader")


def server_of(course):
    """Start Jupyter's server in a course; give its address, and the token for it."""
    enabled = dict.fromkeys(EXTENSIONS, True)
    return jupyter_server(course, "jupyter_server", f"--ServerApp.jpserver_extensions={enabled}")


class Watched:
    """A page, with all that it asked for, and all dialogs."""

    def __init__(self, context, address):
        self.page, self.address = context.new_page(), address
        self.asked, self.dialogs, self.blocked = [], [], []
        self.page.on(
            "request", lambda request: self.asked.append(f"{request.method} {request.url}")
        )
        self.page.on(
            "dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss())
        )
        self.page.on("console", lambda message: self.blocked.append(message.text))

    def open(self, url):
        """Open a page and let it come to rest."""
        self.asked.clear()
        self.page.goto(url, wait_until="load")
        self.page.wait_for_timeout(1500)

    def strangers(self):
        """List what was asked of others than the own server; feedback's files ask for MathJax."""
        others = "|https://cdnjs\\.cloudflare\\.com/ajax/libs/mathjax/"
        of_files = others if self.address == "file://" else ""
        own = re.compile(rf"GET (?:{self.address}/(?!logout)|file:///|data:{of_files})")
        return [one for one in self.asked if not own.match(one)]


@pytest.fixture
def browser():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def submission_of(course, student):
    with Gradebook(WorkDir(course / "work").gradebook_url) as gradebook:
        found = gradebook.find_submission_notebook(NAME, NAME, student)
        return found.id, [(grade.name, grade.manual_score) for grade in found.grades]


def logged_in(browser, address, token):
    page = Watched(browser.new_context(), address)
    page.open(f"{address}/login?token={token}")
    page.open(f"{address}/formgrader/manage_assignments")
    # Filled in by its own scripts. The whole name: the server's token, which its page of
    # settings prints, holds "a1" in one run of eight.
    page.page.wait_for_selector(f"a:text-is('{NAME}')")
    return page


def assert_nothing_ran(page):
    assert page.dialogs == []
    assert page.strangers() == []
    assert "ran" not in page.page.title()


@pytest.mark.slow
@pytest.mark.parametrize("as_it_came", [False, True], ids=["as written", "policy alone"])
def test_a_hostile_submission_does_nothing_in_formgrader(course, browser, as_it_came):
    work = WorkDir(course / "work")
    written = work.autograded_notebook("s02", NAME)
    inert = written.read_bytes()
    settings = course / "nbgrader_config.py"
    text = settings.read_text()
    if as_it_came:
        written.write_bytes(gzip.decompress(work.executed_notebook("s02", NAME).read_bytes()))
        settings.write_text(text + "\nc.HTMLExporter.preprocessors = []\n")
    try:
        number, before = submission_of(course, "s02")
        with server_of(course) as (address, token):
            page = logged_in(browser, address, token)
            page.open(f"{address}/formgrader/submissions/{number}/")
            if not as_it_came:
                assert_nothing_ran(page)
                page.page.wait_for_selector("input.score")
            else:
                assert page.dialogs == []
                assert "ran" not in page.page.title()
                assert any("Content Security Policy" in text for text in page.blocked)
        assert submission_of(course, "s02")[1] == before
    finally:
        written.write_bytes(inert)
        settings.write_text(text)


@pytest.mark.slow
def test_formgraders_own_scripts_give_points(course, browser):
    number, _ = submission_of(course, "s01")
    with server_of(course) as (address, token):
        page = logged_in(browser, address, token)
        page.open(f"{address}/formgrader/submissions/{number}/")
        page.page.wait_for_selector("#why")
        with page.page.expect_response(lambda answer: "/api/grade/" in answer.url) as answered:
            page.page.fill("#why", "1.5")
            page.page.press("#why", "Tab")
        assert answered.value.ok
        page.page.click(".glyphicon.name-hidden")
        assert page.page.is_visible(".glyphicon.name-shown")
    assert dict(submission_of(course, "s01")[1])["why"] == 1.5


@pytest.mark.slow
def test_a_hostile_submission_does_nothing_in_feedback_and_report(course, browser):
    page = Watched(browser.new_context(), "file://")
    for path in (
        course / "work" / "feedback" / "s02" / NAME / f"{NAME}.html",
        WorkDir(course / "work").report / "index.html",
    ):
        page.open(path.as_uri())
        assert_nothing_ran(page)
