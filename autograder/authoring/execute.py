"""Turn a percent script into an executed notebook with repeatable outputs.

Execution is by nbclient, not papermill: nothing is injected here, and papermill would write
timings, paths and its version into the notebook, all of which would have to come out again.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode
from nbgrader.nbgraderformat import (
    MetadataValidator,
    SchemaTooNewError,
    SchemaTooOldError,
    ValidationError,
)
from traitlets.config import Config

from autograder.errors import CellError, SourceError
from helpers.course.install import SETUP
from helpers.frontend import SESSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
"""Kernelspec that each notebook names in its metadata."""

CELL_TIMEOUT = 600
"""Seconds that one cell may take; a notebook that students wait for should stay far below."""

REPEATABLE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",  # TensorFlow greets on stderr, where a build allows nothing
    "NO_COLOR": "1",
}
"""What makes two runs of one notebook print the same.

One thread fixes the order of floating-point sums, the hash seed the order of sets.
"""

UNWANTED = ("COURSE_HOLDOUT", "MPLBACKEND", "NBGRADER_EXECUTION", "FORCE_COLOR", SESSION)
"""Environment variables that would make the outputs depend on who runs the build."""

UNSTABLE = "nbval-ignore-output"
"""nbval's own tag for outputs that differ from run to run, such as timings."""

STORED = "stored-output"
"""Besides `UNSTABLE`, for those that a reader is to see: one run's are kept, and never compared."""

_ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}")


def read_script(path: Path) -> NotebookNode:
    """Read a percent script as a notebook without outputs.

    Parameters
    ----------
    path : Path
        A jupytext percent script, ``# %%`` cells with nbgrader metadata.

    Returns
    -------
    NotebookNode
        Cell ids are ``grade_id``, or ``cell-NN`` counted from 1; that of the first code cell is
        ``setup``. Metadata holds the kernel's
        name, and for each cell ``nbgrader`` and ``tags``, nothing else.

    Raises
    ------
    SourceError
        If there is no cell, or nbgrader or the notebook format refuses a cell.
    """
    notebook: NotebookNode = jupytext.read(path, fmt="py:percent")
    if not notebook.cells:
        raise SourceError(path.name, "no cells: expected lines that start with '# %%'")
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC})
    number = 0
    for cell in notebook.cells:
        number += cell.source != SETUP  # the same in all, it moves no other cell's number
        _tidy(cell, number, path.name)
    _validate(notebook, path.name)
    return notebook


def execute(
    notebook: NotebookNode,
    folder: Path,
    source: str,
    on_cell: Callable[[], object] = lambda: None,
) -> NotebookNode:
    """Run all cells in one plain kernel and keep their outputs.

    Parameters
    ----------
    notebook : NotebookNode
        What `read_script` returned. Changed in place.
    folder : Path
        Working folder of the kernel, in a scratch folder: its sockets are made beside it.
    source : str
        Name to use in errors.
    on_cell : callable, optional
        Called after each code cell, to show progress.

    Returns
    -------
    NotebookNode
        The same one, with outputs that do not depend on where and when it ran.

    Raises
    ------
    CellError
        If a cell fails, takes longer than `CELL_TIMEOUT`, kills the kernel, writes to stderr,
        or its output names `folder`.
    """
    current: dict[str, str] = {}

    # nbclient passes what it calls these with by name, needed or not.
    def started(cell: NotebookNode, cell_index: int) -> None:  # noqa: ARG001  # see above
        current["id"] = cell.id

    # Not on_cell_complete, which nbclient calls before there is any output.
    def executed(
        cell: NotebookNode,
        cell_index: int,  # noqa: ARG001  # see above
        execute_reply: Any,  # noqa: ARG001  # see above
    ) -> None:
        _refuse_stray_output(cell, folder, source)
        on_cell()

    # Sockets in the file system: TCP ports are open to every process of the machine.
    sockets = {"KernelManager": {"transport": "ipc", "ip": f"{folder}.socket"}}
    client = NotebookClient(
        notebook,
        config=Config(sockets),
        timeout=CELL_TIMEOUT,
        kernel_name=KERNELSPEC["name"],
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        coalesce_streams=True,  # how prints are cut into messages is a matter of timing
        store_widget_state=False,
        shutdown_kernel="immediate",
        on_cell_start=started,
        on_cell_executed=executed,
    )
    try:
        client.execute(env=kernel_environment())
    except CellExecutionError as error:
        raise CellError(source, current["id"], f"{error.ename}: {error.evalue}") from error
    except CellTimeoutError as error:
        raise CellError(source, current["id"], f"ran longer than {CELL_TIMEOUT} s") from error
    except RuntimeError as error:  # DeadKernelError, or no answer within the start-up time
        raise CellError(source, current.get("id", "before the first"), str(error)) from error
    return normalise(notebook)


def recall(notebook: NotebookNode, earlier: NotebookNode) -> NotebookNode:
    """Give each code cell the outputs that an earlier run of it left, instead of running it.

    Parameters
    ----------
    notebook : NotebookNode
        What `read_script` returned. Changed in place.
    earlier : NotebookNode
        What `execute` returned for the same cells, which are told by their ids.

    Returns
    -------
    NotebookNode
        The same one, with outputs.
    """
    outputs = {cell.id: cell.get("outputs", []) for cell in earlier.cells}
    code = (cell for cell in notebook.cells if cell.cell_type == "code")
    for count, cell in enumerate(code, start=1):
        cell.execution_count = count
        cell.outputs = outputs.get(cell.id, [])
    return normalise(notebook)


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Remove from an executed notebook whatever differs from run to run.

    Memory addresses become ``at 0x...``, tracebacks of cells that are meant to raise are reduced
    to the error's name and message, and cells tagged ``nbval-ignore-output`` keep no output,
    unless they are tagged ``stored-output``, too.
    """
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC})
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        tags = cell.metadata.get("tags", [])
        if UNSTABLE in tags and STORED not in tags:
            cell.outputs = []
        cell.outputs = [_map_text(output, _hide_address) for output in cell.outputs]
        for output in cell.outputs:
            if output.output_type == "error":
                output.traceback = [f"{output.ename}: {output.evalue}"]
    return notebook


def kernel_environment() -> dict[str, str]:
    """Return the environment of a kernel whose outputs are to be kept."""
    inherited = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    return inherited | REPEATABLE


def _tidy(cell: NotebookNode, number: int, source: str) -> None:
    if "incorrectly_encoded_metadata" in cell.metadata:
        bad = cell.metadata["incorrectly_encoded_metadata"]
        raise SourceError(source, f"cell {number}: metadata is not JSON: {bad}")
    cell.metadata = nbformat.from_dict(
        {key: cell.metadata[key] for key in ("nbgrader", "tags") if key in cell.metadata}
    )
    own = "setup" if cell.source == SETUP else f"cell-{number:02d}"
    cell.id = cell.metadata.get("nbgrader", {}).get("grade_id") or own


def _validate(notebook: NotebookNode, source: str) -> None:
    # The validator behind nbgrader's CheckCellMetadata, which hides its messages in a log.
    validator = MetadataValidator()
    for cell in notebook.cells:
        try:
            validator.validate_cell(cell)
        except (KeyError, ValidationError, SchemaTooOldError, SchemaTooNewError) as error:
            reason = str(error).splitlines()[0]  # the rest prints the whole schema
            raise SourceError(source, f"cell {cell.id!r}, nbgrader metadata: {reason}") from error
    ids = [cell.id for cell in notebook.cells]
    for twice in sorted({name for name in ids if ids.count(name) > 1}):
        raise SourceError(source, f"two cells have the id {twice!r}")
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        raise SourceError(source, f"not a valid notebook: {str(error).splitlines()[0]}") from error


def _refuse_stray_output(cell: NotebookNode, folder: Path, source: str) -> None:
    kept = [output for output in cell.outputs if output.output_type != "error"]
    streams = [output for output in kept if output.output_type == "stream"]
    stderr = "".join(output.text for output in streams if output.name == "stderr")
    if stderr:
        raise CellError(source, cell.id, f"wrote to stderr: {stderr.strip()}")
    if str(folder) in "".join(text for output in kept for text in _texts(output)):
        raise CellError(source, cell.id, f"its output names the folder it ran in, {folder}")


def _texts(output: NotebookNode) -> list[str]:
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    _map_text(output, note)
    return found


def _hide_address(text: str) -> str:
    return _ADDRESS.sub("at 0x...", text)


def _map_text(value: Any, change: Callable[[str], str]) -> Any:
    """Apply ``change`` to every string in an output, however nested."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return nbformat.from_dict({key: _map_text(item, change) for key, item in value.items()})
    if isinstance(value, list):
        return [_map_text(item, change) for item in value]
    return value
