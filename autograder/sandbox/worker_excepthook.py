"""Keep a worker quiet that cannot start because its grader is ending.

The fork server imports this, for what the import does, and its children inherit it. A grader that
is interrupted while it makes a worker takes back the semaphores that the worker is about to open;
the worker's traceback would stand below the grader's last line.
"""

from __future__ import annotations

import os
import select
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

GRADER = os.getppid()
"""Process id of the fork server's parent, which this is when a fork server imports it."""

SECONDS = 10.0
"""How long a grader that is ending may take; an error of one that goes on is shown after it."""


def show_unless_ending(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Stand in for `sys.excepthook`."""
    if not ends_within(SECONDS, GRADER):
        sys.__excepthook__(kind, error, traceback)


def ends_within(seconds: float, pid: int) -> bool:
    """Wait for the end of a process, and return whether it came.

    Parameters
    ----------
    seconds : float
        How long to wait at most.
    pid : int
        The process; one that is not there has ended.

    Returns
    -------
    bool
    """
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    except (AttributeError, OSError):  # no Linux, or an old one
        return False
    try:
        return bool(select.select([process], [], [], seconds)[0])
    finally:
        os.close(process)


sys.excepthook = show_unless_ending
