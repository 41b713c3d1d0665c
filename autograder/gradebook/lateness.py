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
from typing import TYPE_CHECKING

from nbgrader.preprocessors import AssignLatePenalties
from traitlets import TraitError

from autograder.errors import LatePolicyError
from autograder.gradebook.config import load_config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbgrader.api import Gradebook

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
    """

    seconds: float
    penalty: float

    def __str__(self) -> str:
        late = timedelta(seconds=round(self.seconds))
        costs = f"the course takes {self.penalty:g} points"
        return f"handed in {late} late: {costs if self.penalty else 'it costs no points'}"


class LatePenalties:
    """A course's rule for late submissions.

    Parameters
    ----------
    course : Path
        Folder with ``nbgrader_config.py``, and with the plug-in if that is the course's own.

    Raises
    ------
    LatePolicyError
        If the plug-in that the settings name is none.
    """

    def __init__(self, course: Path) -> None:
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

    def assign(self, gradebook: Gradebook, assignment: str, student: str) -> Lateness | None:
        """Enter what a submission's lateness costs into the gradebook; None if it is not late.

        As `AssignLatePenalties.preprocess`, which opens the database once more.
        """
        submission = gradebook.find_submission(assignment, student)
        notebook = gradebook.find_submission_notebook(assignment, assignment, student)
        notebook.late_submission_penalty = None
        seconds, penalty = submission.total_seconds_late, None
        if seconds > 0 and self._applies:
            plugin = self._step.plugin_inst
            penalty = plugin.late_submission_penalty(student, notebook.score, seconds)
        if penalty is not None:
            penalty = self._step._check_late_penalty(notebook, penalty)
            notebook.late_submission_penalty = penalty
        gradebook.db.flush()
        return Lateness(float(seconds), float(penalty or 0)) if seconds > 0 else None


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let a plug-in be found in the course's folder, as nbgrader's commands do."""
    sys.path.append(str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
