"""A course's roster: who is in it, and what each platform calls them.

A CSV file with a column ``id`` or ``student``, the name that the gradebook has, or a list that
Moodle or Canvas exports (`autograder.submissions.roster_columns`), and any of
``name``, ``email``, ``section``, and a platform's own numbers, ``moodle_id``, ``canvas_id``,
``github`` and so on: what stands in any column but the section may tell who somebody is. A file
with one name a line will do, too. `Contact` is what a gradebook has of a student besides.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import permutations
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograder.errors import RosterError
from autograder.submissions.names import leftover, same_text
from autograder.submissions.roster_columns import EXPECTED, OWN, named_ids, read_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

DELIMITERS = ",;\t"
"""What may part the columns of a table."""

LONGEST = 200
"""Characters of a name; a file system has 255 bytes for it."""

NAME_PARTS = 4
"""Most parts of a name that are tried in any order: Canvas writes the last name first."""

_NO_KEY = frozenset({"section", "group", "note", "notes"})
_LETTERS = re.compile(r"[\W_]+")


_FIRST = ("first_name", "first name", "firstname", "given name")
_LAST = ("last_name", "last name", "lastname", "surname", "family name")
_NAME = ("name", "full name", "full_name")
_EMAIL = ("email", "e-mail", "email address", "e-mail address", "mail")


@dataclass(frozen=True)
class Contact:
    """What a person calls a student, and writes to; empty where a roster does not say.

    Attributes
    ----------
    first_name, last_name : str
        Where a roster has them apart.
    name : str
        In one piece, as people write it.
    email : str
        Address.
    """

    first_name: str = ""
    last_name: str = ""
    name: str = ""
    email: str = ""


@dataclass(frozen=True)
class Roster:
    """Who is in a class.

    Attributes
    ----------
    students : tuple of str
        Names, sorted.
    sha256 : str
        Of the file that they stand in.
    keys : mapping of str to frozenset of str
        Whom a text may stand for.
    contacts : mapping of str to Contact
        Names and addresses, by student.
    """

    students: tuple[str, ...]
    sha256: str = ""
    keys: Mapping[str, frozenset[str]] = field(
        default_factory=lambda: MappingProxyType({}), repr=False
    )
    contacts: Mapping[str, Contact] = field(
        default_factory=lambda: MappingProxyType({}), repr=False
    )

    def find(self, names: Iterable[str]) -> frozenset[str]:
        """Return who may be meant: by the first of some names that anybody has.

        Examples
        --------
        >>> roster = Roster(("s01",), keys={"s01": frozenset({"s01"})})
        >>> sorted(roster.find(["unknown", "S01"]))
        ['s01']
        """
        for name in names:
            for text in (plain(name), bare(name)):
                if found := self.keys.get(text):
                    return found
        return frozenset()


def plain(text: str) -> str:
    """Return a text as it is compared: composed, in one case, with single spaces."""
    return unicodedata.normalize("NFC", " ".join(same_text(text).split()).casefold())


def bare(text: str) -> str:
    """Return the letters and digits of a text alone, as Canvas writes names."""
    return _LETTERS.sub("", plain(text))


def read_roster(path: Path) -> Roster:
    """Read a class's roster: a CSV file with a column for students, or one name a line.

    Parameters
    ----------
    path : Path
        A file in UTF-8.

    Returns
    -------
    Roster

    Raises
    ------
    RosterError
        If it cannot be read, has no such column, or a name is missing, repeated or none.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RosterError(path, f"cannot be read: {error.strerror}") from error
    lines: dict[str, int] = {}
    keys: dict[str, set[str]] = defaultdict(set)
    contacts: dict[str, Contact] = {}
    numbered = list(_rows(_decoded(data, path), path))
    column, rows = read_columns([row for _, row in numbered]) if numbered else ("", [])
    for line, row in zip((line for line, _ in numbered), rows, strict=True):
        if row is None:
            continue
        if column not in OWN and not row[column].strip():
            raise RosterError(path, f"line {line}: nothing in the column {column!r}")
        name = _checked(row[column], line, path)
        if name in lines:
            raise RosterError(path, f"line {line}: {name!r} stands in line {lines[name]} already")
        lines[name] = line
        contacts[name] = _contact(row)
        for key in _keys(row):
            keys[key].add(name)
    if not lines:
        raise RosterError(path, "it has no name, expected one a line, or a table with a column")
    found = {key: frozenset(students) for key, students in keys.items()}
    return Roster(tuple(sorted(lines)), hashlib.sha256(data).hexdigest(), found, contacts)


def _decoded(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problem = f"byte {data[error.start : error.start + 1]!r} is no UTF-8, expected text"
        raise RosterError(path, f"line {line}: {problem}") from error


def _rows(text: str, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each line's number and its values by column, of a table or of lines."""
    first = text.partition("\n")[0].strip("\r")
    if any(mark in first for mark in DELIMITERS):
        yield from _table(text, max(DELIMITERS, key=first.count), path)
        return
    lines = [(n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]
    column = _key(lines[0][1]) if lines else ""
    for number, line in lines[1:] if column in OWN else lines:
        yield number, {OWN[0]: line}


def _table(text: str, delimiter: str, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        header = next(rows)
        names = [_key(one) for one in header]
        if not named_ids(names):
            found = ", ".join(one.strip() or "one without a name" for one in header)
            raise RosterError(path, f"line 1: the columns are {found}; expected one of {EXPECTED}")
        for row in rows:
            if any(value.strip() for value in row):
                filled = [*row, *[""] * (len(names) - len(row))]
                yield rows.line_num, dict(zip(names, filled, strict=False))
    except csv.Error as error:
        raise RosterError(path, f"line {rows.line_num}: {error}") from error


def _key(text: str) -> str:
    return same_text(text.strip().strip('"')).casefold()


def _checked(found: str, line: int, path: Path) -> str:
    """Return a name as the names of files are read, if it can be one."""
    name = same_text(found.strip())
    unfit = name in ("", ".", "..") or "/" in name or len(name) > LONGEST or leftover(name)
    if unfit or not name.isprintable():
        raise RosterError(path, f"line {line}: {found[:LONGEST]!r} is no name of a student")
    return name


def _contact(row: Mapping[str, str]) -> Contact:
    first, last, name, email = (
        next((" ".join(row[c].split()) for c in columns if row.get(c, "").strip()), "")
        for columns in (_FIRST, _LAST, _NAME, _EMAIL)
    )
    family, comma, given = name.partition(",")
    if comma and not (first or last):  # Canvas and others write the last name first, so
        first, last = given.strip(), family.strip()
    # what a terminal or a page would not print is no part of a name
    return Contact(*("".join(filter(str.isprintable, one)) for one in (first, last, name, email)))


def _keys(row: Mapping[str, str]) -> set[str]:
    """Return all texts that may stand for a student."""
    values = [value for column, value in row.items() if column not in _NO_KEY and value.strip()]
    whole, *parts = (
        next((row[c] for c in columns if row.get(c, "").strip()), "")
        for columns in (_NAME, _FIRST, _LAST)
    )
    names = [*filter(None, [whole]), *([" ".join(parts)] if all(parts) else [])]
    found = {plain(value) for value in values} | {bare(value) for value in values}
    for name in names:
        words = plain(name).replace(",", " ").split()
        if len(words) <= NAME_PARTS:
            found |= {bare("".join(order)) for order in permutations(words)}
            found |= {" ".join(order) for order in permutations(words)}
    return found - {""}
