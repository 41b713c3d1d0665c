"""Run a student's notebook from top to bottom in a fresh kernel, as a graded run does.

Cells run in their order, after errors too, with the parameters of a graded run. The kernel is the
interpreter's own, without a sandbox: a student's code is at home here.
"""

from __future__ import annotations

import copy
import os
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nbformat.v4 import new_code_cell

from helpers.frontend import CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from nbformat import NotebookNode

    from helpers.course.catalogue import Conditions

_UNHEARD = "a cell that went on after it was interrupted"

_PEAK = "from helpers.capstone import peak_memory_mb\nprint(peak_memory_mb())"


@dataclass(frozen=True)
class CellRun:
    """How one cell ran.

    Attributes
    ----------
    index : int
        Its index in the notebook, as saved.
    seconds : float
        Wall time.
    error : str
        Name and text of the error that it ended with; empty if it ended well.
    outputs : list
        What it put out, as notebooks have it.
    """

    index: int
    seconds: float
    error: str
    outputs: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Run:
    """How a notebook ran.

    Attributes
    ----------
    cells : tuple of CellRun
        Of code, in order, as far as it came.
    seconds : float
        Wall time of all cells.
    peak_mb : float or None
        Most memory that the kernel held, in MiB; None where the system does not tell.
    stopped : str
        Why it did not come to its end; empty if it did.
    """

    cells: tuple[CellRun, ...]
    seconds: float
    peak_mb: float | None
    stopped: str = ""


def run_notebook(
    notebook: NotebookNode,
    folder: Path,
    conditions: Conditions,
    *,
    last: int | None = None,
    on_cell: Callable[[int, int], object] = lambda _done, _of: None,
) -> Run:
    """Run a notebook's cells.

    Parameters
    ----------
    notebook : NotebookNode
        As it was saved; it stays as it is.
    folder : Path
        Where the kernel runs.
    conditions : Conditions
        Limits and parameters of a graded run.
    last : int, optional
        Index of the last cell to run, by default that of all.
    on_cell : callable, optional
        Called before each cell with how many are done, and of how many.

    Returns
    -------
    Run
    """
    from nbclient import NotebookClient  # only here: it costs a second

    cells = _cells_to_run(notebook, conditions.parameters, last)
    running = copy.deepcopy(notebook)
    running.cells = [cell for _, cell in cells]
    client = NotebookClient(
        running,
        timeout=_whole_seconds(conditions.limits.get("cell_seconds")),
        interrupt_on_timeout=True,
        error_on_timeout={"ename": "TimeoutError", "evalue": "", "traceback": []},
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        store_widget_state=False,
        shutdown_kernel="immediate",
    )
    client.log.disabled = True  # what happened is told in our own words
    # what a kernel itself says, of its sockets say, is nothing for a student
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with client.setup_kernel(env=os.environ | {CHECKING: "1"}, **quiet):
        return _run(client, [index for index, _ in cells], conditions.limits, on_cell)


def _run(
    client: Any,
    indices: list[int | None],
    limits: Mapping[str, float],
    on_cell: Callable[[int, int], object],
) -> Run:
    began, found, stopped = time.monotonic(), list[CellRun](), ""
    most = limits.get("notebook_seconds", float("inf"))
    for number, (index, cell) in enumerate(zip(indices, client.nb.cells, strict=True)):
        on_cell(number, len(indices))
        if time.monotonic() - began > most:
            stopped = f"it took longer than the {most:g} s that a graded run gives it"
            break
        if reason := _run_cell(client, number, index, cell, found):
            stopped = reason
            break
    seconds = time.monotonic() - began
    return Run(tuple(found), seconds, None if stopped else _peak_memory(client), stopped)


def _run_cell(
    client: Any, number: int, index: int | None, cell: NotebookNode, found: list[CellRun]
) -> str:
    """Run one cell and note how it went; return what keeps the next ones from running."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    began = time.monotonic()
    try:
        client.execute_cell(cell, number)
    except DeadKernelError:
        return f"the kernel died in cell {(index or 0) + 1}: most often, it ran out of memory"
    except CellTimeoutError:
        return _UNHEARD
    if index is not None and cell.cell_type == "code":
        seconds, limit = time.monotonic() - began, client.timeout
        error = f"it took longer than {limit} s" if limit and seconds >= limit else _error(cell)
        found.append(CellRun(index, seconds, error, cell.outputs))
    return ""


def _cells_to_run(
    notebook: NotebookNode, parameters: Mapping[str, Any], last: int | None
) -> list[tuple[int | None, NotebookNode]]:
    """Return code cells with their indices; what is put among them for the run has none."""
    chosen: list[tuple[int | None, NotebookNode]] = []
    for index, cell in enumerate(notebook.cells[: None if last is None else last + 1]):
        if cell.cell_type == "code" and cell.source.strip():
            chosen.append((index, copy.deepcopy(cell)))
        if "parameters" in cell.metadata.get("tags", []) and parameters:
            lines = (f"{name} = {value!r}" for name, value in parameters.items())
            chosen.append((None, new_code_cell("\n".join(lines))))
    return chosen


def _error(cell: NotebookNode) -> str:
    errors = (one for one in cell.outputs if one.output_type == "error")
    return next((f"{one.ename}: {one.evalue}".rstrip(": ") for one in errors), "")


def _peak_memory(client: Any) -> float | None:
    """Ask the kernel; it is of the course's own code, whatever the student's does."""
    cell = new_code_cell(_PEAK)
    client.nb.cells.append(cell)
    client.execute_cell(cell, len(client.nb.cells) - 1)
    try:
        return float("".join(_printed(cell)))
    except ValueError:  # "None", or an error
        return None


def _printed(cell: NotebookNode) -> Iterator[str]:
    return (one.text for one in cell.outputs if one.output_type == "stream")


def _whole_seconds(limit: float | None) -> int | None:
    return None if limit is None else max(1, round(limit))
