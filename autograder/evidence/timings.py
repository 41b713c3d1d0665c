"""Write a class's timing spans as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import astuple, fields
from typing import TYPE_CHECKING

from autograder.execution.timing import Span
from helpers.files import replacing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


def write_timings(path: Path, class_spans: Mapping[str, Iterable[Span]]) -> None:
    """Write all spans of a class as a table, sorted by student.

    Columns: student, then those of `Span`, times to the millisecond.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["student", *(column.name for column in fields(Span))])
    for student, spans in sorted(class_spans.items()):
        for span in spans:
            where, what, seconds, outcome, cpu = astuple(span)
            used = "" if cpu is None else f"{cpu:.3f}"
            table.writerow([student, where, what, f"{seconds:.3f}", outcome, used])
    with replacing(path) as file:
        file.write(text.getvalue().encode())
