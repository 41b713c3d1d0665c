"""What can go wrong with the evidence of a class's grades.

Errors::

    AutograderError
    └── EvidenceError               the log of evidence cannot be used
        ├── EvidenceDamagedError    a line of it was altered, lost, added or moved
        ├── EvidenceBusyError       another process is writing it
        ├── EvidenceMissingError    it holds nothing yet of what was asked for
        └── RescoreError            what it holds cannot be scored again
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import AutograderError


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a log.

    Parameters
    ----------
    line
        Number of the line, from 1; None if it is the head file.
    what
        What is wrong with it.
    """

    line: int | None
    what: str

    def __str__(self) -> str:
        return f"{'head' if self.line is None else f'line {self.line}'}: {self.what}"


class EvidenceError(AutograderError):
    """The log of evidence at `path` cannot be used."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(path, problem)
        self.path, self.problem = path, problem

    def __str__(self) -> str:
        return f"evidence {self.path}: {self.problem}"


class EvidenceDamagedError(EvidenceError):
    """A line of the log was altered, lost, added or moved; `problems` says which."""

    def __init__(self, path: Path, problems: Sequence[Problem]) -> None:
        first, *more = problems
        rest = f", and {len(more)} more" if more else ""
        advice = f"see `autograder verify {path.stem}`; to begin anew, move it and its head away"
        super().__init__(path, f"{first}{rest}; {advice}")
        self.args = (path, problems)
        self.problems = tuple(problems)


class EvidenceBusyError(EvidenceError):
    """Another process has the log open for writing."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "another process is writing it; wait until that has ended")
        self.args = (path,)


class EvidenceMissingError(EvidenceError):
    """The log holds nothing yet of what was asked for."""


class RescoreError(EvidenceError):
    """What the log holds cannot be scored again, or not with what was given."""
