"""How platforms export a class: a module each, found by what lies in the folder.

To add one, write its module and add its profile to ``PROFILES``.
"""

from __future__ import annotations

import zipfile
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar, cast

from autograder.collect.profiles import (
    canvas,
    exchange,
    folders,
    github_classroom,
    gradescope,
    moodle,
)
from autograder.errors import ProfileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from autograder.collect.handed import Profile

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        module.PROFILE.name: module.PROFILE
        # any folder is one of the last kind
        for module in (gradescope, moodle, canvas, exchange, github_classroom, folders)
    }
)
"""By name; the first that recognises a folder reads it."""

ZIPPED = (gradescope.PROFILE.name, moodle.PROFILE.name, canvas.PROFILE.name)
"""Of platforms that export a class as a zip file whose names no student's has."""

Entry = TypeVar("Entry", "Path", zipfile.Path)
"""What lies in a folder, or in an archive."""


def find_profile(folder: Path, name: str | None = None) -> tuple[Profile, Path]:
    """Return the profile for an export, and the folder in it where entries begin.

    Parameters
    ----------
    folder : Path
        What was exported; a single folder in it, as zip files often have, is gone into.
    name : str, optional
        The profile's, if it is known.

    Returns
    -------
    profile : Profile
    folder : Path

    Raises
    ------
    ProfileError
        If there is none of that name, or it does not recognise the folder.
    """
    if name is not None and name not in PROFILES:
        raise ProfileError(folder, f"profile {name!r}, expected one of {', '.join(PROFILES)}")
    places = [folder]
    while (below := _only_folder(places[-1])) is not None:
        places.append(below)
    for profile in [PROFILES[name]] if name else PROFILES.values():
        found = next((place for place in places if profile.recognise(place)), None)
        if profile is folders.PROFILE:
            return profile, folder
        if found is not None:
            return profile, found
    raise ProfileError(folder, f"expected {PROFILES[str(name)].about}, as {name} exports them")


def platform_of(archive: Path) -> str | None:
    """Return the platform that exported a class as a zip file, by the names in it.

    Parameters
    ----------
    archive : Path
        Any file.

    Returns
    -------
    str or None
        A profile's name; None of what a student packed, or of what is no zip file.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            for place in _places(opened):
                for name in ZIPPED:
                    if PROFILES[name].recognise(place):
                        return name
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, OSError):
        pass
    return None


def _places(opened: zipfile.ZipFile) -> Iterator[Path]:
    """Yield the folder in an archive in which entries may begin, and the single one in that."""
    place = zipfile.Path(opened)
    yield cast("Path", place)  # it has what a profile asks of a folder
    entries = _not_hidden(list(place.iterdir()))
    if len(entries) == 1 and entries[0].is_dir():
        yield cast("Path", entries[0])


def _not_hidden(entries: list[Entry]) -> list[Entry]:
    return [entry for entry in entries if not entry.name.startswith((".", "__MACOSX"))]


def _only_folder(folder: Path) -> Path | None:
    entries = _not_hidden(list(folder.iterdir()))
    if len(entries) == 1 and entries[0].is_dir() and not entries[0].is_symlink():
        return entries[0]
    return None
