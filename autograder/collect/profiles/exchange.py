"""nbgrader's exchange, ``inbound/<student>+<assignment>+<time>[+<random>]/``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograder.collect.handed import Handed, Profile, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def recognise(folder: Path) -> bool:
    """Whether a folder is named as nbgrader names what came in."""
    return any(entry.name.count("+") >= 2 and entry.is_dir() for entry in folder.iterdir())


def read(folder: Path, assignment: str) -> Iterator[Handed | Skipped]:
    """Yield what each student handed in of the assignment, the latest last."""
    seen: dict[str, int] = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: _time(entry.name)):
        student, named, time = (*entry.name.split("+"), "", "")[:3]
        if entry.is_symlink() or not entry.is_dir() or not time:
            yield Skipped(entry, "not named as nbgrader names what came in")
        elif named != assignment:
            yield Skipped(entry, f"of another assignment, {named}")
        else:
            attempt = seen[student] = seen.get(student, -1) + 1
            yield Handed(student, entry, "", attempt=attempt, timestamp=time)


def _time(name: str) -> tuple[str, str]:
    return (*name.split("+"), "", "")[2], name


PROFILE = Profile("exchange", "folders like 'student+assignment+time'", recognise, read)
"""For `autograder.collect.profiles`."""
