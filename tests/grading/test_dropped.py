"""Who left the class stays out, step by step: graded, told, graded without them, told again."""

from __future__ import annotations

import csv

import pytest

from autograder.errors import EvidenceMissingError, PublicationError, RunCutShortError
from autograder.evidence.entries import STANDING
from autograder.evidence.log import open_log, read_log
from autograder.evidence.queries import last_standing
from autograder.evidence.runs import class_run, complete_run, cut_short
from autograder.grading.seed_spread import spread
from autograder.integrity.run import gather
from autograder.outcome import Outcome
from autograder.workdir import WorkDir
from tests.grading.test_diff import Course
from tests.support.course import NAME

ALL = {"s01": [], "s02": range(6), "s03": range(6), "s04": range(40), "s05": range(8)}
"""Which images each gets wrong; s02 and s03 cannot be told apart, and s01 is the best."""
WITHOUT = {student: wrong for student, wrong in ALL.items() if student != "s01"}


@pytest.fixture
def course(tmp_path):
    course = Course(tmp_path / "course")
    course.run(ALL)
    course.publish()
    return course


def published(course):
    path = WorkDir(course.work).published(NAME) / "grades.csv"
    with path.open(newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def standing_of(course):
    return last_standing(read_log(course.path).entries)


def places(rows):
    return {student: (row["rank"], row["grade"]) for student, row in rows.items()}


def test_each_step_shows_the_class_and_nobody_else(course):
    first = places(published(course))
    assert first.keys() == ALL.keys()
    assert first["s01"][0] == "1"
    course.run(WITHOUT)
    assert course.report().keys() == WITHOUT.keys()
    assert course.diff()["s01"] == "not in the class any more"
    with pytest.raises(PublicationError, match=r"for 1 of 5 in the published class .*: s01"):
        course.publish()
    assert places(published(course)) == first
    course.publish(consent=True)
    second = places(published(course))
    assert second == places(course.report())
    assert second["s02"] == second["s03"] == ("1", "100")
    course.rescore()
    assert places(course.report()) == second
    assert course.diff() == {}
    done = course.publish()
    assert (done.changes, places(published(course))) == ([], second)
    assert gather(course.assignment, WorkDir(course.work)).students == tuple(WITHOUT)
    with pytest.raises(EvidenceMissingError, match="no submission of 's01'"):
        spread(course.assignment, WorkDir(course.work), 1, student="s01", sandboxed=False)


def test_who_comes_back_is_in_the_class_again(course):
    course.run(WITHOUT)
    course.run(ALL)
    assert course.diff() == {}
    assert gather(course.assignment, WorkDir(course.work)).students == tuple(ALL)


def test_a_mark_that_gets_lower_is_told_and_one_that_is_gone_is_refused(course):
    course.run(ALL | {"s05": range(30)})
    done = course.publish()
    assert [change.student for change in done.changes] == ["s05"]
    course.run({s: wrong for s, wrong in ALL.items() if s != "s05"}, s05=Outcome.INFRASTRUCTURE)
    with pytest.raises(PublicationError, match="s05"):
        course.publish()
    course.publish(consent=True)
    assert published(course)["s05"]["grade"] == ""
    course.publish()  # nobody loses a mark that they have not


def cut(course, wrong):
    """Note a run that came no further than these submissions."""
    complete = len(read_log(course.path).entries)
    course.run(wrong)
    lines = course.path.read_bytes().splitlines(keepends=True)
    whole = read_log(course.path).entries
    assert whole[-1].body["kind"] == STANDING
    course.path.write_bytes(b"".join(lines[:-1]))
    course.path.with_suffix(".head").write_text(f"{len(whole) - 1} {whole[-2].hash}\n")
    assert len(read_log(course.path).entries) > complete


def test_a_run_that_was_cut_short_is_no_class(course):
    before = published(course)
    cut(course, {"s02": range(50), "s04": range(50)})
    entries = read_log(course.path).entries
    assert cut_short(entries).students == {"s02", "s04"}
    assert complete_run(entries).students == ALL.keys()
    extent = "recorded 2 of .* submissions and was cut short"
    for command in (course.rescore, course.publish):
        with pytest.raises(RunCutShortError, match=extent):
            command()
    assert published(course) == before
    done = course.rescore(consent=True)
    assert {row.student for row in done.rows} == ALL.keys()
    assert "as it stood before" in done.notices[-1]
    assert places(course.report()) == places(before)
    assert course.diff() == {}
    found = gather(course.assignment, WorkDir(course.work))
    assert found.students == tuple(ALL)
    assert "was cut short" in found.missing[0]
    course.run(WITHOUT)
    assert class_run(course.path, read_log(course.path).entries).students == WITHOUT.keys()


def test_a_table_says_of_which_run_it_is_and_holds_nothing_of_another(course):
    cut(course, {"s02": range(50)})
    course.rescore(consent=True)
    last = read_log(course.path).entries[-1].body
    first = complete_run(read_log(course.path).entries)
    assert last["run"] == first.entry.hash
    assert {row["entry"] for row in last["rows"]} == {e.hash for e in first.submissions.values()}


def test_tables_of_an_earlier_grader_count_if_they_are_the_classs(course):
    """It did not say of which run a table was, and took everybody who was ever graded."""
    course.run(WITHOUT)
    with open_log(course.path) as log:
        tables = [dict(entry.body) for entry in log.entries if entry.body["kind"] == STANDING]
    everybody, own = tables
    for table, counts in ((everybody, False), (own, True)):
        del table["run"]
        with open_log(course.path) as log:
            entry = log.append(table | {"by": "rescore"})
        assert (standing_of(course).hash == entry.hash) == counts
    cut(course, {"s02": range(50)})
    with open_log(course.path) as log:
        entry = log.append(own | {"by": "rescore"})
    assert standing_of(course).hash != entry.hash
