"""A course's roster: who is in it, and what each platform calls them.

A CSV file with a column ``id`` or ``student``, the name that the gradebook has, and any of
``name``, ``email``, ``section``, and a platform's own numbers, ``moodle_id``, ``canvas_id``,
``github`` and so on: what stands in any column but the section may tell who somebody is.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import permutations
from typing import TYPE_CHECKING

from autograder.errors import RosterError
from autograder.submissions.entries import reason_of
from autograder.submissions.names import leftover, same_text
from autograder.submissions.roster import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

NAME_PARTS = 4
"""Most parts of a name that are tried in any order: Canvas writes the last name first."""

_NO_KEY = frozenset({"section", "group", "note", "notes"})
_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Roster:
    """Who is in a course.

    Attributes
    ----------
    students : tuple of str
        Their ids, in the file's order.
    keys : mapping of str to frozenset of str
        Whom a text may stand for.
    """

    students: tuple[str, ...]
    keys: Mapping[str, frozenset[str]] = field(repr=False)

    def find(self, names: Iterable[str]) -> frozenset[str]:
        """Return who may be meant: by the first of some names that anybody has.

        Examples
        --------
        >>> roster = Roster(("s01",), {"s01": frozenset({"s01"})})
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
    """Read a roster.

    Parameters
    ----------
    path : Path
        A CSV file with a header, in UTF-8, with commas, semicolons or tabs.

    Returns
    -------
    Roster

    Raises
    ------
    RosterError
        If it cannot be read, lacks that column, or has a name twice or none.
    """
    keys: dict[str, set[str]] = defaultdict(set)
    students: dict[str, int] = {}
    for line, row in _rows(path):
        column = next(name for name in COLUMNS if name in row)
        student = same_text(row[column])
        if not student or leftover(student) or "/" in student or not student.isprintable():
            raise RosterError(path, f"line {line}: the id is {student!r}, expected a name")
        if student in students:
            first = students[student]
            raise RosterError(path, f"line {line}: {student!r} stands on line {first} too")
        students[student] = line
        for key in _keys(row):
            keys[key].add(student)
    if not students:
        raise RosterError(path, "line 1: there is no student below the header")
    return Roster(tuple(students), {key: frozenset(ids) for key, ids in keys.items()})


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each line's number and its values, by column."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RosterError(path, f"line 1: no UTF-8: {error.reason}") from error
    except OSError as error:
        raise RosterError(path, f"line 1: cannot be read: {reason_of(error)}") from error
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.DictReader(text.splitlines(), delimiter=delimiter)
    columns = [same_text(name).casefold() for name in reader.fieldnames or ()]
    if not set(COLUMNS) & set(columns):
        problem = f"the columns are {', '.join(columns)}; expected one named {' or '.join(COLUMNS)}"
        raise RosterError(path, f"line 1: {problem}")
    reader.fieldnames = columns
    for row in reader:
        values = {key: value for key, value in row.items() if isinstance(value, str)}
        if any(value.strip() for value in values.values()):
            yield reader.line_num, values


def _keys(row: Mapping[str, str]) -> set[str]:
    """Return all texts that may stand for a student."""
    values = [value for column, value in row.items() if column not in _NO_KEY and value.strip()]
    names = [row["name"]] if row.get("name") else []
    parts = [row[column] for column in ("first_name", "last_name") if row.get(column)]
    if len(parts) == len(("first", "last")):
        names.append(" ".join(parts))
    found = {plain(value) for value in values} | {bare(value) for value in values}
    for name in names:
        words = plain(name).replace(",", " ").split()
        if len(words) <= NAME_PARTS:
            found |= {bare("".join(order)) for order in permutations(words)}
            found |= {" ".join(order) for order in permutations(words)}
    return found - {""}
