"""Start the parent of all processes that the grader makes of itself.

It only imported: a forked copy of the grader itself would share its sqlite handles and its threads.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from contextlib import contextmanager
from multiprocessing import forkserver
from typing import TYPE_CHECKING

from autograder.sandbox.runtime_dir import TOP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import ForkServerContext

PRELOADED = (
    "autograder.sandbox.worker_excepthook",
    "autograder.execution.runner",
    "autograder.submissions.restore",
)
"""What grading processes, and the one that reads submissions, import."""


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
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*PRELOADED])
    return context
