"""A class is graded by a course's own metric, from the first run to the page handed back."""

from __future__ import annotations

import csv
from fractions import Fraction

import numpy as np
import pytest

from autograder.cli.app import main
from autograder.cli.exit_codes import ExitCode
from autograder.evidence.log import read_log
from autograder.scoring.own_metric import load_own_metric
from autograder.workdir import WorkDir
from helpers.data import load_sample
from helpers.files import sha256
from tests.support.course import ANSWERS, NAME, hand_in, knowing, make_course, submission
from tests.support.own_metric import TEXT, TIERS

FAILS = "    if answer.dtype.kind == 'b':\n        raise RuntimeError('nobody thought of that')\n"
METRIC = TEXT.replace("    return check_numbers", f"{FAILS}    return check_numbers")
STRICTER = METRIC.replace("return 1 - Fraction", "return Fraction(1, 2) * (1 - Fraction").replace(
    "sum()))\n\n\nmetric", "sum())))\n\n\nmetric"
)
"""The same name, and half of each score."""

BROKEN = "metric = 3"

CHEAT = METRIC.replace("return 1 - Fraction", "return 1 or Fraction")
"""What a student hands in: everybody has it all."""

NEAR = knowing().replace("return ", "return np.clip(np.array(") + ") - 0.5, 0, 9)"
BOOLEAN = ANSWERS["predict"].replace("int", "bool")
TEXTS = ANSWERS["predict"].replace("int", "str")


DONE = (ExitCode.DONE, ExitCode.NOT_GRADED)  # the metric fails on one of the class


def run(course, *arguments):
    return main(["--course", str(course), *arguments])


def table(course):
    path = WorkDir(course / "work").report / "grades.csv"
    return {row["student"]: row for row in csv.DictReader(path.read_text().splitlines())}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Five submissions: all right, half a digit off, zeros, what the metric fails on, and texts."""
    course = make_course(tmp_path_factory.mktemp("own"))
    folder = course / "solutions" / NAME
    (folder / "tiers.toml").write_text(TIERS)
    (folder / "metric.py").write_text(METRIC)
    answers = {"s01": knowing(), "s02": NEAR, "s03": None, "s04": BOOLEAN, "s05": TEXTS}
    for student, predict in answers.items():
        nb = submission(**({} if predict is None else {"predict": predict}))
        path = hand_in(course, student, nb)
        (course / "in" / student).mkdir()
        path.rename(course / "in" / student / f"{NAME}.ipynb")
    (course / "in" / "s03" / "metric.py").write_text(CHEAT)
    run(course, "grade", NAME, "--submitted", str(course / "in"))
    return course


@pytest.fixture(scope="module")
def first(course):
    """Return the table of the first run."""
    return table(course)


def score_of(course, answers):
    labels = load_sample()[3]
    metric = load_own_metric(course / "solutions" / NAME / "metric.py")
    return metric.score_of(labels, metric.check(answers, labels))


def near():
    return np.clip(load_sample()[3].astype(float) - 0.5, 0, 9)


def test_the_table_names_it_and_has_its_scores(course, first):
    assert first["s01"]["nearness"] == "1.0000"
    assert first["s02"]["nearness"] == f"{int(score_of(course, near()) * 10_000) / 10_000:.4f}"
    assert (
        float(first["s02"]["low"]) < float(first["s02"]["nearness"]) < float(first["s02"]["high"])
    )
    page = (WorkDir(course / "work").report / "index.html").read_text()
    assert "Nearness to the digit" in page


def test_a_metric_that_a_student_hands_in_changes_nothing(course, first):
    zeros = score_of(course, np.zeros(250))
    assert first["s03"]["nearness"] == f"{int(zeros * 10_000) / 10_000:.4f}"
    bodies = [entry.body for entry in read_log(WorkDir(course / "work").evidence(NAME)).entries]
    (body,) = (one for one in bodies if one.get("student") == "s03")
    assert "the course's own stands there" in " ".join(body["notes"])
    assert body["files"] == {}


def test_what_the_metric_fails_on_is_no_students_zero(first):
    assert (first["s04"]["outcome"], first["s04"]["grade"]) == ("infrastructure", "")
    assert (first["s05"]["outcome"], first["s05"]["grade"]) == ("student error", "0")


def test_the_evidence_names_the_file(course, first):
    digest = sha256(course / "solutions" / NAME / "metric.py")
    bodies = [entry.body for entry in read_log(WorkDir(course / "work").evidence(NAME)).entries]
    for kind in ("run", "standing"):
        (body,) = (one for one in bodies if one["kind"] == kind)
        assert body["metric"] == {
            "name": "nearness", "title": "nearness to the digit", "percent": False,
            "is_share": False, "by_image": True, "sha256": digest,
        }  # fmt: skip
    (scored,) = (one["score"] for one in bodies if one.get("student") == "s02")
    assert scored["metric_sha256"] == digest


def test_it_goes_on_to_what_the_class_is_told(course, first, capsys):
    """Published, handed back, totalled; then another file, by which no old score stays."""
    work = WorkDir(course / "work")
    assert run(course, "publish", NAME, "--yes") in DONE
    assert ",nearness," in (work.published(NAME) / "grades.csv").read_text().splitlines()[0]
    assert run(course, "feedback", NAME) in DONE
    page = next(work.returned(NAME).rglob("*s02*.html")).read_text()
    assert "nearness to the digit" in page
    assert run(course, "integrity", NAME) in DONE
    metric = course / "solutions" / NAME / "metric.py"
    metric.write_text(STRICTER)
    # one runs; the others' answers on record are measured by the same file
    run(course, "grade", NAME, "--submitted", str(course / "in"), "--student", "s03")
    half = Fraction(1, 2) * score_of_first(first, "s02")
    assert abs(float(table(course)["s02"]["nearness"]) - float(half)) < 2e-4
    assert table(course)["s01"]["nearness"] == "0.5000"
    metric.write_text(METRIC)
    assert run(course, "rescore", NAME) in DONE
    marks = ("nearness", "low", "high", "tier", "grade", "rank")
    again = table(course)
    assert [again["s02"][key] for key in marks] == [first["s02"][key] for key in marks]
    metric.write_text(STRICTER)
    assert run(course, "rescore", NAME) in DONE
    assert table(course)["s01"]["nearness"] == "0.5000"
    capsys.readouterr()
    run(course, "diff", NAME)
    assert "the metric changed: nearness to the digit" in capsys.readouterr().out
    metric.write_text(BROKEN)
    assert run(course, "rescore", NAME) == 1
    assert "metric.py: metric: found 3, expected a Metric" in capsys.readouterr().err


def score_of_first(rows, student):
    return Fraction(rows[student]["nearness"])
