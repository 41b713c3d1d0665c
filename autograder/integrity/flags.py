"""Flags, which a check reports."""

from __future__ import annotations

from dataclasses import dataclass

LEVEL = 1 / 1000
"""Chance, at most, that a check with a p-value flags a submission by luck.

A check that compares a submission with each of n - 1 others divides it by n - 1.
"""

LOOK_UP, LOADED, SIGNS = "look-up", "loaded images", "static signs"
"""Checks of one submission by its answers, its kernel's memory and its code."""

TAMPER, SIMILAR, ERRORS = "tamper", "similar code", "shared errors"
"""Checks of a notebook against the release, and of each pair's code and wrong answers."""


@dataclass(frozen=True)
class Flag:
    """One thing that a person should look at.

    Attributes
    ----------
    student : str
        Whose submission.
    check : str
        Name of the check, as reports have it.
    seen : str
        What was seen, in one short sentence with figures.
    p_value : float or None
        Chance that an honest submission shows this much or more, corrected for the comparisons
        made; None where nothing was counted.
    remark : bool
        Whether honest work often shows the same, so that it says nothing by itself.
    """

    student: str
    check: str
    seen: str
    p_value: float | None = None
    remark: bool = False
