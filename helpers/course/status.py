"""Say where a student is, read from what the notebooks' own cells last printed; nothing is run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.course.catalogue import load_catalogue
from helpers.course.errors import NotANotebookError
from helpers.course.folder import list_notebooks
from helpers.course.outline import list_exercises, read_notebook, title_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from nbformat import NotebookNode

    from helpers.course.outline import Exercise


@dataclass(frozen=True)
class Standing:
    """How far one notebook is.

    Attributes
    ----------
    name, title : str
        The assignment's name, and the notebook's heading.
    path : str
        Of the notebook, relative to the student's folder.
    done, exercises : int
        How many exercises are done as far as the last run tells, and of how many.
    next_exercise : str
        The first that is not done; empty if all are.
    limits : mapping of str to float
        Of a graded run.
    """

    name: str
    title: str
    path: str
    done: int
    exercises: int
    next_exercise: str
    limits: Mapping[str, float]


def read_status(folder: Path) -> tuple[Standing, ...]:
    """Read how far each notebook in a student's folder is.

    Parameters
    ----------
    folder : Path
        As `helpers.course.folder.find_folder` returns it.

    Returns
    -------
    tuple of Standing
        In the course's order. What cannot be read has no exercises, and says so as its title.
    """
    catalogue = load_catalogue()
    return tuple(
        _read(name, path, folder, catalogue[name].limits)
        for name, path in list_notebooks(folder).items()
    )


def _read(name: str, path: Path, folder: Path, limits: Mapping[str, float]) -> Standing:
    shown = path.relative_to(folder).as_posix()
    try:
        notebook = read_notebook(path.read_bytes(), path)
    except (NotANotebookError, OSError) as error:
        return Standing(name, f"{name}: {error}", shown, 0, 0, "", limits)
    exercises = list_exercises(notebook)
    ahead = [one for one in exercises if not is_done(one, notebook)]
    title, done = title_of(notebook) or name, len(exercises) - len(ahead)
    following = ahead[0].name if ahead else ""
    return Standing(name, title, shown, done, len(exercises), following, limits)


def is_done(exercise: Exercise, notebook: NotebookNode) -> bool:
    """Whether an exercise is answered, and its visible checks passed when they last ran."""
    if exercise.is_open:
        return False
    checks = [notebook.cells[index].get("outputs", []) for index in exercise.checks]
    failed = any(output.output_type == "error" for outputs in checks for output in outputs)
    return not failed and (not checks or any(checks))


def to_text(standings: Iterable[Standing]) -> str:
    """Return the status as lines for a terminal."""
    lines = [f"{one.title}: {_done(one)}. {_next(one)}".rstrip() for one in standings]
    return "\n".join(lines) or "There is no notebook of the course here."


def to_markdown(standings: Iterable[Standing]) -> str:
    """Return the status as a table, whose links lead into the notebooks."""
    rows = [
        f"| [{one.title}]({one.path}) | {_done(one)} | {_next(one)} | {_allowed(one.limits)} |"
        for one in standings
    ]
    head = ["| notebook | done | go on with | a graded run may take |", "|---|---|---|---|"]
    return "\n".join([*head, *rows]) if rows else to_text(())


def _done(one: Standing) -> str:
    if one.exercises and one.done == one.exercises:
        return f"all {one.exercises} exercises"
    return f"{one.done} of {one.exercises} exercises"


def _next(one: Standing) -> str:
    return f"`{one.next_exercise}`" if one.next_exercise else f"`course submit {one.name}`"


def _allowed(limits: Mapping[str, float]) -> str:
    minutes, memory = limits.get("notebook_seconds"), limits.get("memory_mb")
    parts = [f"{minutes / 60:g} minutes"] if minutes else []
    parts += [f"{memory / 1024:g} GB"] if memory else []
    return ", ".join(parts)
