"""Run one job by papermill: plain data comes in, plain data goes out."""

from __future__ import annotations

import ast
import contextlib
import functools
import logging
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError

from autograder.errors import InfrastructureError
from autograder.execution.executor import RunRecord
from autograder.execution.job import Job, Result
from autograder.sandbox.policy import Policy, with_data
from autograder.sandbox.preload import choose
from autograder.sandbox.runtime_dir import own_folder
from autograder.sandbox.staging import stageable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode

logger = logging.getLogger(__name__)

SANDBOX_KERNEL = "sandbox-warm"
"""Kernelspec of sandboxed runs: ``"sandbox"`` starts cold, ``"sandbox-warm"`` forked."""

START_SECONDS = 30
"""Processor time for a cold kernel's own start, which the wall time leaves out."""


def run(job: Job) -> Result:
    """Run a job and return its result.

    Raises
    ------
    InfrastructureError
        If a kernel, the sandbox or the checker failed: nothing that the student did.
    """
    began, record = time.perf_counter(), RunRecord()
    nb = nbformat.reads(job.notebook, as_version=4)
    with tempfile.TemporaryDirectory(prefix="run-", dir=own_folder()) as folder:
        start = _sandboxed if job.sandboxed else _unsandboxed
        # a failed cell is no surprise here: the record and the outputs say which
        with contextlib.suppress(PapermillExecutionError):
            papermill.execute_notebook(
                nb,
                None,
                parameters=_parameters(job, nb),
                engine_name="autograder",
                kernel_name=SANDBOX_KERNEL if job.sandboxed else "python3",
                language="python",
                progress_bar=False,
                limits=job.limits,
                seed=job.seed,
                student=start(job, Path(folder, "student"), checker=False),
                checker=start(job, Path(folder, "checker"), checker=True),
                record=record,
                survey=job.holdout is not None,
            )
    if record.notebook is None:
        raise InfrastructureError("the engine gave no notebook back")
    text = _storable(nbformat.writes(_cleaned(record.notebook)))
    notes = tuple(_storable(note) for note in record.notes)
    spans = tuple(record.stopwatch.spans)
    logger.debug("ran in %.1f s: %s", time.perf_counter() - began, record.outcome)
    ended = record.died, record.starved
    return Result(text, record.outcome, notes, spans, record.loaded, *ended)


def _storable(text: str) -> str:
    """Replace halves of characters, which no file can hold: a kernel's reply may forge them."""
    return text.encode(errors="replace").decode()


def _parameters(job: Job, nb: nbformat.NotebookNode) -> dict[str, Any]:
    seeded = job.seed is not None and has_parameter(nb)
    return {**job.parameters, **({PARAMETER: job.seed} if seeded else {})}


def profile_of(job: Job) -> str:
    """Return what the fork server of a job's two kernels has imported."""
    return _profile(job.notebook)


@functools.lru_cache(maxsize=2)  # asked for the student's kernel and again for the checker's
def _profile(notebook: str) -> str:
    cells = nbformat.reads(notebook, as_version=4).cells
    return choose(cell.source for cell in cells if cell.cell_type == "code")


def _sandboxed(job: Job, folder: Path, *, checker: bool) -> dict[str, Any]:
    read_only: list[tuple[Path, str]] = []
    environment: list[tuple[str, str]] = []
    if checker and job.holdout is not None:
        # file by file: their folder is readable to the grader alone
        files = sorted(path for path in job.holdout.iterdir() if path.name.endswith("-ubyte"))
        read_only += [(path, f"/holdout/{path.name}") for path in files]
        environment.append(("COURSE_HOLDOUT", "/holdout"))
    policy = Policy(
        memory_mb=job.limits.memory_mb,
        # no process can use more within the wall time, which ends it first and says so
        cpu_seconds=START_SECONDS + int(job.limits.notebook_seconds * (os.cpu_count() or 1)),
        read_only=tuple(read_only),
        environment=tuple(environment),
        copied=None if checker or not job.beside else _written(job.beside, folder),
    )
    if job.data is not None:
        policy = with_data(policy, job.data)
    return {"cwd": str(job.files), "policy": policy, "profile": profile_of(job)}


def _written(files: Mapping[str, bytes], folder: Path) -> Path:
    """Write files into a folder, for whatever user a sandbox has."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def _unsandboxed(job: Job, folder: Path, *, checker: bool) -> dict[str, Any]:
    """Start options without a cage: the submission can read what the grader can."""
    folder.mkdir()
    for path, name in stageable(job.files):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if path.is_dir() else shutil.copyfile
        copy(path, folder / name)
    if not checker:
        _written(job.beside, folder)
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment |= {"PATH": f"{sys.prefix}/bin:{os.environ['PATH']}"}
    environment |= {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    environment |= {"NBGRADER_EXECUTION": "autograde", "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment |= {"PYTHONBREAKPOINT": "0"}
    if job.data is not None:
        environment["COURSE_DATA"] = str(job.data)
    if checker and job.holdout is not None:
        environment["COURSE_HOLDOUT"] = str(job.holdout)
    return {"cwd": str(folder), "env": environment}


def _cleaned(nb: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Drop what papermill wrote for itself, and its markers of failed cells."""
    nb.metadata.pop("papermill", None)
    nb.cells = [c for c in nb.cells if "papermill-error-cell-tag" not in c.metadata.get("tags", [])]
    for cell in nb.cells:
        cell.metadata.pop("papermill", None)
        if not cell.metadata.get("tags"):
            cell.metadata.pop("tags", None)
    return nb


PARAMETER = "seed"
"""Papermill parameter that is set to the seed, if the notebook has it."""


def has_parameter(nb: NotebookNode) -> bool:
    """Whether a notebook's cell of parameters sets `PARAMETER`."""
    tagged = (cell for cell in nb.cells if "parameters" in cell.metadata.get("tags", []))
    return any(_sets_seed(cell.source) for cell in tagged)


def _sets_seed(source: str) -> bool:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False  # running the cell reports it
    stored = (n for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return any(name.id == PARAMETER for name in stored)
