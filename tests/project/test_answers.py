"""Do the graded cells measure the skill? Right answers, wrong ones, and the stubs."""

import ast
import traceback
from functools import cache

import matplotlib
import pytest

from helpers import compare
from tests.support.answers.exercises import ASSIGNMENTS, load, outcomes, points, stub
from tests.support.answers.readings import is_bare, reading
from tests.support.cell_names import code_cells, taken

matplotlib.use("agg")


def every(kind):
    """List a kind of answers of all assignments as parameters, with readable names."""
    return [
        pytest.param(name, *answer, id=f"{name} {answer[0]}: {answer[1]}")
        for name in ASSIGNMENTS
        for answer in getattr(load(name), kind)
    ]


def each(kind):
    return [(name, grade_id) for name in ASSIGNMENTS for grade_id in getattr(load(name), kind)]


@cache
def errors(name):
    """What graded cells raise on the wrong answers of HINTS, by cell and mistake."""
    assignment, found = load(name), {}
    answers = {(exercise, mistake): answer for exercise, mistake, answer in assignment.wrong}
    for grade_id, mistake, _ in assignment.hints:
        exercise = grade_id.removeprefix("check-").removesuffix("-more")
        found[grade_id, mistake] = outcomes(name, exercise, answers[exercise, mistake])[grade_id]
    return found


COMPARISONS = ("check_equal", "check_shape")


def failed_line(grade_id, error):
    """Line of the graded cell whose assertion failed; None if something else did."""
    frames = traceback.extract_tb(error.__traceback__)
    while frames and frames[-1].filename == compare.__file__:
        frames.pop()
    own = isinstance(error, AssertionError) and frames[-1].filename == grade_id
    return frames[-1].lineno if own else None


def is_assertion(node):
    """Whether a part of a cell's code is an assertion, or compares by the course's functions."""
    compares = isinstance(node, ast.Call) and getattr(node.func, "id", "") in COMPARISONS
    return compares or isinstance(node, ast.Assert)


@pytest.mark.parametrize(("name", "exercise"), each("exercises"))
def test_the_solution_gets_full_points(name, exercise):
    earned, total = points(name, exercise, load(name).cells[exercise].source)
    assert earned == total > 0


@pytest.mark.parametrize(("name", "exercise", "style", "answer"), every("right"))
def test_right_answers_get_full_points(name, exercise, style, answer):
    earned, total = points(name, exercise, answer)
    assert earned == total


@pytest.mark.parametrize(("name", "exercise", "mistake", "answer"), every("wrong"))
def test_wrong_answers_do_not(name, exercise, mistake, answer):
    earned, total = points(name, exercise, answer)
    assert earned < total


@pytest.mark.parametrize(("name", "grade_id", "mistake", "hint"), every("hints"))
def test_a_wrong_answer_reads_its_hint(name, grade_id, mistake, hint):
    error = errors(name).get((grade_id, mistake))
    assert isinstance(error, AssertionError)
    assert hint in str(error)


@pytest.mark.parametrize(("name", "grade_id"), each("graded"))
def test_each_assertion_is_the_first_to_fail_for_some_wrong_answer(name, grade_id):
    raised = errors(name).items()
    lines = {failed_line(cell, error) for (cell, _), error in raised if error and cell == grade_id}
    source = load(name).cells[grade_id].source
    statements = [n for n in ast.walk(ast.parse(source)) if is_assertion(n)]
    reached = [not lines.isdisjoint(range(n.lineno, n.end_lineno + 1)) for n in statements]
    assert [ast.unparse(n) for n, hit in zip(statements, reached, strict=True) if not hit] == []


@pytest.mark.parametrize(("name", "exercise"), each("exercises"))
def test_a_stub_gets_nothing_and_says_what_to_do(name, exercise):
    text = stub(name, exercise)
    assert points(name, exercise, text)[0] == 0
    assert f'raise NotImplementedError("{exercise.replace("-", "_")}:' in text.replace("'", '"')


@pytest.mark.parametrize(("name", "exercise"), each("exercises"))
def test_every_exercise_has_two_right_and_four_wrong_answers(name, exercise):
    assert sum(answer[0] == exercise for answer in load(name).right) >= 2
    assert sum(answer[0] == exercise for answer in load(name).wrong) >= 4


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_graded_cells_take_no_name_away_from_cells_below(name):
    """In Jupyter, and in the build, all cells share one kernel."""
    found = code_cells(name)
    clashes = [(found[place], taken_name) for place, taken_name in taken(found)]
    assert [(source.splitlines()[0], clash) for (source, _), clash in clashes] == []


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_wrong_answers_read_sentences_and_hardly_ever_a_bare_error(name):
    wrong = load(name).wrong
    bare = [(*answer[:2], error) for answer in wrong if is_bare(error := reading(name, *answer)[1])]
    assert 50 * len(bare) <= len(wrong), bare


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_answers_belong_to_exercises(name):
    assignment = load(name)
    answered = {answer[0] for answer in (*assignment.right, *assignment.wrong)}
    assert answered == set(assignment.exercises)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_points_add_up_to_100(name):
    graded = [c.metadata.nbgrader for c in load(name).cells.values() if c.metadata.nbgrader.grade]
    assert sum(cell.points for cell in graded) == 100
