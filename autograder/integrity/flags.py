"""Flags, which a check reports."""

from __future__ import annotations

from dataclasses import dataclass

LEVEL = 1 / 1000
"""Chance, at most, that a check with a p-value flags a submission by luck.

A check that compares a submission with each of n - 1 others divides it by n - 1.
"""


@dataclass(frozen=True)
class Flag:
    """One thing that a person should look at.

    Attributes
    ----------
    student : str
        Whose submission.
    check : str
        `NAME` of the check's module.
    seen : str
        What was seen, in one short sentence with figures.
    p_value : float or None
        Chance that an honest submission shows this much or more, corrected for the comparisons
        made; None where nothing was counted.
    remark : bool
        Whether honest work often shows the same, so that it says nothing by itself.
    cluster : tuple of str
        All students that it shows together, this one among them; empty if it is about one.
    """

    student: str
    check: str
    seen: str
    p_value: float | None = None
    remark: bool = False
    cluster: tuple[str, ...] = ()
