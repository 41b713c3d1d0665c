"""The page that a student gets back: one file, without scripts, that fetches nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autograder.reporting.marks import explain, headline
from autograder.reporting.tables import format_points, format_score, strip_controls
from autograder.reporting.templating import render_template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograder.scoring.standing import GradeRow
    from autograder.scoring.tiers import Tiers


@dataclass(frozen=True)
class Exercise:
    """What became of one graded cell.

    Attributes
    ----------
    name : str
        Its ``grade_id``.
    about : str
        What it checks, in its own words; empty if it does not say.
    points, max_points : float
        What it has, and what is to be had.
    said : str
        What the failed check told; empty if it passed.
    comment : str
        What a person wrote.
    waits : bool
        Whether a person has yet to read it.
    """

    name: str
    about: str
    points: float
    max_points: float
    said: str = ""
    comment: str = ""
    waits: bool = False


@dataclass(frozen=True)
class Misread:
    """One kind of mistake on the held-out images.

    Attributes
    ----------
    truth, answer : int
        What they are, and what was answered.
    count : int
        How often.
    pictures : tuple of str
        Some of the images, as data URLs of PNG files; empty unless they are released.
    """

    truth: int
    answer: int
    count: int
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feedback:
    """All that one student is told.

    Attributes
    ----------
    row : GradeRow
        As it was published.
    tiers : Tiers or None
        What it was graded by.
    exercises : tuple of Exercise
        In the notebook's order.
    place : tuple of str
        Sentences on where the score lies among boundaries and in the class.
    confusion : tuple of tuple of int
        By true class, then by answer, how many held-out images; empty without.
    misread : tuple of Misread
        The most frequent mistakes, first.
    notes : tuple of str
        What else the student should know of the submission.
    """

    row: GradeRow
    tiers: Tiers | None
    exercises: tuple[Exercise, ...] = ()
    place: tuple[str, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    misread: tuple[Misread, ...] = ()
    notes: tuple[str, ...] = field(default=())


def render_feedback(feedback: Feedback, title: str) -> str:
    """Return the text of a student's page.

    Parameters
    ----------
    feedback : Feedback
        What it says. Names, notes and messages come from students: here they are text.
    title : str
        The assignment's name.

    Returns
    -------
    str
        HTML.
    """
    row, tiers = feedback.row, feedback.tiers
    return render_template(
        "feedback.html.j2",
        {"points": format_points, "plain": strip_controls},
        feedback=feedback,
        row=row,
        title=strip_controls(title),
        headline=headline(row),
        explained=explain(row, tiers),
        metric=tiers.metric if tiers else None,
        score=format_score(row),
        highest=_highest_mistake(feedback.confusion),
    )


def _highest_mistake(confusion: Sequence[Sequence[int]]) -> int:
    """Return the largest count off the diagonal, which the table's shades are drawn against."""
    off = (n for i, line in enumerate(confusion) for j, n in enumerate(line) if i != j)
    return max(off, default=0)
