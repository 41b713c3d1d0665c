"""Find held-out images among those that a submission's kernel held after its last cell.

No submission is handed the originals of held-out images, so one that holds any has brought them
along, or has found them. Canaries do not count: `predict` is asked about those, and a student
may keep what it was asked last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograder.integrity.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograder.holdout.originals import Loaded
    from autograder.integrity.inputs import CheckInputs

NAME = "loaded images"
"""The check's name in reports."""


def find_flags(asked: CheckInputs) -> Iterator[Flag]:
    """Flag each submission whose kernel held originals of held-out images."""
    for student, found in asked.loaded.items():
        yield from flag_loaded(student, found)


def flag_loaded(student: str, found: Loaded) -> list[Flag]:
    """Flag a submission whose kernel held originals of held-out images.

    Examples
    --------
    >>> from autograder.holdout.originals import Loaded
    >>> print(flag_loaded("s01", Loaded(2000, 200, 30))[0].seen)
    held 2000 images, 200 of them originals of held-out ones (30 official test images)
    >>> flag_loaded("s02", Loaded(60_000, 0, 0))
    []
    """
    if not found.held_out:
        return []
    seen = f"held {found.images} images, {found.held_out} of them originals of held-out ones "
    return [Flag(student, NAME, f"{seen}({found.official_test} official test images)")]
