"""Read what an assignment's folder says about how to run and grade it."""

from __future__ import annotations

import keyword
import math
import os
import shlex
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from autograder.errors import AssignmentError, HoldoutMissingError
from autograder.holdout.dataset import MAKER_NAMES, OWN_MAKER, Holdout, read_holdout
from autograder.scoring.late import LatePolicy
from autograder.scoring.tiers import DEFAULT_TIERS, TIERS_FILE, Tiers, load_tiers
from helpers._errors import SettingError
from helpers._toml import (
    LARGEST,
    moment,
    number,
    one_of,
    read_toml,
    table,
    table_of,
    truth,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from autograder.workdir import WorkDir
    from helpers.capstone import Capstone

RUN_FILE = "run.toml"
"""How a submission is run when it is graded, in the assignment's folder."""

MOST = 10_000_000
"""Of every limit: 115 days, 9.5 TiB. The system refuses far larger ones, one by one."""


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
    public_images : bool
        Whether its score is measured on images that everybody has, and its author wants it so.
    late : LatePolicy or None
        What lateness costs; None where that is left to nbgrader's own plug-in.
    """

    name: str
    folder: Path
    tiers: Tiers | None
    limits: Limits = field(default_factory=Limits)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    holdout_size: int | None = None
    holdout_maker: str = "digits"
    public_images: bool = False
    late: LatePolicy | None = None


def load_assignment(name: str, solutions: Path) -> Assignment:
    """Read ``<solutions>/<name>``.

    Raises
    ------
    AssignmentError
        If the folder or the built notebook is missing, or ``run.toml`` has an unknown key or
        maker or a value of the wrong type, or ``tiers.toml`` tells students of other limits.
    TierError
        If ``tiers.toml`` has an unknown key or a value of the wrong type.
    """
    folder = solutions / name
    if not (folder / f"{name}.ipynb").is_file():
        known = sorted(path.parent.name for path in solutions.glob("*/*.ipynb"))
        found = f"no {folder / name}.ipynb; there are: {', '.join(known)}"
        raise AssignmentError(name, found + suggestion(name, known))
    settings = _read_settings(name, folder / RUN_FILE)
    holdout = settings.get("holdout", {})
    by_tiers = "size" in holdout or os.path.lexists(folder / TIERS_FILE)
    _check_images(name, settings, by_tiers=by_tiers)
    tiers = load_tiers(folder) if by_tiers else None
    limits = Limits(**settings.get("limits", {}))
    if tiers is not None and tiers.capstone is not None:
        _check_capstone(name, tiers.capstone, limits, holdout.get("size"))
    return Assignment(
        name=name,
        folder=folder,
        tiers=tiers,
        limits=limits,
        parameters=settings.get("parameters", {}),
        holdout_size=holdout.get("size"),
        holdout_maker=holdout.get("maker", "digits"),
        public_images=settings.get("public_test_images", False),
        late=LatePolicy(**settings["late"]) if "late" in settings else None,
    )


def suggestion(name: str, known: Iterable[str]) -> str:
    """Ask about the name that was meant by a mistyped one.

    Parameters
    ----------
    name : str
        As it was typed.
    known : iterable of str
        Names that there are.

    Returns
    -------
    str
        Empty if none is near.

    Examples
    --------
    >>> suggestion("03_scv", ["02_binary", "03_svc"])
    "; did you mean '03_svc'?"
    """
    by_folded = {one.casefold(): one for one in known}
    near = get_close_matches(name.casefold(), by_folded, n=1)
    return f"; did you mean {by_folded[near[0]]!r}?" if near else ""


def _read_settings(name: str, path: Path) -> dict[str, Any]:
    if not os.path.lexists(path):
        return {}
    try:
        settings: dict[str, Any] = read_toml(path, _SETTINGS, where=path.name)
    except SettingError as error:
        raise AssignmentError(name, str(error)) from error
    return settings


def _parameter(value: Any, key: str) -> Any:
    """Check what papermill can write into a notebook, and evidence as JSON."""
    if isinstance(value, dict):
        return {name: _parameter(part, f"{key}.{name}") for name, part in value.items()}
    if isinstance(value, list):
        return [_parameter(part, f"{key}[{n}]") for n, part in enumerate(value)]
    whole_or_text = isinstance(value, bool | str) or (type(value) is int and abs(value) <= LARGEST)
    if not whole_or_text and not (type(value) is float and math.isfinite(value)):
        expected = "a text in quotes, true or false, or a finite number, or several of them"
        raise SettingError(value, expected, key)
    return value


def _parameters(value: Any, key: str) -> dict[str, Any]:
    checked: dict[str, Any] = table_of(_parameter, "a table")(value, key)
    for name in checked:
        if not name.isidentifier() or keyword.iskeyword(name):
            raise SettingError(name, "the name of a Python variable", key)
    return checked


_SETTINGS = table(
    {},
    {
        "public_test_images": truth,
        "parameters": _parameters,
        "limits": table(
            {},
            # the annotations are texts
            {f.name: whole(1, MOST) if f.type == "int" else number(MOST) for f in fields(Limits)},
        ),
        "holdout": table({"size": whole(1)}, {"maker": one_of((*MAKER_NAMES, OWN_MAKER))}),
        "late": table(
            {"per_day": whole(0, 100)},
            {"most": whole(0, 100), "grace_minutes": number(MOST), "due": moment},
        ),
    },
)


def _check_images(name: str, settings: Mapping[str, Any], *, by_tiers: bool) -> None:
    """Refuse grades by a score of which nobody said what it is measured on."""
    public, held_out = settings.get("public_test_images", False), "holdout" in settings
    if by_tiers and not public and not held_out:
        found = f"no [holdout], beside {TIERS_FILE}"
        expected = "[holdout] with a size, or public_test_images = true if anybody may know them"
    elif public and (held_out or not by_tiers):
        found = "public_test_images = true " + ("and [holdout]" if held_out else "alone")
        expected = f"it only beside {TIERS_FILE} and without [holdout]"
    else:
        return
    raise AssignmentError(name, f"{RUN_FILE}: found {found}, expected {expected}")


def image_notices(assignment: Assignment) -> list[str]:
    """Say what every reader of a score should know of the images that it is measured on."""
    if not assignment.public_images:
        return []
    return [
        "Scores are measured on public test images (public_test_images = true in run.toml): "
        "whoever looks their labels up scores as well as whoever learns."
    ]


def _check_capstone(
    name: str, capstone: Capstone, limits: Limits, holdout_size: int | None
) -> None:
    """Refuse limits in ``tiers.toml``, which students see, that are not those of a graded run."""
    graded = asdict(limits) | {"held_out": holdout_size}
    for key, stated in asdict(capstone).items():
        if key in graded and stated != graded[key]:
            raise AssignmentError(
                name,
                f"{TIERS_FILE} tells students {key} = {stated!r}, but run.toml runs with "
                f"{graded[key]!r}; expected the same",
            )


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
        own = assignment.folder.parent.parent / "work"
        words = ["holdout", assignment.name]
        words += [] if work.root.resolve() == own.resolve() else ["--work", str(work.root)]
        raise HoldoutMissingError(assignment.name, str(folder.absolute()), shlex.join(words))
    return read_holdout(folder)


def tiers_text(assignment: Assignment) -> str | None:
    """Return the text of an assignment's tiers; None if it is graded by points."""
    if assignment.tiers is None:
        return None
    path = assignment.folder / TIERS_FILE
    return path.read_text(encoding="utf-8") if path.exists() else DEFAULT_TIERS
