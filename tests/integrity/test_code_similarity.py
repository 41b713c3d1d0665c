"""Similar code: what disguises of a copy it sees through, rings, and what it leaves alone."""

from __future__ import annotations

import nbformat
import numpy as np
import pytest

from autograder.assignment import load_assignment
from autograder.integrity.code_similarity import flag_similar, match_code, pieces_of
from autograder.integrity.course_code import course_cells, features_of, known_names
from autograder.integrity.data_flow import units_of
from autograder.integrity.magics import to_python
from autograder.integrity.student_code import Cell, own_cells, released_notebook
from benchmarks.validity.copying import WAYS
from tests.support.course import NAME, make_course, submission

ANSWER = """
import numpy as np

def train(images, labels):
    chosen = np.random.default_rng(7).permutation(len(images))[:500]
    rows = images[chosen].reshape(-1, 784) / 255
    means = np.stack([rows[labels[chosen] == d].mean(axis=0) for d in range(10)])
    spread = rows.std(axis=0) + 0.1
    weights = (means - means.mean(axis=0)) / spread ** 2
    offset = -0.5 * (weights * (means + means.mean(axis=0))).sum(axis=1)
    return weights.T, offset
"""
COMMON = "def double(x):\n    return np.asarray(x) * 2 if hasattr(x, '__len__') else x * 2\n"

SIZES = (3, 30)


def own(number):
    """Return answers of someone's own: the common one, and calls in an order of their own."""
    rng = np.random.default_rng(number)
    calls = ["sum", "mean", "std", "cumsum", "argsort", "ravel", "clip", "round", "dot", "take"]
    functions = [
        f"def part{k}(x, y):\n"
        + "\n".join(
            f"    x = np.{calls[rng.integers(10)]}(x, {rng.integers(99)}) "
            f"{'+-*/'[rng.integers(4)]} np.{calls[rng.integers(10)]}(y[{rng.integers(99)}:])"
            for _ in range(3)
        )
        + "\n    return x"
        for k in range(3)
    ]
    return [Cell("double", COMMON), *(Cell("train", text) for text in functions)]


def flagged(cells):
    pieces = {student: pieces_of(own) for student, own in cells.items()}
    return flag_similar(match_code(pieces), len(cells))


def class_of(size):
    return {f"s{k:02}": own(k) for k in range(size)}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", SIZES)
def test_a_disguised_copy_is_flagged_with_its_original_alone(way, size):
    copy = [Cell(cell.name, to_python(WAYS[way](cell.source))) for cell in own(1)]
    flags = flagged(class_of(size) | {"copy": copy})
    assert [flag.student for flag in flags] == ["copy", "s01"]
    assert "with s01" in flags[0].seen


@pytest.mark.parametrize("size", SIZES)
def test_who_works_alone_is_not_flagged(size):
    assert flagged(class_of(size)) == []


@pytest.mark.parametrize("ring", [4, 10, 30])
def test_a_ring_is_a_cluster_however_many_are_in_it(ring):
    flags = flagged(class_of(20) | {f"ring{k:02}": own(77) for k in range(ring)})
    assert [flag.student for flag in flags] == [f"ring{k:02}" for k in range(ring)]
    assert flags[0].seen.endswith(f"a cluster of {ring}")


def test_what_all_answer_alike_is_no_copy():
    assert flagged({f"s{k:02}": [Cell("double", COMMON)] for k in range(30)}) == []
    assert flagged({"s01": own(1)}) == []


def test_a_change_of_what_is_computed_is_seen():
    (plain,) = (unit.features for unit in units_of(ANSWER) if unit.name)
    (other,) = (unit.features for unit in units_of(ANSWER.replace("mean", "max")) if unit.name)
    assert plain != other


@pytest.mark.parametrize(
    ("wrapped", "plain"),
    [
        ("%%time\nx = f(1)", "x = f(1)"),
        ("%%time\n%%capture out\nx = f(1)", "x = f(1)"),
        ("x = %time f(1)", "x = f(1)"),
        ("%timeit -n 3 -r 1 x = f(1)", "x = f(1)"),
        ("exec('x = f(1)')", "x = f(1)"),
        ("get_ipython().run_cell('exec(\"x = f(1)\")')", "x = f(1)"),
        ("!ls\nx = f(1)\n%matplotlib inline", "x = f(1)"),
    ],
)
def test_code_is_found_in_what_it_is_wrapped_in(wrapped, plain):
    features = features_of([Cell("a", plain)], {})
    assert features <= features_of([Cell("a", to_python(wrapped))], {})


@pytest.mark.parametrize(
    "source",
    ["%%bash\necho it is no Python", "def broken(:\n  'x", "\x00", "(" * 5000, "x = " + "-" * 9999],
    ids=["shell", "broken", "zero", "brackets", "signs"],
)
def test_what_is_no_python_is_passed_over(source):
    assert pieces_of([Cell("a", to_python(source))]) == []


def test_python_beside_what_is_broken_is_read():
    assert pieces_of([Cell("a", "def broken(:\n    pass\n" + ANSWER)]) == pieces_of(
        [Cell("a", ANSWER)]
    )


def test_what_the_course_gives_is_common_by_right(tmp_path):
    course = make_course(tmp_path)
    assignment = load_assignment(NAME, course / "solutions")
    released = released_notebook(assignment)
    text = nbformat.v4.new_markdown_cell(f"Try this:\n\n```python\n{ANSWER}```\n")
    nbformat.write(nbformat.v4.new_notebook(cells=[text]), course / "solutions" / NAME / "x.ipynb")
    other = course / "notebooks" / "b2" / "b2.ipynb"
    other.parent.mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[text]), other)
    given = course_cells(assignment, released)
    common = features_of(given, known_names(given))
    nb = submission()
    nb.cells.append(nbformat.v4.new_code_cell(ANSWER))
    cells = own_cells(nb, released)
    assert pieces_of(cells, known_names(given)) != []
    assert pieces_of(cells, known_names(given), common) == []
