"""Say how late a submission is, and what the course takes for that, by nbgrader's own rules.

Due dates and extensions stand in nbgrader's database; what lateness costs is the course's plug-in,
``c.AssignLatePenalties.plugin_class`` in ``nbgrader_config.py``, as for `nbgrader autograde`.
"""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from nbgrader.preprocessors import AssignLatePenalties
from traitlets import TraitError

from autograder.errors import LatePolicyError
from autograder.gradebook.config import load_config
from autograder.gradebook.due_dates import set_extension

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from nbgrader.api import Gradebook

    from autograder.scoring.late import LatePolicy

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lateness:
    """How late a submission is, and what that costs.

    Attributes
    ----------
    seconds : float
        After the due date, with the student's extension.
    penalty : float
        Points that the course takes.
    marks : int or None
        Marks of 100 that it costs by the assignment's own rule; None where that is the plug-in's.
    """

    seconds: float
    penalty: float
    marks: int | None = None

    def __str__(self) -> str:
        late = timedelta(seconds=round(self.seconds))
        if self.marks is not None:
            return f"handed in {late} late: that costs {self.marks} of 100"
        costs = f"the course takes {self.penalty:g} points"
        return f"handed in {late} late: {costs if self.penalty else 'it costs no points'}"


class LatePenalties:
    """A course's rule for late submissions.

    Parameters
    ----------
    course : Path
        Folder with ``nbgrader_config.py``, and with the plug-in if that is the course's own.
    policy : LatePolicy, optional
        The assignment's own rule, in the plug-in's place.
    extensions : mapping of str to datetime or None, optional
        When it is due for single students, in UTC; None where that was taken back. What else is
        in the gradebook stays.

    Raises
    ------
    LatePolicyError
        If the plug-in that the settings name is none.
    """

    def __init__(
        self,
        course: Path,
        policy: LatePolicy | None = None,
        extensions: Mapping[str, datetime | None] = MappingProxyType({}),
    ) -> None:
        self._policy, self._extensions = policy, extensions
        config = load_config(course)
        steps = [str(step) for step in config.Autograde.get("autograde_preprocessors", [])]
        self._applies = not steps or any("AssignLatePenalties" in step for step in steps)
        try:
            with _importable(course):
                self._step = AssignLatePenalties(config=config)
                self._step.init_plugin()
        except TraitError as error:
            raise LatePolicyError(course / "nbgrader_config.py", str(error)) from error
        self._step.log.setLevel(logging.ERROR)  # a note says what it would warn of

    def __contains__(self, student: str) -> bool:
        """Whether somebody decided when it is due for a student."""
        return student in self._extensions

    def assign(self, gradebook: Gradebook, assignment: str, student: str) -> Lateness | None:
        """Enter what a submission's lateness costs into the gradebook; None if it is not late.

        As `AssignLatePenalties.preprocess`, which opens the database once more.
        """
        submission = gradebook.find_submission(assignment, student)
        notebook = gradebook.find_submission_notebook(assignment, assignment, student)
        notebook.late_submission_penalty = None
        if student in self._extensions:
            set_extension(submission, self._extensions[student])
        seconds, penalty, marks = submission.total_seconds_late, None, None
        if seconds > 0 and self._policy is not None:
            marks = self._policy.cost(seconds)
            penalty = notebook.max_score * marks / 100
        elif seconds > 0 and self._applies:
            plugin = self._step.plugin_inst
            penalty = plugin.late_submission_penalty(student, notebook.score, seconds)
        if penalty is not None:
            penalty = self._step._check_late_penalty(notebook, penalty)
            notebook.late_submission_penalty = penalty
        gradebook.db.flush()
        late = Lateness(float(seconds), float(penalty or 0), marks)
        return late if seconds > 0 else None


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let a plug-in be found in the course's folder, as nbgrader's commands do."""
    sys.path.append(str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
