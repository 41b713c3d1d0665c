"""A user id of its own for each sandbox that root starts.

The limit on processes counts per user id, so two sandboxes must never share one.
A lock on a file says which are taken, on the whole host; it ends with the process that holds it.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import InfrastructureError

FIRST_UID, UIDS = 61_000, 512
"""The user ids that are lent: the first, and how many; accounts rarely have such."""

NAMESPACE_UID = 1000
"""Id in a user namespace: those count their processes apart, so an ordinary user needs no lock."""

_LOCKS, _PREFIX = Path("/tmp"), ".cage-uid-"  # noqa: S108  # locks that hold nothing


@dataclass(frozen=True)
class UserId:
    """A user id that nobody else uses until `release`.

    Attributes
    ----------
    number : int
        The id.
    lock : int or None
        Descriptor that holds its lock; None if it needs none.
    """

    number: int
    lock: int | None = None

    def release(self) -> None:
        """Let others have it."""
        if self.lock is not None:
            _path(self.number).unlink(missing_ok=True)
            os.close(self.lock)


def take() -> UserId:
    """Return a free user id.

    Raises
    ------
    InfrastructureError
        If all are taken.
    """
    if os.geteuid() != 0:
        return UserId(NAMESPACE_UID)
    for number in range(FIRST_UID, FIRST_UID + UIDS):
        lock = _lock(_path(number), os.O_CREAT)
        if lock is not None:
            return UserId(number, lock)
    raise InfrastructureError(f"all {UIDS} sandbox user ids are in use")


def sweep() -> list[str]:
    """Remove the lock files that a killed process left; they are harmless.

    Returns
    -------
    list of str
        Their paths.
    """
    removed = []
    for path in _LOCKS.glob(f"{_PREFIX}*"):
        lock = _lock(path)
        if lock is not None:
            path.unlink()
            os.close(lock)
            removed.append(str(path))
    return removed


def _path(number: int) -> Path:
    return _LOCKS / f"{_PREFIX}{number}"


def _lock(path: Path, create: int = 0) -> int | None:
    """Lock a file and return its descriptor; None if another process has it."""
    try:
        lock = os.open(path, create | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except (FileNotFoundError, PermissionError):
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # its last holder removed it before we had the lock: then it locks nothing any more
        if os.path.samestat(os.fstat(lock), path.stat()):
            return lock
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(lock)
    return None
