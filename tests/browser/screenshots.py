"""Take the README's pictures of formgrader and of a page that goes back, of a class of three.

    python -m tests.browser.screenshots [--into docs]

Grades the small course of the tests, starts JupyterLab, and opens both pages in Chromium.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.browser.test_formgrader import ANSWER, CHROMIUM, STUDENTS, Instructor, run, sync_api
from tests.support import ROOT
from tests.support.course import NAME, hand_in, knowing, make_course, submission
from tests.support.jupyter_server import jupyter_server

SIZE = {"width": 1000, "height": 620}
"""Of the pictures, in pixels."""


def grade_class(course: Path) -> None:
    """Hand in, grade, and hand back."""
    for student, wrong in zip(STUDENTS, (2, 9, 16), strict=True):
        hand_in(course, student, submission(predict=knowing(range(wrong)), why=ANSWER))
    for command in (
        ("grade", NAME, "--submitted", course / "in", "--quiet"),
        ("publish", NAME),
        ("feedback", NAME),
    ):
        run(course, *command)


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--into", type=Path, default=ROOT / "docs", help="folder of the pictures")
    into = parser.parse_args().into
    with tempfile.TemporaryDirectory() as folder:
        course = make_course(Path(folder))
        grade_class(course)
        with jupyter_server(course, "jupyterlab") as server, sync_api.sync_playwright() as player:
            browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            instructor = Instructor(browser, server)
            instructor.open_submission(1)
            page = instructor.page
            page.set_viewport_size(SIZE)
            page.locator("#why-comment").fill("Well argued.")
            page.locator("#why").fill("2")
            cell = page.locator(".nbgrader_cell", has=page.locator("#why"))
            cell.evaluate("one => window.scrollBy(0, one.getBoundingClientRect().top - 90)")
            page.screenshot(path=into / "formgrader.png")
            page = browser.new_page(viewport=SIZE)  # the other one asks formgrader's server alone
            page.goto((course / "work" / "returned" / NAME / "s02.html").as_uri())
            page.screenshot(path=into / "feedback.png")
            browser.close()


if __name__ == "__main__":
    main()
