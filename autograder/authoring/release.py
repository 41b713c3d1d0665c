"""Make the student version with nbgrader, and prove that it gives nothing away."""

from __future__ import annotations

import copy
import re
import shutil
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbformat import NotebookNode
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from autograder.errors import ReleaseError
from helpers.metric_file import METRIC_FILE, named_metric

if TYPE_CHECKING:
    from collections.abc import Iterator

    from traitlets.config import Config

FORBIDDEN = ("*.py", "*.pyc", "run.toml", "hints.toml", "__pycache__", ".ipynb_checkpoints")
"""Names that no released folder may hold, whatever the course's settings say.

But for the course's own metric, where ``tiers.toml`` names it.
"""

_UNNAMED = " (tiers.toml names another metric)"

_MARKER = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)")

_REASON = re.compile(r"^\s*((?:\w+\.)*\w+(?:Error|Exception): .+)$", re.MULTILINE)

_LEFTOVER = re.compile(r"^\s*#+\s*(BEGIN|END)\b.*$", re.MULTILINE)


@dataclass
class _Parts:
    """The lines of a notebook, told apart by who may see them."""

    open: list[str] = field(default_factory=list)
    secret: list[tuple[str, str]] = field(default_factory=list)  # (cell id, line)


def copy_author_files(source: Path, target: Path, config: Config) -> None:
    """Copy what goes with a notebook: data and an own metric, nothing that nbgrader is to ignore.

    Parameters
    ----------
    source, target : Path
        The assignment's folder in solutions/, and a folder that does not exist yet.
    config : Config
        Its ``CourseDirectory.ignore`` names what stays behind.
    """
    ignored = shutil.ignore_patterns(*config.CourseDirectory.ignore, "*.ipynb")
    shutil.copytree(source, target, ignore=ignored)
    _copy_metric(source, target)


def _copy_metric(source: Path, target: Path) -> None:
    """Copy the course's own metric, which a notebook is scored by wherever it runs."""
    if (metric := named_metric(source)) is not None:
        shutil.copyfile(metric, target / metric.name)


def generate_release(course: Path, assignment: str, config: Config) -> Path:
    """Run nbgrader's generate_assignment as with ``--no-db``: a build touches no gradebook.

    Parameters
    ----------
    course : Path
        A scratch course whose solutions/``assignment`` holds the executed notebooks.
    assignment : str
        The assignment's name.
    config : Config
        The course's settings.

    Returns
    -------
    Path
        The folder with the student version.

    Raises
    ------
    ReleaseError
        If nbgrader refuses, with its log.
    """
    settings = copy.deepcopy(config)
    settings.CourseDirectory.root = str(course)
    settings.GenerateAssignment.no_database = True
    settings.SaveCells.enabled = False
    coursedir = CourseDirectory(config=settings)
    result = NbGraderAPI(coursedir, config=settings).generate_assignment(assignment)
    if not result["success"]:
        raise ReleaseError(assignment, tuple(_complaints(result)))
    released = Path(course, settings.CourseDirectory.release_directory, assignment)
    _copy_metric(Path(course, settings.CourseDirectory.source_directory, assignment), released)
    return released


def find_leaks(sources: dict[str, NotebookNode], released: Path) -> list[str]:
    """Look for anything in a released folder that students must not get.

    Parameters
    ----------
    sources : dict
        Notebook name, without suffix, to the author's notebook with its markers.
    released : Path
        The student version.

    Returns
    -------
    list of str
        One line a leak: a forbidden file, an output, a leftover marker, an answer or a hidden
        test. A line counts as an answer if it stands between markers, or in a solution cell
        without markers, and nowhere else in the author's notebook.
    """
    leaks = [f"{name}: must not be released" for name in forbidden_files(released)]
    leaks += _leaks_in_metric(released)
    for name, source in sources.items():
        path = released / f"{name}.ipynb"
        if not path.exists():
            leaks.append(f"{path.name}: missing")
            continue
        leaks += [f"{path.name}, {leak}" for leak in _leaks_in(source, path)]
    return leaks


def _leaks_in_metric(released: Path) -> Iterator[str]:
    metric = named_metric(released)
    for marker in _MARKER.finditer(metric.read_text(encoding="utf-8") if metric else ""):
        yield f"{METRIC_FILE}: leftover marker {marker.group()!r}"


def secret_lines(source: NotebookNode) -> list[tuple[str, str]]:
    """Return ``(cell id, line)`` of all answers and hidden tests in an author's notebook.

    Lines that also stand in the open are left out: nbgrader's markers cannot hide those.
    """
    parts = _Parts()
    for cell in source.cells:
        _sort_lines(cell, parts)
    open_text = "\n".join(parts.open)
    return [(cell_id, line) for cell_id, line in parts.secret if line not in open_text]


def _leaks_in(source: NotebookNode, path: Path) -> Iterator[str]:
    released = nbformat.read(path, as_version=4)
    for cell in released.cells:
        if cell.get("outputs") or cell.get("execution_count") is not None:
            yield f"cell {cell.id!r}: has an output or an execution count"
        for marker in _LEFTOVER.finditer(cell.source):
            yield f"cell {cell.id!r}: leftover marker {marker.group().strip()!r}"
    # Source and answer may be quoted differently in JSON, so compare the cells' texts.
    text = "\n".join(cell.source for cell in released.cells)
    for cell_id, line in secret_lines(source):
        if line in text:
            yield f"shows a line of the answer or hidden test in cell {cell_id!r}: {line!r}"


def _sort_lines(cell: NotebookNode, parts: _Parts) -> None:
    answer_without_markers = cell.metadata.get("nbgrader", {}).get(
        "solution", False
    ) and not _MARKER.search(cell.source)
    secret = answer_without_markers
    for line in cell.source.splitlines():
        if marker := _MARKER.search(line):
            secret = marker.group(1) == "BEGIN"
        elif secret and line.strip():
            parts.secret.append((cell.id, line.strip()))
        elif not secret:
            parts.open.append(line)


def forbidden_files(folder: Path) -> list[str]:
    """Return the files of a released folder that students must not get, by their names.

    Parameters
    ----------
    folder : Path
        Of an assignment.

    Returns
    -------
    list of str
    """
    metric = named_metric(folder)
    return sorted(
        path.relative_to(folder).as_posix() + (_UNNAMED if path.name == METRIC_FILE else "")
        for path in folder.rglob("*")
        if path != metric and any(fnmatch(path.name, pattern) for pattern in FORBIDDEN)
    )


def _complaints(result: dict[str, str]) -> list[str]:
    """Pick the reason out of nbgrader's log: the last line of each traceback."""
    reasons = _REASON.findall(result.get("log", "") + "\n" + result.get("error", ""))
    return list(dict.fromkeys(reasons)) or ["nbgrader gave no reason"]
