"""Where the course's data are: in the repository, or in the installed package and a cache."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "COURSE_DATA"
"""Names another folder for what is downloaded."""

PACKAGED = Path(__file__).resolve().parent / "shipped"
"""The wheel's own copy of the data that the course ships; the repository has none."""

_REPOSITORY = Path(__file__).resolve().parent.parent / "data"


def _shipped() -> Path:
    """Return the repository's folder of data; the package's copy where there is no repository."""
    return _REPOSITORY if (_REPOSITORY / "registry.toml").is_file() else PACKAGED


DATA = _shipped()
"""The course's own data: the registry, a sample, an embedding, and drawn digits."""


def data_folder() -> Path:
    """Find the folder of the data files that are downloaded.

    Returns
    -------
    folder : Path
        What $COURSE_DATA names; else data/downloads of the repository, or where there is none
        the user's cache.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    if DATA != PACKAGED:
        return DATA / "downloads"
    from platformdirs import user_cache_path  # only here: the repository needs no cache

    return user_cache_path("digits-course", appauthor=False)
