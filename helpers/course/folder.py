"""Find a student's notebooks, from the folder that the command was called in."""

from __future__ import annotations

from pathlib import Path

from helpers.course.catalogue import load_catalogue
from helpers.course.errors import NoNotebookError

SUFFIX = ".ipynb"
"""How the name of a notebook ends."""


def find_folder(start: Path | None = None) -> Path:
    """Return the folder of the student's notebooks.

    Parameters
    ----------
    start : Path, optional
        Where to begin, by default the current folder; folders above it are looked at, too.

    Returns
    -------
    Path
        The nearest that holds an assignment's notebook, or else `start`.
    """
    start = (start or Path.cwd()).resolve()
    names = load_catalogue()
    for folder in (start, *start.parents):
        # in a clone of the course a student's own copies come before what was handed out
        for place in (folder, folder / "work" / "notebooks", folder / "notebooks"):
            if any((place / name / f"{name}{SUFFIX}").is_file() for name in names):
                return place
    return start


def list_notebooks(folder: Path) -> dict[str, Path]:
    """Return the course's notebooks in a student's folder, by assignment.

    Parameters
    ----------
    folder : Path
        As `find_folder` returns it.

    Returns
    -------
    dict of str to Path
        In the course's order; what is not there is left out.
    """
    found = {name: folder / name / f"{name}{SUFFIX}" for name in load_catalogue()}
    return {name: path for name, path in found.items() if path.is_file()}


def find_notebook(named: str, folder: Path | None = None) -> Path:
    """Return the notebook that somebody means.

    Parameters
    ----------
    named : str
        An assignment, the beginning of one's name, or a notebook's path.
    folder : Path, optional
        Of the notebooks, by default as `find_folder` finds it.

    Returns
    -------
    Path

    Raises
    ------
    NoNotebookError
        If there is none, or more than one whose name begins so.

    Examples
    --------
    >>> find_notebook("06", Path("/nowhere"))
    Traceback (most recent call last):
    helpers.course.errors.NoNotebookError: no notebook '06' in ...
    """
    if named.endswith(SUFFIX) and Path(named).is_file():
        return Path(named).resolve()
    folder = folder or find_folder()
    known = list_notebooks(folder)
    meant = [name for name in known if name == named] or [n for n in known if n.startswith(named)]
    if len(meant) != 1 or not named:
        raise NoNotebookError(named, folder, tuple(known))
    return known[meant[0]]


def assignment_of(path: Path) -> str:
    """Return which assignment a notebook is of, by its own name or by its folder's.

    Parameters
    ----------
    path : Path
        Of the notebook.

    Returns
    -------
    str
        The stem of its name, where neither is an assignment's.
    """
    known = load_catalogue()
    return next((name for name in (path.stem, path.parent.name) if name in known), path.stem)
