"""Start the processes that a class needs most, while the rest of the grader is still imported.

A fork server has as much to import as the grader itself, so the two do it side by side: this module
imports little, and the command line calls it first.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import tempfile
from contextlib import contextmanager
from multiprocessing import forkserver
from typing import TYPE_CHECKING

from autograder.errors import AutograderError
from autograder.sandbox.preload import choose
from autograder.sandbox.runtime_dir import TOP
from autograder.sandbox.zygote_client import Zygote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import ForkServerContext
    from pathlib import Path

logger = logging.getLogger(__name__)


def start_early(notebook: Path, *, sandboxed: bool) -> None:
    """Start what the runs of an assignment will be forked from.

    Whatever prevents that is left to be found again, and told, where it is needed.

    Parameters
    ----------
    notebook : Path
        The author's own solution; its imports tell what kernels need.
    sandboxed : bool
        Whether kernels are forked.
    """
    start_workers()
    if sandboxed:
        try:
            cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
            Zygote.of(choose("".join(c["source"]) for c in cells if c["cell_type"] == "code"))
        except (AutograderError, OSError, ValueError, LookupError, TypeError) as error:
            logger.info("no fork server was started early", exc_info=error)


def start_workers() -> None:
    """Start the parent of all grading processes."""
    worker_context()
    with _short_paths():
        forkserver.ensure_running()


@contextmanager
def _short_paths() -> Iterator[None]:
    """Let multiprocessing keep its sockets in ``/tmp``: a socket's path ends at 107 bytes.

    It remembers the folder for as long as this process lives.
    """
    before = tempfile.tempdir
    tempfile.tempdir = str(TOP)
    try:
        yield
    finally:
        tempfile.tempdir = before


def worker_context() -> ForkServerContext:
    """Return how grading processes are made: by a fork of a process that only imported."""
    # a forked copy of the grader would share its sqlite handles; a fork server has none
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["autograder.execution.runner"])
    return context
