"""Compute what a class's answers say of its exercises and of the held-out images."""

from __future__ import annotations

import base64
import io
from collections import Counter
from statistics import median
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.image import imsave

from autograder.holdout.files import read_images
from autograder.reporting.statistics import (
    ClassStatistics,
    ExerciseStatistics,
    MissedImage,
    RunTimes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from numpy.typing import NDArray

    from autograder.evidence.hashchain import Entry
    from autograder.holdout.dataset import Holdout
    from autograder.holdout.labels import Labels
    from autograder.scoring.standing import GradeRow
    from autograder.scoring.tiers import Tiers

SHOWN = 12
"""Images that are shown."""

LEAST = 3
"""Submissions without which nothing can be said of an image or an exercise."""

CLASSES = 10
"""Digits; a table of more is no help."""


def class_statistics(
    rows: Sequence[GradeRow],
    submissions: Mapping[str, Entry],
    tiers: Tiers | None,
    labels: Labels | None,
    holdout: Holdout | None,
    unread: Mapping[str, AbstractSet[str]] = MappingProxyType({}),
) -> ClassStatistics:
    """Return what the report tells beside each student's row.

    Parameters
    ----------
    rows : sequence of GradeRow
        The class, with answers.
    submissions : mapping of str to Entry
        The evidence about each, by student.
    tiers : Tiers or None
        What it is graded by.
    labels : Labels or None
        What is right, as it holds now.
    holdout : Holdout or None
        With the images.
    unread : mapping of str to set of str, optional
        Cells whose answers nobody has read, by student: they tell nothing yet.

    Returns
    -------
    ClassStatistics
    """
    graded = {row.student for row in rows if row.outcome.graded}
    bodies = [one.body for student, one in submissions.items() if student in graded]
    exercises, times = tuple(_exercises(bodies, unread)), _times(bodies)
    answers = _answers(rows, tiers, labels)
    if labels is None or answers is None:
        return ClassStatistics(exercises, times=times)
    table = confusion(labels.values.astype(int), answers)
    missed = tuple(_missed(labels.values, answers, holdout))
    return ClassStatistics(exercises, table, missed, times)


def _exercises(
    bodies: Sequence[Mapping[str, Any]], unread: Mapping[str, AbstractSet[str]]
) -> Iterator[ExerciseStatistics]:
    bodies = [body for body in bodies if body["cells"]]
    names = dict.fromkeys(name for body in bodies for name in body["cells"])
    for name in names:
        all_there = [body for body in bodies if name in body["cells"]]
        most = max(body["cells"][name][1] for body in all_there)
        if not most:
            continue
        there = [body for body in all_there if name not in unread.get(body["student"], ())]
        got = np.array([body["cells"][name][0] for body in there], float)
        rest = np.array([sum(p for p, _ in body["cells"].values()) for body in there], float) - got
        yield ExerciseStatistics(
            name,
            most,
            float(got.mean() / most) if there else None,
            int((got >= most).sum()),
            int((got <= 0).sum()),
            _correlation(got, rest),
            len(all_there) - len(there),
        )


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float | None:
    if len(one) < LEAST or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def _times(bodies: Sequence[Mapping[str, Any]]) -> RunTimes | None:
    sums = {body["student"]: sum(span[2] for span in body["spans"]) for body in bodies}
    if not sums:
        return None
    slowest = max(sums, key=lambda student: (sums[student], student))
    return RunTimes(sum(sums.values()), median(sums.values()), sums[slowest], slowest)


def _answers(
    rows: Sequence[GradeRow], tiers: Tiers | None, labels: Labels | None
) -> NDArray[np.int_] | None:
    """Return everybody's answers, a line each, where there is one right digit an image."""
    if tiers is None or labels is None or not tiers.metric.is_share:
        return None
    shape = labels.values.shape
    kept = [row.answers for row in rows if row.answers is not None]
    found = [one for one in kept if one.shape == shape and one.dtype.kind in "iu"]
    if len(shape) != 1 or len(found) < LEAST:
        return None
    answers = np.array(found).astype(int)
    return answers if max(answers.max(), labels.values.max()) < CLASSES else None


def confusion(truth: NDArray[Any], answers: NDArray[Any]) -> tuple[tuple[int, ...], ...]:
    """Count by true class, then by answer, over images and, if there are several, submissions."""
    n = int(max(truth.max(), answers.max())) + 1
    table = np.bincount((n * truth + answers).ravel(), minlength=n * n).reshape(n, n)
    return tuple(map(tuple, table.tolist()))


def _missed(
    truth: NDArray[np.uint8], answers: NDArray[np.int_], holdout: Holdout | None
) -> Iterator[MissedImage]:
    """Yield the images that most got wrong, if at least half of the class did."""
    if holdout is None:
        return
    wrong = (answers != truth).sum(axis=0)
    most = np.argsort(-wrong, kind="stable")[:SHOWN]
    numbers = [int(number) for number in most if 2 * wrong[number] >= len(answers)]
    images = read_images(holdout.secret) if numbers else None
    for number in numbers:
        assert images is not None
        label = int(truth[number])
        others = Counter(int(a) for a in answers[:, number] if a != label)
        yield MissedImage(
            number,
            str(label),
            str(others.most_common(1)[0][0]),
            int(wrong[number]),
            len(answers),
            data_url(images[number]),
        )


def data_url(pixels: NDArray[np.uint8]) -> str:
    """Return an image as a data URL of a PNG file, ink dark on white."""
    file = io.BytesIO()
    imsave(file, pixels, cmap="gray_r", vmin=0, vmax=255, format="png")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
