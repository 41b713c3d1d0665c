"""Read what an assignment's folder says about how to run and grade it."""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autograder.errors import AssignmentError, HoldoutMissingError
from autograder.holdout.dataset import MAKER_NAMES, Holdout, read_holdout
from autograder.scoring.tiers import DEFAULT_TIERS, TIERS_FILE, Tiers, load_tiers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from autograder.workdir import WorkDir


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes
    ----------
    cell_seconds, call_seconds, notebook_seconds : float
        Wall time of one cell, of one call from a graded cell, and of everything, in seconds.
    memory_mb : int
        Memory of each process, in MiB.
    output_mb : float
        All outputs of one kernel together, in MiB; a cell that writes more is interrupted.
    """

    cell_seconds: float = 120
    call_seconds: float = 120
    notebook_seconds: float = 300
    memory_mb: int = 4096
    output_mb: float = 10


@dataclass(frozen=True)
class Assignment:
    """One assignment as its author set it up.

    Attributes
    ----------
    name : str
        Folder and notebook name, such as ``"03_svc"``.
    folder : Path
        Where ``<name>.ipynb``, ``tiers.toml`` and ``run.toml`` are.
    tiers : Tiers or None
        Metric and bands of the grade; None if the grade is the share of all points.
    limits : Limits
        What one submission may use.
    parameters : mapping
        Papermill parameters of a graded run.
    holdout_size : int or None
        How many held-out images its score is measured on; None if it is not graded by tiers.
    holdout_maker : str
        What makes them, one of `autograder.holdout.dataset.MAKER_NAMES`.
    """

    name: str
    folder: Path
    tiers: Tiers | None
    limits: Limits = field(default_factory=Limits)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    holdout_size: int | None = None
    holdout_maker: str = "digits"


def load_assignment(name: str, solutions: Path) -> Assignment:
    """Read ``<solutions>/<name>``.

    Raises
    ------
    AssignmentError
        If the folder or the built notebook is missing, or ``run.toml`` has an unknown key or
        maker or a value of the wrong type.
    """
    folder = solutions / name
    if not (folder / f"{name}.ipynb").is_file():
        known = sorted(path.parent.name for path in solutions.glob("*/*.ipynb"))
        raise AssignmentError(name, f"no {folder / name}.ipynb; there are: {', '.join(known)}")
    settings = _read_settings(name, folder / "run.toml")
    holdout_size = settings.get("holdout", {}).get("size")
    by_tiers = holdout_size is not None or (folder / TIERS_FILE).exists()
    return Assignment(
        name=name,
        folder=folder,
        tiers=load_tiers(folder) if by_tiers else None,
        limits=_limits(name, settings.get("limits", {})),
        parameters=settings.get("parameters", {}),
        holdout_size=holdout_size,
        holdout_maker=_maker(name, settings.get("holdout", {})),
    )


def _read_settings(name: str, path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise AssignmentError(name, f"{path.name} is not TOML: {error}") from error
    for table in settings:
        if table not in ("parameters", "limits", "holdout"):
            expected = "expected parameters, limits or holdout"
            raise AssignmentError(name, f"{path.name} has a table [{table}]; {expected}")
    return settings


def _maker(name: str, table: Mapping[str, Any]) -> str:
    maker: str = table.get("maker", "digits")
    if maker not in MAKER_NAMES:
        known = sorted(MAKER_NAMES)
        raise AssignmentError(name, f"holdout maker {maker!r} is unknown; known: {known}")
    return maker


def _limits(name: str, table: Mapping[str, Any]) -> Limits:
    known = {f.name for f in dataclasses.fields(Limits)}
    for key, value in table.items():
        if key not in known:
            raise AssignmentError(name, f"limit {key!r} is unknown; known: {sorted(known)}")
        if not isinstance(value, (int, float)) or isinstance(value, bool) or value <= 0:
            raise AssignmentError(name, f"limit {key} = {value!r}, expected a number above 0")
    return Limits(**table)


def open_holdout(assignment: Assignment, work: WorkDir) -> Holdout | None:
    """Return an assignment's held-out images, if it needs any, checked against their sha256.

    Raises
    ------
    HoldoutMissingError
        If it needs some and there are none.
    HoldoutDamagedError
        If a file of them is missing or altered.
    """
    if assignment.holdout_size is None:
        return None
    folder = work.holdout(assignment.name)
    if not folder.exists():
        raise HoldoutMissingError(assignment.name, str(folder))
    return read_holdout(folder)


def tiers_text(assignment: Assignment) -> str | None:
    """Return the text of an assignment's tiers; None if it is graded by points."""
    if assignment.tiers is None:
        return None
    path = assignment.folder / TIERS_FILE
    return path.read_text(encoding="utf-8") if path.exists() else DEFAULT_TIERS
