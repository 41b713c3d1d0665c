"""A call that takes too long is told its limit, where students read it."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from autograder.assignment import Limits
from autograder.execution.job import Job
from autograder.execution.runner import run
from autograder.outcome import Outcome


def test_the_limit_of_a_call_is_named_in_the_notes_and_in_the_cell(tmp_path: Path) -> None:
    marks = {"grade": True, "grade_id": "check", "locked": True, "points": 1}
    marks |= {"schema_version": 3, "solution": False, "task": False}
    cells = [
        new_code_cell("def predict():\n    while True: pass"),
        new_code_cell("predict()", metadata={"nbgrader": marks}),
    ]
    notebook = nbformat.writes(new_notebook(cells=cells))
    limits = Limits(cell_seconds=30, call_seconds=1.5, notebook_seconds=90, memory_mb=2048)
    result = run(Job(notebook, tmp_path, {}, limits, sandboxed=False))
    assert result.outcome is Outcome.TIME_OUT
    words = "time-out: the call took longer than 1.5 s"
    assert result.notes == (f"check: {words}",)
    (output,) = nbformat.reads(result.notebook, as_version=4).cells[-1].outputs
    assert output.ename == "TimeoutError"
    assert words in output.evalue
