"""Every check is asked: a class is made up so that each of them has somebody to show."""

from __future__ import annotations

import nbformat
import numpy as np
import pytest

from autograder.assignment import load_assignment
from autograder.holdout.canaries import Canaries
from autograder.holdout.originals import Loaded
from autograder.integrity.inputs import CheckInputs
from autograder.integrity.run import CHECKS, run_checks
from autograder.integrity.student_code import Cell, released_notebook
from tests.support.course import NAME, make_course, marked, submission, without_hidden_tests

STUDENTS = [f"s{number:02}" for number in range(12)]

SHOWN = {
    "look-up": {"s00"},
    "loaded images": {"s01"},
    "static signs": {"s02"},
    "constants": {"s08"},
    "tamper": {"s03"},
    "similar code": {"s04", "s05"},
    "the solution": {"s09"},
    "shared errors": {"s06", "s07"},
}
"""Whom each check shows; the others are honest. A new check needs somebody here, and below."""

CANARIES = 50

SOLUTION = 99
"""Number of the code that the authors wrote."""


def code_of(number):
    """Return the code of one student: a model, and calls, of nobody else's."""
    rng = np.random.default_rng(number)
    calls = ["sum", "mean", "std", "cumsum", "argsort", "clip", "round", "dot", "take"]
    lines = [
        f"    x = np.{calls[rng.integers(9)]}(x, {rng.integers(99)}) * {rng.integers(99)}"
        for _ in range(15)
    ]
    return (
        f"from models import Model{number}\n\nmodel = Model{number}()\n\n"
        "def train(x):\n" + "\n".join(lines) + "\n    return x\n\n"
        "def predict(images):\n    return model.predict(train(images))"
    )


def notebooks_of(released):
    codes = {student: code_of(number) for number, student in enumerate(STUDENTS)}
    codes["s05"] = codes["s04"].replace("train", "prepare")
    codes["s09"] = code_of(SOLUTION).replace("train", "prepare")
    made = {
        student: without_hidden_tests(submission(predict=code), released)
        for student, code in codes.items()
    }
    sign = nbformat.v4.new_code_cell("get_ipython().events.register('pre_run_cell', print)")
    made["s02"].cells.append(sign)
    invented = nbformat.v4.new_code_cell("pass", metadata=marked("mine", grade=True))
    weights = np.random.default_rng(8).bytes(3000).hex()
    made["s08"].cells.append(nbformat.v4.new_code_cell(f"weights = '{weights}'"))
    made["s03"].cells.append(nbformat.from_dict(invented))
    return made


def answers_about(truth):
    """Answer with errors of one's own; s07 has those of s06."""
    rng = np.random.default_rng(0)
    wrong = (truth + rng.integers(1, 10, (len(STUDENTS), len(truth)))) % 10
    errs = rng.random(wrong.shape) < 0.1
    made = dict(zip(STUDENTS, np.where(errs, wrong, truth).astype(np.int64), strict=True))
    return made | {"s07": made["s06"]}


def probed_with(labels):
    """Answer canaries and twins alike; s00 has a table of the canaries."""
    honest = np.concatenate([labels, labels])
    honest[::5] = (honest[::5] + 1) % 10
    table = np.concatenate([labels, (labels + 1) % 10])
    return dict.fromkeys(STUDENTS, honest) | {"s00": table}


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    released = released_notebook(load_assignment(NAME, course / "solutions"))
    truth = np.random.default_rng(1).integers(0, 10, 1000).astype(np.uint8)
    labels = truth[:CANARIES].astype(np.int64)
    return CheckInputs(
        released=released,
        notebooks=notebooks_of(released),
        answers=answers_about(truth),
        probed=probed_with(labels),
        loaded=dict.fromkeys(STUDENTS, Loaded(100, 0, 0)) | {"s01": Loaded(100, 10, 0)},
        truth=truth,
        probes=Canaries(
            np.zeros((2 * CANARIES, 28, 28), np.uint8), np.arange(CANARIES - 10), labels
        ),
        scored="accuracy",
        solution=(Cell("predict", code_of(SOLUTION)),),
    )


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_shows_whom_it_should(asked, check):
    flags = list(CHECKS[check](asked))
    assert {flag.check for flag in flags} == {check}
    assert {flag.student for flag in flags} == SHOWN[check]


def test_the_report_has_what_every_check_found(asked):
    found = run_checks(asked)
    assert {(flag.check, flag.student) for flag in found.flags} == {
        (check, student) for check, students in SHOWN.items() for student in students
    }
    assert found.students == tuple(STUDENTS)
    assert found.look_ups.keys() == {*STUDENTS}
