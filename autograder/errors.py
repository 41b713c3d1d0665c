"""Every error of the harness.

::

    TemplatedError                            a template and named fields (helpers._errors)
    ├── AutograderError                       the instructor can act on it
    │   ├── AfterwardsError                   of what follows the grades, something failed
    │   ├── AssignmentError                   the assignment's folder or settings are wrong
    │   │   └── AssignmentChangedError        the gradebook holds another version of it
    │   ├── BuildError                        the notebooks could not be made
    │   │   ├── UnknownAssignmentError        no script of that name
    │   │   ├── SourceError                   a script cannot become a notebook
    │   │   ├── CellError                     a cell cannot be kept as executed
    │   │   ├── HandoutError                  what students receive cannot be made
    │   │   ├── ReleaseError                  the student version is not fit to be released
    │   │   └── StaleError                    notebooks are not what the scripts make
    │   ├── CollectError                      a class cannot be collected
    │   │   ├── ArchiveError                  a zip file cannot be read
    │   │   ├── ExportError                   a platform's own file is not as it writes it
    │   │   └── ProfileError                  an export is not of the kind that was named
    │   ├── CourseError                       a course cannot be made there
    │   ├── DaskMissingError                  what many machines need is not installed
    │   ├── DecisionError                     what a person decided about a class makes no sense
    │   ├── EvidenceError                     the log of evidence cannot be used
    │   │   ├── EvidenceBusyError             another process is writing it
    │   │   ├── EvidenceDamagedError          a line was altered, lost, added or moved
    │   │   ├── EvidenceMissingError          it lacks what was asked for
    │   │   ├── EvidenceUnwritableError       the disk refuses it
    │   │   ├── PublicationError              publishing would take marks that were told
    │   │   ├── RescoreError                  what it holds cannot be scored again
    │   │   └── RunCutShortError              the last run did not come to its end
    │   ├── GradebookError                    nbgrader's database cannot be written
    │   ├── HoldoutError                      no held-out images can be had
    │   │   ├── HoldoutDamagedError           a file of them is missing or altered
    │   │   ├── HoldoutDiffersError           there are others already
    │   │   └── HoldoutSizeError              not so many can be held out
    │   ├── HoldoutMissingError               the held-out images were not made yet
    │   ├── InfrastructureError               kernel, sandbox or disk failed: nobody's grade
    │   │   ├── GradebookLockedError          the gradebook is locked, or out of reach
    │   │   ├── NoCgroupsError                no control group may be made
    │   │   ├── NoWorkersError                no worker of a cluster may take a job
    │   │   ├── SandboxUnavailableError       this host cannot cage untrusted code
    │   │   ├── SchedulerError                a cluster's scheduler is out of reach
    │   │   ├── WorkerLostError               a cluster's worker was lost with a job
    │   │   └── ZygoteError                   a fork server failed
    │   ├── IntakeError                       the folder of submissions cannot be read
    │   │   ├── MistakenFolderError           it is something else that is known
    │   │   └── NoSubmissionsError            nothing in it can be graded
    │   ├── LatePolicyError                   the course's rule for late submissions is none
    │   ├── MarksheetError                    a platform's file of marks cannot be filled in
    │   ├── PackingError (ValueError)         no packed array, or none that can be packed
    │   ├── PlainTransportError               labels would go where somebody can listen
    │   ├── RosterError                       the class's roster cannot be used
    │   └── TierError (SettingError)          tiers.toml is wrong, or a score is no share
    │       └── MetricError                   a course's own metric is wrong
    ├── SubmissionError                       a note or a cell's output tells it, no command
    │   ├── CodecError (ValueError)           a value cannot pass between two kernels
    │   ├── NotPlainError (ValueError)        a frame holds something that is no plain data
    │   ├── PredictionError (ValueError)      not one legal answer for each image
    │   │   ├── PredictionShapeError          not one entry for each image
    │   │   ├── PredictionTypeError           no array of numbers of the right kind
    │   │   └── PredictionValueError          numbers that mean nothing here
    │   ├── StudentCodeError                  the student's code failed in a graded cell
    │   ├── TimestampError (ValueError)       a text is no time, or could be several
    │   ├── TooCostlyError                    reading it took more time or memory than it may
    │   └── UnreadableNotebookError (ValueError)    no machine can tell what was handed in
    └── WorkerTracebackError                  the cause of what a grading process met

A submission that fails while it runs is no error here: it has an
:class:`~autograder.outcome.Outcome`.
Kernels load this module, so it imports next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers._errors import SettingError, TemplatedError

if TYPE_CHECKING:
    from pathlib import Path


class AutograderError(TemplatedError):
    """Base of all errors that the command line shows without a traceback."""


class AfterwardsError(AutograderError):
    """The grades are recorded; of what is made of them, something failed.

    Attributes
    ----------
    problems : tuple of str
        One line each: what failed, its path, and why.
    """

    template = "the grades are recorded, but {listed}"
    problems: tuple[str, ...]

    @property
    def listed(self) -> str:
        """All problems in one line: a template cannot join."""
        return "; ".join(self.problems)


class AssignmentError(AutograderError):
    """The assignment's folder lacks something or its settings are wrong.

    Attributes
    ----------
    assignment : str
        Name of the assignment, such as ``"03_svc"``.
    problem : str
        What is wrong and what was expected.
    """

    template = "assignment {assignment!r}: {problem}"
    assignment: str
    problem: str


class AssignmentChangedError(AssignmentError):
    """The gradebook already holds submissions for other cells than today's."""


class GradebookError(AutograderError):
    """Nbgrader's database does not take what is final; the evidence and the report have it."""

    template = (
        "gradebook {gradebook}: {problem}; its points are those of the run, not those of the "
        "class's standing: close what has it open, then `autograder rescore`"
    )
    gradebook: str
    problem: str


class LatePolicyError(AutograderError):
    """What the course's settings name as its rule for late submissions cannot be used."""

    template = "{settings}: {problem}"
    settings: Path
    problem: str


class CourseError(AutograderError):
    """A course cannot be made there."""

    template = "course {folder}: {problem}"
    folder: Path
    problem: str


class DecisionError(AutograderError):
    """What a person decided about a class makes no sense in it."""

    template = "found {found}, expected {expected}"
    found: str
    expected: str


class CollectError(AutograderError):
    """A class cannot be collected there, or from that."""

    template = "{path}: {problem}"
    path: Path
    problem: str


class ArchiveError(CollectError):
    """A zip file cannot be read, or holds more than may be unpacked."""


class ExportError(CollectError):
    """A file of a platform's own is not as that writes it."""


class ProfileError(CollectError):
    """An export is not of the kind that was named."""


class MarksheetError(AutograderError):
    """A platform's file of marks cannot be filled in."""

    template = "{path}: {problem}"
    path: Path
    problem: str


class IntakeError(AutograderError):
    """The folder of submissions is missing or is not a folder."""

    template = "{folder} is not a folder; expected one with a class's submissions"
    folder: Path


class MistakenFolderError(IntakeError):
    """What was named as the folder of submissions is known as something else."""

    template = "{folder} {problem}"
    problem: str


class NoSubmissionsError(IntakeError):
    """Nothing in the folder of submissions is a notebook that could be graded."""

    template = (
        "no submission of {assignment!r} in {folder}: {found}; "
        "expected at least one notebook, so nothing was recorded"
    )
    assignment: str
    found: str


class RosterError(AutograderError):
    """The file that says who is in the class cannot be used; `problem` names line and value."""

    template = "roster {path}: {problem}"
    path: Path
    problem: str


class HoldoutMissingError(AutograderError):
    """An assignment that is graded by tiers has no held-out images yet."""

    template = (
        "no held-out images for {assignment!r} in {folder}: "
        "make them once with `autograder {command}`, or name the --work that has them"
    )
    assignment: str
    folder: str
    command: str


class HoldoutError(AutograderError):
    """No held-out images can be had; `folder` is where they belong."""

    template = "held-out images in {folder}: {problem}"
    folder: Path
    problem: str


class HoldoutSizeError(HoldoutError):
    """More images are wanted than there are, or fewer than one."""


class HoldoutDiffersError(HoldoutError):
    """There are held-out images already, of another seed or size."""


class HoldoutDamagedError(HoldoutError):
    """A file of the held-out images is missing or altered."""


class EvidenceError(AutograderError):
    """The log of evidence at `path` cannot be used."""

    path: Path


class EvidenceUnwritableError(EvidenceError):
    """The disk refuses the log; `reason` in the system's words."""

    template = "evidence {path}: cannot be written: {reason}"
    reason: str


class EvidenceDamagedError(EvidenceError):
    """A line of the log was altered, lost, added or moved.

    Attributes
    ----------
    path : Path
        The log.
    problems : tuple of `autograder.evidence.hashchain.Problem`
        Which line, and how; at least one. That class is in a layer above this one.
    """

    template = (
        "evidence {path}: {first}; "
        "see `autograder verify {path.stem}`; to begin anew, move it and its head away"
    )
    problems: tuple[object, ...]

    @property
    def first(self) -> str:
        """The first problem and the number of others: a template cannot count."""
        first, *more = self.problems
        return f"{first}, and {len(more)} more" if more else str(first)


class EvidenceBusyError(EvidenceError):
    """Another process has the log open for writing."""

    template = "evidence {path}: another process is writing it; wait until that has ended"


class EvidenceMissingError(EvidenceError):
    """The log holds nothing yet of what was asked for."""

    template = "evidence {path}: {problem}"
    problem: str


class RescoreError(EvidenceError):
    """What the log holds cannot be scored again, or not with what was given."""

    template = "evidence {path}: {problem}"
    problem: str


class RunCutShortError(EvidenceError):
    """The last run did not come to its end, so it is no whole class.

    Attributes
    ----------
    path : Path
        The log.
    extent : str
        Which run, and how many of how many submissions it recorded.
    advice : str
        What can be done.
    """

    template = "evidence {path}: {extent} and was cut short; {advice}"
    extent: str
    advice: str


class PublicationError(EvidenceError):
    """Publishing would take marks, or students, from a published class; nobody consented to that.

    Attributes
    ----------
    path : Path
        The log.
    lost : tuple of str
        Whose mark, or whole row, would be gone.
    lowered : tuple of str
        Whose would be lower, with both marks.
    total : int
        How many are in the class that was published.
    """

    template = (
        "evidence {path}: nothing was published, for {count} of {total} in the published class "
        "would lose mark or row: {listed}; `autograder diff {path.stem}` says why, and --yes "
        "publishes it"
    )
    lost: tuple[str, ...]
    lowered: tuple[str, ...]
    total: int

    @property
    def count(self) -> int:
        """How many would lose theirs: a template cannot count."""
        return len(self.lost)

    @property
    def listed(self) -> str:
        """Who, and whose mark would be lower: a template cannot join."""
        lowered = f" (and lower: {', '.join(self.lowered)})" if self.lowered else ""
        return ", ".join(self.lost) + lowered


class DaskMissingError(AutograderError):
    """Dask is not installed; `problem` in the words of the import."""

    template = "no Dask here: {problem}; pip install 'digits-course[dask]'"
    problem: str


class PlainTransportError(AutograderError):
    """Held-out labels would go to other machines in plain text."""

    template = (
        "scheduler {address!r}: held-out labels go over TLS alone, expected an address that "
        "begins with tls://, and --tls-ca, --tls-cert and --tls-key; nothing was sent or recorded"
    )
    address: str


class PackingError(AutograderError, ValueError):
    """What should be a packed array is none; `found` was there in place of `expected`."""

    template = "a packed array has {found!r}, expected {expected}"
    found: object
    expected: str


class TierError(AutograderError, SettingError):
    """`tiers.toml` cannot be used, or a score is outside 0 to 1."""


class MetricError(TierError):
    """A course's own metric cannot be used, or gave what no metric gives.

    In a graded cell it is no fault of the submission: `autograder.execution.executor` knows it
    by its name.
    """


class BuildError(AutograderError):
    """Anything that stops a build; what was committed before is left as it was."""


class UnknownAssignmentError(BuildError):
    """An assignment was named that has no script; there is one of each that is `known`."""

    template = "no script in solutions/{name}/: expected one of the assignments {listed}"
    name: str
    known: tuple[str, ...]

    @property
    def listed(self) -> str:
        """The known names as text: a template cannot join."""
        return ", ".join(self.known) or "none"


class SourceError(BuildError):
    """A script cannot become a notebook.

    Attributes
    ----------
    source : str
        The script's name.
    problem : str
        What is wrong and what was expected.
    """

    template = "{source}: {problem}"
    source: str
    problem: str


class CellError(BuildError):
    """A cell cannot be kept as executed.

    Attributes
    ----------
    source : str
        The script's name.
    cell : str
        The cell's id: its ``grade_id``, or ``cell-NN`` counted from 1.
    problem : str
        The error as ``Name: message``, or what is wrong with the output.
    """

    template = "{source}, cell {cell!r}: {problem}"
    source: str
    cell: str
    problem: str


class HandoutError(BuildError):
    """What students receive cannot be made."""

    template = "no handout: {problem}"
    problem: str


class ReleaseError(BuildError):
    """The student version of an assignment is not fit to be released."""

    template = "no student version of {assignment!r}:\n  {listed}"
    assignment: str
    problems: tuple[str, ...]

    @property
    def listed(self) -> str:
        """One line for each problem: a template cannot join."""
        return "\n  ".join(self.problems)


class StaleError(BuildError):
    """Committed notebooks differ from what the scripts make.

    Attributes
    ----------
    differences : tuple of str
        One line a file: its path and where it first differs.
    """

    template = "not what the scripts make; run `make build`:\n  {listed}"
    differences: tuple[str, ...]

    @property
    def listed(self) -> str:
        """One line a file: a template cannot join."""
        return "\n  ".join(self.differences)


class InfrastructureError(AutograderError):
    """Our own machinery failed; the submission is retried and never scored for it."""

    template = "{reason}"
    reason: str


class GradebookLockedError(InfrastructureError):
    """Nbgrader's database is locked or out of reach; `reason` in its words."""

    template = "the gradebook {gradebook} cannot be used: {reason}; close what has it open"
    gradebook: str


class SandboxUnavailableError(InfrastructureError):
    """The host cannot cage untrusted code; `reason` in the words of the tool that was refused."""

    template = (
        "this host cannot cage untrusted code: {reason}. "
        "Grade on Linux with user namespaces (or as root), or pass --unsafe "
        "if you trust every submission"
    )


class NoCgroupsError(InfrastructureError):
    """The host gives the grader no control group to make others below."""

    template = (
        "no control groups: {reason}; run the grader as root, or let systemd hand it a group: "
        "systemd-run --user --scope autograder grade ..."
    )


class SchedulerError(InfrastructureError):
    """The scheduler at `address` is out of reach; `reason` in the words of who tried."""

    template = (
        "the scheduler {address} is out of reach: {reason}; see that it runs and that its "
        "certificates are the grader's, then grade again: what is on record does not run again"
    )
    address: str


class NoWorkersError(InfrastructureError):
    """No worker of the scheduler at `address` may take a job; `reason` names each."""

    template = (
        "no worker of {address} may take a job: {reason}; "
        "expected at least one that is as the grader is"
    )
    address: str


class WorkerLostError(InfrastructureError):
    """A worker of a cluster ended, or is out of reach, with a job that it had."""

    template = "worker {worker}: {reason} with this job"
    worker: str


class ZygoteError(InfrastructureError):
    """A fork server did not start, did not fork, or is gone.

    Attributes
    ----------
    reason : str
        Its last words.
    profile : str
        What it had to import.
    """

    template = "the fork server of profile {profile!r}: {reason}"
    profile: str


class SubmissionError(TemplatedError):
    """Base of what a submission's author, or a graded cell's, can act on."""


class UnreadableNotebookError(SubmissionError, ValueError):
    """No machine can tell what notebook a submitted file is: a person has to look."""

    template = "{problem}"
    problem: str


class TimestampError(SubmissionError, ValueError):
    """A text says no time, or could say several."""

    template = "{problem}"
    problem: str


class TooCostlyError(SubmissionError):
    """Reading what was handed in took more than it may: `most`, in `unit`."""

    template = "reading it took more than {most} {unit}"
    most: float
    unit: str


class StudentCodeError(SubmissionError):
    """The student's own code failed while a graded cell called it."""

    template = "{problem}"
    problem: str


class CodecError(SubmissionError, ValueError):
    """A value cannot be encoded, or a text is not what the encoder writes."""

    template = "{problem}"
    problem: str


class NotPlainError(SubmissionError, ValueError):
    """A frame holds something that is no plain data; `dtype` is the column's."""

    template = "a pandas column of dtype {dtype!r} is not plain data"
    dtype: str


class PredictionError(SubmissionError, ValueError):
    """The student's function gave something other than one legal answer per image.

    Attributes
    ----------
    found, expected : str
        What came back, and what should have.
    hint : str
        How to mend it; may be empty.
    call : str
        The call that gave it.
    """

    template = "{call} gave {found}, expected {expected}{advice}"
    found: str
    expected: str
    hint: str = ""
    call: str = "predict(images)"

    @property
    def advice(self) -> str:
        """The hint in brackets: a template cannot leave them out where there is none."""
        return f" ({self.hint})" if self.hint else ""


class PredictionTypeError(PredictionError):
    """The answer is not an array of numbers of the right kind."""


class PredictionShapeError(PredictionError):
    """The answer does not have one entry per image."""


class PredictionValueError(PredictionError):
    """The answer holds numbers that mean nothing here."""


class WorkerTracebackError(TemplatedError):
    """The cause of an error that a grading process met: its traceback there, as text.

    A traceback itself cannot be sent to another process, nor can every exception.
    """

    template = "{traceback}"
    traceback: str
