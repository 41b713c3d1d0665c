"""A person decides about a class: each by one command, seen in `diff`, undone, in every place."""

from __future__ import annotations

import csv
import shlex
import shutil
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.assignment import load_assignment
from autograder.cli.app import main
from autograder.cli.exit_codes import ExitCode
from autograder.evidence.log import read_log
from autograder.grading.label_review import review_image
from autograder.workdir import WorkDir
from helpers.data import load_sample
from tests.support.course import NAME, hand_in, knowing, make_course, submission
from tests.support.nbgrader_command import nbgrader

WRONG = {"s01": 7, "s02": 9, "s03": 18}
"""How many of the 250 held-out images each gets wrong; all of them, image 3."""

LATE = "[late]\nper_day = 10\nmost = 30\ndue = 2026-03-02T00:00:00+00:00\n"

TIERS = """\
metric = "accuracy"
chance = "0.10"
final = "{final}"
bands = [
    {{ label = "low", from = "0", grades = [0, 59] }},
    {{ label = "high", from = "0.5", grades = [60, 90] }},
]
[ranked]
above = "0.98"
grades = [90, 100]
"""


def run(course, *arguments):
    return main(["--course", str(course), *map(str, arguments)])


def grade(course, *options, ends=ExitCode.DONE):
    folder = course / "in"
    assert run(course, "grade", NAME, "--submitted", folder, "--quiet", *options) == ends


def send(course, student, when, nb=None):
    """Hand in as nbgrader's exchange leaves it, with the time of a submission."""
    if nb is None:
        nb = submission(predict=knowing(range(3, 3 + WRONG[student])))
    folder = course / "in" / student / NAME
    folder.mkdir(parents=True, exist_ok=True)
    hand_in(course, student, nb).rename(folder / f"{NAME}.ipynb")
    (folder / "timestamp.txt").write_text(f"{when} UTC\n")


@pytest.fixture(scope="module", params=["tier", "total"])
def graded(request, tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("decided"))
    folder = course / "solutions" / NAME
    (folder / "tiers.toml").write_text(TIERS.format(final=request.param))
    (folder / "run.toml").write_text((folder / "run.toml").read_text() + LATE)
    send(course, "s01", "2026-03-01 20:00:00")
    send(course, "s02", "2026-03-03 01:00:00")  # 25 hours late: two days have begun
    send(course, "s03", "2026-03-01 20:00:00")
    grade(course)
    assert run(course, "publish", NAME) == ExitCode.DONE
    return course


@pytest.fixture
def course(graded, tmp_path):
    return Path(shutil.copytree(graded, tmp_path / "course"))


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def finals(course):
    """Return everybody's final mark, which the report has and nbgrader exports."""
    report = {row["student"]: row["final"] for row in read(course / "work/report/grades.csv")}
    nbgrader(course, "export", "--to", "exported.csv")
    exported = {row["student_id"]: row["final"] for row in read(course / "exported.csv")}
    assert exported == report
    return {student: int(final) for student, final in report.items()}


def published(course):
    return read(course / "work/published" / NAME / "grades.csv")


def kinds(course):
    entries = read_log(WorkDir(course / "work").evidence(NAME)).entries
    return [entry.body["kind"] for entry in entries]


def told(course, capsys):
    capsys.readouterr()
    run(course, "diff", NAME)
    return capsys.readouterr().out


def test_lateness_costs_what_run_toml_says(course):
    rows = {row["student"]: row for row in published(course)}
    reckoned = {student: int(row["final"]) for student, row in rows.items()}
    with Gradebook(WorkDir(course / "work").gradebook_url) as gradebook:
        late = gradebook.find_submission(NAME, "s02")
        assert late.late_submission_penalty == pytest.approx(0.2 * late.max_score)
    assert reckoned["s02"] <= 80
    entries = read_log(WorkDir(course / "work").evidence(NAME)).entries
    (notes,) = [one.body["notes"] for one in entries if one.body.get("student") == "s02"]
    assert notes[-1] == "handed in 1 day, 1:00:00 late: that costs 20 of 100"


def test_a_mark_is_set_told_kept_and_withdrawn(course, capsys):
    before = finals(course)
    assert run(course, "override", NAME, "s03", 77, "--why", "oral exam") == ExitCode.DONE
    first, second = capsys.readouterr().out.splitlines()[:2]
    assert first == f"s03: final {before['s03']} → 77 (override)"
    assert "final" in second  # the heading: nobody else's changed
    assert run(course, "rescore", NAME) == ExitCode.DONE
    assert capsys.readouterr().out.startswith("No final mark changes.\n")
    assert finals(course) == before | {"s03": 77}
    assert f"s03: final {before['s03']} → 77" in (shown := told(course, capsys))
    assert "a person set the final mark: oral exam" in shown
    page = (course / "work/report/index.html").read_text()
    assert "final mark set by a person: oral exam" in page
    grade(course, "--force")  # whatever the machine finds again
    assert finals(course) == before | {"s03": 77}
    assert run(course, "publish", NAME) == ExitCode.DONE
    capsys.readouterr()
    assert run(course, "override", NAME, "s03", "--withdraw", "--why", "a slip") == ExitCode.DONE
    line = f"s03: final 77 → {before['s03']} (override withdrawn)\n"
    assert capsys.readouterr().out.startswith(line)
    assert finals(course) == before
    assert "the final mark that a person had set was withdrawn" in told(course, capsys)


def test_an_extension_takes_lateness_back_and_is_withdrawn(course, capsys):
    before = finals(course)
    until = "2026-03-05T00:00:00+00:00"
    capsys.readouterr()
    assert run(course, "extend", NAME, "s02", until, "--why", "ill") == ExitCode.DONE
    first, second = capsys.readouterr().out.splitlines()[:2]
    cost = "handed in 1 day, 1:00:00 late: that costs 20 of 100"
    is_due = f"{NAME} of s02 is due until 2026-03-05 00:00 UTC"
    assert first == f"{is_due}: not late now; before: {cost}"
    assert second == f"s02: final {before['s02']} → {before['s02'] + 20}"
    after = finals(course)
    assert after == before | {"s02": before["s02"] + 20}
    assert "what lateness costs changed: " in told(course, capsys)
    with Gradebook(WorkDir(course / "work").gradebook_url) as gradebook:
        assert not gradebook.find_submission(NAME, "s02").late_submission_penalty
    grade(course, "--force", "--student", "s02")
    assert finals(course) == after
    capsys.readouterr()
    assert run(course, "extend", NAME, "s02", "--withdraw", "--why", "no proof") == ExitCode.DONE
    is_due = f"{NAME} of s02 is due until 2026-03-02 00:00 UTC, as for everybody"
    assert f"{is_due}: now {cost}; before: not late\n" in capsys.readouterr().out
    assert finals(course) == before
    assert told(course, capsys) == "No grade changes.\n"


def test_an_extension_that_is_too_short_says_what_lateness_still_costs(course, capsys):
    assert run(course, "extend", NAME, "s02", "2026-03-02T09:00+09:00", "--why", "x") == 1
    assert run(course, "extend", NAME, "s02", "2026-03-02T19:00+09:00", "--why", "x") == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith(f"{NAME} of s02 is due until 2026-03-02 19:00+09:00: now handed in ")
    assert "15:00:00 late: that costs 10 of 100; before: handed in 1 day, 1:00:00 late" in first
    assert run(course, "extend", NAME, "s01", "2026-03-02T19:00+09:00", "--why", "x") == 0
    shown = capsys.readouterr().out
    assert "UTC+09:00: the work is not late" not in shown
    assert "19:00+09:00: the work is not late, and was not\nNo final mark changes.\n" in shown


def test_an_extension_is_for_the_class_its_roster_and_the_gradebook(course, capsys):
    extend = ("extend", NAME, "s99", "2026-03-05T00:00Z", "--why", "x")
    before = kinds(course)
    assert run(course, *extend) == ExitCode.ERROR
    complaint = (
        "found the student 's99', expected one of the class: s01, s02, s03; or of its roster"
    )
    assert complaint in capsys.readouterr().err
    assert kinds(course) == before
    (course / "roster.csv").write_text("id\ns01\ns02\ns03\ns99\n")
    grade(course, "--roster", course / "roster.csv", ends=ExitCode.NOT_GRADED)
    assert run(course, *extend) == ExitCode.NOT_GRADED
    assert "nothing of theirs is graded yet\n" in capsys.readouterr().out
    assert run(course, "extend", NAME, "s98", *extend[3:]) == ExitCode.ERROR
    with Gradebook(WorkDir(course / "work").gradebook_url) as gradebook:
        gradebook.add_student("s98")
    assert run(course, "extend", NAME, "s98", *extend[3:]) == ExitCode.NOT_GRADED


def test_without_a_due_date_the_command_that_sets_one_is_named_and_works(tmp_path, capsys):
    course = make_course(tmp_path)
    hand_in(course, "s01", submission())
    grade(course)
    extend = ("extend", NAME, "s01", "2026-12-05T23:59+09:00", "--why", "ill")
    assert run(course, *extend) == ExitCode.ERROR
    told = capsys.readouterr().err
    assert "found no due date, expected due in [late] of run.toml, or one set by `nbg" in told
    _, *words = shlex.split(told.partition("`")[2].partition("`")[0])
    nbgrader(course, *words)
    assert run(course, *extend) == ExitCode.DONE
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith(f"{NAME} of s01 is due until 2026-12-05 23:59+09:00: when the work ca")


def test_a_corrected_label_holds_until_it_is_withdrawn(course, capsys):
    scores = {row["student"]: row["accuracy"] for row in published(course)}
    label = int(load_sample()[3][3])
    answered = (label + 1) % 10
    assert run(course, "labels", "show", NAME, 3) == ExitCode.DONE
    shown = capsys.readouterr().out
    assert f"Image 3 is labelled {label}.\nOf the class 3 answered {answered}.\n" in shown
    picture = Path(shown.split("Picture: ")[1].strip())
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.parent.stat().st_mode & 0o077 == 0
    fixed = ("labels", "fix", NAME, 3, answered, "--why", "it is one")
    assert run(course, *fixed) == ExitCode.DONE
    again = {row["student"]: row["accuracy"] for row in read(course / "work/report/grades.csv")}
    assert {s: round(float(again[s]) - float(scores[s]), 4) for s in scores} == dict.fromkeys(
        scores, 0.004
    )
    assert "label of image 3 was corrected" in told(course, capsys)
    grade(course, "--force")  # a new run goes by it, too
    assert read(course / "work/report/grades.csv")[0]["accuracy"] == again["s01"]
    assert "corrected for 1 of 250" in (course / "work/report/index.html").read_text()
    assignment = load_assignment(NAME, course / "solutions")
    seen = review_image(assignment, WorkDir(course / "work"), 3)
    assert (seen.held, seen.now) == (str(label), str(answered))
    assert run(course, "labels", "withdraw", NAME, 3, "--why", "it is none") == ExitCode.DONE
    assert {r["student"]: r["accuracy"] for r in read(course / "work/report/grades.csv")} == scores
    entries = read_log(WorkDir(course / "work").evidence(NAME)).entries
    decided = [entry.body for entry in entries if entry.body["kind"] == "labels"]
    assert [one["images"] for one in decided] == [[3], [3]]
    assert all(set(one) == {"kind", "at", "labels", "held", "images", "why"} for one in decided)


def test_only_what_is_new_runs_and_points_by_a_person_count_without_a_run(course):
    grade(course)
    assert kinds(course)[-5:] == ["run", "kept", "kept", "kept", "standing"]
    with Gradebook(WorkDir(course / "work").gradebook_url) as gradebook:
        found = gradebook.find_grade("why", NAME, NAME, "s01")
        found.manual_score, found.needs_manual_grade = 2.0, False
        gradebook.db.commit()
    grade(course)
    assert sorted(kinds(course)[-4:-1]) == ["kept", "kept", "submission"]
    body = read_log(WorkDir(course / "work").evidence(NAME)).entries[-4].body
    assert (body["student"], body["cells"]["why"]) == ("s01", [2, 2])
    assert "amends" in body
    send(course, "s03", "2026-03-01 21:00:00", submission(predict=knowing([3])))
    grade(course)
    assert sorted(kinds(course)[-4:-1]) == ["kept", "kept", "submission"]
    assert read(course / "work/report/grades.csv")[2]["accuracy"] == "0.9960"


def test_one_student_is_graded_again_in_the_class(course):
    before = finals(course)
    send(course, "s03", "2026-03-01 21:00:00", submission(predict=knowing([3])))
    send(course, "s01", "2026-03-01 21:00:00", submission(predict=knowing(range(200))))
    grade(course, "--student", "s03")
    rows = {row["student"]: row for row in read(course / "work/report/grades.csv")}
    assert (rows["s03"]["rank"], rows["s03"]["accuracy"]) == ("1", "0.9960")
    assert rows["s01"]["accuracy"] == "0.9720"
    assert before.keys() == rows.keys()
    grade(course, "--student", "s09", ends=ExitCode.NO_SUBMISSIONS)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("override", NAME, "s03", 101, "--why", "x"), "found a mark of 101, expected one from 0"),
        (("override", NAME, "s03", 80), "found no reason, expected --why"),
        (("override", NAME, "s9", 80, "--why", "x"), "'s9', expected one of the class: s01, s02"),
        (("override", NAME, "s03", "--withdraw", "--why", "x"), "no mark that was set for 's03'"),
        (("extend", NAME, "s02", "2026-03-01T00:00Z", "--why", "x"), "after the due date, 2026-03"),
        (("extend", NAME, "s02", "--withdraw", "--why", "x"), "found no extension of 's02'"),
        (("labels", "fix", NAME, 250, 3, "--why", "x"), "found image 250, expected one from 0 to"),
        (("labels", "fix", NAME, 3, "x", "--why", "x"), "the label 'x', expected a digit from 0"),
        (("labels", "withdraw", NAME, 3, "--why", "x"), "found no corrected label of image 3, ex"),
        (
            ("labels", "fix", NAME, 3, str(load_sample()[3][3]), "--why", "x"),
            "found the label that image 3 has, expected another one",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(graded, arguments, complaint, capsys):
    before = kinds(graded)
    assert run(graded, *arguments) == ExitCode.ERROR
    assert complaint in capsys.readouterr().err
    assert kinds(graded) == before
