"""What a grading process keeps on the host, and what a killed one left there.

Each process has one folder in ``/tmp``, and holds its lock for as long as it lives; everything
else is inside, and its control groups bear the folder's name.
So a folder whose lock can be taken belongs to nobody any more, and whoever starts next removes
it; the folder of a running grader cannot be taken for one.
The lock is on the folder itself, where systemd-tmpfiles respects it too.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import logging
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.sandbox import cgroups, uids
from autograder.sandbox.locks import try_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

TOP = Path("/tmp")  # noqa: S108  # each folder in it is made private
"""Not ``TMPDIR``: a socket's path ends at 107 bytes."""

PREFIX, UNFINISHED = "grader-", ".making-grader-"
"""How the name of a process's folder begins, and as long as it is not locked yet."""

UNFINISHED_SECONDS = 60.0
"""After so long a folder that is not locked is an orphan's."""

_mine: tuple[Path, int] | None = None  # the folder and the descriptor that holds its lock


def own_folder() -> Path:
    """Return this process's folder; the first call makes it, after a `sweep`."""
    global _mine
    if _mine is None:
        sweep()
        # under another name until it is locked: nobody may take it for an orphan before
        unfinished = tempfile.mkdtemp(prefix=UNFINISHED, dir=TOP)
        lock = os.open(unfinished, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = TOP / (PREFIX + unfinished.removeprefix(f"{TOP}/{UNFINISHED}"))
        Path(unfinished).rename(folder)
        _mine = folder, lock
    return _mine[0]


def new_folder(kind: str) -> Path:
    """Make a new folder, named by its kind, that ends with this process at the latest."""
    return Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=own_folder()))


def sweep() -> list[str]:
    """Remove what grading processes of this user left that are no more.

    Returns
    -------
    list of str
        What was removed: folders, control groups and locks.
    """
    removed = [*_sweep_folders(), *uids.sweep()]
    if removed:
        logger.info("removed what was left of a killed grader: %s", ", ".join(removed))
    return removed


def _sweep_folders() -> Iterator[str]:
    for folder in sorted(TOP.glob(f"{PREFIX}*")):
        lock = _lock(folder)
        if lock is not None:
            yield from cgroups.remove_all(f"{folder.name}.")
            shutil.rmtree(folder)
            os.close(lock)
            yield str(folder)
    for folder in TOP.glob(f"{UNFINISHED}*"):
        with contextlib.suppress(OSError):  # finished by now, or another user's
            if time.time() - folder.stat().st_mtime > UNFINISHED_SECONDS:
                folder.rmdir()
                yield str(folder)


def _lock(folder: Path) -> int | None:
    """Lock a folder of this user's; None if another process has it."""
    lock = try_lock(folder, os.O_RDONLY | os.O_DIRECTORY)
    if lock is not None and not _is_private(os.fstat(lock)):
        os.close(lock)
        return None
    return lock


def _is_private(status: os.stat_result) -> bool:
    return status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) == 0o700


def _leave() -> None:
    """Remove this process's folder."""
    global _mine
    if _mine is not None:
        shutil.rmtree(_mine[0], ignore_errors=True)
        os.close(_mine[1])
        _mine = None


def _forget() -> None:
    """Leave the folder to the parent: a forked process makes its own."""
    global _mine
    if _mine is not None:
        os.close(_mine[1])
        _mine = None


atexit.register(_leave)

os.register_at_fork(after_in_child=_forget)
