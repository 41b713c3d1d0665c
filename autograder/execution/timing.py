"""Timing spans of a submission: one for each cell, and for each step around them."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

STUDENT, CHECKER, GRADER = "student", "checker", "grader"
"""Where a span's time was spent."""


@dataclass(frozen=True)
class Span:
    """One step of one submission.

    Attributes
    ----------
    where : str
        ``"student"`` or ``"checker"`` for a cell run in that kernel, else ``"grader"``.
    what : str
        The cell's ``grade_id`` or id, or the step's name.
    seconds : float
        Wall time. A checker's cell includes the calls that it made to the student's kernel.
    outcome : str
        How a cell ended.
    cpu : float or None
        Processor seconds that the two kernels' own processes used meanwhile, not counting
        processes that they started; None for the grader's steps, and where a kernel ended.
    """

    where: str
    what: str
    seconds: float
    outcome: str = ""
    cpu: float | None = None


@dataclass
class Stopwatch:
    """Collects the spans of one submission.

    Attributes
    ----------
    spans : list of Span
        Those that ended, in the order in which they did.
    """

    spans: list[Span] = field(default_factory=list)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Time a step of the grader's own."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.spans.append(Span(GRADER, what, time.perf_counter() - began))


def cpu_seconds(pid: int) -> float | None:
    """Return the processor time that all threads of a process have used; None if it is gone."""
    # the number that clock_getcpuclockid(3) gives: Python has it for threads only
    clock = ~pid << 3 | 2
    try:
        return time.clock_gettime(clock)
    except OSError:
        return None


STARVED_SHARE = 0.25
"""Of a time limit: who waited longer for a processor than that was starved."""


def waited_seconds(pid: int | None) -> dict[int, float]:
    """Return how long each thread of a process has waited for a processor, able to compute.

    Who sleeps, or waits for a file, does not wait for a processor. Empty where Linux does not say.
    """
    found: dict[int, float] = {}
    for task in Path(f"/proc/{pid}/task").glob("[0-9]*") if pid is not None else ():
        with suppress(OSError, ValueError, IndexError):  # it ended meanwhile
            found[int(task.name)] = int((task / "schedstat").read_text().split()[1]) / 1e9
    return found


def longest_wait(before: dict[int, float], now: dict[int, float]) -> float:
    """Return the longest time that a thread waited for a processor between two looks.

    Examples
    --------
    >>> longest_wait({7: 1.0}, {7: 3.5, 8: 1.0})
    2.5
    """
    return max((seconds - before.get(task, 0.0) for task, seconds in now.items()), default=0.0)
