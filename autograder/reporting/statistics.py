"""What a class's answers say of its exercises and of the held-out images."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ExerciseStatistics:
    """One graded cell over the class.

    Attributes
    ----------
    name : str
        Its ``grade_id``.
    max_points : float
        What is to be had.
    mean : float or None
        Mean share of its points, 0 to 1: the exercise's facility, which is high where it is easy;
        None while nobody has read any answer.
    full, zero : int
        How many have all points, and none.
    discrimination : float or None
        Correlation of its points with those of all other cells; None where either is the same
        for everybody.
    unread : int
        How many answers wait for a person to read them; they are in none of the numbers above.
    """

    name: str
    max_points: float
    mean: float | None
    full: int
    zero: int
    discrimination: float | None
    unread: int = 0


@dataclass(frozen=True)
class MissedImage:
    """A held-out image that many got wrong.

    Attributes
    ----------
    number : int
        Of the image, from 0, as ``autograder labels`` takes it.
    label, answer : str
        What it is labelled, and the most frequent other answer.
    wrong, total : int
        How many got it wrong, and of how many.
    picture : str
        The image, as a data URL.
    """

    number: int
    label: str
    answer: str
    wrong: int
    total: int
    picture: str


@dataclass(frozen=True)
class RunTimes:
    """What a class's runs took, in seconds of cells and steps.

    Attributes
    ----------
    total, median, longest : float
        Of all submissions together, of the one in the middle, and of the slowest.
    slowest : str
        Whose that is.
    """

    total: float
    median: float
    longest: float
    slowest: str


@dataclass(frozen=True)
class ClassStatistics:
    """What the report tells beside each student's row.

    Attributes
    ----------
    exercises : tuple of ExerciseStatistics
        As the gradebook lists them.
    confusion : tuple of tuple of int
        By true class, then by answer, over all submissions and images; empty without.
    missed : tuple of MissedImage
        Those that most got wrong, first.
    times : RunTimes or None
        What the runs took; None if none is on record.
    """

    exercises: tuple[ExerciseStatistics, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    missed: tuple[MissedImage, ...] = ()
    times: RunTimes | None = None

    @property
    def highest_mistake(self) -> int:
        """Largest count off the confusion matrix's diagonal."""
        lines = enumerate(self.confusion)
        return max((n for i, line in lines for j, n in enumerate(line) if i != j), default=0)
