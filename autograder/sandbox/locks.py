"""Lock files and folders that several grading processes share; a lock ends with its process."""

from __future__ import annotations

import errno
import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_NOT_OURS = (errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.ELOOP)
"""Removed meanwhile, another user's, of another kind, or a link."""


def try_lock(path: Path, flags: int) -> int | None:
    """Lock a file or folder for as long as this process lives, unless another one has it.

    Parameters
    ----------
    path : Path
        Never followed, if it is a link.
    flags : int
        How to open it, such as ``os.O_RDWR | os.O_CREAT``; a new file is for its owner alone.

    Returns
    -------
    lock : int or None
        The descriptor that holds the lock; None if another process has it, or if the path is
        not there, not to be opened like that, or no longer what was opened.
    """
    try:
        lock = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno in _NOT_OURS:
            return None
        raise
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # its last holder removed it before we had the lock: then it locks nothing any more
        if os.path.samestat(os.fstat(lock), path.lstat()):
            return lock
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(lock)
    return None
