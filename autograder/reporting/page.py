"""Report a class's grades: a CSV file, and a page with a picture."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from autograder.reporting.chart import NAMED, NARROW, draw_class
from autograder.reporting.marks import rule_of
from autograder.reporting.tables import (
    _borderline,
    _claim,
    _decimals,
    _metric,
    _strip_row,
    by_rank,
    format_csv,
    format_points,
    format_score,
    strip_controls,
)
from autograder.reporting.templating import read_template, render_template
from autograder.scoring.ranking import BY_POINTS
from autograder.scoring.standing import NO_TIER, NOT_GRADED, GradeRow
from helpers.files import replace_together

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from autograder.reporting.statistics import ClassStatistics
    from autograder.scoring.tiers import Tiers

CSV_FILE = "grades.csv"
"""The class as a table, for spreadsheets."""

PAGE_FILE = "index.html"
"""The report itself, in one file."""

CLASS_FILE = "class.html"
"""The report without names and without what a class may not see, for everybody."""

PICTURE_FILE = "class.svg"
"""The picture on the page, by itself."""


def write_report(
    rows: Iterable[GradeRow],
    tiers: Tiers | None,
    *folders: Path | str,
    title: str,
    notices: Sequence[str] = (),
    entries: Sequence[str] = (),
    evidence: str = "",
    statistics: ClassStatistics | None = None,
) -> None:
    """Write `grades.csv`, `class.svg`, the self-contained `index.html`, and `class.html`.

    All appear whole, or all stay as they were. Names and notes come from students: on the
    page they are text and never markup, in the CSV file no spreadsheet takes them for a
    formula, and what cannot be printed is replaced.

    Parameters
    ----------
    rows : iterable of GradeRow
        The class, with tier, grade and rank filled in.
    tiers : Tiers or None
        The tiers that they were filled in by; None if it was by points.
    *folders : Path or str
        Where to write; made if missing.
    title : str
        The page's heading.
    notices : sequence of str, optional
        What every reader should know first, such as that the seed is published.
    entries : sequence of str, optional
        A line for each entry of the class's folder that is no ordinary submission.
    evidence : str, optional
        What tells the log of evidence that the table is made from.
    statistics : ClassStatistics, optional
        What the class's answers say of exercises and images.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    rows = [_strip_row(row) for row in rows]
    pictures = _draw(rows, tiers)
    picture, _ = pictures
    heading: dict[str, Any] = {
        "title": strip_controls(title),
        "notices": [strip_controls(notice) for notice in notices],
        "entries": [strip_controls(entry) for entry in entries],
    }
    page = _render_page(rows, tiers, statistics, pictures, evidence=evidence, **heading)
    heading |= {"evidence": "", "entries": []}
    unnamed = _unnamed(rows)
    if len(rows) <= NAMED:  # else the picture has no names
        pictures = _draw(unnamed, tiers)
    for_all = _render_page(unnamed, tiers, statistics, pictures, anonymous=True, **heading)
    texts = {CSV_FILE: format_csv(rows, tiers), PICTURE_FILE: picture, PAGE_FILE: page}
    texts[CLASS_FILE] = for_all
    for folder in map(Path, folders):
        folder.mkdir(parents=True, exist_ok=True)
        replace_together({folder / name: text.encode() for name, text in texts.items()})


def _render_page(
    rows: Sequence[GradeRow],
    tiers: Tiers | None,
    statistics: ClassStatistics | None,
    pictures: tuple[str, str],
    *,
    anonymous: bool = False,
    **facts: str | Sequence[str],
) -> str:
    metric = _metric(tiers)
    outcomes = Counter(row.outcome for row in rows)
    filters = {
        "score": format_score,
        "decimals": _decimals,
        "points": format_points,
        "boundary": metric.format,
    }
    script = read_template("table.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return render_template(
        "report.html.j2",
        filters,
        **facts,
        statistics=statistics,
        anonymous=anonymous,
        script=Markup(script),  # noqa: S704  # ours, and the page's policy names it
        script_hash=f"sha256-{digest}",
        rows=sorted(rows, key=by_rank),
        tiers=tiers,
        metric=metric,
        rule=rule_of(tiers),
        claim=_claim,
        borderline=_borderline,
        tested=any(row.tested for row in rows),
        counts=_count_tiers(rows, tiers),
        scored=sum(row.rank is not None for row in rows),
        not_graded=[(why, n) for why, n in outcomes.items() if not why.graded],
        # As images and not as markup: nothing in them can act on the page.
        picture=_encoded(pictures[0]),
        narrow=_encoded(pictures[1]),
    )


def _draw(rows: Sequence[GradeRow], tiers: Tiers | None) -> tuple[str, str]:
    """Draw the class for a desk, and for a phone."""
    return draw_class(rows, tiers), draw_class(rows, tiers, width=NARROW)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _unnamed(rows: Iterable[GradeRow]) -> list[GradeRow]:
    """Return a class, best first, without what tells who somebody is."""
    ordered = enumerate(sorted(rows, key=by_rank), start=1)
    hidden: dict[str, Any] = {"notes": (), "claim": None, "override": None}
    return [replace(row, student=f"submission {n}", **hidden) for n, row in ordered]


def _count_tiers(rows: Iterable[GradeRow], tiers: Tiers | None) -> list[tuple[str, int]]:
    """Count the submissions in each tier, worst first; what is no tier only where it occurs."""
    found = Counter(row.tier for row in rows)
    regular = [*(band.label for band in tiers.bands), tiers.ranked.label] if tiers else [BY_POINTS]
    extra = [label for label in (NOT_GRADED, NO_TIER) if found[label]]
    return [(label, found[label]) for label in (*extra, *regular)]
