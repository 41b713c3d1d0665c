"""Checks and cells further down tell an open exercise, and a missing return, as what they are."""

from __future__ import annotations

from fractions import Fraction

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from helpers.exercises import FunctionError, call, passed


def still_open(image):
    raise NotImplementedError("still_open: return the pixels")


def needs_it(image):
    return still_open(image) + 1


def forgets(image):
    image + 1  # as somebody who forgets `return` has it


def uses_nothing(image):
    return forgets(image) + 1


@pytest.mark.parametrize("answer", [0, "", [], False, Fraction(0)])
def test_an_answer_comes_back_whatever_it_is_worth(answer):
    assert call(lambda given: given, answer) is answer


@pytest.mark.parametrize(
    ("function", "error", "told"),
    [
        (still_open, NotImplementedError, "^still_open is still open: return the pixels$"),
        (needs_it, NotImplementedError, "^needs_it needs still_open, which is still open: return"),
        (forgets, AssertionError, "^forgets gave None: is a `return` missing"),
        (uses_nothing, AssertionError, "^uses_nothing met None where it expected a value"),
    ],
)
def test_what_is_no_answer_is_told_in_a_sentence(function, error, told):
    with pytest.raises(error, match=told):
        call(function, 7)


@pytest.mark.parametrize("told", ["", "later", "not: this", "if a: then b"])
def test_another_text_of_a_stub_names_the_function_all_the_same(told):
    def mine():
        raise NotImplementedError(told)

    with pytest.raises(NotImplementedError, match=r"^mine (is|needs not, which is) still open"):
        call(mine)


def test_an_error_of_the_students_own_is_told_with_the_call_and_without_its_values():
    with pytest.raises(FunctionError, match=r"stopped with TypeError: .*concatenate") as caught:
        call(lambda text, share: text + 1, "7654321", share=0.125)
    told = str(caught.value)
    assert "called with (str of length 7; share: float)" in told
    assert "7654321" not in told
    assert "0.125" not in told
    assert isinstance(caught.value.__cause__, TypeError)


def test_a_long_message_is_cut_and_stays_one_line():
    def loud():
        raise ValueError("too\nmuch " * 200)

    with pytest.raises(AssertionError) as caught:
        call(loud)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_the_failing_line_is_that_of_the_notebooks_own_function():
    mine = "def share(counts):\n    first = counts[0]\n    return 1 / first"
    told = run("from helpers.exercises import call", mine, "call(share, [0, 5])")[2]
    assert told == (
        "share stopped with ZeroDivisionError: division by zero, in the line `return 1 / first`; "
        "called with (list of length 2)"
    )


def test_arguments_by_name_go_through():
    assert call(dict, a=1) == {"a": 1}


def test_a_function_without_a_name():
    class Nameless:
        def __call__(self):
            return None

    with pytest.raises(AssertionError, match="the function gave None"):
        call(Nameless())


def test_points_are_told_with_what_is_hidden(capsys):
    passed("flatten", 1, hidden=1.5)
    passed("predict", 0, hidden=1)
    assert capsys.readouterr().out.splitlines() == [
        "flatten: 1 of 2.5 points. "
        "Hidden checks on other data decide on 1.5 when your work is graded.",
        "predict: what you can check here passes. "
        "Hidden checks on other data decide on 1 point when your work is graded.",
    ]


STUB = 'def flatten(x):\n    raise NotImplementedError("flatten: return rows")'


def run(*cells):
    """Return what each cell says: its error's text, or its output."""
    start = "from helpers.exercises import explain_open_exercises\nexplain_open_exercises()"
    nb = new_notebook(cells=[new_code_cell(text) for text in (start, *cells)])
    NotebookClient(nb, allow_errors=True, kernel_name="python3").execute()
    assert nb.cells[0].outputs == []
    return [
        "".join(out.get("evalue") or out.get("text", "") for out in cell.outputs)
        for cell in nb.cells[1:]
    ]


def test_cells_further_down_name_the_exercise():
    missing = "is missing: it needs flatten, an exercise that is still open"
    assert run(
        STUB,
        "rows, shape = flatten(1), 2",
        "for row in rows:\n    kept = row",
        "print(kept)",
        "print(unknown)",
        "rows = 3",
        "print(rows)",
        "print(shape)",
        "%%capture\ncopy = kept",
        "print(copy)",
    ) == [
        "",
        "flatten: return rows",
        f"rows {missing}",
        f"kept {missing}",
        "name 'unknown' is not defined",
        "",
        "3\n",
        f"shape {missing}",
        f"kept {missing}",
        f"copy {missing}",
    ]
