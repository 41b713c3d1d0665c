"""A user id of its own for each sandbox that root starts.

The limit on processes counts per user id, so two sandboxes must never share one.
A lock on a file says which are taken, on the whole host; it ends with the process that holds it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import InfrastructureError
from autograder.sandbox.locks import try_lock

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
        lock = try_lock(_path(number), os.O_RDWR | os.O_CREAT)
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
        lock = try_lock(path, os.O_RDWR)
        if lock is not None:
            path.unlink()
            os.close(lock)
            removed.append(str(path))
    return removed


def _path(number: int) -> Path:
    return _LOCKS / f"{_PREFIX}{number}"
