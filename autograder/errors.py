"""Everything that can go wrong on our side of the grading desk.

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
