"""Help with an exercise in steps: what its check says, then a nudge, then where to read.

The texts stand beside the exercises, in ``solutions/*/hints.toml``; the handout's wheel has a copy.
How often somebody asks is recorded nowhere.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from helpers.course.errors import NoExerciseError
from helpers.course.outline import Exercise, same_name
from helpers.places import DATA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from nbformat import NotebookNode

HINTS_FILE = "hints.json"
"""Name of the wheel's copy, among the shipped data."""

SOURCE = "hints.toml"
"""Name of the file with the texts, beside an assignment's script."""

STEPS = 3
"""What the check says, a nudge, where to read."""


@dataclass(frozen=True)
class Hint:
    """What is said of one exercise after its check.

    Attributes
    ----------
    nudge : str
        A way to think about it, which gives no answer away.
    read : str
        Where what it needs is explained.
    """

    nudge: str
    read: str


def load_hints() -> dict[str, dict[str, Hint]]:
    """Read what the wheel ships, or else what stands beside the scripts.

    Returns
    -------
    dict of str to dict of str to Hint
        By assignment, then by exercise.
    """
    shipped = DATA / HINTS_FILE
    if not shipped.is_file():
        return read_hints(DATA.parent / "solutions")
    found = json.loads(shipped.read_text(encoding="utf-8"))
    return {name: _hints(texts) for name, texts in found.items()}


def read_hints(folder: Path) -> dict[str, dict[str, Hint]]:
    """Read the texts of every assignment below a folder.

    Parameters
    ----------
    folder : Path
        Holds a folder for each assignment.

    Returns
    -------
    dict of str to dict of str to Hint
        By assignment, then by exercise; who has no texts is left out.
    """
    paths = sorted(folder.glob(f"*/{SOURCE}"))
    return {
        path.parent.name: _hints(tomllib.loads(path.read_text(encoding="utf-8"))) for path in paths
    }


def write_hints(hints: Mapping[str, Mapping[str, Hint]]) -> str:
    """Return the text of the copy that goes into the wheel.

    Parameters
    ----------
    hints : mapping of str to mapping of str to Hint
        By assignment, then by exercise.

    Returns
    -------
    str
        JSON.
    """
    plain = {
        name: {exercise: asdict(hint) for exercise, hint in texts.items()}
        for name, texts in hints.items()
    }
    return json.dumps(plain, indent=1) + "\n"


def _hints(texts: Mapping[str, Any]) -> dict[str, Hint]:
    return {name: Hint(**text) for name, text in texts.items()}


def find_exercise(exercises: Iterable[Exercise], name: str) -> Exercise:
    """Return the exercise that somebody means, by its own name or by its function's.

    Parameters
    ----------
    exercises : iterable of Exercise
        Of a notebook.
    name : str
        Such as ``"best-parameters"`` or ``"best_parameters"``.

    Returns
    -------
    Exercise

    Raises
    ------
    NoExerciseError
        If there is none of that name.
    """
    known = tuple(exercises)
    for one in known:
        if same_name(one.name, name):
            return one
    raise NoExerciseError(name, tuple(one.name for one in known))


def give_hint(exercise: Exercise, step: int, hint: Hint | None, said_by_check: str = "") -> str:
    """Return one step of help.

    Parameters
    ----------
    exercise : Exercise
        What it is about.
    step : int
        From 1 to `STEPS`.
    hint : Hint or None
        The exercise's texts; None if its author wrote none.
    said_by_check : str, optional
        What its visible check says now, for the first step.

    Returns
    -------
    str
    """
    nothing = "nobody wrote one for this exercise: ask the person who teaches the course"
    said = {
        1: said_by_check or "A person reads this one, so no check says anything.",
        2: hint.nudge if hint else nothing,
        3: f"To read: {hint.read}" if hint else nothing,
    }[step]
    more = f" (%hint {exercise.name} once more says more.)" if step < STEPS else ""
    return f"{exercise.name}, hint {step} of {STEPS}: {said}{more}"


def run_check(notebook: NotebookNode, exercise: Exercise, names: Mapping[str, Any]) -> str:
    """Run an exercise's first check on what is defined now, and return what it says.

    Parameters
    ----------
    notebook : NotebookNode
        Holds the check.
    exercise : Exercise
        Whose check it is.
    names : mapping of str to object
        What the notebook has defined; it stays as it is.

    Returns
    -------
    str
        One sentence; empty if nothing checks it.
    """
    sources = [notebook.cells[index].source for index in exercise.checks]
    # that a score is high enough is no hint, and finding out takes long
    quick = [source for source in sources if "score_predictions" not in source]
    if not quick:
        return ""
    try:
        # The course's own cell, as it stands in the notebook that is open.
        exec(compile(quick[0], f"<check of {exercise.name}>", "exec"), dict(names))  # noqa: S102  # a cell
    except Exception as error:  # noqa: BLE001  # whatever a student's function does is told
        told = " ".join(str(error).split())
        return told or type(error).__name__
    return "The check that you can see passes."
