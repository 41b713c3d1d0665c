"""Clones of GitHub Classroom: ``<assignment>-submissions/<assignment>-<user>/``, a repository each.

Nothing of git's is run in them: a repository says itself which programs git starts.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from autograder.collect.handed import Handed, Profile, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_SUBMISSIONS = "-submissions"


def recognise(folder: Path) -> bool:
    """Whether there is a repository below."""
    return any((entry / ".git").exists() for entry in folder.iterdir() if entry.is_dir())


def read(folder: Path, assignment: str) -> Iterator[Handed | Skipped]:  # noqa: ARG001  # a profile's
    """Yield each student's repository."""
    entries = sorted(folder.iterdir())
    clones = [entry for entry in entries if (entry / ".git").exists() and not entry.is_symlink()]
    prefix = _prefix(folder, [clone.name for clone in clones])
    for entry in entries:
        user = entry.name.removeprefix(prefix)
        if entry not in clones or not user:
            yield Skipped(entry, "no clone of a student's repository")
        else:
            yield Handed(user, entry, "")


def _prefix(folder: Path, names: Sequence[str]) -> str:
    """Return what stands before each user's name: the classroom's name of the assignment."""
    if folder.name.endswith(_SUBMISSIONS):
        slug = f"{folder.name.removesuffix(_SUBMISSIONS)}-"
        if all(name.startswith(slug) for name in names):
            return slug
    # letter by letter: names are no paths
    common = os.path.commonprefix(names) if len(names) > 1 else ""  # noqa: RUF071  # as said
    return common[: common.rfind("-") + 1]


PROFILE = Profile("github", "clones like 'assignment-user', each with '.git'", recognise, read)
"""For `autograder.collect.profiles`."""
