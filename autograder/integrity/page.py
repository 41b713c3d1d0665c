"""Show what the checks found: a CSV file, a page, a table for the terminal."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from autograder.integrity.run import CHECKS
from autograder.reporting.page import PAGE_FILE as REPORT_PAGE
from autograder.reporting.tables import counted, escape_formula, format_columns, strip_controls
from autograder.reporting.templating import render_template
from helpers.files import replace_together

if TYPE_CHECKING:
    from pathlib import Path

    from autograder.integrity.flags import Flag
    from autograder.integrity.memorisation import Pair
    from autograder.integrity.run import IntegrityReport

CSV_FILE, PAGE_FILE = "integrity.csv", "integrity.html"
"""What is written into the report's folder."""

COLUMNS = ["student", "check", "kind", "p_value", "seen"]
"""Columns of the CSV file."""

_MARKER = "<!-- integrity -->"

_LINK = f'<p class="soft"><a href="{PAGE_FILE}">Integrity report</a>, for the instructor alone.</p>'

_LONGEST = 300


def write_integrity(found: IntegrityReport, folder: Path, *, title: str) -> Path:
    """Write `integrity.csv` and `integrity.html`, and link the page from the class's report.

    Parameters
    ----------
    found : IntegrityReport
        What the checks found.
    folder : Path
        The report's folder; made if missing.
    title : str
        Name of the assignment.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {CSV_FILE: format_csv(found), PAGE_FILE: render_page(found, title)}
    report = folder / REPORT_PAGE
    if report.is_file():  # the next grading writes it anew, without the link to what is then old
        texts[REPORT_PAGE] = report.read_text(encoding="utf-8").replace(_MARKER, _LINK)
    replace_together({folder / name: text.encode() for name, text in texts.items()})
    return folder / PAGE_FILE


def format_csv(found: IntegrityReport) -> str:
    """Lay all flags and remarks out as the text of `integrity.csv`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for flag in found.flags:
        writer.writerow(map(escape_formula, (flag.student, flag.check, *_cells(flag))))
    return text.getvalue()


def format_flags(found: IntegrityReport) -> str:
    """Lay the flags out as text for the terminal, and count the remarks.

    Returns
    -------
    str
        A line for each flag; no control characters.
    """
    flags = [flag for flag in found.flags if not flag.remark]
    if not flags:
        return "No check has anything to show to a person."
    lines = [("student", "check", "p", "seen")]
    lines += [(strip_controls(f.student), f.check, format_p(f.p_value), _seen(f)) for f in flags]
    told = [
        f"{len(students)} with {check} among each other: {strip_controls(', '.join(students))}"
        for check, students in clusters_in(found)
        if len(students) > 2
    ]
    return "\n".join([format_columns(lines), *told])


def format_counts(found: IntegrityReport) -> str:
    """Count the submissions that were looked at, the flags and the remarks, in one line."""
    remarks = sum(flag.remark for flag in found.flags)
    numbers = counted(len(found.flags) - remarks, "flag"), counted(remarks, "remark")
    return f"{counted(len(found.students), 'submission')}: {', '.join(numbers)}"


def format_p(value: float | None) -> str:
    """Write a p-value as people read it.

    Examples
    --------
    >>> format_p(0.00042), format_p(0.0), format_p(None)
    ('4e-04', '< 1e-99', '')
    """
    if value is None:
        return ""
    return "< 1e-99" if value < 1e-99 else f"{value:.0e}"


def clusters_in(found: IntegrityReport) -> list[tuple[str, tuple[str, ...]]]:
    """Return the clusters that checks show, each with the check's name, the largest first."""
    clusters = {(flag.check, flag.cluster) for flag in found.flags if flag.cluster}
    return sorted(clusters, key=lambda pair: (-len(pair[1]), *pair))


def render_page(found: IntegrityReport, title: str) -> str:
    """Return the text of `integrity.html`."""
    students = {flag.student for flag in found.flags if not flag.remark}
    return render_template(
        "integrity.html.j2",
        {"p": format_p, "share": _share, "shown": _shown},
        title=title,
        checks=[(check, _count(found, check)) for check in CHECKS],
        flags=[flag for flag in found.flags if not flag.remark],
        remarks=[flag for flag in found.flags if flag.remark],
        clusters=clusters_in(found),
        flagged=len(students),
        total=len(found.students),
        look_ups=found.look_ups,
        missing=found.missing,
    )


def _cells(flag: Flag) -> tuple[str, str, str]:
    kind = "remark" if flag.remark else "flag"
    return kind, "" if flag.p_value is None else f"{flag.p_value:.2e}", _seen(flag)


def _seen(flag: Flag) -> str:
    return _shown(flag.seen)


def _shown(text: str) -> str:
    text = strip_controls(text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"


def _count(found: IntegrityReport, check: str) -> int:
    """Count the students that a check flags."""
    return len({flag.student for flag in found.flags if flag.check == check and not flag.remark})


def _share(pair: Pair) -> str:
    if not pair.total:
        return "none"
    return f"{pair.canaries / pair.total:.2f} / {pair.others / pair.total:.2f}"
