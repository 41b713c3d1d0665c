"""The magics ``%check``, ``%submit`` and ``%hint``, and the table of the start page.

The first two begin in a process of their own and return at once. A graded run, and a check's own
kernel, pass over all: a cell that a student left with ``%check`` in it does nothing there.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.frontend import CHECKING, SESSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.course.background import Background

USAGE = "%submit needs your name in the course: %submit s05"
"""What is said to ``%submit`` alone."""

NOT_OPEN = (
    "no notebook is open here that could be checked; in a terminal, `course check NAME` checks one"
)
"""What is said where no server told which notebook this is."""


class _Session:
    """What this kernel knows: the texts of cells as they last ran, and the check that runs."""

    def __init__(self) -> None:
        self.ran: dict[str, str] = {}
        self.job: Background | None = None
        self.asked: dict[str, int] = {}  # hints, so that the next one follows; kept nowhere else

    def note(self, result: Any) -> None:
        """Remember a cell's text by its identifier. IPython calls this after each cell."""
        cell = getattr(result.info, "cell_id", None)
        if cell:
            self.ran[cell] = result.info.raw_cell

    def cancel(self) -> None:
        """Stop what runs."""
        if self.job is not None:
            self.job.cancel()


_session = _Session()


def load() -> None:
    """Offer the magics in this kernel; without IPython nothing happens."""
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is None or "submit" in shell.magics_manager.magics["line"]:
        return
    shell.register_magic_function(_check, "line", "check")
    shell.register_magic_function(_submit, "line", "submit")
    shell.register_magic_function(_hint, "line", "hint")
    if SESSION in os.environ:  # else no notebook is open that could be unsaved
        shell.events.register("post_run_cell", _session.note)


def show_status() -> None:
    """Show how far each notebook beside the current one is, as the start page does."""
    from IPython.display import Markdown, display

    from helpers.course.folder import find_folder
    from helpers.course.status import read_status, to_markdown

    display(Markdown(to_markdown(read_status(find_folder()))))


def _check(line: str) -> None:
    """Check this notebook as it is saved, or one exercise of it: ``%check [exercise]``."""
    exercise = line.strip()
    if exercise == "--stop":
        _session.cancel()
    else:
        _begin("check", ["--exercise", exercise] if exercise else [])


def _submit(line: str) -> None:
    """Check this notebook as it is saved, and write what to hand in: ``%submit s05``."""
    student = line.strip() or os.environ.get("COURSE_STUDENT", "")
    if student:
        _begin("submit", ["--student", student])
    else:
        print(USAGE)


def _hint(line: str) -> None:
    """Help with an exercise, a step further each time: ``%hint flatten``, ``%hint flatten 3``."""
    from IPython import get_ipython

    from helpers.course.errors import CourseError

    path = find_this_notebook(os.environ, Path.cwd())
    if os.environ.get(CHECKING) or path is None:
        return
    name, _, step = line.strip().partition(" ")
    try:
        print(next_hint(path, name, step.strip(), getattr(get_ipython(), "user_ns", {})))
    except CourseError as error:
        print(f"%hint: {error}")


def next_hint(path: Path, name: str, step: str, names: Mapping[str, Any]) -> str:
    """Return the next hint for an exercise, or the one that is asked for.

    Parameters
    ----------
    path : Path
        Of the notebook.
    name : str
        The exercise's.
    step : str
        A number; empty for the one after what was given last.
    names : mapping of str to object
        What the notebook has defined.

    Returns
    -------
    str

    Raises
    ------
    NoExerciseError
        If the notebook has no exercise of that name.
    """
    from helpers.course.folder import assignment_of
    from helpers.course.hints import STEPS, find_exercise, give_hint, load_hints, run_check
    from helpers.course.outline import list_exercises, read_notebook

    notebook = read_notebook(path.read_bytes(), path)
    exercise = find_exercise(list_exercises(notebook), name)
    number = int(step) if step.isdecimal() else _session.asked.get(exercise.name, 0) + 1
    number = min(max(number, 1), STEPS)
    _session.asked[exercise.name] = number
    said = run_check(notebook, exercise, names) if number == 1 else ""
    hint = load_hints().get(assignment_of(path), {}).get(exercise.name)
    return give_hint(exercise, number, hint, said)


def _begin(command: str, options: list[str]) -> None:
    if os.environ.get(CHECKING):
        return
    path = find_this_notebook(os.environ, Path.cwd())
    if path is None:
        print(NOT_OPEN)
    elif _session.job is not None and _session.job.running:
        print("A check runs already: stop it by %check --stop")
    else:
        _start(command, options, path)


def _start(command: str, options: list[str], path: Path) -> None:
    from helpers.course.background import start
    from helpers.course.views import make_view

    for sentence in find_unsaved(path, _session.ran):
        print(sentence)
    view = make_view(command, _session.cancel)
    _session.job = start([command, str(path), *options], path.parent, view)


def find_this_notebook(environment: Mapping[str, str], folder: Path) -> Path | None:
    """Return which notebook this kernel belongs to, as Jupyter's server tells it.

    Parameters
    ----------
    environment : mapping of str to str
        Environment variables.
    folder : Path
        The kernel's own, which is the notebook's.

    Returns
    -------
    Path or None
        None where nobody tells, or the file is gone.
    """
    named = environment.get(SESSION, "")
    places = (Path(named), folder / Path(named).name) if named else ()
    return next((place.resolve() for place in places if place.is_file()), None)


def find_unsaved(path: Path, ran: Mapping[str, str]) -> list[str]:
    """Say what ran in this kernel and is not in the file as it is saved.

    Parameters
    ----------
    path : Path
        The notebook.
    ran : mapping of str to str
        Texts of cells as they last ran, by the cells' identifiers.

    Returns
    -------
    list of str
        A sentence, or none.
    """
    from helpers.course.outline import read_notebook

    saved = {cell.get("id"): cell.source for cell in read_notebook(path.read_bytes(), path).cells}
    changed = [cell for cell, text in ran.items() if cell in saved and text != saved[cell]]
    if not changed:
        return []
    number = 1 + min(list(saved).index(cell) for cell in changed)
    return [
        f"Not saved yet: cell {number} has changed since the file was saved. "
        "The file is checked as it is; save it (Ctrl-S) and check again."
    ]
