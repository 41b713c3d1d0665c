"""A submission's row in the class's table, and the class's ranking."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from autograder.scoring.final import FinalRule, exact, final_mark, share_by_grade
from autograder.scoring.ranking import Standing, grade_by_points, grade_by_tiers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from autograder.outcome import Outcome
    from autograder.scoring.metrics import Measured, Metric
    from autograder.scoring.tiers import Tiers

NO_TIER = "none"
"""Tier of a submission that has no score by its own fault."""

NOT_GRADED = "not graded"
"""Tier of a submission that our own machinery failed."""


@dataclass(frozen=True)
class Capstone:
    """The graded cell that measured a submission's score.

    Attributes
    ----------
    cell : str
        Its ``grade_id``.
    points, max_points : float
        What it has among the submission's points, and what is to be had there.
    """

    cell: str
    points: float
    max_points: float


@dataclass(frozen=True)
class Override:
    """A final mark that a person set, in place of the one that was reckoned.

    Attributes
    ----------
    mark : int
        From 0 to 100.
    why : str
        What the instructor said.
    """

    mark: int
    why: str


@dataclass(frozen=True)
class GradeRow:
    """One submission in the class's table.

    Attributes
    ----------
    student, assignment : str
        Names, as the gradebook has them.
    outcome : Outcome
        How its run ended.
    measured : Measured or None
        Score on the held-out images with its interval; None without one.
    tier : str
        Label of its tier, as `stand` fills it in.
    grade : int or None
        From 0 to 100, as `stand` fills it in; None if it is not graded.
    rank : int or None
        Competition rank in the class, 1 for the best, as `stand` fills it in; None without one.
    points, max_points : float or None
        Sum over the graded cells.
    claim : Fraction or None
        Score that the file's own name claimed, such as 96/100 for ``96%_s05.ipynb``.
    notes : tuple of str
        What a reader of the table should know, one sentence each.
    answers : ndarray of shape (n,) or (n, k), or None
        What was scored, for comparing submissions image by image; None if it was not kept.
    borderline : tuple of Fraction
        Boundaries between grades that lie in the interval, as `stand` finds them.
    tested : bool
        Whether its rank comes from McNemar's test; by its score alone otherwise.
    capstone : Capstone or None
        The cell that measured the score; None without one, or if a person marked that cell.
    penalty : float
        Points that the course takes because it came late; `points` still hold them.
    deduction : int
        Marks of 100 that lateness costs by ``run.toml``; where points decide, `penalty` is that.
    override : Override or None
        What a person set; None if nobody did.
    final : int or None
        Final mark, as `stand` fills it in from grade or points (`autograder.scoring.final`);
        None where there is none.
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
    answers: NDArray[Any] | None = field(default=None, compare=False, repr=False)
    borderline: tuple[Fraction, ...] = ()
    tested: bool = False
    capstone: Capstone | None = None
    penalty: float = 0.0
    deduction: int = 0
    override: Override | None = None
    final: int | None = None

    @property
    def score(self) -> Fraction | None:
        """Exact score, or None."""
        return None if self.measured is None else self.measured.score

    @property
    def decided(self) -> bool:
        """Whether there is nothing left to do: it was graded, or a person set its mark."""
        return self.outcome.graded or self.override is not None

    @property
    def share(self) -> Fraction | None:
        """Exact share of all points that are left, or None."""
        if self.points is None or not self.max_points:
            return None
        return max(exact(self.points) - exact(self.penalty), Fraction(0)) / exact(self.max_points)

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


def stand(
    rows: Sequence[GradeRow], tiers: Tiers | None, truth: NDArray[Any] | None = None
) -> list[GradeRow]:
    """Fill in tier, grade, rank and final mark of a whole class, and what is borderline.

    A submission without a score gets grade 0 in tier "none" where the student is at fault;
    where our machinery is, it gets no grade, takes no rank and is "not graded", even if a
    score was measured before the failure. Where the share of all points is final, the capstone
    has as many of its points as its grade says.

    Parameters
    ----------
    rows : sequence of GradeRow
        The class's rows; what they have as tier, grade, rank and so on is ignored.
    tiers : Tiers or None
        The assignment's tiers; None if its grade is the share of all points.
    truth : ndarray of shape (n,) or (n, k), optional
        What is right for each held-out image. With it and the rows' answers, those above
        `ranked.above` are ranked in groups if the metric is accuracy.

    Returns
    -------
    list of GradeRow
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
    if tiers is None:
        standings = grade_by_points(scores)
    else:
        standings = grade_by_tiers(scores, tiers, _right(rows, tiers, truth))
    placed = (_stand_one(row, standings.get(row.student), tiers) for row in rows)
    return [with_final(_by_grade(row, tiers), tiers) for row in placed]


def _right(
    rows: Sequence[GradeRow], tiers: Tiers, truth: NDArray[Any] | None
) -> dict[str, NDArray[np.bool_]]:
    """Which images each submission got right, by student; none of an unusual kind."""
    if truth is None or not tiers.metric.is_share:
        return {}
    kept = ((row.student, row.answers) for row in rows if row.measured is not None)
    usual = {s: a for s, a in kept if a is not None and _fits(a, truth, tiers.metric)}
    return {student: tiers.metric.right(truth, answers) for student, answers in usual.items()}


def _fits(answers: NDArray[Any], truth: NDArray[Any], metric: Metric) -> bool:
    """Whether answers are of the metric: those of a built-in one have the shape of the truth."""
    return len(answers) == len(truth) if metric.own else answers.shape == truth.shape


def _stand_one(row: GradeRow, standing: Standing | None, tiers: Tiers | None) -> GradeRow:
    if standing is not None:
        near = _boundaries_in(row.measured, tiers)
        row = replace(row, borderline=near, tested=standing.tested)
        return replace(row, tier=standing.label, grade=standing.grade, rank=standing.rank)
    row = replace(row, borderline=(), tested=False)
    if row.outcome.graded:
        return replace(row, tier=NO_TIER, grade=0, rank=None)
    return replace(row, tier=NOT_GRADED, grade=None, rank=None)


def _boundaries_in(measured: Measured | None, tiers: Tiers | None) -> tuple[Fraction, ...]:
    """Boundaries inside an interval, its ends included, from low to high."""
    if measured is None or tiers is None:
        return ()
    return tuple(b for b in tiers.boundaries if measured.low <= b <= measured.high)


def _by_grade(row: GradeRow, tiers: Tiers | None) -> GradeRow:
    """Give the capstone its share by grade, which above the last band only the class decides."""
    if tiers is None or tiers.final is FinalRule.TIER or not row.capstone or row.grade is None:
        return row
    return with_capstone_points(row, share_by_grade(row.capstone.max_points, row.grade))


def with_capstone_points(row: GradeRow, points: float) -> GradeRow:
    """Give the capstone of a row other points; a row without one stays as it is."""
    if row.capstone is None or row.points is None:
        return row
    total = float(exact(row.points) - exact(row.capstone.points) + exact(points))
    all_lost = row.penalty and row.penalty >= row.points
    penalty = total if all_lost else row.penalty
    capstone = replace(row.capstone, points=points)
    return replace(row, points=total, capstone=capstone, penalty=penalty)


def with_final(row: GradeRow, tiers: Tiers | None) -> GradeRow:
    """Fill in the final mark: what a person set, else what follows from grade and points."""
    if row.override is not None:
        return replace(row, final=row.override.mark)
    rule = FinalRule.TIER if tiers is None else tiers.final
    final = final_mark(rule, row.grade, row.share)
    if final is not None and tiers is not None and rule is FinalRule.TIER:
        final = max(0, final - row.deduction)  # of points it is taken already
    return replace(row, final=final)


def class_table(
    rows: Iterable[GradeRow], tiers: Tiers | None, truth: NDArray[Any] | None = None
) -> list[GradeRow]:
    """Return the class's rows with tier, grade and rank, best first, then by student.

    `truth` is what is right for each held-out image, as `autograder.scoring.standing.stand` takes
    it.
    """
    standing = stand(list(rows), tiers, truth)
    return sorted(standing, key=lambda row: (row.rank is None, row.rank or 0, row.student))
