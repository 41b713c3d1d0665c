"""What an intake says: each entry of a class's folder, and each student's submission."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from autograder.outcome import Outcome

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path


SHOWN = 3
"""How many leftovers of a kind are named; evidence has them all."""


class Status(StrEnum):
    """What became of an entry.

    =============  ==============================================================
    ``TAKEN``      a student's submission is in it
    ``SKIPPED``    no work of a student's: left by a system, an editor or Jupyter
    ``NOT_TAKEN``  anything else, for a person to look at
    =============  ==============================================================
    """

    TAKEN = "taken"
    SKIPPED = "skipped"
    NOT_TAKEN = "not taken"


@dataclass(frozen=True)
class Entry:
    """A file or folder below a class's folder, and what was done with it.

    Attributes
    ----------
    path : str
        Below the class's folder; bytes that are no UTF-8 are escaped.
    student : str or None
        Whose it is; None if that is unknown.
    status : Status
        What became of it.
    why : str
        Whatever there is to say about that.
    usual : bool
        Whether nobody has to be told: an ordinary submission, or what goes along with one.
    """

    path: str
    student: str | None
    status: Status
    why: str = ""
    usual: bool = False

    def __str__(self) -> str:
        whose = f" as {self.student}'s" if self.student and self.status is Status.TAKEN else ""
        return f"{self.path}: {self.status}{whose}" + (f": {self.why}" if self.why else "")


@dataclass(frozen=True)
class ExtraFile:
    """A file that goes along with a notebook.

    Attributes
    ----------
    name : str
        Its path in the folder that the notebook runs in.
    path : Path
        Where it was handed in.
    size : int
        In bytes, when it was found.
    """

    name: str
    path: Path
    size: int


@dataclass(frozen=True)
class Submission:
    """One student's notebook as it arrived.

    Attributes
    ----------
    student : str
        Identifier, from the folder's or the file's name.
    path : Path or None
        The notebook; None if there is none that can be used.
    claim : Fraction or None
        Accuracy that the file's name claims, 0 to 1.
    problem : str or None
        Why the submission cannot be run.
    outcome : Outcome
        What that makes of it.
    timestamp : str or None
        When it was handed in, as nbgrader writes it, in UTC; None if that is not known for certain.
    notes : tuple of str
        What its reader should know.
    files : tuple of ExtraFile
        What came with the notebook and goes into the folder that it runs in.
    """

    student: str
    path: Path | None
    claim: Fraction | None = None
    problem: str | None = None
    outcome: Outcome = Outcome.NEEDS_REVIEW
    timestamp: str | None = None
    notes: tuple[str, ...] = ()
    files: tuple[ExtraFile, ...] = ()


@dataclass(frozen=True)
class Intake:
    """A class's folder as it was found.

    Attributes
    ----------
    submissions : tuple of Submission
        One for each student, sorted by name, also those that cannot be run.
    entries : tuple of Entry
        Every entry of the folder, and of students' folders what is not the notebook itself.
    """

    submissions: tuple[Submission, ...]
    entries: tuple[Entry, ...]

    @property
    def unusual(self) -> tuple[str, ...]:
        """A line for each entry of which somebody should be told; of many leftovers, for some."""
        told = list[str]()
        leftovers = Counter[str]()
        for entry in self.entries:
            if entry.status is Status.SKIPPED and not entry.usual:
                leftovers[entry.why] += 1
            if not entry.usual and leftovers[entry.why] <= SHOWN:
                told.append(str(entry))
        more = ((n - SHOWN, why) for why, n in leftovers.items() if n > SHOWN)
        return (*told, *(f"{n} more {Status.SKIPPED}: {why}" for n, why in more))


def printable(path: Path | str) -> str:
    r"""Return a path as text that every file can hold.

    Examples
    --------
    >>> printable("J\udce9r\udcf4me.ipynb")
    'J\\xe9r\\xf4me.ipynb'
    """
    return os.fsencode(path).decode(errors="backslashreplace")


def reason_of(error: OSError) -> str:
    """Return why the system refuses something, in its own words and without the path."""
    return error.strerror or type(error).__name__
