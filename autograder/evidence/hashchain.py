"""A hash chain of entries: extend it, verify it, and find where it was broken.

Pure functions of a file's bytes and its head's; `autograder.evidence.log` writes them.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

START = "0" * 64
"""What the first line has for the hash of the one before."""

_HEAD = re.compile(rb"(0|[1-9]\d*) ([0-9a-f]{64})\n")

_KEYS = {"body", "hash", "previous"}


@dataclass(frozen=True)
class Entry:
    """One line of a log.

    Attributes
    ----------
    body : mapping
        What it says, as plain JSON values; its ``kind`` says what about.
    previous, hash : str
        Hash of the line before, and its own.
    """

    body: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a log.

    Attributes
    ----------
    line : int or None
        Number of the line, from 1; None if it is the head file.
    what : str
        What is wrong with it.
    """

    line: int | None
    what: str

    def __str__(self) -> str:
        return f"{'head' if self.line is None else f'line {self.line}'}: {self.what}"


@dataclass(frozen=True)
class LogState:
    """What is in a log.

    Attributes
    ----------
    entries : tuple of Entry
        Every whole line that is intact by itself, in order.
    problems : tuple of Problem
        What is wrong, by line; empty if all is well.
    mendable : bool
        Whether a grader that was killed explains all the problems.
    size : int
        Bytes of all whole lines, the last one also if only its end of line is missing.
    """

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    mendable: bool
    size: int

    @property
    def last_hash(self) -> str:
        """Hash of the last entry: it stands for the whole log."""
        return self.entries[-1].hash if self.entries else START


def follow(previous: str, body: Mapping[str, Any]) -> Entry:
    """Return the entry with a body that follows the one with a hash.

    Raises
    ------
    ValueError
        If a number in the body is infinite or none.
    """
    return Entry(body, previous, _hash(previous, _canonical(body)))


def line_of(entry: Entry) -> bytes:
    """Return an entry as its line of the file, without the end of line."""
    body = _canonical(entry.body).decode()
    return f'{{"body":{body},"hash":"{entry.hash}","previous":"{entry.previous}"}}'.encode()


def head_path(path: Path) -> Path:
    """Return where a log's head is."""
    return path.with_name(f"{path.stem}.head")


def inspect(path: Path) -> LogState:
    """Check every line of a log against its hash, the line before, and the head.

    Parameters
    ----------
    path : Path
        The log; none is an empty one.

    Returns
    -------
    LogState
    """
    data = path.read_bytes() if path.exists() else b""
    *lines, tail = data.split(b"\n")
    entries: list[Entry] = []
    problems: list[Problem] = []
    known: set[str] = {START}  # what the next line may call the one before
    for number, line in enumerate(lines, start=1):
        entry, wrong = _read(line)
        if wrong:
            problems.append(Problem(number, wrong))
        if entry is None:
            known = set()
            continue
        if known and entry.previous not in known:
            problems.append(Problem(number, _gap(number)))
        # of an altered line, either its hash or its content may still be the original
        known = {entry.hash, _hash(entry.previous, _canonical(entry.body))}
        if not wrong:
            entries.append(entry)
    broken = bool(problems)
    size = len(data) - len(tail)
    if tail:
        entry, wrong = _read(tail)
        if entry and not wrong and entry.previous in known:
            entries.append(entry)
            size = len(data)
            problems.append(Problem(len(lines) + 1, "torn: its end of line is missing"))
        else:
            what = f"torn: {len(tail)} bytes of a line that was not written to its end"
            problems.append(Problem(len(lines) + 1, what))
    if broken:
        return LogState(tuple(entries), (*problems, *_count_wrong(path, len(lines))), False, size)
    wrong_head, mendable = _check_head(path, entries)
    return LogState(tuple(entries), (*problems, *wrong_head), mendable, size)


def _gap(number: int) -> str:
    before = "the start" if number == 1 else f"line {number - 1}"
    return f"does not follow {before}: an entry was deleted, inserted or moved here"


def _read(line: bytes) -> tuple[Entry | None, str]:
    """Return the entry in a line, if it is one at all, and what is wrong with it."""
    try:
        table = json.loads(line.decode("ascii"))
        if not isinstance(table, dict) or set(table) != _KEYS:
            return None, "is no entry: expected body, hash and previous"
        if not isinstance(table["body"], dict) or not _are_texts(table["hash"], table["previous"]):
            return None, "is no entry: expected an object as body, and hashes"
        entry = Entry(**table)
        # canonical: else a letter could change that means the same, such as the A of \u00AA
        if line_of(entry) != line:
            return entry, "was altered: it is not as the grader writes it"
    except (ValueError, RecursionError) as error:
        return None, f"is no entry: {error}"
    if entry.hash != _hash(entry.previous, _canonical(entry.body)):
        return entry, "was altered: its content and its hash do not fit"
    return entry, ""


def _are_texts(*values: object) -> bool:
    return all(isinstance(value, str) for value in values)


def _check_head(path: Path, entries: list[Entry]) -> tuple[list[Problem], bool]:
    """Compare the head with an intact chain; also whether a killed grader explains it."""
    head = _read_head(path)
    if head is None:
        return [Problem(None, "is not the number of entries and the last hash")], False
    count, last = head
    if count > len(entries):
        return [_cut_off(count, len(entries))], False
    if last != (entries[count - 1].hash if count else START):
        return [Problem(count, "is not the one whose hash is in the head")], False
    if count == len(entries):
        return [], True
    what = "is not in the head: the grader was ended before it noted it, or somebody added it"
    return [Problem(count + 1, what)], len(entries) == count + 1


def _count_wrong(path: Path, lines: int) -> list[Problem]:
    """Compare the head's number with that of the lines of a broken chain."""
    head = _read_head(path)
    return [_cut_off(head[0], lines)] if head and head[0] > lines else []


def _cut_off(expected: int, found: int) -> Problem:
    what = f"is missing: the head knows of {expected} entries, {found} are here"
    return Problem(found + 1, what)


def _read_head(path: Path) -> tuple[int, str] | None:
    """Return number and last hash; None if the file holds something else."""
    head = head_path(path)
    if not head.exists():
        return 0, START
    match = _HEAD.fullmatch(head.read_bytes())
    return (int(match[1]), match[2].decode()) if match else None


def _canonical(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def _hash(previous: str, body: bytes) -> str:
    return hashlib.sha256(previous.encode() + body).hexdigest()
