"""Every place that tells a class its marks tells the same ones, by either rule of tiers.toml."""

from __future__ import annotations

import csv
import io
import logging
import shutil
import sqlite3
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook

from autograder.assignment import load_assignment, open_holdout
from autograder.cli.app import main
from autograder.cli.exit_codes import ExitCode
from autograder.errors import AfterwardsError, TierError
from autograder.evidence.log import read_log
from autograder.evidence.queries import last_standing
from autograder.grading.diff import diff, format_change
from autograder.grading.export import FinalExportPlugin
from autograder.grading.rescore import rescore
from autograder.outcome import Outcome
from autograder.scoring.final import FinalRule, final_mark
from autograder.scoring.metrics import measure_share
from autograder.scoring.predictions import points_for_grade
from autograder.scoring.standing import Capstone, GradeRow, stand
from autograder.scoring.tiers import DEFAULT_TIERS, load_tiers_text
from autograder.workdir import WorkDir
from tests.support import course as tiny
from tests.support.nbgrader_command import nbgrader

DASH = "\N{EN DASH}"
RULES = ["tier", "total"]
UNSOLVED = "def double(x):\n    raise NotImplementedError"
CLASS = {
    "s01": tiny.submission(predict=tiny.knowing()),
    "s02": tiny.submission(predict=tiny.knowing(range(9))),  # told apart from s01, and above 0.96
    "s03": tiny.submission(predict=tiny.knowing(range(18))),
    # all exercises, and a syntax error in the last cell of its own
    "s04": tiny.submission(predict="def predict(images:"),
    # nothing but a capstone
    "s05": tiny.submission(double=UNSOLVED, why="", predict=tiny.knowing(range(18))),
    # no capstone at all
    "s06": tiny.without(tiny.without(tiny.submission(), "predict"), "accuracy"),
}
GRADES = {"s01": 100, "s02": 95, "s03": 68, "s04": 0, "s05": 68, "s06": 0, "s07": None}
# Of 16 points, 2 are for a person to give. Exactly 87.5, 67.5 and 42.5 are rounded up.
TOTALS = {"s01": 88, "s02": 84, "s03": 68, "s04": 25, "s05": 43, "s06": 25, "s07": None}
FINALS = {"tier": GRADES, "total": TOTALS}
POINTS = {
    "tier": {"s01": 14, "s02": 14, "s03": 11.56, "s04": 4, "s05": 7.56, "s06": 4, "s07": None},
    "total": {"s01": 14, "s02": 13.5, "s03": 10.8, "s04": 4, "s05": 6.8, "s06": 4, "s07": None},
}


def tiers_text(rule):
    return f'final = "{rule}"\n{DEFAULT_TIERS}'


def run(course, *arguments):
    return main(["--course", str(course), *arguments])


def grade(course, ends=ExitCode.NOT_GRADED):
    """Grade what is handed in; who handed nothing in is not graded."""
    assert run(course, "grade", tiny.NAME, "--submitted", str(course / "in")) == ends


def rescored(course, *options):
    assert run(course, "rescore", tiny.NAME, *options) == ExitCode.NOT_GRADED


def rows_of(path):
    with path.open(newline="") as file:
        return {row.get("student") or row["student_id"]: row for row in csv.DictReader(file)}


def column(rows, name, number=float):
    return {student: number(row[name]) if row[name] else None for student, row in rows.items()}


def exported(course):
    """Return what `nbgrader export` says, and what it warns of."""
    said = io.StringIO()
    log = logging.getLogger(str(course))
    log.handlers = [logging.StreamHandler(said)]
    plugin = FinalExportPlugin(to=str(course / "exported.csv"), log=log)
    with Gradebook(WorkDir(course / "work").gradebook_url) as gradebook:
        plugin.export(gradebook)
    return rows_of(course / "exported.csv"), said.getvalue()


def feedback(course):
    """Return the text of each student's feedback page."""
    nbgrader(course, "generate_feedback", tiny.NAME, "--force")
    pages = (course / "work" / "feedback").glob(f"*/{tiny.NAME}/{tiny.NAME}.html")
    read = {page.parts[-3]: BeautifulSoup(page.read_text("utf-8"), "html.parser") for page in pages}
    return {student: page.body.get_text(" ", strip=True) for student, page in read.items()}


def graded_course(folder, rule):
    """Return a class that was really run by a rule, and published."""
    course = tiny.make_course(folder)
    (course / "solutions" / tiny.NAME / "tiers.toml").write_text(tiers_text(rule))
    for student, nb in CLASS.items():
        tiny.hand_in(course, student, nb)
    (course / "in" / "s07").mkdir()  # nothing in it: for a person to decide, and no zero
    grade(course)
    assert run(course, "publish", tiny.NAME) == ExitCode.NOT_GRADED
    return course


@pytest.fixture(scope="module")
def by_tier(tmp_path_factory):
    return graded_course(tmp_path_factory.mktemp("tier"), "tier")


@pytest.fixture(scope="module")
def by_total(tmp_path_factory):
    return graded_course(tmp_path_factory.mktemp("total"), "total")


@pytest.fixture(params=RULES)
def ruled(request):
    return request.param, request.getfixturevalue(f"by_{request.param}")


@pytest.fixture
def course(by_total, tmp_path):
    """A copy to spoil."""
    return copy_of(by_total, tmp_path)


def copy_of(course, folder):
    return Path(shutil.copytree(course, folder / "course"))


# One rule, said everywhere


def test_grades_and_what_is_published(ruled):
    rule, course = ruled
    rows = rows_of(course / "work" / "report" / "grades.csv")
    assert column(rows, "final") == FINALS[rule]
    assert column(rows, "grade") == GRADES  # the capstone's, by either rule
    assert column(rows, "points") == POINTS[rule]
    assert column(rows, "max_points") == {s: None if s == "s07" else 16 for s in GRADES}
    assert [rows[s]["rank"] for s in ("s01", "s02", "s03", "s04")] == ["1", "2", "3", ""]
    published = course / "work" / "published" / tiny.NAME / "grades.csv"
    assert published.read_bytes() == (course / "work" / "report" / "grades.csv").read_bytes()


def test_the_report(ruled):
    rule, course = ruled
    text = (course / "work" / "report" / "index.html").read_text("utf-8")
    page = BeautifulSoup(text, "html.parser")
    board = {tr.th.text: tr for tr in page.select("table.class tbody tr")}
    told = {student: tr.select_one('[data-label="Final"]').text for student, tr in board.items()}
    assert told == {s: DASH if mark is None else str(mark) for s, mark in FINALS[rule].items()}
    said = {"tier": "final mark is the grade", "total": "counts with its grade"}
    assert said[rule] in page.get_text()


def test_the_terminal(ruled, tmp_path, capsys):
    rule, course = ruled
    rescored(copy_of(course, tmp_path))
    printed = capsys.readouterr().out.splitlines()
    begin = next(n for n, line in enumerate(printed) if line.startswith("rank"))
    heading, *lines = printed[begin : begin + len(GRADES) + 1]
    start, end = heading.index("final"), heading.index("outcome")
    marks = [line[start:end].strip() for line in lines]
    assert marks == ["" if FINALS[rule][s] is None else str(FINALS[rule][s]) for s in _by_rank()]


def _by_rank():
    return ["s01", "s02", "s03", "s05", "s04", "s06", "s07"]


def test_the_export(ruled):
    course = ruled[1]
    said = nbgrader(course, "export", "--to", "exported.csv")
    rows = rows_of(course / "exported.csv")
    ours = rows_of(course / "work" / "report" / "grades.csv")
    assert list(rows) == sorted(GRADES)
    for name in ("final", "grade", "rank", "tier"):
        assert column(rows, name, str) == column(ours, name, str)
    assert column(rows, "score") == column(rows, "raw_score") == column(ours, "points")
    assert {row["max_score"] for row in rows.values()} == {"16.0"}
    assert "WARNING" not in said
    assert exported(course) == (rows, "")


def test_the_feedback(ruled):
    rule, course = ruled
    pages = feedback(course)
    assert sorted(pages) == ["s01", "s02", "s03", "s04", "s05", "s06"]  # s07 handed nothing in
    for student, text in pages.items():
        mark, points = FINALS[rule][student], POINTS[rule][student]
        heading = f"{tiny.NAME}: final mark {mark} of 100 (Score: {points:.2f}".rstrip("0")
        assert text.startswith(heading), text[:200]
        assert f"Final mark {mark} of 100" in text
        assert f"Points: {points:g} of 16." in text
        assert "Points were changed" not in text
    assert "1.0000 (accuracy), rank 1, tier 'above 96', grade 100." in pages["s01"]
    assert "Above 96 % the class's ranking gives the grade" in pages["s01"]
    assert "Above 96 %" not in pages["s03"]
    assert ("at grade 95 it has 95 % of its points" in pages["s02"]) == (rule == "total")
    assert "No score on held-out images: tier 'none', grade 0." in pages["s04"]
    assert ("do not change it" in pages["s01"]) == (rule == "tier")


# The cell that measures the score


def cell_score(course, student, cell, **values):
    """Return a cell's points in the gradebook, after setting what a person would."""
    with Gradebook(WorkDir(course / "work").gradebook_url) as gradebook:
        grade = gradebook.find_grade(cell, tiny.NAME, tiny.NAME, student)
        for name, value in values.items():
            setattr(grade, name, value)
        gradebook.db.commit()
        return grade.score


def test_a_ranked_place_counts_with_its_grade_where_points_decide(by_total, by_tier):
    told = {s: cell_score(by_total, s, "accuracy") for s in ("s01", "s02", "s03", "s04")}
    assert told == {"s01": 10, "s02": 9.5, "s03": 6.8, "s04": 0}
    told = {s: cell_score(by_tier, s, "accuracy") for s in ("s01", "s02", "s03", "s04")}
    assert told == {"s01": 10, "s02": 10, "s03": 7.56, "s04": 0}


def test_a_cell_by_itself_earns_the_least_that_its_rank_can_give():
    by_total, by_tier = (load_tiers_text(tiers_text(rule)) for rule in ("total", "tier"))
    assert [points_for_grade(40, grade, by_total) for grade in (0, 69, 90)] == [0, 27.6, 36]
    assert [points_for_grade(40, grade, by_tier) for grade in (0, 69, 90)] == [0, 30.67, 40]
    assert points_for_grade(2.5, 93, by_total) == 2.325


@pytest.mark.parametrize(("was", "becomes"), [("tier", "total"), ("total", "tier")])
def test_scoring_again_by_the_other_rule_gives_what_a_run_gives(
    was, becomes, request, tmp_path, capsys
):
    course = copy_of(request.getfixturevalue(f"by_{was}"), tmp_path)
    regraded = request.getfixturevalue(f"by_{becomes}")
    (tmp_path / "tiers.toml").write_text(tiers_text(becomes))
    rescored(course, "--tiers", str(tmp_path / "tiers.toml"))
    grades = Path("work", "report", "grades.csv")
    assert (course / grades).read_bytes() == (regraded / grades).read_bytes()
    assert exported(course)[0] == exported(regraded)[0]
    capsys.readouterr()
    assert run(course, "diff", tiny.NAME) == 0
    told = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines()[:-1])
    moved = {s for s in GRADES if GRADES[s] != TOTALS[s]}
    assert told.keys() == moved
    old, new = FINALS[was]["s02"], FINALS[becomes]["s02"]
    assert (
        told["s02"]
        == f"final {old} → {new}: the rule for the final mark changed: {was} → {becomes}"
    )


# Before there was a rule


def test_a_standing_of_an_earlier_grader_is_read_as_before(by_tier, tmp_path):
    course = copy_of(by_tier, tmp_path)
    (course / "solutions" / tiny.NAME / "tiers.toml").write_text(DEFAULT_TIERS)
    rescore(assignment_of(course), WorkDir(course / "work"))
    entries = read_log(WorkDir(course / "work").evidence(tiny.NAME)).entries
    standing = last_standing(entries).body
    assert "final" not in standing["tiers"]
    assert all("final" not in row for row in standing["rows"])
    assert diff(entries, open_holdout(assignment_of(course), WorkDir(course / "work"))) == []
    assert run(course, "publish", tiny.NAME) == ExitCode.NOT_GRADED
    published = rows_of(course / "work" / "published" / tiny.NAME / "grades.csv")
    assert column(published, "final") == GRADES
    assert column(exported(course)[0], "final") == GRADES


def assignment_of(course):
    return load_assignment(tiny.NAME, course / "solutions")


def test_what_nbgrader_alone_has_graded_stays_nbgraders(course):
    shutil.rmtree(course / "work" / "evidence")
    rows, said = exported(course)
    assert said == ""
    assert sorted(rows) == sorted(CLASS)
    assert {row["final"] + row["tier"] for row in rows.values()} == {""}
    assert column(rows, "score")["s02"] == 13.5
    assert feedback(course)["s02"].startswith(f"{tiny.NAME} (Score: 13.5 / 16.0)")


# What a person does


def test_points_that_a_person_gives_count_once_the_class_is_graded_again(course, capsys):
    cell_score(course, "s02", "why", manual_score=2, needs_manual_grade=False)
    rows, said = exported(course)
    assert "points of s02 were changed since the class was graded" in said
    assert (rows["s02"]["score"], rows["s02"]["final"]) == ("15.5", "84")
    assert "they are 15.5 now, and the final mark does not know it" in feedback(course)["s02"]
    before = len(read_log(WorkDir(course / "work").evidence(tiny.NAME)).entries)
    grade(course)
    assert "2 points wait for a person" in capsys.readouterr().out
    rows, said = exported(course)
    assert "changed" not in said
    assert (rows["s02"]["score"], rows["s02"]["final"]) == ("15.5", "97")  # 96.875
    assert "final mark 97 of 100" in feedback(course)["s02"]
    entries = read_log(WorkDir(course / "work").evidence(tiny.NAME)).entries
    assert len(entries) > before
    (change,) = diff(entries, open_holdout(assignment_of(course), WorkDir(course / "work")))
    told = "s02: final 84 → 97: the points of the exercises changed: 4 → 6"
    assert format_change(change) == told


def test_a_persons_mark_for_the_capstone_stays(course):
    cell_score(course, "s02", "accuracy", manual_score=3)
    cell_score(course, "s04", "accuracy", manual_score=8)  # for work that a typing error hides
    grade(course)
    rescored(course)
    rows, said = exported(course)
    assert "changed" not in said
    assert (rows["s02"]["score"], rows["s02"]["final"]) == ("7.0", "44")  # 43.75
    assert (rows["s04"]["score"], rows["s04"]["final"]) == ("12.0", "75")
    assert column(rows, "grade") == GRADES


# Who has no mark


def test_points_of_an_earlier_run_are_no_mark_of_one_that_failed(course):
    (course / "in" / "s03.ipynb").unlink()
    (course / "in" / "s03").mkdir()
    grade(course)
    rows, _ = exported(course)
    assert (rows["s03"]["score"], rows["s03"]["tier"], rows["s03"]["final"]) == (
        "",
        "not graded",
        "",
    )
    assert "s03" not in feedback(course)  # nor a page: what it would show is of another file


def test_a_page_of_the_file_that_failed_by_our_fault_says_so(course):
    """It was graded before, so the points are of this very file; they are no mark now."""
    folder = WorkDir(course / "work").autograded_notebook("s03", tiny.NAME).parent
    folder.rename(folder.with_name("aside"))
    folder.write_text("no folder")
    grade(course)
    folder.unlink()
    folder.with_name("aside").rename(folder)
    text = feedback(course)["s03"]
    assert text.startswith(f"{tiny.NAME}: no final mark")
    assert "that is not your fault, and no zero" in text
    assert "of an earlier run" in text


def test_who_left_the_class_has_no_mark_anywhere_and_is_named(course):
    shutil.rmtree(course / "in")
    tiny.hand_in(course, "s03", CLASS["s03"])
    grade(course, ExitCode.DONE)
    for again in ((), ("rescore", tiny.NAME)):
        assert not again or run(course, *again) == ExitCode.DONE
        rows, said = exported(course)
        assert "left out are s01, s02, s04, s05, s06, who were not in the class" in said
        assert column(rows, "final") == {"s03": 68}
    text = feedback(course)["s01"]
    assert text.startswith(f"{tiny.NAME}: no final mark")
    assert "not in the class when it was last graded" in text


def test_the_export_takes_only_whom_it_is_asked_for(course):
    nbgrader(course, "export", "--to", "some.csv", "--student", "['s01','s07']")
    assert column(rows_of(course / "some.csv"), "final") == {"s01": 88, "s07": None}
    nbgrader(course, "export", "--to", "some.csv", "--assignment", "['other']")
    assert rows_of(course / "some.csv") == {}


# When something is wrong


def test_a_gradebook_that_is_locked_is_named_and_the_report_stands(course, tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.gradebook.locking.LOCK_SECONDS", 0)
    (tmp_path / "tiers.toml").write_text(tiers_text("tier"))
    work = WorkDir(course / "work")
    with closing(sqlite3.connect(work.gradebook)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(AfterwardsError, match=r"database is locked.*`autograder rescore`"):
            rescore(assignment_of(course), work, tiers=tmp_path / "tiers.toml")
    rows = rows_of(course / "work" / "report" / "grades.csv")
    assert column(rows, "final") == GRADES
    rescore(assignment_of(course), work, tiers=tmp_path / "tiers.toml")
    assert cell_score(course, "s02", "accuracy") == 10


@pytest.mark.parametrize("value", ['"both"', "1", "true", '["tier"]', '""'])
def test_an_unknown_rule_is_named(value):
    with pytest.raises(TierError, match=r"final: found .*, expected one of 'tier', 'total'"):
        load_tiers_text(f"final = {value}\n{DEFAULT_TIERS}")


def test_where_the_rule_is_missing_the_grade_is_final():
    assert load_tiers_text(DEFAULT_TIERS).final is FinalRule.TIER
    assert load_tiers_text(DEFAULT_TIERS) == load_tiers_text(tiers_text("tier"))


# Arithmetic

BY_TOTAL = load_tiers_text(tiers_text("total"))


def one(exercises, of, *, correct, cap=40.0):
    """Return a graded row of one submission, its capstone as the cell itself scored it."""
    measured = measure_share(correct, 10_000)
    earned = points_for_grade(cap, BY_TOTAL.place(measured.score).grade, BY_TOTAL)
    row = GradeRow(
        "s01", "a1", Outcome.FINISHED, measured,
        points=exercises + earned, max_points=of + cap, capstone=Capstone("c", earned, cap),
    )  # fmt: skip
    return stand([row], BY_TOTAL)[0]


@pytest.mark.parametrize(
    ("exercises", "points", "final"),
    [
        (42.89, 70.49, 70),
        (42.899999, 70.499999, 70),
        (42.9, 70.5, 71),  # a half is rounded up
        (43.89, 71.49, 71),
        (0.1 + 0.2, 27.9, 28),  # noise of a sum is no points
        (60.0, 87.6, 88),
        (0.0, 27.6, 28),
    ],
)
def test_the_share_of_all_points_at_its_boundaries(exercises, points, final):
    row = one(exercises, 60.0, correct=9299)  # grade 69, so 27.6 of 40
    assert (row.grade, row.points, row.final) == (69, points, final)


@given(st.integers(0, 60_00), st.integers(0, 10_000), st.integers(1, 60))
def test_the_final_mark_is_exact(hundredths, correct, cap):
    row = one(hundredths / 100, 60.0, correct=correct, cap=float(cap))
    exact = Fraction(hundredths, 100) + Fraction(cap * row.grade, 100)
    doubled = 200 * exact / (60 + cap)  # a half in these steps is rounded up
    assert row.final == (doubled + 1) // 2
    assert Fraction(str(row.points)) == exact
    assert 0 <= row.final <= 100


def test_standing_again_changes_nothing():
    row = one(50.0, 60.0, correct=9700)
    assert (row.points, row.grade, row.final) == (90.0, 100, 90)
    assert stand([row], BY_TOTAL) == [row]


def test_without_points_there_is_no_share():
    assert final_mark(FinalRule.TOTAL, 69, None) is None
    row = GradeRow("s01", "a1", Outcome.INFRASTRUCTURE, points=4.0, max_points=16.0)
    assert stand([row], BY_TOTAL)[0].final is None


def test_by_points_alone_the_grade_is_final():
    row = GradeRow("s01", "a1", Outcome.FINISHED, points=14.0, max_points=16.0)
    assert [(one.grade, one.final) for one in stand([row], None)] == [(88, 88)]
