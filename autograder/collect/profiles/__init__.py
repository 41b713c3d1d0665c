"""How platforms export a class: a module each, found by what lies in the folder.

To add one, write its module and add its profile to ``PROFILES``.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

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
    from collections.abc import Mapping
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


def _only_folder(folder: Path) -> Path | None:
    entries = [entry for entry in folder.iterdir() if not entry.name.startswith((".", "__MACOSX"))]
    if len(entries) == 1 and entries[0].is_dir() and not entries[0].is_symlink():
        return entries[0]
    return None
