"""What lateness costs by an assignment's ``run.toml``: marks of 100 for each day that has begun.

nbgrader leaves that to a plug-in of the course's own; where ``[late]`` is in ``run.toml``, it takes
the plug-in's place::

    [late]
    due = 2026-12-01T23:59:00+09:00   # else nbgrader's own due date
    grace_minutes = 15
    per_day = 10
    most = 50
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

DAY = 24 * 60 * 60
"""Seconds of a day."""


@dataclass(frozen=True)
class LatePolicy:
    """What lateness costs.

    Attributes
    ----------
    per_day : int
        Marks of 100 for each day that has begun.
    grace_minutes : float
        How late it may be at no cost; what is later pays from the due date on.
    most : int
        The most that it costs.
    due : datetime or None
        When the assignment is due, with an offset; None where nbgrader's database says it.
    """

    per_day: int
    grace_minutes: float = 0.0
    most: int = 100
    due: datetime | None = None

    def cost(self, seconds: float) -> int:
        """Return the marks that being so many seconds late costs.

        Examples
        --------
        >>> policy = LatePolicy(per_day=10, grace_minutes=15, most=25)
        >>> [policy.cost(60 * minutes) for minutes in (0, 15, 16, 24 * 60, 24 * 60 + 1, 10_000)]
        [0, 0, 10, 10, 20, 25]
        """
        if seconds <= 60 * self.grace_minutes:
            return 0
        return min(self.most, self.per_day * math.ceil(seconds / DAY))
