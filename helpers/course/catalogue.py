"""Say under which conditions each assignment is graded: its limits, and its parameters.

The repository has them in ``solutions/*/run.toml``. These stay there, as solutions do; the
handout's wheel has a copy of what a student's own check goes by.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from helpers.places import DATA

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CATALOGUE_FILE = "assignments.json"
"""Name of the copy, among the shipped data."""


@dataclass(frozen=True)
class Conditions:
    """How one assignment is run when it is graded.

    Attributes
    ----------
    limits : mapping of str to float
        As ``[limits]`` of ``run.toml`` has them: cell_seconds, call_seconds, notebook_seconds,
        memory_mb, output_mb. What is not stated is missing.
    parameters : mapping
        Names and values that take the place of those in the notebook.
    """

    limits: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)


def load_catalogue() -> dict[str, Conditions]:
    """Read what the wheel ships, or else what the repository's ``run.toml`` say.

    Returns
    -------
    dict of str to Conditions
        By assignment, in the order of their names.
    """
    shipped = DATA / CATALOGUE_FILE
    if not shipped.is_file():
        return read_solutions(DATA.parent / "solutions")
    found = json.loads(shipped.read_text(encoding="utf-8"))
    return {name: Conditions(**conditions) for name, conditions in found.items()}


def read_solutions(folder: Path) -> dict[str, Conditions]:
    """Read the settings of every assignment below a folder.

    Parameters
    ----------
    folder : Path
        Holds a folder for each assignment.

    Returns
    -------
    dict of str to Conditions
        By assignment, in the order of their names.
    """
    names = sorted({path.parent.name for path in folder.glob("*/*.py")})
    return {name: _read(folder / name / "run.toml") for name in names}


def write_catalogue(catalogue: Mapping[str, Conditions]) -> str:
    """Return the text of the copy that goes into the wheel.

    Parameters
    ----------
    catalogue : mapping of str to Conditions
        By assignment.

    Returns
    -------
    str
        JSON.
    """
    plain = {name: asdict(conditions) for name, conditions in catalogue.items()}
    return json.dumps(plain, indent=1) + "\n"


def _read(path: Path) -> Conditions:
    if not path.is_file():
        return Conditions()
    settings = tomllib.loads(path.read_text(encoding="utf-8"))
    return Conditions(settings.get("limits", {}), settings.get("parameters", {}))
