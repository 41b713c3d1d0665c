"""Recorded answers scored again give what grading everything again gives."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup

from autograder.arrays import pack, unpack
from autograder.assignment import load_assignment, open_holdout
from autograder.cli.app import main
from autograder.cli.exit_codes import ExitCode
from autograder.errors import EvidenceMissingError, RescoreError
from autograder.evidence.entries import describe_standing, describe_submission
from autograder.evidence.hashchain import START, Problem, follow, head_path, inspect, line_of
from autograder.evidence.log import open_log, read_log
from autograder.evidence.queries import last_standing
from autograder.evidence.runs import last_submissions
from autograder.grading.diff import diff
from autograder.grading.publish import publish
from autograder.grading.rescore import rescore
from autograder.holdout.labels import labels_of
from autograder.outcome import Outcome
from autograder.scoring.metrics import METRICS
from autograder.scoring.predictions import Score, points_for_grade
from autograder.scoring.standing import GradeRow, class_table
from autograder.scoring.tiers import DEFAULT_TIERS
from autograder.workdir import WorkDir
from helpers.data import load_sample
from helpers.idx import write_idx
from tests.support.course import NAME, hand_in, hold_out, knowing, make_course, submission, without
from tests.support.truth import truth_for

OTHER_TIERS = """\
metric = "accuracy"
chance = "0.10"
bands = [
    { label = "low", from = "0", grades = [0, 49] },
    { label = "middle", from = "0.5", grades = [50, 70] },
    { label = "high", from = "0.92", grades = [71, 80] },
]
[ranked]
label = "top"
above = "0.95"
grades = [80, 100]
"""
CLASS = {
    "s01": submission(predict=knowing([7, 8, 9])),
    "96%_s02": submission(predict=knowing([7, 20, 21, 22])),
    "s03": submission(predict=knowing(range(100, 118))),
    "s04": submission(predict=knowing(range(200)), double="def double(x):\n    return 3"),
    "s05": submission(predict="def predict(images):\n    raise KeyError('model')"),
    "s06": without(submission(predict=knowing(range(12))), "test-double"),
}


def run(course, *arguments):
    return main(["--course", str(course), *arguments])


def grade(course, ends=ExitCode.NOT_GRADED):
    """Grade what is handed in; s08, who handed nothing in, is not graded."""
    assert run(course, "grade", NAME, "--submitted", str(course / "in")) == ends


def rescored(course, *options):
    assert run(course, "rescore", NAME, *options) == ExitCode.NOT_GRADED


def report(course):
    folder = course / "work" / "report"
    page = BeautifulSoup((folder / "index.html").read_text("utf-8"), "html.parser")
    board = [row.get_text(" ", strip=True) for row in page.select("table.class tbody tr")]
    return (folder / "grades.csv").read_text(), board


def entries(course):
    return read_log(WorkDir(course / "work").evidence(NAME)).entries


def assignment_of(course):
    return load_assignment(NAME, course / "solutions")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class that was really run."""
    course = make_course(tmp_path_factory.mktemp("graded"))
    for student, nb in CLASS.items():
        hand_in(course, student, nb)
    (course / "in" / "s07.ipynb").write_text("not a notebook")
    (course / "in" / "s08").mkdir()
    (course / "in" / ".DS_Store").touch()
    grade(course)
    return course


@pytest.fixture
def course(graded, tmp_path):
    """A copy of it to spoil."""
    return Path(shutil.copytree(graded, tmp_path / "course"))


# What a run leaves


def test_the_evidence_holds_the_whole_run(graded):
    kinds = [entry.body["kind"] for entry in entries(graded)]
    assert kinds == ["run", *["submission"] * 8, "standing"]
    assert entries(graded)[0].body["format"] == 1
    seen = last_submissions(entries(graded))
    body = seen["s01"].entry.body
    handed_in = (graded / "in" / "s01.ipynb").read_bytes()
    assert body["submitted"] == hashlib.sha256(handed_in).hexdigest()
    assert body["cells"] == {"test-double": [4, 4], "accuracy": [10, 10], "why": [0, 2]}
    assert body["score"]["score"] == "247/250"
    assert {span[1] for span in body["spans"]} >= {"double", "test-double", "accuracy", "restore"}
    assert seen["s02"].entry.body["claim"] == "24/25"
    assert seen["s07"].entry.body["outcome"] == "for a person to decide"
    assert seen["s08"].entry.body["submitted"] is None
    assert "deleted" in seen["s06"].entry.body["notes"][0]


def test_the_run_says_what_submissions_met(graded):
    body = entries(graded)[0].body
    solution = graded / "solutions" / NAME / f"{NAME}.ipynb"
    assert body["solution"] == hashlib.sha256(solution.read_bytes()).hexdigest()
    assert (body["submissions"], body["caged"], body["parameters"]) == (8, True, {"quick": True})
    assert body["limits"]["call_seconds"] == 5
    assert body["tiers"] == DEFAULT_TIERS
    assert body["versions"].keys() >= {"python", "grader", "numpy", "nbgrader", "scikit-learn"}
    assert set(body["holdout"]) == {"images", "labels", "size", "public"}


def test_neither_the_seed_nor_a_label_is_in_the_evidence(graded):
    path = graded / "work" / "holdout" / NAME / "secret"
    seed = json.loads((path / "holdout.json").read_text())["seed"]
    text = WorkDir(graded / "work").evidence(NAME).read_text()
    assert f'"{seed}"' not in text
    truth = load_sample()[3]
    answers = [
        unpack(entry.body["score"]["answers"])
        for entry in entries(graded)
        if entry.body.get("score")
    ]
    assert len(answers) == 5
    for kept in answers:
        assert (kept != truth).any()  # nobody has all right, so the labels would be found
        for secret in (truth, kept == truth, kept != truth):
            assert pack(secret)["data"] not in text


def test_what_is_handed_back_holds_no_answers(graded):
    for student in ("s01", "s03"):
        path = graded / "work" / "autograded" / student / NAME / f"{NAME}.ipynb"
        nb = json.loads(path.read_text())
        (table,) = (
            output["data"]["application/vnd.digits-course.score+json"]
            for cell in nb["cells"]
            for output in cell.get("outputs", [])
            if output["output_type"] == "execute_result"
        )
        assert set(table) == {"metric", "measured", "total", "points", "max_points", "tier"}


def test_the_head_is_on_the_page_and_printed(graded, capsys):
    last = entries(graded)[-1].hash
    assert last in (graded / "work" / "report" / "index.html").read_text()
    assert run(graded, "verify", NAME) == 0
    assert capsys.readouterr().out == f"10 entries, all intact, the last one {last}\n"


def test_a_flipped_bit_of_a_real_log_is_named_by_verify(course, capsys):
    """One bit in each field of each line, and a hundred anywhere; test_evidence flips all."""
    path = WorkDir(course / "work").evidence(NAME)
    data = path.read_bytes()
    rng = np.random.default_rng(6)
    fields = [match.start() + 1 for match in re.finditer(rb'"[a-z_]+":|\n', data)]
    fields = [position for position in fields if position < len(data)]
    for position in [*fields, *rng.integers(0, len(data), 100).tolist(), len(data) - 1]:
        altered = bytearray(data)
        altered[position] ^= 1 << int(rng.integers(8))
        path.write_bytes(altered)
        assert run(course, "verify", NAME) == 1
        line = data[:position].count(b"\n") + 1
        assert capsys.readouterr().out.startswith(f"line {line}: "), position


def test_a_flipped_bit_of_the_head_is_named_by_verify(course, capsys):
    path = head_path(WorkDir(course / "work").evidence(NAME))
    data = path.read_bytes()
    for position in range(len(data)):
        altered = bytearray(data)
        altered[position] ^= 1 << position % 8
        path.write_bytes(altered)
        assert run(course, "verify", NAME) == 1
        assert "head" in capsys.readouterr().out.splitlines()[0], position


def test_two_that_cannot_be_told_apart_share_a_rank(graded):
    rows = {row["student"]: row for row in last_standing(entries(graded)).body["rows"]}
    assert (rows["s01"]["score"], rows["s02"]["score"]) == ("247/250", "123/125")
    assert (rows["s01"]["rank"], rows["s02"]["rank"]) == (1, 1)
    assert (rows["s01"]["grade"], rows["s02"]["grade"]) == (100, 100)


def test_a_grader_that_is_killed_leaves_evidence_that_the_next_one_mends(course):
    path = WorkDir(course / "work").evidence(NAME)
    before, whole = len(entries(course)), path.read_bytes()
    command = [sys.executable, "-m", "autograder.cli.app", "--course", str(course), "grade"]
    command += [NAME, "--submitted", str(course / "in"), "--workers", "1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while path.read_bytes().count(b"\n") < before + 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
    found = inspect(path)
    assert found.mendable
    assert len(found.entries) >= before + 4
    assert path.read_bytes().startswith(whole)
    # and as if it had been killed in the middle of a line
    with path.open("ab") as file:
        file.write(b'{"body":{"at":"2026')
    grade(course)
    assert [entry.body["mended"] for entry in entries(course) if entry.body["kind"] == "run"] == [
        [],
        [],
        [str(problem) for problem in _torn(found)],
    ]
    assert inspect(path).problems == ()
    assert len(report(course)[1]) == 8


def _torn(found):
    """What is wrong once 19 more bytes stand after what was found."""
    lines = len(found.entries)
    what = "torn: 19 bytes of a line that was not written to its end"
    return [Problem(lines + 1, what), *(p for p in found.problems if "head" in p.what)]


# Scored again


def unusual(course):
    """Return what the page says of the folder that the class handed in."""
    page = (course / "work" / "report" / "index.html").read_text("utf-8")
    lines = BeautifulSoup(page, "html.parser").select("h2 + p + ul.told > li")
    return [line.get_text() for line in lines]


def test_without_a_change_everything_is_as_it_was(course):
    before, told = report(course), unusual(course)
    assert [line.partition(": ")[0] for line in told] == [".DS_Store", "s08"]
    rescored(course)
    assert report(course) == before
    assert unusual(course) == told


def test_other_tiers_give_what_a_full_regrade_gives(course, graded, tmp_path, capsys):
    (tmp_path / "other.toml").write_text(OTHER_TIERS)
    rescored(course, "--tiers", str(tmp_path / "other.toml"))
    assert "By the tiers in other.toml" in capsys.readouterr().out
    again = report(course)
    assert again[0] != report(graded)[0]
    (course / "solutions" / NAME / "tiers.toml").write_text(OTHER_TIERS)
    grade(course)
    assert again == report(course)
    # and so does what the assignment itself says by now
    rescored(course)
    assert report(course) == again


def corrected_labels():
    """The held-out labels but for two, by which s01 gets two more right, and s03 two less."""
    labels = load_sample()[3].copy()
    labels[[7, 8]] = (labels[[7, 8]] + 1) % 10
    return labels


def test_corrected_labels_give_what_a_full_regrade_gives(course, graded, tmp_path):
    write_idx(tmp_path / "labels.idx", corrected_labels())
    rescored(course, "--labels", str(tmp_path / "labels.idx"))
    again = report(course)
    assert again[0] != report(graded)[0]
    page = (course / "work" / "report" / "index.html").read_text()
    assert "corrected for 2 of 250 held-out images" in page
    hold_out(course, labels=corrected_labels())
    grade(course)
    assert again == report(course)


def test_another_metric_is_measured_anew(course, tmp_path):
    tiers = OTHER_TIERS.replace('"accuracy"', '"ari"')
    (tmp_path / "ari.toml").write_text(tiers)
    done = rescore(assignment_of(course), WorkDir(course / "work"), tiers=tmp_path / "ari.toml")
    rows = {row.student: row for row in done.rows}
    labels = load_sample()[3]
    answers = labels.copy().astype(int)
    answers[[7, 8, 9]] = (answers[[7, 8, 9]] + 1) % 10
    assert rows["s01"].measured == METRICS["ari"].measure(labels, answers)
    assert not any(row.tested for row in done.rows)


def test_who_left_the_class_stays_out(course):
    """The class is that of the last complete run, and not everybody who was ever graded."""
    shutil.rmtree(course / "in")
    hand_in(course, "s03", submission(predict=knowing([1])))
    grade(course, ExitCode.DONE)
    assert len(report(course)[1]) == 1
    assert run(course, "rescore", NAME) == ExitCode.DONE
    csv, board = report(course)
    assert len(board) == 1
    assert "s03,a1,finished,0.9960" in csv


def test_submissions_about_other_images_are_left_out_and_named(course):
    hold_out(course, images=load_sample()[2][::-1])
    done = rescore(assignment_of(course), WorkDir(course / "work"))
    assert [row.student for row in done.rows] == ["s05", "s07", "s08"]
    assert "about other images: s01, s02, s03, s04, s06." in done.notices[-1]


# What cannot be scored again


def test_a_class_that_was_never_graded(tmp_path):
    course = make_course(tmp_path)
    with pytest.raises(EvidenceMissingError, match="grade the class first"):
        rescore(assignment_of(course), WorkDir(course / "work"))


@pytest.mark.parametrize(
    ("labels", "complaint"),
    [
        (np.zeros(249, np.uint8), r"uint8 of shape \(249,\), expected uint8 of shape \(250,\)"),
        (np.zeros(250, np.int32), "are int32"),
        (np.full(250, 11, np.uint8), "the labels 11, expected digits from 0 to 9"),
    ],
)
def test_labels_that_do_not_fit_are_named(course, tmp_path, labels, complaint):
    write_idx(tmp_path / "labels.idx", labels)
    with pytest.raises(RescoreError, match=complaint):
        rescore(assignment_of(course), WorkDir(course / "work"), labels=tmp_path / "labels.idx")


@pytest.mark.parametrize("option", ["--labels", "--tiers"])
def test_a_file_that_cannot_be_read_is_one_line(course, option, capsys):
    assert run(course, "rescore", NAME, option, "nowhere") == 1
    error = capsys.readouterr().err
    assert "nowhere" in error
    assert error.count("\n") == 1


def test_a_score_that_its_answers_do_not_come_to_is_named(course):
    """A chain made anew around a better score: what stands beside it gives it away."""
    path = WorkDir(course / "work").evidence(NAME)
    bodies = [json.loads(json.dumps(entry.body)) for entry in entries(course)]
    for body in bodies:
        if body.get("student") == "s03":
            body["score"]["score"] = "249/250"
    write_chain(path, bodies)
    with pytest.raises(RescoreError, match=r"s03 has 249/250 on record, but .* come to 116/125"):
        rescore(assignment_of(course), WorkDir(course / "work"))


# Other metrics


@pytest.mark.parametrize("metric", [name for name in METRICS if name != "accuracy"])
def test_other_metrics_are_scored_again_too(tmp_path, metric):
    """One label corrected, whatever a label is: a digit, or several marks an image."""
    course = make_course(tmp_path)
    (course / "solutions" / NAME / "tiers.toml").write_text(
        OTHER_TIERS.replace('"accuracy"', f'"{metric}"')
    )
    truth = truth_for(metric, load_sample()[3])
    sums = hold_out(course, labels=truth)
    answers = METRICS[metric].check(np.roll(truth, 3, axis=0), truth)
    answers[:200] = truth[:200]
    measured = METRICS[metric].measure(truth, answers)
    row = GradeRow("s01", NAME, Outcome.FINISHED, measured, points=5.0, max_points=16.0)
    score = Score(metric, measured, 250, 5.0, 10.0, "", answers)
    run_body = {"kind": "run", "caged": True, "holdout": sums}
    path = WorkDir(course / "work").evidence(NAME)
    bodies = [run_body, describe_submission(row, score=("accuracy", score)), standing_of([row])]
    write_chain(path, bodies)
    assignment = assignment_of(course)
    (again,) = rescore(assignment, WorkDir(course / "work")).rows
    assert again.measured == measured
    holdout = open_holdout(assignment, WorkDir(course / "work"))
    publish(NAME, WorkDir(course / "work"), holdout)
    labels = truth.copy()
    labels[[0, 1, 2, 3, 4, 5, 6]] = truth[::-1][[0, 1, 2, 3, 4, 5, 6]]
    write_idx(tmp_path / "labels.idx", labels)
    (again,) = rescore(assignment, WorkDir(course / "work"), labels=tmp_path / "labels.idx").rows
    assert again.measured == METRICS[metric].measure(labels, answers) != measured
    (change,) = diff(read_log(path).entries, holdout)
    wrong = int((labels != truth).reshape(250, -1).any(axis=1).sum())
    assert 5 < wrong <= 7
    assert f"labels of {wrong} images were corrected, {wrong} of their" in change.reasons[0]


# A large class


def standing_of(rows):
    """What ends a run; who is in it, the run's submissions say."""
    facts = dict.fromkeys(("tiers", "labels", "images"))
    return describe_standing(rows, by="grade", entries={}, **facts)


def write_chain(path, bodies):
    """Write a log at once, without waiting for the disk after each line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines, previous = [], START
    for body in bodies:
        entry = follow(previous, body)
        lines.append(line_of(entry) + b"\n")
        previous = entry.hash
    path.write_bytes(b"".join(lines))
    head_path(path).write_text(f"{len(lines)} {previous}\n")


N, STUDENTS = 10_000, 500


def large_class(course):
    """Write the evidence of 500 submissions on 10,000 images; return what each should get."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 10, N).astype(np.uint8)
    sums = hold_out(course, images=np.zeros((N, 1, 1), np.uint8), labels=truth)
    bodies = [{"kind": "run", "caged": True, "holdout": sums, "tiers": DEFAULT_TIERS}]
    scores = {}
    for number in range(STUDENTS):
        answers = truth.astype(int)
        wrong = rng.choice(N, rng.integers(50, 1200), replace=False)
        answers[wrong] = (answers[wrong] + rng.integers(1, 10, len(wrong))) % 10
        measured = METRICS["accuracy"].measure(truth, answers)
        student = f"s{number:03}"
        scores[student] = measured.score
        score = Score("accuracy", measured, N, 1.0, 40.0, "", answers)
        row = GradeRow(student, NAME, Outcome.FINISHED, measured, points=5.0, max_points=44.0)
        bodies.append(describe_submission(row, score=("accuracy", score)))
    bodies.append(standing_of([]))
    write_chain(WorkDir(course / "work").evidence(NAME), bodies)
    return scores


def test_500_submissions_under_new_bands_take_seconds_and_equal_a_regrade(tmp_path):
    """Regraded as grading does from the same answers; `benchmarks.validity.regrade` runs them."""
    course = make_course(tmp_path)
    scores = large_class(course)
    (tmp_path / "other.toml").write_text(OTHER_TIERS)
    began = time.perf_counter()
    done = rescore(assignment_of(course), WorkDir(course / "work"), tiers=tmp_path / "other.toml")
    seconds = time.perf_counter() - began
    assert {row.student: row.score for row in done.rows} == scores
    assert seconds < 20  # about 3 on one idle core
    top = [row for row in done.rows if row.tested]
    assert len(top) == sum(score > Fraction("0.95") for score in scores.values()) > 50
    assert 1 < len({row.rank for row in top}) < len(top)
    (course / "solutions" / NAME / "tiers.toml").write_text(OTHER_TIERS)
    regraded = class_table(answered(course), assignment_of(course).tiers, truth_of(course))
    assert [(r.student, r.tier, r.grade, r.rank, r.borderline, r.points) for r in done.rows] == [
        (r.student, r.tier, r.grade, r.rank, r.borderline, r.points) for r in regraded
    ]
    print(f"{seconds:.1f} s")


def truth_of(course):
    return labels_of(open_holdout(assignment_of(course), WorkDir(course / "work"))).values


def answered(course):
    """What a run under the assignment's tiers would record of the large class."""
    truth, tiers = truth_of(course), assignment_of(course).tiers
    for student, seen in last_submissions(entries(course)).items():
        answers = unpack(seen.entry.body["score"]["answers"])
        measured = METRICS["accuracy"].measure(truth, answers)
        # large_class gives 4 points beside the scored cell, of 40
        points = 4.0 + points_for_grade(40.0, tiers.place(measured.score).grade, tiers)
        yield GradeRow(
            student, NAME, Outcome.FINISHED, measured,
            points=round(points, 2), max_points=44.0, answers=answers,
        )  # fmt: skip


def test_nothing_is_left_open(course):
    rescore(assignment_of(course), WorkDir(course / "work"))
    with open_log(WorkDir(course / "work").evidence(NAME)) as log:
        assert log.mended == ()
