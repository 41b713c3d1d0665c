"""Say in a line each whose final mark a command changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograder.reporting.tables import strip_controls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from autograder.scoring.standing import GradeRow


def changed_marks(before: Iterable[GradeRow], now: Iterable[GradeRow]) -> Iterator[str]:
    """Yield a line for each student whose final mark is another one, or is set by a person now.

    Parameters
    ----------
    before, now : iterable of GradeRow
        The class before and after, with final marks.

    Yields
    ------
    str
        By student, such as ``s03: final 95 → 80 (override)``.
    """
    old = {row.student: row for row in before}
    for row in sorted(now, key=lambda one: one.student):
        was = old.get(row.student)
        set_before, set_now = was and was.override, row.override
        if was is not None and (was.final, set_before) == (row.final, set_now):
            continue
        why = " (override)" if set_now else " (override withdrawn)" if set_before else ""
        marks = " → ".join(_mark(one) for one in (was, row))
        yield f"{strip_controls(row.student)}: final {marks}{why}"


def _mark(row: GradeRow | None) -> str:
    return "none" if row is None or row.final is None else str(row.final)
