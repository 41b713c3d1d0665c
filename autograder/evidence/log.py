"""An append-only log of what was run, on what, and what came of it, each line hash-chained.

One file an assignment, ``work/evidence/<assignment>.jsonl``. Each line is one entry::

    {"body":{"kind":...,...},"hash":H,"previous":P}

P is the hash of the line before (64 zeros at the start) and H the SHA-256 of P and the body as
canonical JSON. Beside it ``<assignment>.head`` holds the number of entries and the last hash,
so that a log cut short is noticed. `autograder.evidence.entries` says what entries hold.

A grader that is killed may leave half a line, or a line that the head does not know yet.
`open_log` mends just these two: what was whole stays. Everything else it refuses.

What a chain of hashes does not give: whoever can write the folder can make a whole new chain,
and a new head, of whatever they like. Nothing here is signed. Only a hash that was noted
elsewhere, in a mail or on paper, tells such a log from the real one; that is why grading prints
it and the report shows it.
"""

from __future__ import annotations

import fcntl
import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from autograder.errors import EvidenceBusyError, EvidenceDamagedError, EvidenceUnwritableError
from autograder.evidence.hashchain import (
    Entry,
    LogState,
    follow,
    head_path,
    inspect,
    line_of,
)
from helpers.files import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

logger = logging.getLogger(__name__)


class Log:
    """A log that is open for appending; `open_log` makes it.

    It keeps no entry that it was given: a class may have any number of them, and each holds a
    submission's answers.

    Attributes
    ----------
    path : Path
        The file.
    mended : tuple of Problem
        What a killed grader had left.
    last_hash : str
        Hash of the last entry: it stands for the whole log.
    """

    def __init__(self, path: Path, descriptor: int, found: LogState) -> None:
        self.path, self.mended, self.last_hash = path, found.problems, found.last_hash
        self._entries: list[Entry] | None = list(found.entries)
        self._count = len(found.entries)
        self._descriptor = descriptor

    def __len__(self) -> int:
        """Return the number of entries."""
        return self._count

    @property
    def entries(self) -> list[Entry]:
        """All there are; read anew, and checked anew, after each that was added."""
        if self._entries is None:
            self._entries = list(_intact(self.path).entries)
        return self._entries

    def append(self, body: Mapping[str, Any]) -> Entry:
        """Add an entry; it is on the disk when this returns.

        Parameters
        ----------
        body : mapping
            Plain JSON values.

        Returns
        -------
        Entry
            As it stands in the log.

        Raises
        ------
        EvidenceUnwritableError
            If the disk refuses; the log is as before.
        ValueError
            If a number is infinite or none.
        """
        entry = follow(self.last_hash, body)
        size = os.fstat(self._descriptor).st_size
        try:
            _write(self._descriptor, line_of(entry) + b"\n")
            # the head after the line, each on the disk: it never knows of a line that is not there
            _write_head(self.path, self._count + 1, entry.hash)
        except OSError as error:
            os.ftruncate(self._descriptor, size)
            raise EvidenceUnwritableError(self.path, str(error)) from error
        self._entries, self._count, self.last_hash = None, self._count + 1, entry.hash
        logger.debug("%s has entry %d, %s", self.path.name, self._count, entry.hash)
        return entry


@contextmanager
def open_log(path: Path) -> Iterator[Log]:
    """Open a log for appending, or begin one; mend what a killed grader left.

    Raises
    ------
    EvidenceDamagedError
        If a line was altered, lost, added or moved.
    EvidenceBusyError
        If another process has it open.
    EvidenceUnwritableError
        If it cannot be written.
    """
    try:
        # Many good submissions' answers, laid one over the other, are nearly the labels.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise EvidenceUnwritableError(path, str(error)) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise EvidenceBusyError(path) from error
        found = inspect(path)
        if found.problems:
            _mend(path, descriptor, found)
        yield Log(path, descriptor, found)
    finally:
        os.close(descriptor)


def read_log(path: Path) -> LogState:
    """Read a log whose lines are all intact, but for what `open_log` would mend.

    Raises
    ------
    EvidenceDamagedError
        As `open_log`.
    """
    found = inspect(path)
    if found.problems and not found.mendable:
        raise EvidenceDamagedError(path, found.problems)
    return found


def _intact(path: Path) -> LogState:
    """Read a log that is open: whatever is wrong with it, nobody was killed."""
    found = inspect(path)
    if found.problems:
        raise EvidenceDamagedError(path, found.problems)
    return found


def _mend(path: Path, descriptor: int, found: LogState) -> None:
    if not found.mendable:
        raise EvidenceDamagedError(path, found.problems)
    logger.warning("%s is mended: %s", path.name, "; ".join(map(str, found.problems)))
    os.ftruncate(descriptor, found.size)
    if found.size and os.pread(descriptor, 1, found.size - 1) != b"\n":
        _write(descriptor, b"\n")
    os.fsync(descriptor)
    _write_head(path, len(found.entries), found.last_hash)


def _write_head(path: Path, count: int, last: str) -> None:
    with replacing(head_path(path)) as file:
        file.write(f"{count} {last}\n".encode())


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
    os.fsync(descriptor)


def seal(log: Log) -> str:
    """Say in one line what to note elsewhere, so that nobody can write the evidence anew.

    Returns
    -------
    str
        Number of entries and the last one's hash.
    """
    return f"{len(log)} entries, the last one {log.last_hash}"
