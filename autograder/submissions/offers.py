"""Choose the notebook that counts, among all that a student handed in.

What is the same counts once. What an editor kept gives way to anything else, and what holds no
answer that another does not hold as well gives way to that; so does what nobody worked on.
Of what is left then, a notebook named as the assignment is goes first in its folder; and where two
remain, a person decides.
"""

from __future__ import annotations

import filecmp
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from autograder.submissions.contents import Content, read_content
from autograder.submissions.entries import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction
    from pathlib import Path

    from autograder.submissions.release import Release

UNTOUCHED = "it is the notebook as it was handed out"
"""Why a notebook that nobody worked on does not count beside another."""

LESS = "all that was written in it is in {} too"
"""Why one does not that holds fewer answers."""

SAME = "it has the same cells as {}"
"""Why the second of two equal ones does not."""

ELSEWHERE = "it lies apart from the one that counts"
"""Why one does not that lies further from where nbgrader looks."""

BACKUP = "an editor or Jupyter kept it of an earlier state"
"""Why a back-up does not."""


@dataclass(frozen=True)
class Offer:
    """A file that may be a student's submission.

    Attributes
    ----------
    shown : str
        Its path below the class's folder.
    path : Path
        The file.
    claim : Fraction or None
        Accuracy that its name claims.
    backup : bool
        Whether an editor or Jupyter kept it.
    preferred : bool
        Whether it goes before others of the same place.
    place : int
        Which of a folder's places it lies in: the lowest goes first.
    """

    shown: str
    path: Path
    claim: Fraction | None = None
    backup: bool = False
    preferred: bool = False
    place: int = 0

    @cached_property
    def content(self) -> Content | None:
        """What is in the file; None if it is no notebook."""
        return read_content(self.path)


@dataclass(frozen=True)
class Choice:
    """What counts of several offers.

    Attributes
    ----------
    chosen : Offer or None
        The one; None if a person has to decide, or there is none.
    passed_over : dict of Offer to str
        The others that could have been, and why each is not.
    open : tuple of Offer
        Those among which a person decides.
    """

    chosen: Offer | None
    passed_over: dict[Offer, str]
    open: tuple[Offer, ...] = ()


def choose(offers: Sequence[Offer], release: Release | None) -> Choice:
    """Choose the notebook that counts.

    Parameters
    ----------
    offers : sequence of Offer
        At least one; those most likely meant first.
    release : Release or None
        What was handed out, which shows what nobody worked on; None if that is not known.

    Returns
    -------
    Choice
    """
    passed_over: dict[Offer, str] = {}
    left = list(offers)
    if len(left) > 1:
        left = _without(left, [o for o in left if o.backup], BACKUP, passed_over)
    if len(left) > 1 and release is not None:
        left = _most(left, release, passed_over)
    left = _once(left, release, passed_over)
    nearest = min(offer.place for offer in left)
    left = _without(left, [o for o in left if o.place > nearest], ELSEWHERE, passed_over)
    preferred = [offer for offer in left if offer.preferred]
    if len(preferred) == 1:
        why = f"{preferred[0].shown} is named as the assignment"
        left = _without(left, [o for o in left if not o.preferred], why, passed_over)
    if len(left) > 1 and release is not None:
        foreign = [o for o in left if o.content and not o.content.related(release)]
        left = _without(left, foreign, "none of its cells was handed out", passed_over)
    if len(left) == 1:
        return Choice(left[0], passed_over)
    return Choice(None, passed_over, tuple(left))


def _without(
    offers: list[Offer], dropped: list[Offer], why: str, passed_over: dict[Offer, str]
) -> list[Offer]:
    """Leave some out, unless none would be left."""
    kept = [offer for offer in offers if offer not in dropped]
    if not kept:
        return offers
    passed_over |= dict.fromkeys(dropped, why)
    return kept


def _most(offers: list[Offer], release: Release, passed_over: dict[Offer, str]) -> list[Offer]:
    """Leave out what holds only answers that another notebook holds too, among more."""
    own = {o: frozenset(o.content.own(release)) for o in offers if o.content is not None}
    kept = []
    for offer in offers:
        more = next((o for o in own if offer in own and own[offer] < own[o]), None)
        if more is None:
            kept.append(offer)
        else:
            passed_over[offer] = LESS.format(more.shown) if own[offer] else UNTOUCHED
    return kept


def _once(
    offers: list[Offer], release: Release | None, passed_over: dict[Offer, str]
) -> list[Offer]:
    """Keep the first of those that are the same; a claim of another's name stays with it."""
    kept: list[Offer] = []
    for offer in offers:
        same = (n for n, other in enumerate(kept) if _same(offer, other, release))
        twin = next(same, None)
        if twin is None:
            kept.append(offer)
            continue
        passed_over[offer] = SAME.format(kept[twin].shown)
        if kept[twin].claim is None and offer.claim is not None:
            kept[twin] = replace(kept[twin], claim=offer.claim)
    return kept


def _same(one: Offer, other: Offer, release: Release | None) -> bool:
    if one.content is not None and other.content is not None:
        if one.content == other.content:
            return True
        return release is not None and one.content.own(release) == other.content.own(release)
    try:
        return filecmp.cmp(one.path, other.path, shallow=False)
    except OSError:
        return False


def shown_below(path: Path, folder: Path) -> str:
    """Return a path below a folder, as text."""
    return printable(path.relative_to(folder))
