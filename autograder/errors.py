"""Everything that can go wrong on our side of the grader.

A student's fault is never an exception here: it is an :class:`~autograder.outcome.Outcome`.

::

    AutograderError                 whatever the instructor can act on
    ├── BuildError                  the notebooks could not be made (build_errors.py)
    ├── TierError                   tiers.toml is wrong (tiers.py)
    ├── HoldoutError                held-out images are damaged or others (holdout.py)
    ├── EvidenceError               the log of evidence cannot be used (evidence_errors.py)
    ├── PackingError                a packed array cannot be read (packing.py)
    ├── AssignmentError             the assignment's own folder or settings are wrong
    │   └── AssignmentChangedError  the gradebook holds another version of the assignment
    ├── IntakeError                 the folder of submissions cannot be read
    ├── HoldoutMissingError         the held-out images were not made yet
    └── InfrastructureError         kernel, sandbox or disk failed: nobody's grade
        └── SandboxUnavailableError this host cannot cage untrusted code
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class AutograderError(Exception):
    """Base of all errors that the command line shows without a traceback."""


class AssignmentError(AutograderError):
    """The assignment's folder lacks something or its settings are wrong.

    Parameters
    ----------
    assignment : str
        Name of the assignment, such as ``"03_svc"``.
    problem : str
        What is wrong and what was expected.
    """

    def __init__(self, assignment: str, problem: str) -> None:
        super().__init__(assignment, problem)
        self.assignment = assignment
        self.problem = problem

    def __str__(self) -> str:
        return f"assignment {self.assignment!r}: {self.problem}"


class AssignmentChangedError(AssignmentError):
    """The gradebook already holds submissions for other cells than today's."""


class IntakeError(AutograderError):
    """The folder of submissions is missing or is not a folder."""


class HoldoutMissingError(AutograderError):
    """An assignment that is graded by tiers has no held-out images yet."""

    def __init__(self, assignment: str, folder: str) -> None:
        super().__init__(assignment, folder)
        self.assignment = assignment
        self.folder = folder

    def __str__(self) -> str:
        return (
            f"no held-out images for {self.assignment!r} in {self.folder}: "
            f"make them once with `autograder holdout {self.assignment}`"
        )


class InfrastructureError(AutograderError):
    """Our own machinery failed; the submission is retried and never scored for it."""


class SandboxUnavailableError(InfrastructureError):
    """The host cannot cage untrusted code.

    Parameters
    ----------
    reason : str
        What the host refused, in the words of the tool that was refused.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"this host cannot cage untrusted code: {self.reason}. "
            "Grade on Linux with user namespaces (or as root), or pass --unsafe "
            "if you trust every submission"
        )


class HoldoutError(AutograderError):
    """No held-out images can be had; `folder` is where they belong."""

    def __init__(self, folder: Path, problem: str) -> None:
        super().__init__(folder, problem)
        self.folder, self.problem = folder, problem

    def __str__(self) -> str:
        return f"held-out images in {self.folder}: {self.problem}"


class HoldoutSizeError(HoldoutError):
    """More images are wanted than there are, or fewer than one."""


class HoldoutDiffersError(HoldoutError):
    """There are held-out images already, of another seed or size."""


class HoldoutDamagedError(HoldoutError):
    """A file of the held-out images is missing or altered."""


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


class PackingError(AutograderError, ValueError):
    """What should be a packed array is none.

    Parameters
    ----------
    found
        What was there.
    expected
        What should have been there.
    """

    def __init__(self, found: object, expected: str) -> None:
        super().__init__(found, expected)
        self.found, self.expected = found, expected

    def __str__(self) -> str:
        return f"a packed array has {self.found!r}, expected {self.expected}"


class TierError(AutograderError, ValueError):
    """`tiers.toml` cannot be used, or a score is outside 0 to 1.

    Parameters
    ----------
    found
        What was there.
    expected
        What should have been there.
    where
        The file or field in question.
    """

    def __init__(self, found: object, expected: str, where: str) -> None:
        super().__init__(found, expected, where)
        self.found, self.expected, self.where = found, expected, where

    def __str__(self) -> str:
        return f"{self.where}: found {self.found!r}, expected {self.expected}"


class BuildError(AutograderError):
    """Anything that stops a build; what was committed before is left as it was."""


class UnknownAssignmentError(BuildError):
    """An assignment was named that has no script.

    Parameters
    ----------
    name : str
        What was asked for.
    known : tuple of str
        The assignments there are.
    """

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name, known)
        self.name = name
        self.known = known

    def __str__(self) -> str:
        there = ", ".join(self.known) or "none"
        return f"no script in solutions/{self.name}/: expected one of the assignments {there}"


class SourceError(BuildError):
    """A script cannot become a notebook.

    Parameters
    ----------
    source : str
        The script's name.
    problem : str
        What is wrong and what was expected.
    """

    def __init__(self, source: str, problem: str) -> None:
        super().__init__(source, problem)
        self.source = source
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.source}: {self.problem}"


class CellError(BuildError):
    """A cell cannot be kept as executed.

    Parameters
    ----------
    source : str
        The script's name.
    cell : str
        The cell's id: its ``grade_id``, or ``cell-NN`` counted from 1.
    problem : str
        The error as ``Name: message``, or what is wrong with the output.
    """

    def __init__(self, source: str, cell: str, problem: str) -> None:
        super().__init__(source, cell, problem)
        self.source = source
        self.cell = cell
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.source}, cell {self.cell!r}: {self.problem}"


class ReleaseError(BuildError):
    """The student version is not fit to be released.

    Parameters
    ----------
    assignment : str
        Name of the assignment.
    problems : tuple of str
        Each thing that is wrong.
    """

    def __init__(self, assignment: str, problems: tuple[str, ...]) -> None:
        super().__init__(assignment, problems)
        self.assignment = assignment
        self.problems = problems

    def __str__(self) -> str:
        return "\n  ".join([f"no student version of {self.assignment!r}:", *self.problems])


class StaleError(BuildError):
    """Committed notebooks differ from what the scripts make.

    Parameters
    ----------
    differences : tuple of str
        One line a file: its path and where it first differs.
    """

    def __init__(self, differences: tuple[str, ...]) -> None:
        super().__init__(differences)
        self.differences = differences

    def __str__(self) -> str:
        listed = "\n  ".join(self.differences)
        return f"not what the scripts make; run `make build`:\n  {listed}"


class ZygoteError(InfrastructureError):
    """A fork server did not start, did not fork, or is gone.

    Parameters
    ----------
    profile : str
        What it had to import.
    reason : str
        Its last words.
    """

    def __init__(self, profile: str, reason: str) -> None:
        super().__init__(profile, reason)
        self.profile = profile
        self.reason = reason

    def __str__(self) -> str:
        return f"the fork server of profile {self.profile!r}: {self.reason}"


_HINT = (
    "run the grader as root, or let systemd hand it a group: "
    "systemd-run --user --scope autograder grade ..."
)


class NoCgroupsError(InfrastructureError):
    """The host gives the grader no control group to make others below.

    Parameters
    ----------
    reason : str
        What is missing.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"no control groups: {self.reason}; {_HINT}"
