"""What would wait for a person at the keyboard ends at once, by name, and costs no later cell."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from autograder.execution.runner import run
from autograder.outcome import Outcome
from tests.support.jobs import LIMITS, job, notebook, printed

STOPS = {
    "pdb": "import pdb; pdb.set_trace()",
    "IPython's": "from IPython.core.debugger import set_trace; set_trace()",
    "input": "input('?')",
    "getpass": "from getpass import getpass; getpass()",
}
"""What asks somebody, by what it is."""

PATIENT = replace(LIMITS, cell_seconds=90, call_seconds=90, notebook_seconds=150)


@pytest.mark.parametrize("sandboxed", [True, False], ids=["sandboxed", "plain"])
@pytest.mark.parametrize("what", STOPS)
def test_what_waits_for_a_person_is_an_error_at_once(tmp_path, what, sandboxed):
    define = f"def answer():\n    {STOPS[what]}\n    return 42"
    cells = (STOPS[what], define, "later = 7")
    tests = ("assert answer() == 42", "assert later == 7")
    began = time.monotonic()
    text = notebook(*cells, tests=tests)
    result = run(job(text, tmp_path, sandboxed=sandboxed, limits=PATIENT))
    assert time.monotonic() - began < PATIENT.call_seconds
    assert result.outcome is Outcome.STUDENT_ERROR
    assert "time-out" not in " ".join(result.notes)
    assert all("does not support input requests" in note for note in result.notes), result.notes
    assert printed(result, "t1") == ""


@pytest.mark.parametrize("kernel", ["sandbox", "sandbox-warm", None])
def test_a_breakpoint_is_passed_over_as_in_a_plain_kernel_and_named(tmp_path, monkeypatch, kernel):
    if kernel is not None:
        monkeypatch.setattr("autograder.execution.runner.SANDBOX_KERNEL", kernel)
    cells = ("breakpoint()", "def answer():\n    breakpoint()\n    return 42", "# breakpoint()")
    text = notebook(*cells, tests=("assert answer() == 42",))
    result = run(job(text, tmp_path, sandboxed=kernel is not None))
    assert result.outcome is Outcome.FINISHED
    assert len(result.notes) == 2
    assert all("breakpoint() is passed over" in note for note in result.notes)


@pytest.mark.parametrize(
    "hidden",
    [
        "get_ipython = None",
        "del get_ipython",
        "def get_ipython():\n    raise ValueError",
        "from IPython import display as get_ipython",
    ],
)
def test_a_name_of_ipythons_is_the_students_to_use(tmp_path, hidden):
    text = notebook(hidden, "def double(x):\n    return 2 * x", tests=("assert double(2) == 4",))
    result = run(job(text, tmp_path))
    assert (result.outcome, result.notes) == (Outcome.FINISHED, ())
