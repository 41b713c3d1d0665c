"""Begin a course outside of this repository, and assignments in it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from autograder.errors import AssignmentError, CourseError

TEMPLATES = Path(__file__).with_name("templates")
"""What a course and an assignment begin with."""

SETTINGS = "nbgrader_config.py"
"""File by which a folder is a course."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)


def new_course(folder: Path, model: Path) -> Path:
    """Make the folder of a course without assignments.

    Parameters
    ----------
    folder : Path
        Where; it may be there, if it is empty.
    model : Path
        A course whose settings it gets.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    CourseError
        If something lies in the folder, or it is in another course.
    """
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CourseError(folder, "something is there, expected an empty folder, or none")
    around = next((one for one in folder.parents if (one / SETTINGS).is_file()), None)
    if around is not None:
        raise CourseError(folder, f"it lies in the course {around}, expected a place outside")
    (folder / "solutions").mkdir(parents=True)
    shutil.copyfile(model / SETTINGS, folder / SETTINGS)
    shutil.copyfile(TEMPLATES / "readme.txt", folder / "README.md")
    (folder / ".gitignore").write_text("/work/\n__pycache__/\n.ipynb_checkpoints/\n")
    return folder


def new_assignment(name: str, solutions: Path) -> Path:
    """Write the script of an assignment with one exercise, to begin with.

    Parameters
    ----------
    name : str
        Such as ``01_first``.
    solutions : Path
        Folder of the course's assignments.

    Returns
    -------
    Path
        The script.

    Raises
    ------
    AssignmentError
        If the name is none, or the assignment is there.
    """
    if not _NAME.fullmatch(name):
        expected = "expected letters, digits, - and _, such as 01_first"
        raise AssignmentError(name, f"no name for a folder and a notebook; {expected}")
    folder = solutions / name
    if folder.exists():
        raise AssignmentError(name, f"{folder} is there already")
    folder.mkdir(parents=True)
    script = folder / f"{name}.py"
    text = (TEMPLATES / "assignment.txt").read_text("utf-8")
    script.write_text(text.replace("ASSIGNMENT", name, 1), encoding="utf-8")
    shutil.copyfile(TEMPLATES / "run.txt", folder / "run.toml")
    return script
