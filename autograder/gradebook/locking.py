"""Wait for a gradebook that is locked or away, as long as that may reasonably take."""

from __future__ import annotations

import logging
import sqlite3
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.exc import DBAPIError

from autograder.errors import GradebookLockedError

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

Found = TypeVar("Found")

LOCK_SECONDS = 180.0
"""How long somebody may look into the gradebook, or copy it, before a submission is put off."""

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two attempts; each one waits five seconds by itself, as SQLite does."""

LOCKED = "database is locked"
"""SQLite's own words."""

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}

_PASSING = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03"}
"""PostgreSQL's codes for two that were in each other's way, and for a server that goes or comes."""

_WORDS = (
    *(LOCKED, "Connection refused", "could not connect", "server closed the connection"),
    *("the database system is", "terminating connection", "Connection timed out", "No route to"),
    *("Connection reset", "SSL SYSCALL", "Is the server running"),
)
"""Parts of what databases say where an error has no code."""

_PRIMARY = 0xFF
"""The part of SQLite's error code that does not say more than that."""


@dataclass
class Patience:
    """How long to wait for one gradebook; who waited in vain once tries only once, until it helps.

    Attributes
    ----------
    name : str
        What messages call the gradebook.
    in_vain : bool
        Whether the last wait was.
    """

    name: str
    in_vain: bool = False

    def wait(self, action: Callable[[], Found]) -> Found:
        """Do something in the gradebook, again and again as long as it is locked or away.

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
            If the gradebook stayed so.
        """
        latest = time.monotonic() + (0 if self.in_vain else LOCK_SECONDS)
        pause = FIRST_PAUSE
        while True:
            try:
                found = action()
            except Exception as error:
                why = transient_fault(error)
                if why is None:
                    raise
                if time.monotonic() + pause > latest:
                    self.in_vain = True
                    raise GradebookLockedError(why, self.name) from error
                told = "locked by another program" if why == LOCKED else f"out of reach, {why}"
                logger.info("%s is %s; waiting", self.name, told)
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                self.in_vain = False
                return found


def transient_fault(error: BaseException | None) -> str | None:
    """Return what keeps a database from answering for a while; None if an error says nothing so.

    That is another connection's lock, or a server that restarts or is out of reach. nbgrader raises
    errors of its own in place of the database's, so what led to an error counts too.

    Parameters
    ----------
    error : BaseException or None
        What was raised.

    Returns
    -------
    str or None
        In a line.
    """
    while error is not None:
        if isinstance(error, GradebookLockedError):
            return error.reason
        if isinstance(error, DBAPIError):
            return _fault_of(error)
        error = error.__cause__ or error.__context__
    return None


def _fault_of(error: DBAPIError) -> str | None:
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return LOCKED if code & _PRIMARY in _LOCKED else None
    if getattr(error.orig, "pgcode", None) in _PASSING:
        return _line(str(error.orig))
    found = transient_words(str(error.orig))
    return _line(str(error.orig)) if error.connection_invalidated and found is None else found


def transient_words(said: str) -> str | None:
    """Return the line of a text in which a database says that it does not answer for a while."""
    lines = (line for line in said.splitlines() if any(words in line for words in _WORDS))
    line = next(lines, None)
    return line if line is None else LOCKED if LOCKED in line else _line(line)


def _line(said: str) -> str:
    return said.strip().splitlines()[0].strip() if said.strip() else "no reason given"
