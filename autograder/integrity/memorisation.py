"""Detect memorisation: a table of known images in place of a classifier.

Answers to probes (`autograder.holdout.canaries`) tell the two apart.

Three comparisons of a canary, which is a public image, with what should make no difference:

- its twin, a few grey levels off. A classifier errs on either alike; only a table of images,
  or of their checksums, knows the one and not the other.
- its warped copy, which is scored. A table that tolerates small differences shows here. Real
  classifiers differ here too, and some are a little better at what is not warped, so a canary
  may be the one that is right up to twice as often as the copy.
- for canaries that were handed out to learn from, their twins again: no model at all but a table
  of the training images. A classifier may know by heart what it learnt from, so a fifth of the
  twins may be lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import binom

from autograder.integrity.flags import LEVEL, Flag

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from autograder.holdout.canaries import Canaries
    from autograder.integrity.inputs import CheckInputs

NAME = "look-up"
"""The check's name in reports."""

BY_WARP = 2 / 3
"""Chance that, of a canary and its warped copy, the canary is the one that is right."""

BY_HEART = 1 / 5
"""Share of handed canaries that may be right where their twins are wrong."""

_COMPARISONS = 3


@dataclass(frozen=True)
class Pair:
    """Right answers to canaries against those to something like them.

    Attributes
    ----------
    total, canaries, others : int
        Number of canaries, how many of them were answered right, and how many of the others.
    only_canary, only_other : int
        How often exactly that one of the two was.
    """

    total: int
    canaries: int
    others: int
    only_canary: int
    only_other: int

    @classmethod
    def of(cls, canaries: NDArray[np.bool_], others: NDArray[np.bool_]) -> Pair:
        """Count; both of shape (n,), in the same order."""
        counts = (canaries, others, canaries & ~others, others & ~canaries)
        return cls(len(canaries), *(int(np.count_nonzero(one)) for one in counts))


@dataclass(frozen=True)
class LookUp:
    """How one submission answered about probes.

    Attributes
    ----------
    twins, warped : Pair
        Canaries of held-out images against their twins, and against their warped copies.
    handed : Pair
        Canaries of training images against their twins.
    """

    twins: Pair
    warped: Pair
    handed: Pair


def find_flags(asked: CheckInputs) -> Iterator[Flag]:
    """Flag each submission that knows canaries and not what is like them."""
    for student, found in look_ups(asked).items():
        yield from flag_look_up(student, found)


def look_ups(asked: CheckInputs) -> Mapping[str, LookUp]:
    """Return how each answered about probes, by student; empty without probes."""
    if asked.truth is None or asked.probes is None:
        return {}
    return {
        student: compare(asked.answers[student], asked.truth, probed, asked.probes)
        for student, probed in sorted(asked.probed.items())
        if student in asked.answers
    }


def compare(
    answers: NDArray[np.int64],
    truth: NDArray[np.uint8],
    probed: NDArray[np.int64],
    probes: Canaries,
) -> LookUp:
    """Compare a submission's answers to probes with those to images like them.

    Parameters
    ----------
    answers : ndarray of shape (n,), dtype int64
        Digit that it gave for each held-out image.
    truth : ndarray of shape (n,), dtype uint8
        The right digits.
    probed : ndarray of shape (2 k,), dtype int64
        Digit that it gave for each probe.
    probes : Canaries
        What it was asked.

    Returns
    -------
    LookUp

    Raises
    ------
    ValueError
        If there is not one answer a probe.
    """
    if probed.shape != (2 * len(probes.labels),):
        expected = f"({2 * len(probes.labels)},)"
        raise ValueError(f"answers to probes of shape {probed.shape}, expected {expected}")
    canaries, twins = (half == probes.labels for half in np.split(probed, 2))
    held = len(probes.rows)
    warped = (answers == truth)[probes.rows]
    return LookUp(
        Pair.of(canaries[:held], twins[:held]),
        Pair.of(canaries[:held], warped),
        Pair.of(canaries[held:], twins[held:]),
    )


def flag_look_up(student: str, found: LookUp) -> list[Flag]:
    """Flag a submission that knows canaries and not what is like them.

    Examples
    --------
    >>> nothing = Pair(100, 60, 60, 0, 0)
    >>> table = LookUp(Pair(500, 500, 60, 440, 0), nothing, nothing)
    >>> print(flag_look_up("s20", table)[0].seen)
    right on 500 of 500 public images, on 60 of them a few grey levels off: 440 are lost, 0 gained
    """
    return [
        Flag(student, NAME, seen, p)
        for seen, chance in _chances(found)
        if (p := min(1.0, _COMPARISONS * chance)) <= LEVEL
    ]


def _chances(found: LookUp) -> Iterator[tuple[str, float]]:
    """Say what each comparison saw, and the chance of so much or more."""
    for pair, other, share in (
        (found.twins, "a few grey levels off", 1 / 2),
        (found.warped, "warped", BY_WARP),
    ):
        differ = pair.only_canary + pair.only_other
        yield _say(pair, "public images", other), _tail(pair.only_canary, differ, share)
    pair = found.handed
    what = "training images"
    yield _say(pair, what, "a few grey levels off"), _tail(pair.only_canary, pair.total, BY_HEART)


def _say(pair: Pair, what: str, other: str) -> str:
    right = f"right on {pair.canaries} of {pair.total} {what}, on {pair.others} of them {other}"
    return f"{right}: {pair.only_canary} are lost, {pair.only_other} gained"


def _tail(count: int, total: int, share: float) -> float:
    """Chance of `count` or more in `total`."""
    return float(binom.sf(count - 1, total, share))
