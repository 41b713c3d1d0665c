"""An instructor in Chromium: reads written answers in formgrader, and gives points by clicking.

The server is `jupyter lab` in the course's folder, as docs/instructor.md has it. Formgrader's pages
are nbgrader's; what is ours in them is the course's content, and the policy that they come with.
"""

from __future__ import annotations

import csv
import shutil

import pytest
from bs4 import BeautifulSoup

from autograder.cli.app import main
from autograder.cli.exit_codes import ExitCode
from autograder.evidence.log import read_log
from autograder.workdir import WorkDir
from tests.support.course import NAME, hand_in, knowing, make_course, submission
from tests.support.jupyter_server import SECONDS, jupyter_server

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("Chromium is not installed", allow_module_level=True)

pytestmark = pytest.mark.slow

STUDENTS = ("s01", "s02", "s03")

ANSWER = "Since twice a number is that number and itself once more: $2x = x + x$."

LOOKS = [
    pytest.param(width, scheme, id=f"{width} {scheme}")
    for width in (1280, 390)
    for scheme in ("light", "dark")
]

LISTS = {
    "manage_assignments": NAME,
    f"manage_submissions/{NAME}": "s03",
    "gradebook": NAME,
    f"gradebook/{NAME}": NAME,
    f"gradebook/{NAME}/{NAME}": "Submission #3",
    "manage_students": "s03",
}
"""Formgrader's other pages, each with a text that its own scripts fill in."""

GRAVE = ("serious", "critical")
"""What axe calls a fault that keeps somebody from reading a page."""

OF_NBGRADER = {
    "color-contrast": "nav a, button.full-credit, .highlight .c1",
    "html-has-lang": "html",
    "label": "input.score",
    "list": "nav ul.nav",
    "scrollable-region-focusable": ".highlight pre",
}
"""What axe finds grave in nbgrader's own templates, and in nbconvert's for code: rules, each with
the elements that break it. The fields for points have no label, links, a button and comments in
code are pale, the page names no language, a list in its head holds a list, long lines of code
scroll with the mouse alone. Anything else, in a text, an output or a picture, is ours."""


def run(course, *arguments):
    return main(["--course", str(course), *map(str, arguments)])


def points_of(course):
    """Return each student's points, as the table has them."""
    with (course / "work" / "report" / "grades.csv").open(newline="") as file:
        return {row["student"]: float(row["points"]) for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Return a course with three submissions graded, and the points that a machine gave them."""
    course = make_course(tmp_path_factory.mktemp("formgrader"))
    for student, wrong in zip(STUDENTS, (2, 9, 16), strict=True):
        hand_in(course, student, submission(predict=knowing(range(wrong)), why=ANSWER))
    roster = course / "roster.csv"
    roster.write_text("id,first_name,last_name\n" + "".join(f"{s},Student,{s}\n" for s in STUDENTS))
    command = ("grade", NAME, "--submitted", course / "in", "--roster", roster)
    assert run(course, *command) == ExitCode.DONE
    return course, points_of(course)


@pytest.fixture(scope="module")
def server(graded):
    """Start JupyterLab in the course's folder; yield its address, and the token for it."""
    with jupyter_server(graded[0], "jupyterlab") as found:
        yield found


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Instructor:
    """A logged-in browser window, with what its pages complained of and asked others for."""

    def __init__(self, browser, server, width=1280, scheme="light"):
        address, token = server
        self.root = f"{address}/formgrader"
        size = {"width": width, "height": 900}
        context = browser.new_context(viewport=size, color_scheme=scheme)
        context.set_default_timeout(1000 * SECONDS)
        self.page, self.told, self.strangers = context.new_page(), [], []
        self.page.on("console", lambda message: self.told.append(message.text))
        self.page.on("pageerror", lambda error: self.told.append(str(error)))
        self.page.route(lambda url: not url.startswith(address), self.refuse)
        self.page.goto(f"{self.root}?token={token}")

    def refuse(self, route):
        """Note what is asked of another host, and leave it without an answer."""
        self.strangers.append(route.request.url)
        route.abort()

    def open(self, path, text):
        """Open one of formgrader's lists, and wait for what fills it."""
        self.page.goto(f"{self.root}/{path}")
        self.page.locator("#main-table").get_by_text(text, exact=True).first.wait_for()

    def open_submission(self, number):
        """Click the way to a submission, from formgrader's first page."""
        self.page.get_by_role("link", name="Manual Grading").click()
        self.page.wait_for_url(f"{self.root}/gradebook")
        self.page.locator("#main-table").get_by_role("link", name=NAME, exact=True).click()
        self.page.wait_for_url(f"{self.root}/gradebook/{NAME}")
        self.page.locator("#main-table").get_by_role("link", name=NAME, exact=True).click()
        self.page.wait_for_url(f"{self.root}/gradebook/{NAME}/{NAME}")
        self.page.locator(f"#main-table a:text-is('Submission #{number}'):visible").click()
        self.wait_for_marks()

    def wait_for_marks(self):
        """Wait until the page's scripts have put the marks into its fields."""
        self.page.locator("#test-double[placeholder]").wait_for()

    def saving(self, kind):
        """Wait, at the end of the block, until a mark or comment is saved."""
        return self.page.expect_response(
            lambda answer: f"/api/{kind}/" in answer.url and answer.request.method == "PUT"
        )

    def show_name(self):
        """Click for the student's name, which formgrader hides at first; return the last one."""
        self.page.locator(".glyphicon.name-hidden").click()
        last, first = self.page.locator("a.name-shown").inner_text().strip().split(", ")
        assert first == "Student"
        return last

    def comment(self, text):
        """Write below the answer, and leave the field."""
        with self.saving("comment") as saved:
            self.page.locator("#why-comment").click()
            self.page.keyboard.type(text)
            self.page.keyboard.press("Tab")
        assert saved.value.ok


def is_of_nbgrader(page, rule, node):
    """Whether a fault lies in nbgrader's own markup, and is known."""
    (target,) = node["target"]
    selector = OF_NBGRADER.get(rule)
    return selector is not None and page.eval_on_selector(
        target, "(one, selector) => one.matches(selector)", selector
    )


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_its_pages_open_and_ask_nobody_else(browser, server, width, scheme):
    instructor = Instructor(browser, server, width, scheme)
    for path, text in LISTS.items():
        instructor.open(path, text)
    assert instructor.told == []
    assert instructor.strangers == []
    instructor.open(f"manage_submissions/{NAME}", "s03")
    rows = instructor.page.locator("#main-table tr").all_inner_texts()
    assert len(rows) == len(STUDENTS)
    assert not [row for row in rows if "needs autograding" in row]
    assert all("Student" in row and "None," not in row for row in rows)  # by the roster
    (last,) = (row for row in rows if "s03" in row)
    assert "needs manual grading" in last

    instructor.open(f"gradebook/{NAME}/{NAME}", "Submission #3")
    instructor.page.get_by_role("link", name="Submission #3", exact=True).first.click()
    instructor.wait_for_marks()
    formula = instructor.page.get_by_alt_text("$2x = x + x$")
    assert formula.bounding_box()["height"] > 0
    assert formula.evaluate("image => image.naturalWidth") > 0
    assert formula.evaluate("image => getComputedStyle(image).borderTopWidth") == "0px"
    assert instructor.told == []
    assert instructor.strangers == []
    faults = [
        (found["id"], node["html"])
        for found in axe.Axe().run(instructor.page).response["violations"]
        if found["impact"] in GRAVE
        for node in found["nodes"]
        if not is_of_nbgrader(instructor.page, found["id"], node)
    ]
    assert faults == []
    instructor.page.context.close()


@pytest.fixture(scope="module")
def given(browser, server):
    """Mark two of the three, one on a desk and one on a telephone; return whom, and what."""
    marks = {}
    instructor = Instructor(browser, server)
    instructor.open_submission(1)
    page = instructor.page
    assert page.get_by_text("Since twice a number").is_visible()
    student = instructor.show_name()
    with instructor.saving("grade") as saved:
        page.locator("#why").click()
        page.keyboard.type("1.5")
        page.keyboard.press("Tab")
    assert saved.value.ok
    instructor.comment("Well argued: **but** why?")
    marks[student] = 1.5, "Well argued: **but** why?"
    before = page.url
    page.get_by_role("link", name="Next").click()
    page.wait_for_url(lambda url: "/submissions/" in url and url != before)
    instructor.wait_for_marks()
    second = instructor.show_name()
    page.context.close()

    instructor = Instructor(browser, server, 390)
    instructor.open_submission(2)
    page = instructor.page
    assert instructor.show_name() == second != student
    cell = page.locator(".nbgrader_cell", has=page.locator("#why"))
    with instructor.saving("grade") as saved:
        cell.get_by_role("button", name="Full credit").click()
    assert saved.value.ok
    instructor.comment("In short, and right.")
    marks[second] = 2.0, "In short, and right."
    instructor.open(f"manage_submissions/{NAME}", "s03")
    rows = page.locator("#main-table tr").all_inner_texts()
    assert sorted("needs manual grading" in row for row in rows) == [False, False, True]
    page.context.close()
    return marks


def test_points_given_by_clicking_count_without_a_run(given, graded):
    course, before = graded
    work = WorkDir(course / "work")
    known = len(read_log(work.evidence(NAME)).entries)
    assert run(course, "rescore", NAME) == ExitCode.DONE
    new = [entry.body for entry in read_log(work.evidence(NAME)).entries[known:]]
    assert "run" not in {body["kind"] for body in new}
    recounted = [body for body in new if body["kind"] == "submission"]
    assert {body["student"] for body in recounted} == set(given)
    assert all("amends" in body for body in recounted)
    expected = {name: before[name] + given.get(name, (0,))[0] for name in STUDENTS}
    assert points_of(course) == pytest.approx(expected, abs=0.011)  # the table has two decimals
    assert run(course, "publish", NAME) == ExitCode.DONE
    assert run(course, "feedback", NAME) == ExitCode.DONE
    for student, (points, comment) in given.items():
        text = (work.returned(NAME) / f"{student}.html").read_text("utf-8")
        rows = BeautifulSoup(text, "html.parser").select("table.exercises tbody tr")
        (row,) = (one.get_text(" ", strip=True) for one in rows if one.th.text.startswith("why"))
        assert f"{points:g} / 2" in row
        assert comment in row
