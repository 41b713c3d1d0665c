"""Read and write what a person gave: points, extra credit and comments, cell by cell.

nbgrader keeps these when a notebook is graded again, whatever is in it by then, and they count.
`autograder.grading.manual_marks` decides what becomes of them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from nbgrader.api import MissingEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nbgrader.api import Comment, Grade, Gradebook, SubmittedAssignment


@dataclass(frozen=True)
class Given:
    """What a person gave a cell.

    Attributes
    ----------
    points : float or None
        In place of the machine's.
    extra : float or None
        On top of them.
    comment : str or None
        For the student to read.
    waits : bool
        Whether somebody is asked to look at it again.
    """

    points: float | None = None
    extra: float | None = None
    comment: str | None = None
    waits: bool = False

    @property
    def total(self) -> float:
        """Points and extra credit together."""
        return (self.points or 0.0) + (self.extra or 0.0)

    def same_as(self, other: Given) -> bool:
        """Whether both hold the same marks, whoever waits for whom."""
        return replace(self, waits=False) == replace(other, waits=False)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def find_submission(
    gradebook: Gradebook, assignment: str, student: str
) -> SubmittedAssignment | None:
    """Return a student's submission in the gradebook; None if there is none."""
    try:
        return gradebook.find_submission(assignment, student)
    except MissingEntry:
        return None


def read_given(gradebook: Gradebook, assignment: str, student: str) -> dict[str, Given]:
    """Return what a person gave a submission, by cell; cells without are left out."""
    grades, comments = _entered(gradebook, assignment, student)
    found = {}
    for name in grades.keys() | comments.keys():
        grade, comment = grades.get(name), comments.get(name)
        one = Given(
            getattr(grade, "manual_score", None),
            getattr(grade, "extra_credit", None),
            getattr(comment, "manual_comment", None) or None,
            bool(getattr(grade, "needs_manual_grade", False)),
        )
        if (one.points, one.extra, one.comment) != (None, None, None):
            found[name] = one
    return dict(sorted(found.items()))


def write_given(
    gradebook: Gradebook, assignment: str, student: str, given: Mapping[str, Given]
) -> None:
    """Let cells have just what a person gave them; an empty `Given` takes it away.

    The caller commits.
    """
    grades, comments = _entered(gradebook, assignment, student)
    for name, one in given.items():
        if name in grades:
            grade = grades[name]
            grade.manual_score, grade.extra_credit = one.points, one.extra
            grade.needs_manual_grade = one.waits
        if name in comments:
            comments[name].manual_comment = one.comment
    gradebook.db.flush()


def machine_points(gradebook: Gradebook, assignment: str, student: str) -> dict[str, float | None]:
    """Return what the machine gave each graded cell; None where it cannot tell."""
    grades, _ = _entered(gradebook, assignment, student)
    return {name: grade.auto_score for name, grade in grades.items()}


def _entered(
    gradebook: Gradebook, assignment: str, student: str
) -> tuple[dict[str, Grade], dict[str, Comment]]:
    submission = find_submission(gradebook, assignment, student)
    notebooks: Iterable[Any] = () if submission is None else submission.notebooks
    grades = {grade.name: grade for notebook in notebooks for grade in notebook.grades}
    comments = {one.name: one for notebook in notebooks for one in notebook.comments}
    return grades, comments
