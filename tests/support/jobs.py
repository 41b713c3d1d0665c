"""Notebooks for `autograder.execution.runner.run`: student cells, then graded cells t0, t1, ..."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from autograder.assignment import Limits
from autograder.execution.job import Job, Result
from tests.support.course import marked

if TYPE_CHECKING:
    from pathlib import Path

# A kernel holds several copies of a flood until the first 0.2 seconds of it are sent.
LIMITS = Limits(cell_seconds=30, call_seconds=30, notebook_seconds=90, memory_mb=2048, output_mb=1)


def notebook(*sources: str, tests: tuple[str, ...] = ()) -> str:
    """Return a notebook of student cells, then graded cells t0, t1, ..."""
    cells = [new_code_cell("quick = False", metadata={"tags": ["parameters"]})]
    cells += [new_code_cell(source) for source in sources]
    for number, source in enumerate(tests):
        metadata = marked(f"t{number}", grade=True, locked=True, points=1)
        cells.append(new_code_cell(source, metadata=metadata))
    nb = new_notebook(cells=cells)
    nb.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.writes(nb)


def job(text: str, folder: Path, **options: Any) -> Job:
    """Return the job of a notebook, with `LIMITS` unless others are given."""
    return Job(text, folder, {"quick": True}, **{"limits": LIMITS, **options})


def printed(result: Result, name: str) -> str:
    """Return all that one graded cell shows, errors included."""
    nb = nbformat.reads(result.notebook, as_version=4)
    (cell,) = [c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name]
    parts = [o.get("text") or o.get("evalue") or o["data"]["text/plain"] for o in cell.outputs]
    return "".join(parts)
