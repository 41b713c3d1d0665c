"""Submissions run again with other seeds: what luck does is seen, and what is recorded stays."""

from __future__ import annotations

import contextlib
import io
import json
from typing import TYPE_CHECKING

import pytest

from autograder.cli.app import main
from autograder.cli.exit_codes import ExitCode
from autograder.evidence.hashchain import inspect
from autograder.execution.runner import run
from autograder.grading.seed_spread import Spread, _with_read_points, format_spreads
from autograder.outcome import Outcome
from autograder.scoring.metrics import measure_share
from autograder.scoring.standing import GradeRow
from autograder.submissions.release import Release
from autograder.workdir import WorkDir
from helpers.data import load_sample
from tests.support.course import NAME, author_notebook, hand_in, knowing, make_course, submission
from tests.support.jobs import job, notebook, printed

if TYPE_CHECKING:
    from pathlib import Path

LUCKY = f"""import random
def predict(images):
    wrong = np.random.randint(2, 30) + random.randrange(3)
    return [(label + (n < wrong)) % 10 for n, label in enumerate({load_sample()[3].tolist()})]"""
CLASS = {
    "s01": submission(predict=LUCKY),
    "s02": submission(predict=knowing(range(5))),
    "s03": submission(predict="def predict(images):\n    return 1 / 0"),
}


def read_all(folder: Path) -> dict[str, bytes]:
    """Read every file but the evidence, which a spread adds a line to, and the log."""
    files = (path for path in folder.rglob("*") if path.is_file())
    kept = (path for path in files if not {"evidence", "grader.log"} & set(path.parts))
    return {str(path): path.read_bytes() for path in kept}


def command(course, *arguments):
    return main(["--course", str(course), *arguments])


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    for student, nb in CLASS.items():
        hand_in(course, student, nb)
    (course / "in" / "s04.ipynb").write_text("not a notebook")
    graded = command(course, "grade", NAME, "--submitted", str(course / "in"))
    assert graded == ExitCode.NOT_GRADED  # s04's file is no notebook
    return course


@pytest.fixture(scope="module")
def told(course):
    """Run the command; return what it printed."""
    before, printed = read_all(course / "work"), io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert command(course, "spread", NAME, "--seeds", "3") == 0
    assert read_all(course / "work") == before
    return printed.getvalue().splitlines()


@pytest.fixture(scope="module")
def noted(course, told):
    """Return what the evidence says of each student's runs."""
    findings = inspect(WorkDir(course / "work").evidence(NAME))
    assert findings.problems == ()
    bodies = [entry.body for entry in findings.entries if entry.body["kind"] == "spread"]
    return {body["student"]: body["runs"] for body in bodies}


def test_luck_is_seen_where_there_is_any(noted):
    assert sorted(noted) == ["s01", "s02", "s03"]
    lucky, steady, failing = noted.values()
    assert [run["seed"] for run in lucky] == [1, 2, 3]
    assert len({run["score"] for run in lucky}) > 1
    assert len({run["grade"] for run in lucky}) > 1
    assert {run["score"] for run in steady} == {"49/50"}
    assert {run["points"] for run in steady} == {14}
    assert {(run["score"], run["grade"]) for run in failing} == {(None, 0)}


def test_the_table_has_lowest_median_and_highest(told, noted):
    lucky, steady, failing = (line.split() for line in told[1:4])
    low, middle, high = sorted(run["grade"] for run in noted["s01"])
    assert lucky[-6:] == [str(low), "/", str(middle), "/", str(high), "3"]
    assert steady[:7] == ["s02", "100", "0.9800", "/", "0.9800", "/", "0.9800"]
    assert failing == ["s03", "0", "0", "/", "0", "/", "0", "3"]
    assert "the recorded grades stay" in told[-1]


def test_the_table_of_spreads_to_the_letter():
    def row(student, right=None, grade=None, outcome=Outcome.FINISHED):
        measured = None if right is None else measure_share(right, 10_000)
        return GradeRow(student, NAME, outcome, measured, grade=grade)

    seeded = {1: row("s01", 9299, 69), 2: row("s01", 9412, 82), 3: row("s01", 9600, 90)}
    lost = {1: row("s02 named", outcome=Outcome.INFRASTRUCTURE)}
    spreads = [Spread(row("s01", 9412, 82), seeded), Spread(row("s02 named"), lost)]
    told = """\
student    recorded  score                     grade         runs
s01        82        0.9299 / 0.9412 / 0.9600  69 / 82 / 90  3
s02 named                                                    1, 1 not graded"""
    assert format_spreads(spreads) == told


def test_the_line_in_the_evidence_disturbs_nothing(course, told):
    assert command(course, "rescore", NAME) == ExitCode.NOT_GRADED
    assert command(course, "diff", NAME) == 0


def test_what_a_person_gave_counts_whatever_the_seed():
    row = GradeRow("s01", NAME, Outcome.FINISHED, points=14.2, max_points=16)
    recorded = {"why": [1.1, 2.0], "test-double": [0.0, 4.0]}
    assert _with_read_points(row, recorded, Release(author_notebook(), {})).points == 15.3


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        (["--student", "s09"], 1, "no submission of 's09' is on record"),
        (["--work", "{empty}"], 1, "autograder holdout a1 --work {empty}"),
        (["--work", "elsewhere"], 2, "there is no folder"),
    ],
)
def test_what_is_not_on_record_is_named(course, tmp_path, arguments, status, complaint, capsys):
    given = [one.format(empty=tmp_path) for one in arguments]
    assert command(course, "spread", NAME, *given) == status
    complaint = complaint.format(empty=tmp_path)
    assert complaint in capsys.readouterr().err


def test_another_file_than_the_graded_one_is_refused(course, told, capsys):
    kept = course / "work" / "submitted" / "s02" / NAME / f"{NAME}.ipynb"
    text = kept.read_text()
    kept.write_text(json.dumps(json.loads(text)))
    try:
        assert command(course, "spread", NAME, "--student", "s02") == 1
    finally:
        kept.write_text(text)
    assert "is not what was graded last" in capsys.readouterr().err


def test_a_seed_reaches_the_students_kernel_and_its_parameter(tmp_path):
    draws = "import random\nimport numpy as np\ndrawn = (seed, random.random(), np.random.rand())"
    text = notebook(draws, tests=("drawn",)).replace("quick = False", "seed = 0")

    def draw(**options):
        result = run(job(text, tmp_path, **options))
        assert result.outcome is Outcome.FINISHED
        return printed(result, "t0")

    one, other, free = draw(seed=1), draw(seed=2), draw()
    assert one == draw(seed=1, sandboxed=False)
    assert one.startswith("(1, ")
    assert len({one, other, free}) == 3
    assert free.startswith("(0, ")
