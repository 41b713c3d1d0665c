"""What an export says: who handed in which file, and what else lies in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from fractions import Fraction
    from pathlib import Path


@dataclass(frozen=True)
class Handed:
    """A file or folder that somebody handed in.

    Attributes
    ----------
    student : str
        What the export calls the student: a name, mostly.
    path : Path
        Where it is.
    name : str
        What the student called it; empty for a folder with all that a student handed in.
    keys : tuple of str
        What else may tell in a roster who that is: an address, a platform's number.
    attempt : int
        Later ones count before earlier ones.
    timestamp : str or None
        When it was handed in, as the export has it; None if it does not say.
    late : bool
        Whether the export says that it came late.
    claim : Fraction or None
        Accuracy that its name claims, 0 to 1.
    """

    student: str
    path: Path
    name: str
    keys: tuple[str, ...] = ()
    attempt: int = 0
    timestamp: str | None = None
    late: bool = False
    claim: Fraction | None = None


@dataclass(frozen=True)
class Skipped:
    """A file or folder that is nobody's work.

    Attributes
    ----------
    path : Path
        Where it is.
    why : str
        How that is known.
    """

    path: Path
    why: str


@dataclass(frozen=True)
class Profile:
    """How one platform exports a class.

    Attributes
    ----------
    name : str
        For ``--profile``.
    about : str
        What it looks like, for people.
    recognise : callable
        Tells by a folder's entries whether it is such an export.
    read : callable
        Yields who handed in what; gets the folder and the assignment's name.
    returned : callable or None
        Names a file that goes back to a student, by the path of one that they handed in and its
        own name; None of a path that says nothing, or where the platform takes none back.
    """

    name: str
    about: str
    recognise: Callable[[Path], bool]
    read: Callable[[Path, str], Iterator[Handed | Skipped]]
    returned: Callable[[str, str], str | None] | None = None
