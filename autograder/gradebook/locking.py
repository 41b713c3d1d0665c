"""Wait for a gradebook that another program keeps locked, as long as that may reasonably take."""

from __future__ import annotations

import logging
import sqlite3
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.exc import OperationalError

from autograder.errors import GradebookLockedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

logger = logging.getLogger(__name__)

Found = TypeVar("Found")

LOCK_SECONDS = 180.0
"""How long somebody may look into the gradebook, or copy it, before a submission is put off."""

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two attempts; each one waits five seconds by itself, as SQLite does."""

LOCKED = "database is locked"
"""SQLite's own words."""

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}

_PRIMARY = 0xFF
"""The part of SQLite's error code that does not say more than that."""


@dataclass
class Patience:
    """How long to wait for one gradebook; who waited in vain once tries only once, until it helps.

    Attributes
    ----------
    path : Path
        The gradebook.
    in_vain : bool
        Whether the last wait was.
    """

    path: Path
    in_vain: bool = False

    def wait(self, action: Callable[[], Found]) -> Found:
        """Do something in the gradebook, again and again as long as it is locked.

        Parameters
        ----------
        action : callable
            Leaves nothing of an attempt that failed.

        Returns
        -------
        object
            What it returns.

        Raises
        ------
        GradebookLockedError
            If the gradebook stayed locked.
        """
        latest = time.monotonic() + (0 if self.in_vain else LOCK_SECONDS)
        pause = FIRST_PAUSE
        while True:
            try:
                found = action()
            except Exception as error:
                if not is_locked(error):
                    raise
                if time.monotonic() + pause > latest:
                    self.in_vain = True
                    raise GradebookLockedError(LOCKED, self.path) from error
                logger.info("%s is locked by another program; waiting", self.path)
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                self.in_vain = False
                return found


def is_locked(error: BaseException | None) -> bool:
    """Whether an error, or what led to it, says that another connection holds a lock.

    nbgrader raises errors of its own in place of the database's.
    """
    while error is not None:
        if isinstance(error, GradebookLockedError):
            return True
        if isinstance(error, OperationalError):
            return getattr(error.orig, "sqlite_errorcode", 0) & _PRIMARY in _LOCKED
        error = error.__cause__ or error.__context__
    return False
