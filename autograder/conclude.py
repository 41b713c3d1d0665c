"""Conclude a run: the class's standing, noted in the evidence, and the report that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.assignment import Assignment
from autograder.evidence import Log
from autograder.grade import class_table
from autograder.holdout import Holdout
from autograder.outcome import Row
from autograder.recall import last_submissions
from autograder.report import write_report
from autograder.score import read_labels
from autograder.witness import describe_standing

REPORT = "report"
"""Folder below the work folder: the draft, until it is published."""


@dataclass(frozen=True, eq=False)
class Labels:
    """What is right for each held-out image.

    Parameters
    ----------
    values
        Shape (n,) or (n, k), uint8.
    sha256
        Checksum of the IDX file that holds them.
    images
        Checksum of the images' file.
    """

    values: NDArray[np.uint8]
    sha256: str
    images: str


def labels_of(holdout: Holdout | None) -> Labels | None:
    """Return the labels that submissions are scored by; None where nothing is held out."""
    if holdout is None:
        return None
    labels, images = (
        next(sha for name, sha in holdout.sha256.items() if name.startswith(f"secret/{content}-"))
        for content in ("labels", "images")
    )
    return Labels(read_labels(holdout.secret), labels, images)


def conclude(
    rows: Iterable[Row],
    assignment: Assignment,
    log: Log,
    work: Path,
    *,
    by: str,
    tiers: str | None,
    labels: Labels | None,
    notices: Sequence[str] = (),
) -> list[Row]:
    """Fill in tiers, grades and ranks, note them in the evidence, and write the report.

    Parameters
    ----------
    rows
        The class, with what `log` has about each.
    assignment
        Whose tiers hold.
    log
        Gets a ``standing`` entry.
    work
        Folder whose `REPORT` is written.
    by
        What made the rows: ``"grade"`` or ``"rescore"``.
    tiers
        Text of the assignment's tiers.
    labels
        What the scores were measured by; None without scores.
    notices
        What every reader of the report should know first.

    Returns
    -------
    list of Row
        Best first.
    """
    table = class_table(rows, assignment, None if labels is None else labels.values)
    facts: dict[str, Any] = {"by": by, "tiers": tiers}
    facts["labels"] = None if labels is None else labels.sha256
    facts["images"] = None if labels is None else labels.images
    facts["entries"] = {s: seen.entry.hash for s, seen in last_submissions(log.entries).items()}
    log.append(describe_standing(table, **facts))
    folder, title = work / REPORT, assignment.name
    write_report(table, assignment.tiers, folder, title=title, notices=notices, evidence=seal(log))
    return table


def seal(log: Log) -> str:
    """Say in one line what to note elsewhere, so that nobody can write the evidence anew.

    Returns
    -------
    str
        Number of entries and the last one's hash.
    """
    return f"{len(log.entries)} entries, the last one {log.last_hash}"
