"""What became of a submission, and its row in the class's table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from autograder.metrics import Measured
from autograder.tiers import Standing, Tiers, grade_class, grade_points

NO_TIER = "none"
"""Tier of a submission that has no score by its own fault."""

NOT_GRADED = "not graded"
"""Tier of a submission that our own machinery failed."""


class Outcome(StrEnum):
    """How the run of a submission ended.

    ==================  ========================================================
    ``FINISHED``        every cell ran to its end
    ``STUDENT_ERROR``   the notebook cannot be read, or a cell of it failed
    ``TIME_OUT``        a cell or the whole notebook ran longer than allowed
    ``OUT_OF_MEMORY``   it asked for more memory than allowed
    ``OUTPUT_FLOOD``    it wrote more output than allowed
    ``INFRASTRUCTURE``  our own kernel, sandbox or disk failed: not the student's
                        fault, so it costs no points and gets no grade
    ==================  ========================================================
    """

    FINISHED = "finished"
    STUDENT_ERROR = "student error"
    TIME_OUT = "time-out"
    OUT_OF_MEMORY = "out of memory"
    OUTPUT_FLOOD = "output flood"
    INFRASTRUCTURE = "infrastructure"

    @property
    def graded(self) -> bool:
        """Whether the submission gets a grade at all."""
        return self is not Outcome.INFRASTRUCTURE


@dataclass(frozen=True)
class Row:
    """One submission in the class's table.

    Parameters
    ----------
    student, assignment
        Names, as the gradebook has them.
    outcome
        How its run ended.
    measured
        Score on the held-out images with its interval; None without one.
    tier, grade, rank
        Standing in the class, as `stand` fills them in; grade 0 to 100.
    points, max_points
        Sum over the graded cells.
    claim
        Score that the file's own name claimed, such as 96/100 for ``96%_s05.ipynb``.
    notes
        What a reader of the table should know, one sentence each.
    """

    student: str
    assignment: str
    outcome: Outcome
    measured: Measured | None = None
    tier: str = ""
    grade: int | None = None
    rank: int | None = None
    points: float | None = None
    max_points: float | None = None
    claim: Fraction | None = None
    notes: tuple[str, ...] = ()

    @property
    def score(self) -> Fraction | None:
        """Exact score, or None."""
        return None if self.measured is None else self.measured.score

    @property
    def share(self) -> Fraction | None:
        """Exact share of all points, or None."""
        if self.points is None or not self.max_points:
            return None
        # By way of the decimal text: 27.6 points are meant, not the float nearest to them.
        return Fraction(str(self.points)) / Fraction(str(self.max_points))

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % confidence interval of the score, or None."""
        return None if self.measured is None else (self.measured.low, self.measured.high)

    @property
    def low(self) -> float | None:
        """Lower end of `interval`, or None."""
        return None if self.measured is None else self.measured.low

    @property
    def high(self) -> float | None:
        """Upper end of `interval`, or None."""
        return None if self.measured is None else self.measured.high


def stand(rows: Sequence[Row], tiers: Tiers | None) -> list[Row]:
    """Fill in tier, grade and rank of a whole class.

    A submission without a score gets grade 0 in tier "none" where the student is at fault;
    where our machinery is, it gets no grade, takes no rank and is "not graded", even if a
    score was measured before the failure.

    Parameters
    ----------
    rows
        The class's rows; what they have as tier, grade and rank is ignored.
    tiers
        The assignment's tiers; None if its grade is the share of all points.

    Returns
    -------
    list of Row
        In the order of `rows`.

    Raises
    ------
    ValueError
        If two rows are of one student.
    """
    students = [row.student for row in rows]
    if repeated := sorted({student for student in students if students.count(student) > 1}):
        raise ValueError(f"several rows for {', '.join(repeated)}, expected one row a student")
    measured = {row.student: row.share if tiers is None else row.score for row in rows}
    graded = {row.student for row in rows if row.outcome.graded}
    scores = {s: score for s, score in measured.items() if s in graded and score is not None}
    standings = grade_points(scores) if tiers is None else grade_class(scores, tiers)
    return [_stand_one(row, standings.get(row.student)) for row in rows]


def _stand_one(row: Row, standing: Standing | None) -> Row:
    if standing is not None:
        return replace(row, tier=standing.label, grade=standing.grade, rank=standing.rank)
    if row.outcome.graded:
        return replace(row, tier=NO_TIER, grade=0, rank=None)
    return replace(row, tier=NOT_GRADED, grade=None, rank=None)
