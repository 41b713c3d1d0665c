"""What can keep the command `course` from its work, in one tree.

::

    CourseError (Exception)
    ├── NoNotebookError       no notebook of that name is here
    ├── NotANotebookError     a file is no notebook
    ├── NoExerciseError       a notebook has no exercise of that name
    ├── StudentNameError      a name that whoever collects would not read as it is meant
    ├── NoFeedbackError       nothing has come back yet
    ├── MissingToolError      a program that this needs is not installed
    ├── ExchangeError         nbgrader refused to hand in or to fetch
    └── CheckFailedError      the process that checks broke off
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers._errors import TemplatedError

if TYPE_CHECKING:
    from pathlib import Path


class CourseError(TemplatedError):
    """Base of what the command says in a line."""


class NoNotebookError(CourseError):
    """No notebook of that name is here."""

    template = "no notebook {name!r} in {folder}: expected {listed}"
    name: str
    folder: Path
    known: tuple[str, ...]

    @property
    def listed(self) -> str:
        """The known names as text: a template cannot join."""
        return " or ".join(self.known) or "the course's folder, with folders such as 03_svc in it"


class NotANotebookError(CourseError):
    """A file is no notebook."""

    template = "{path} is no notebook that can be read: {reason}. Save it in Jupyter once more."
    path: Path
    reason: str


class NoExerciseError(CourseError):
    """A notebook has no exercise of that name."""

    template = "no exercise {name!r}: expected {listed}"
    name: str
    known: tuple[str, ...]

    @property
    def listed(self) -> str:
        """The known names as text: a template cannot join."""
        return ", ".join(self.known) or "a notebook with exercises"


class StudentNameError(CourseError):
    """A name that whoever collects would not read as it is meant."""

    template = (
        "student {name!r}: expected the name that you have in the course, such as s05, "
        "of letters, digits, '.', '-' and '_'"
    )
    name: str


class NoFeedbackError(CourseError):
    """Nothing has come back yet."""

    template = "no feedback of {name} in {folder}: put the page that you got there, or name it"
    name: str
    folder: Path


class MissingToolError(CourseError):
    """A program that this needs is not installed."""

    template = "{tool} is not installed: {advice}"
    tool: str
    advice: str


class ExchangeError(CourseError):
    """nbgrader refused to hand in or to fetch."""

    template = "nbgrader says: {reason}"
    reason: str


class CheckFailedError(CourseError):
    """The process that checks broke off."""

    template = "the check broke off: {reason}"
    reason: str
