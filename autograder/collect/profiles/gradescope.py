"""Gradescope's *Export submissions*: a folder each, and ``submission_metadata.yml``.

The keys in that file are Ruby's symbols, so each begins with a colon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from autograder.collect.handed import Handed, Profile, Skipped
from autograder.errors import ExportError
from autograder.submissions.timestamps import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

METADATA = "submission_metadata.yml"
"""Gradescope's own file."""

MAX_BYTES = 50 * 2**20
"""Longest that is read."""


def recognise(folder: Path) -> bool:
    """Whether Gradescope's own file is there."""
    return (folder / METADATA).is_file()


def read(folder: Path, assignment: str) -> Iterator[Handed | Skipped]:  # noqa: ARG001  # a profile's
    """Yield what each student handed in; of a group, for each of its members.

    Raises
    ------
    ExportError
        If the file of Gradescope's is not as it writes it.
    """
    told = _metadata(folder / METADATA)
    for entry in sorted(folder.iterdir()):
        if entry.name == METADATA:
            continue
        one = told.get(entry.name)
        if not isinstance(one, dict):
            yield Skipped(entry, f"{METADATA} does not name it")
            continue
        for who in one.get(":submitters") or ():
            values = [str(who[key]) for key in (":sid", ":email") if who.get(key)]
            name = str(who.get(":name") or (values or [entry.name])[0])
            yield Handed(name, entry, "", tuple(values), timestamp=_time(one.get(":created_at")))


def _metadata(path: Path) -> dict[str, Any]:
    if path.stat().st_size > MAX_BYTES:
        raise ExportError(path, f"longer than {MAX_BYTES:,} bytes")
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ExportError(path, f"no YAML: {error}") from error
    if not isinstance(told, dict):
        raise ExportError(path, "expected a submission's name on each line of the first level")
    return told


def _time(value: Any) -> str | None:
    """Return a time as text: YAML reads some as such, and others not."""
    if value is None:
        return None
    return as_text(value) if hasattr(value, "astimezone") else str(value)


PROFILE = Profile("gradescope", f"a file {METADATA}", recognise, read)
"""For `autograder.collect.profiles`."""
