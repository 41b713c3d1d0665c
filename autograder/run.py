"""Run one submission: a pure function of its job, all plain data."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError

from autograder import seeds
from autograder.conductor import Record
from autograder.errors import InfrastructureError
from autograder.kernel import Limits
from autograder.outcome import Outcome
from autograder.sandbox.policy import Policy, with_data
from autograder.sandbox.profiles import choose
from autograder.timing import Span
from autograder.workspace import own_folder

CAGED_KERNEL = "sandbox-warm"
"""Kernelspec of caged runs: ``"sandbox"`` starts cold, ``"sandbox-warm"`` forked."""
START_SECONDS = 30
"""Processor time for a cold kernel's own start, which the wall time leaves out."""


@dataclass(frozen=True)
class Job:
    """Everything that a run depends on.

    Attributes
    ----------
    notebook : str
        The restored notebook, as JSON text.
    files : Path
        The assignment's folder; what lies beside the notebook there is readable beside it here.
    parameters : mapping
        Papermill parameters.
    limits : Limits
        What the submission may use.
    data : Path or None
        The training data handed to the submission.
    holdout : Path or None
        Images and labels for the checker alone.
    caged : bool
        Whether the kernels run in the sandbox.
    seed : int or None
        What the student's kernel is seeded with (`autograder.seeds`); None for a new one each time.
    """

    notebook: str
    files: Path
    parameters: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    data: Path | None = None
    holdout: Path | None = None
    caged: bool = True
    seed: int | None = None


@dataclass(frozen=True)
class Result:
    """What a run gave.

    Attributes
    ----------
    notebook : str
        The executed notebook, as JSON text.
    outcome : Outcome
        The gravest thing that happened.
    notes : tuple of str
        Where it happened.
    seconds : float
        Wall time.
    spans : tuple of Span
        Where that time went.
    loaded : str or None
        What `autograder.bridge.loaded` displayed, the student's word; None if it was not asked
        or did not answer.
    """

    notebook: str
    outcome: Outcome
    notes: tuple[str, ...]
    seconds: float
    spans: tuple[Span, ...] = ()
    loaded: str | None = None


def run(job: Job) -> Result:
    """Run a job and return its result.

    Raises
    ------
    InfrastructureError
        If a kernel, the sandbox or the checker failed: nothing that the student did.
    """
    began, record = time.perf_counter(), Record()
    nb = nbformat.reads(job.notebook, as_version=4)
    with tempfile.TemporaryDirectory(prefix="run-", dir=own_folder()) as folder:
        start = _caged if job.caged else _plain
        # a failed cell is no surprise here: the record and the outputs say which
        with contextlib.suppress(PapermillExecutionError):
            papermill.execute_notebook(
                nb,
                None,
                parameters=_parameters(job, nb),
                engine_name="autograder",
                kernel_name=CAGED_KERNEL if job.caged else "python3",
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
    seconds = time.perf_counter() - began
    return Result(text, record.outcome, notes, seconds, spans, record.loaded)


def _storable(text: str) -> str:
    """Replace halves of characters, which no file can hold: a kernel's reply may forge them."""
    return text.encode(errors="replace").decode()


def _parameters(job: Job, nb: nbformat.NotebookNode) -> dict[str, Any]:
    seeded = job.seed is not None and seeds.has_parameter(nb)
    return {**job.parameters, **({seeds.PARAMETER: job.seed} if seeded else {})}


def profile_of(job: Job) -> str:
    """Return what the fork server of a job's two kernels has imported."""
    return _profile(job.notebook)


@functools.lru_cache(maxsize=2)  # asked for the student's kernel and again for the checker's
def _profile(notebook: str) -> str:
    cells = nbformat.reads(notebook, as_version=4).cells
    return choose(cell.source for cell in cells if cell.cell_type == "code")


def _caged(job: Job, folder: Path, *, checker: bool) -> dict[str, Any]:
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
    )
    if job.data is not None:
        policy = with_data(policy, job.data)
    return {"cwd": str(job.files), "policy": policy, "profile": profile_of(job)}


def _plain(job: Job, folder: Path, *, checker: bool) -> dict[str, Any]:
    """Start options without a cage: the submission can read what the grader can."""
    ignored = shutil.ignore_patterns("*.ipynb", "*.py", "run.toml", "__pycache__")
    shutil.copytree(job.files, folder, ignore=ignored)
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment |= {"PATH": f"{sys.prefix}/bin:{os.environ['PATH']}"}
    environment |= {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    environment |= {"NBGRADER_EXECUTION": "autograde", "TF_CPP_MIN_LOG_LEVEL": "3"}
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
