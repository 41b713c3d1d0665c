"""What can stop a build.

::

    AutograderError
    └── BuildError                  the notebooks could not be made
        ├── UnknownAssignmentError  no such folder with a script in solutions/
        ├── SourceError             a script's cells or nbgrader metadata are wrong
        ├── CellError               a cell failed, timed out, or gave an output we cannot keep
        ├── ReleaseError            the student version was refused or would give something away
        └── StaleError              the committed notebooks are not what the scripts make
"""

from __future__ import annotations

from autograder.errors import AutograderError


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
