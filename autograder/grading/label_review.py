"""Show a held-out image and what the class answered, for a person to judge its label."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.image import imsave

from autograder.arrays import unpack
from autograder.assignment import open_holdout
from autograder.evidence.log import read_log
from autograder.evidence.runs import complete_run
from autograder.grading.decide import labels_now
from autograder.holdout.files import read_images
from autograder.holdout.labels import labels_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from autograder.assignment import Assignment
    from autograder.workdir import WorkDir

ZOOM = 12
"""Pixels of the picture for each of the image's, along a side."""


@dataclass(frozen=True)
class ImageReview:
    """What there is to know of a held-out image.

    Attributes
    ----------
    picture : Path
        A PNG file of it, beside the held-out images: no student may see it.
    held, now : str
        Its label as held out, and as it holds now.
    answers : mapping of str to int
        How many of the class answered what, the most frequent first.
    """

    picture: Path
    held: str
    now: str
    answers: Mapping[str, int]


def review_image(assignment: Assignment, work: WorkDir, image: int) -> ImageReview:
    """Write the picture of an image, and count what the class answered.

    Parameters
    ----------
    assignment : Assignment
        Graded by a score on held-out images.
    work : WorkDir
        Folder that the grader writes to.
    image : int
        Its number, from 0.

    Returns
    -------
    ImageReview

    Raises
    ------
    DecisionError
        If there is no such image.
    EvidenceError, HoldoutError
        If something cannot be read.
    """
    entries = read_log(work.evidence(assignment.name)).entries
    holdout = open_holdout(assignment, work)
    now, held = labels_now(assignment, holdout, entries, image), labels_of(holdout)
    assert holdout is not None
    assert held is not None
    picture = holdout.folder / "pictures" / f"image-{image}.png"
    picture.parent.mkdir(mode=0o700, exist_ok=True)
    pixels = read_images(holdout.secret)[image].repeat(ZOOM, axis=0).repeat(ZOOM, axis=1)
    imsave(picture, pixels, cmap="gray_r", vmin=0, vmax=255)
    run = complete_run(entries)
    packed = [one.body["score"] for one in run.submissions.values()] if run else []
    rows = (unpack(score["answers"]) for score in packed if score and score["answers"])
    given = Counter(_text(row[image]) for row in rows if len(row) == len(now.values))
    before, label = _text(held.values[image]), _text(now.values[image])
    return ImageReview(picture, before, label, dict(given.most_common()))


def _text(label: object) -> str:
    return "".join(str(one) for one in getattr(label, "flat", [label]))
