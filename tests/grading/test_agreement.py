"""What a person decides about a class is one command, is undone, and reads the same everywhere."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook

from autograder.cli.app import main
from autograder.cli.exit_codes import ExitCode
from autograder.workdir import WorkDir
from helpers.data import load_sample
from tests.grading.test_decisions import LATE, TIERS, send
from tests.support.course import NAME, knowing, make_course, submission
from tests.support.nbgrader_command import nbgrader

pytestmark = pytest.mark.slow

ON_TIME, TOO_LATE = "2026-03-01 20:00:00", "2026-03-02 20:00:00"


def run(course, *arguments):
    assert main(["--course", str(course), *map(str, arguments)]) == ExitCode.DONE


def grade(course, *options):
    run(course, "grade", NAME, "--submitted", course / "in", "--quiet", *options)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Three students, the second one a day late; published, and told to each."""
    course = make_course(tmp_path_factory.mktemp("agreed"))
    folder = course / "solutions" / NAME
    (folder / "tiers.toml").write_text(TIERS.format(final="total"))
    (folder / "run.toml").write_text((folder / "run.toml").read_text() + LATE)
    for student, when in {"s01": ON_TIME, "s02": TOO_LATE, "s03": ON_TIME}.items():
        send(course, student, when)
    grade(course)
    run(course, "publish", NAME)
    return course


@pytest.fixture
def course(graded, tmp_path):
    return Path(shutil.copytree(graded, tmp_path / "course"))


def rows_of(path, student="student"):
    with path.open(newline="") as file:
        return {row[student]: row["final"] for row in csv.DictReader(file)}


def on_the_page(path):
    """Return each student's final mark as the report's table shows it."""
    page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    (table,) = page.select("table.class")
    heads = [one.get_text(" ", strip=True) for one in table.select("thead th")]
    place = next(n for n, head in enumerate(heads) if head.startswith("Final"))
    found = {}
    for line in table.select("tbody tr"):
        cells = [one.get_text(" ", strip=True) for one in line.select("th, td")]
        student = line.select_one("th").get_text(" ", strip=True).split()[0]
        found[student] = re.match(r"\d*", cells[place])[0]
    return found


def in_feedback(folder):
    """Return the final mark of each page that goes back."""
    texts = {
        path.stem: BeautifulSoup(path.read_text("utf-8"), "html.parser").get_text(" ", strip=True)
        for path in folder.glob("*.html")
    }
    return {who: re.search(r"Final mark (\d+) of 100", text)[1] for who, text in texts.items()}


def told(course):
    """Publish, hand back, and return everybody's final mark; all places agree about it."""
    work = WorkDir(course / "work")
    found = rows_of(work.report / "grades.csv")
    run(course, "publish", NAME, "--yes")
    run(course, "feedback", NAME)
    nbgrader(course, "export", "--to", "exported.csv")  # from the gradebook
    places = {
        "published": rows_of(work.published(NAME) / "grades.csv"),
        "report": on_the_page(work.report / "index.html"),
        "gradebook": rows_of(course / "exported.csv", "student_id"),
        "feedback": in_feedback(work.returned(NAME)),
    }
    assert places == dict.fromkeys(places, found)
    return {student: int(mark) for student, mark in found.items()}


def appeal(course, points):
    """Give points to a written answer, as formgrader stores them."""
    with Gradebook(WorkDir(course / "work").gradebook_url) as gradebook:
        found = gradebook.find_grade("why", NAME, NAME, "s03")
        found.manual_score, found.needs_manual_grade = points, points is None
        gradebook.db.commit()
    run(course, "rescore", NAME)


def bands(course, old, new):
    path = course / "solutions" / NAME / "tiers.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    run(course, "rescore", NAME)


def leave(course, student):
    shutil.rmtree(course / "in" / student)
    grade(course)


def come(course, student, when):
    send(course, student, when, submission(predict=knowing(range(9))))
    grade(course)


def again(course, wrong):
    send(course, "s03", ON_TIME, submission(predict=knowing(range(3, 3 + wrong))))
    grade(course, "--student", "s03")


def back(course):
    send(course, "s02", TOO_LATE)
    grade(course)


LABEL = int(load_sample()[3][3])
WHY = ("--why", "we looked again")

STEPS = {
    "appeal": (
        lambda course: appeal(course, 2.0),
        lambda course: appeal(course, None),
        {"s03": "gets more"},
    ),
    "override": (
        lambda course: run(course, "override", NAME, "s03", 99, *WHY),
        lambda course: run(course, "override", NAME, "s03", "--withdraw", *WHY),
        {"s03": "gets more"},
    ),
    "extension": (
        lambda course: run(course, "extend", NAME, "s02", "2026-03-05T00:00+00:00", *WHY),
        lambda course: run(course, "extend", NAME, "s02", "--withdraw", *WHY),
        {"s02": "gets more"},
    ),
    "late hand-in": (
        lambda course: come(course, "s04", TOO_LATE),
        lambda course: leave(course, "s04"),
        {"s04": "is new"},
    ),
    "resubmission": (
        lambda course: again(course, 1),
        lambda course: again(course, 18),
        {"s03": "gets more"},
    ),
    "wrong label": (
        lambda course: run(course, "labels", "fix", NAME, 3, (LABEL + 1) % 10, *WHY),
        lambda course: run(course, "labels", "withdraw", NAME, 3, *WHY),
        {},  # all three answered so: whether a mark moves is up to the bands
    ),
    "changed band": (
        lambda course: bands(course, "[60, 90]", "[70, 90]"),
        lambda course: bands(course, "[70, 90]", "[60, 90]"),
        {"s03": "gets more"},
    ),
    "dropped student": (lambda course: leave(course, "s02"), back, {"s02": "is gone"}),
}
"""What happens: the command, the one that undoes it, and whose mark moves in any case."""

MOVES = {
    "gets more": lambda old, new: new > old,
    "is new": lambda old, new: old is None and new is not None,
    "is gone": lambda old, new: old is not None and new is None,
}


@pytest.mark.parametrize("step", STEPS)
def test_it_reads_the_same_everywhere_and_so_does_its_undoing(course, step, capsys):
    command, undo, moved = STEPS[step]
    before = rows_of(WorkDir(course / "work").report / "grades.csv")
    before = {student: int(mark) for student, mark in before.items()}
    for act, away, home in ((command, before, None), (undo, None, before)):
        act(course)
        capsys.readouterr()
        run(course, "diff", NAME)
        seen = capsys.readouterr().out
        after = told(course)
        if home is None:
            for student, how in moved.items():
                assert MOVES[how](away.get(student), after.get(student)), after
        else:
            assert after == home
        assert "No grade changes." not in seen
        assert all(f"{student}: " in seen for student in moved), seen
