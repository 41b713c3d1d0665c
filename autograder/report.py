"""Tell a class's grades: a CSV file, a page with a picture, a table for the terminal."""

from __future__ import annotations

import base64
import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from autograder.metrics import METRICS, Metric
from autograder.outcome import NO_TIER, NOT_GRADED, Outcome, Row
from autograder.pages import fill
from autograder.picture import draw_class
from autograder.tiers import BY_POINTS, Tiers
from helpers.files import replacing

CSV_FILE = "grades.csv"
PAGE_FILE = "index.html"
PICTURE_FILE = "class.svg"
COLUMNS = ["student", "assignment", "outcome", "accuracy", "low", "high", "tier", "grade", "rank"]
"""Headings of the CSV file; another metric's name stands where accuracy does here."""

_HEADER = ("rank", "student", "accuracy", "95 % interval", "points", "tier", "grade", "outcome",
           "notes")  # fmt: skip
_JOINERS = "\u200c\u200d"
"""Invisible, but some scripts cannot be written without them."""


def write_report(
    rows: Iterable[Row],
    tiers: Tiers | None,
    folder: Path | str,
    *,
    title: str,
    notices: Sequence[str] = (),
    evidence: str = "",
) -> None:
    """Write `grades.csv`, `class.svg` and the self-contained `index.html`.

    Each file appears whole or stays as it was.  Names and notes come from students: on the
    page they are text and never markup, in the CSV file no spreadsheet takes them for a
    formula, and what cannot be printed is replaced.

    Parameters
    ----------
    rows
        The class, with tier, grade and rank filled in.
    tiers
        The tiers that they were filled in by; None if it was by points.
    folder
        Where to write; made if missing.
    title
        The page's heading.
    notices
        What every reader should know first, such as that the seed is published.
    evidence
        What tells the log of evidence that the table is made from.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rows = [_printable_row(row) for row in rows]
    picture = draw_class(rows, tiers)
    heading = {"title": printable(title), "notices": [printable(n) for n in notices]}
    page = _render_page(rows, tiers, picture, evidence=evidence, **heading)
    texts = {CSV_FILE: format_csv(rows, tiers), PICTURE_FILE: picture, PAGE_FILE: page}
    for name, text in texts.items():
        with replacing(folder / name) as file:
            file.write(text.encode())


def format_csv(rows: Iterable[Row], tiers: Tiers | None) -> str:
    """Lay a class out as the text of `grades.csv`, by student; parameters as `write_report`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_headings(COLUMNS, _metric(tiers)))
    printed = map(_printable_row, rows)
    for row in sorted(printed, key=lambda row: (row.student, row.assignment)):
        names = [row.student, row.assignment, str(row.outcome)]
        numbers = [format_score(row), _decimals(row.low), _decimals(row.high)]
        place = [row.tier, _number(row.grade), _number(row.rank)]
        writer.writerow([*map(harmless, names), *numbers, harmless(place[0]), *place[1:]])
    return text.getvalue()


def format_table(rows: Iterable[Row], tiers: Tiers | None = None) -> str:
    """Lay a class out as text for the terminal, best rank first.

    Parameters
    ----------
    rows
        The class, with tier, grade and rank filled in.
    tiers
        What it was graded by; None if by points.

    Returns
    -------
    str
        One line for the header and one for each submission; no control characters.
    """
    lines = [
        _headings(_HEADER, _metric(tiers)),
        *(_cells(_printable_row(row), _metric(tiers)) for row in sorted(rows, key=by_rank)),
    ]
    widths = [max(len(line[i]) for line in lines) for i in range(len(_HEADER))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def format_score(row: Row) -> str:
    """Score cut, not rounded, to 4 decimals: 0.9200 stands only where 0.92 is reached."""
    return "" if row.score is None else f"{int(row.score * 10_000) / 10_000:.4f}"


def printable(text: str) -> str:
    r"""Make a text one line that shows all it holds.

    Examples
    --------
    >>> printable("a\tb\x1b[2J")
    'a b�[2J'
    """
    return "".join(_printable_letter(letter) for letter in " ".join(text.split()))


def _printable_letter(letter: str) -> str:
    # C: control, format (among them those that reverse the direction), surrogate, unassigned.
    hidden = unicodedata.category(letter).startswith("C") and letter not in _JOINERS
    return "\N{REPLACEMENT CHARACTER}" if hidden else letter


def by_rank(row: Row) -> tuple[bool, int, str]:
    """Sort key: by rank, those without one last, equal ones by name."""
    return row.rank is None, row.rank or 0, row.student


def _printable_row(row: Row) -> Row:
    return replace(
        row,
        student=printable(row.student),
        assignment=printable(row.assignment),
        notes=tuple(printable(note) for note in row.notes),
    )


def _metric(tiers: Tiers | None) -> Metric:
    return METRICS[tiers.metric if tiers else "accuracy"]


def _headings(names: Sequence[str], metric: Metric) -> tuple[str, ...]:
    return tuple(metric.name if name == "accuracy" else name for name in names)


def _decimals(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _points(row: Row) -> str:
    if row.points is None or row.max_points is None:
        return ""
    return f"{row.points:g} / {row.max_points:g}"


def _claim(row: Row) -> str:
    return "" if row.claim is None else f"claimed {float(100 * row.claim):g} %"


def _borderline(row: Row, metric: Metric) -> str:
    return f"borderline: {', '.join(map(metric.format, row.borderline))}" if row.borderline else ""


def _cells(row: Row, metric: Metric) -> tuple[str, ...]:
    interval = f"{_decimals(row.low)}-{_decimals(row.high)}" if row.interval else ""
    notes = "; ".join(filter(None, (_claim(row), _borderline(row, metric), *row.notes)))
    score, rank, grade = format_score(row), _number(row.rank), _number(row.grade)
    place = (row.tier, grade, str(row.outcome))
    return rank, row.student, score, interval, _points(row), *place, notes


def harmless(cell: str) -> str:
    """Keep a spreadsheet from taking a text for a formula: an apostrophe marks it as text."""
    return f"'{cell}" if cell.lstrip().startswith(("=", "+", "-", "@")) else cell


def _render_page(
    rows: Sequence[Row], tiers: Tiers | None, picture: str, **facts: str | Sequence[str]
) -> str:
    metric = _metric(tiers)
    filters = {
        "score": format_score,
        "decimals": _decimals,
        "boundary": metric.format,
    }
    return fill(
        "report.html.j2",
        filters,
        **facts,
        rows=sorted(rows, key=by_rank),
        tiers=tiers,
        metric=metric,
        claim=_claim,
        borderline=_borderline,
        tested=any(row.tested for row in rows),
        counts=_count_tiers(rows, tiers),
        scored=sum(row.rank is not None for row in rows),
        lost=sum(row.outcome is Outcome.INFRASTRUCTURE for row in rows),
        # As an image and not as markup: nothing in it can act on the page.
        picture=base64.b64encode(picture.encode()).decode(),
    )


def _count_tiers(rows: Iterable[Row], tiers: Tiers | None) -> list[tuple[str, int]]:
    """Count the submissions in each tier, worst first; what is no tier only where it occurs."""
    found = Counter(row.tier for row in rows)
    regular = [*(band.label for band in tiers.bands), tiers.ranked.label] if tiers else [BY_POINTS]
    extra = [label for label in (NOT_GRADED, NO_TIER) if found[label]]
    return [(label, found[label]) for label in (*extra, *regular)]
