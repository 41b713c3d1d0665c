"""Exit codes of the commands: what a script that runs one can tell from it."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from autograder.errors import (
    IntakeError,
    PublicationError,
    RunCutShortError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from autograder.scoring.standing import GradeRow


class ExitCode(IntEnum):
    """How a command ended.

    ==================  ===================================================================
    ``DONE``            all is done; of a class, everybody is graded
    ``ERROR``           an error that one line names
    ``USAGE``           the command line is wrong; click's own
    ``NOT_GRADED``      done, but somebody of the class has no grade
    ``NO_SUBMISSIONS``  no submission was found, and nothing was recorded
    ``CUT_SHORT``       the last run did not come to its end, so it is no class to work with
    ``WITHHELD``        nothing was published, for somebody would lose a mark
    ``INTERRUPTED``     a person stopped it, as a shell has it for SIGINT
    ``HUNG_UP``         the terminal that it ran in was closed: SIGHUP
    ``TERMINATED``      a service or an operator stopped it: SIGTERM
    ==================  ===================================================================
    """

    DONE = 0
    ERROR = 1
    USAGE = 2
    NOT_GRADED = 3
    NO_SUBMISSIONS = 4
    CUT_SHORT = 5
    WITHHELD = 6
    HUNG_UP = 129
    INTERRUPTED = 130
    TERMINATED = 143


_OF_ERRORS = {
    IntakeError: ExitCode.NO_SUBMISSIONS,
    RunCutShortError: ExitCode.CUT_SHORT,
    PublicationError: ExitCode.WITHHELD,
}


def code_of_error(error: Exception) -> ExitCode:
    """Return the exit code of a command that an error ended."""
    found = (code for kind, code in _OF_ERRORS.items() if isinstance(error, kind))
    return next(found, ExitCode.ERROR)


def code_of_class(rows: Iterable[GradeRow]) -> ExitCode:
    """Return the exit code of a command that ended with a class's table."""
    return ExitCode.DONE if all(row.decided for row in rows) else ExitCode.NOT_GRADED
