"""Do the graded cells of 03_svc measure the skill? Right answers, wrong ones, and the stubs."""

import ast
import contextlib
import runpy
import traceback
from pathlib import Path

import jupytext
import matplotlib
import pytest

matplotlib.use("agg")

HERE = Path(__file__).parent
SCRIPT = HERE.parents[1] / "solutions" / "03_svc" / "03_svc.py"
ANSWERS = runpy.run_path(str(HERE / "answers_03_svc.py"))
EXERCISES = (
    "flatten",
    "rbf-kernel",
    "scale-pixels",
    "make-classifier",
    "best-parameters",
    "project",
    "predict",
)


def read_cells():
    cells = jupytext.read(SCRIPT).cells
    return {c.metadata.nbgrader.grade_id: c for c in cells if "nbgrader" in c.metadata}


CELLS = read_cells()
GRADED = [name for name, c in CELLS.items() if c.cell_type == "code" and c.metadata.nbgrader.grade]


def run(source, names, where="<answer>"):
    exec(compile(source, where, "exec"), names)


@pytest.fixture(scope="module")
def solved():
    """What the student's kernel holds once every exercise is answered, with a small model."""
    names = {"quick": True}
    run(CELLS["imports"].source, names)
    for grade_id in (*EXERCISES[:4], "parameter-grid", *EXERCISES[4:]):
        run(CELLS[grade_id].source, names)
    images, labels, *_ = names["load_sample"]()
    names["model"] = names["make_classifier"]().fit(images, labels)
    return names


def checks(grade_id):
    return [
        CELLS[name] for name in (f"check-{grade_id}", f"check-{grade_id}-more") if name in CELLS
    ]


def points(grade_id, answer, solved):
    """Points that an answer gets, and those that there are."""
    names = dict(solved)
    run(answer, names)
    earned = total = 0
    for cell in checks(grade_id):
        total += cell.metadata.nbgrader.points
        with contextlib.suppress(Exception):  # as a grader does: an error means no points
            run(cell.source, dict(names))
            earned += cell.metadata.nbgrader.points
    return earned, total


@pytest.fixture(scope="module")
def errors(solved):
    """What graded cells raise on the wrong answers of HINTS, by cell and mistake."""
    answers = {(grade_id, mistake): answer for grade_id, mistake, answer in ANSWERS["WRONG"]}
    found = {}
    for grade_id, mistake, _ in ANSWERS["HINTS"]:
        names = dict(solved)
        run(answers[grade_id.removeprefix("check-").removesuffix("-more"), mistake], names)
        try:
            run(CELLS[grade_id].source, names, grade_id)
        except Exception as error:
            found[grade_id, mistake] = error
    return found


def failed_line(grade_id, error):
    """Line of the graded cell whose assertion failed; None if something else did."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    own = isinstance(error, AssertionError) and frame.filename == grade_id
    return frame.lineno if own else None


def named(answers):
    return [pytest.param(*answer, id=f"{answer[0]}: {answer[1]}") for answer in answers]


@pytest.mark.parametrize("grade_id", EXERCISES)
def test_the_solution_gets_full_points(grade_id, solved):
    earned, total = points(grade_id, CELLS[grade_id].source, solved)
    assert earned == total > 0


@pytest.mark.parametrize(("grade_id", "style", "answer"), named(ANSWERS["RIGHT"]))
def test_right_answers_get_full_points(grade_id, style, answer, solved):
    earned, total = points(grade_id, answer, solved)
    assert earned == total


@pytest.mark.parametrize(("grade_id", "mistake", "answer"), named(ANSWERS["WRONG"]))
def test_wrong_answers_do_not(grade_id, mistake, answer, solved):
    earned, total = points(grade_id, answer, solved)
    assert earned < total


@pytest.mark.parametrize(("grade_id", "mistake", "hint"), named(ANSWERS["HINTS"]))
def test_a_wrong_answer_reads_its_hint(grade_id, mistake, hint, errors):
    error = errors.get((grade_id, mistake))
    assert isinstance(error, AssertionError)
    assert hint in str(error)


@pytest.mark.parametrize("grade_id", GRADED)
def test_each_assertion_is_the_first_to_fail_for_some_wrong_answer(grade_id, errors):
    lines = {failed_line(cell, error) for (cell, _), error in errors.items() if cell == grade_id}
    statements = [n for n in ast.walk(ast.parse(CELLS[grade_id].source)) if type(n) is ast.Assert]
    reached = [not lines.isdisjoint(range(n.lineno, n.end_lineno + 1)) for n in statements]
    assert [ast.unparse(n) for n, hit in zip(statements, reached, strict=True) if not hit] == []


@pytest.mark.parametrize("grade_id", EXERCISES)
def test_a_stub_gets_nothing_and_says_what_to_do(grade_id, solved):
    head, _, rest = CELLS[grade_id].source.partition("    ### BEGIN SOLUTION")
    stub = head + rest.partition("### END SOLUTION\n")[2]
    assert points(grade_id, stub, solved)[0] == 0
    assert f'raise NotImplementedError("{grade_id.replace("-", "_")}:' in stub.replace("'", '"')


def test_every_exercise_has_two_right_and_four_wrong_answers():
    for grade_id in EXERCISES:
        assert sum(answer[0] == grade_id for answer in ANSWERS["RIGHT"]) >= 2
        assert sum(answer[0] == grade_id for answer in ANSWERS["WRONG"]) >= 4


def test_points_add_up_to_100():
    graded = [c.metadata.nbgrader for c in CELLS.values() if c.metadata.nbgrader.grade]
    assert sum(cell.points for cell in graded) == 100
