"""Keep a class's timing spans, and write them as a table."""

from __future__ import annotations

import csv
import io
import zlib
from dataclasses import astuple, fields
from typing import TYPE_CHECKING

from autograder.execution.timing import Span
from helpers.files import replacing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class ClassTimings:
    """Where a class's time went; packed, for a class may have any number of submissions."""

    def __init__(self) -> None:
        self._packed: dict[str, bytes] = {}

    def add(self, student: str, spans: Iterable[Span]) -> None:
        """Keep all spans of a submission, in place of an earlier one of the same student."""
        text = io.StringIO()
        table = csv.writer(text)
        for span in spans:
            where, what, seconds, outcome, cpu = astuple(span)
            used = "" if cpu is None else f"{cpu:.3f}"
            table.writerow([student, where, what, f"{seconds:.3f}", outcome, used])
        self._packed[student] = zlib.compress(text.getvalue().encode())

    def write(self, path: Path) -> None:
        """Write all spans as a table, sorted by student.

        Columns: student, then those of `Span`, times to the millisecond.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        text = io.StringIO()
        csv.writer(text).writerow(["student", *(column.name for column in fields(Span))])
        with replacing(path) as file:
            file.write(text.getvalue().encode())
            for _, packed in sorted(self._packed.items()):
                file.write(zlib.decompress(packed))
