"""Lay a class out as CSV and as text."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from autograder.scoring.metrics import METRICS, Metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from autograder.scoring.standing import GradeRow
    from autograder.scoring.tiers import Tiers

COLUMNS = [
    *("student", "assignment", "outcome", "accuracy", "low", "high", "tier", "grade", "rank"),
    *("points", "max_points", "final"),
]
"""Headings of the CSV file; another metric's name stands where accuracy does here."""

_HEADER = ("rank", "student", "accuracy", "95 % interval", "points", "tier", "grade", "final",
           "outcome", "notes")  # fmt: skip

_JOINERS = "\u200c\u200d"
"""Invisible, but some scripts cannot be written without them."""


def format_csv(rows: Iterable[GradeRow], tiers: Tiers | None) -> str:
    """Lay a class out as the text of `grades.csv`, by student; parameters as `write_report`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_headings(COLUMNS, _metric(tiers)))
    printed = map(_strip_row, rows)
    for row in sorted(printed, key=lambda row: (row.student, row.assignment)):
        names = [row.student, row.assignment, str(row.outcome)]
        numbers = [format_score(row), _decimals(row.low), _decimals(row.high)]
        place = [row.tier, _number(row.grade), _number(row.rank)]
        marks = [format_points(row.points), format_points(row.max_points), _number(row.final)]
        writer.writerow(
            [*map(escape_formula, names), *numbers, escape_formula(place[0]), *place[1:], *marks]
        )
    return text.getvalue()


def format_table(rows: Iterable[GradeRow], tiers: Tiers | None = None) -> str:
    """Lay a class out as text for the terminal, best rank first.

    Parameters
    ----------
    rows : iterable of GradeRow
        The class, with tier, grade and rank filled in.
    tiers : Tiers, optional
        What it was graded by; None if by points.

    Returns
    -------
    str
        One line for the header and one for each submission; no control characters.
    """
    cells = (_cells(_strip_row(row), _metric(tiers)) for row in sorted(rows, key=by_rank))
    return format_columns([_headings(_HEADER, _metric(tiers)), *cells])


def format_json(rows: Iterable[GradeRow], tiers: Tiers | None = None, **facts: str) -> str:
    """Lay a class out as JSON for programs, best rank first; parameters as `format_table`.

    Names are those of `grades.csv`, and numbers are numbers: what is missing is ``null``.
    Whatever `facts` there are about the run stand beside the rows.
    """
    metric = _metric(tiers)
    ordered = sorted(rows, key=by_rank)
    listed = [_as_plain(_strip_row(row)) for row in ordered]
    return json.dumps({**facts, "metric": metric.name, "rows": listed}, indent=1)


def _as_plain(row: GradeRow) -> dict[str, Any]:
    score = None if row.score is None else float(row.score)
    claim = None if row.claim is None else float(row.claim)
    return {
        "student": row.student,
        "assignment": row.assignment,
        "outcome": str(row.outcome),
        "score": score,
        "low": row.low,
        "high": row.high,
        "tier": row.tier,
        "grade": row.grade,
        "rank": row.rank,
        "points": row.points,
        "max_points": row.max_points,
        "penalty": row.penalty,
        "deduction": row.deduction,
        "override": None if row.override is None else row.override.mark,
        "final": row.final,
        "claim": claim,
        "notes": list(row.notes),
    }


def format_columns(lines: Sequence[Sequence[str]]) -> str:
    """Lay lines of cells out in columns, each as wide as its widest cell, two spaces apart.

    Parameters
    ----------
    lines : sequence of sequences of str
        The headings first; all of one length.

    Returns
    -------
    str
        One line each, without spaces at its end.

    Examples
    --------
    >>> print(format_columns([("student", "grade"), ("s01", "82")]))
    student  grade
    s01      82
    """
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = (map(str.ljust, line, widths) for line in lines)
    return "\n".join("  ".join(cells).rstrip() for cells in padded)


def format_score(row: GradeRow) -> str:
    """Score cut, not rounded, to 4 decimals: 0.9200 stands only where 0.92 is reached."""
    return "" if row.score is None else f"{int(row.score * 10_000) / 10_000:.4f}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "student"), counted(21, "student")
    ('1 student', '21 students')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def strip_controls(text: str) -> str:
    r"""Make a text one line that shows all it holds.

    Examples
    --------
    >>> strip_controls("a\tb\x1b[2J")
    'a b�[2J'
    """
    return "".join(_strip_letter(letter) for letter in " ".join(text.split()))


def _strip_letter(letter: str) -> str:
    # C: control, format (among them those that reverse the direction), surrogate, unassigned.
    hidden = unicodedata.category(letter).startswith("C") and letter not in _JOINERS
    return "\N{REPLACEMENT CHARACTER}" if hidden else letter


def by_rank(row: GradeRow) -> tuple[bool, int, str]:
    """Sort key: by rank, those without one last, equal ones by name."""
    return row.rank is None, row.rank or 0, row.student


def _strip_row(row: GradeRow) -> GradeRow:
    return replace(
        row,
        student=strip_controls(row.student),
        assignment=strip_controls(row.assignment),
        notes=tuple(strip_controls(note) for note in row.notes),
    )


def _metric(tiers: Tiers | None) -> Metric:
    return tiers.metric if tiers else METRICS["accuracy"]


def _headings(names: Sequence[str], metric: Metric) -> tuple[str, ...]:
    return tuple(metric.name if name == "accuracy" else name for name in names)


def _decimals(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def format_points(points: float | None) -> str:
    """Write points as short as they are exact, without the noise of a sum.

    Examples
    --------
    >>> format_points(0.1 + 0.2), format_points(40.0), format_points(1234.565), format_points(None)
    ('0.3', '40', '1234.565', '')
    """
    return "" if points is None else f"{round(points, 9):.15g}"


def _points(row: GradeRow) -> str:
    if row.points is None or row.max_points is None:
        return ""
    return f"{format_points(row.points)} / {format_points(row.max_points)}"


def _claim(row: GradeRow) -> str:
    return "" if row.claim is None else f"claimed {float(100 * row.claim):g} %"


def _borderline(row: GradeRow, metric: Metric) -> str:
    return f"borderline: {', '.join(map(metric.format, row.borderline))}" if row.borderline else ""


def _cells(row: GradeRow, metric: Metric) -> tuple[str, ...]:
    interval = f"{_decimals(row.low)}-{_decimals(row.high)}" if row.interval else ""
    notes = "; ".join(filter(None, (_claim(row), _borderline(row, metric), *row.notes)))
    score, rank, grade = format_score(row), _number(row.rank), _number(row.grade)
    place = (row.tier, grade, _number(row.final), str(row.outcome))
    return rank, row.student, score, interval, _points(row), *place, notes


def escape_formula(cell: str) -> str:
    """Keep a spreadsheet from taking a text for a formula: an apostrophe marks it as text."""
    return f"'{cell}" if cell.lstrip().startswith(("=", "+", "-", "@")) else cell
