"""What an instructor does before a student can begin, in each of the three ways."""

from __future__ import annotations

import shutil
import sys
import venv
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from autograder.authoring.demo_class import NAME
from autograder.authoring.handout import make_handout
from benchmarks.speed.otter_master import write_master
from benchmarks.speed.student_ways import lend, make_quick
from benchmarks.speed.walk import Place, Step
from tests.support import ROOT

if TYPE_CHECKING:
    from nbformat import NotebookNode


def _solved() -> NotebookNode:
    return make_quick(nbformat.read(ROOT / "solutions" / NAME / f"{NAME}.ipynb", as_version=4))


def _handout(place: Place) -> None:
    shutil.copy(make_handout(ROOT, place.folder / "made").archive, place.folder.parent / "student")


OURS = (Step("hand out", "make handout", _handout),)
"""Ours."""


def _run(what: str, typed: str, within: str = "") -> Step:
    def do(place: Place) -> None:
        place.run(typed, within)

    return Step(what, typed, do)


def _config(root: Path) -> str:
    return f'c = get_config()\nc.CourseDirectory.course_id = "digits"\nc.Exchange.root = "{root}"\n'


def _configure(place: Place) -> None:
    """Write the instructor's settings, and those for students, into the folder ``given``."""
    config = _config(place.folder.parent / "exchange")
    given = place.folder.parent / "given"
    given.mkdir()
    (given / "nbgrader_config.py").write_text(config)
    with (place.folder / "digits" / "nbgrader_config.py").open("a") as file:
        file.write(config)


def _make_exchange(place: Place) -> None:
    (place.folder.parent / "exchange").mkdir()


def _open_exchange(place: Place) -> None:
    (place.folder.parent / "exchange").chmod(0o777)


def _put(place: Place) -> None:
    folder = place.folder / "digits" / "source" / NAME
    folder.mkdir()
    nbformat.write(_solved(), folder / f"{NAME}.ipynb")
    shutil.copy(ROOT / "notebooks" / NAME / "tiers.toml", folder)


NBGRADER = (
    _run("quickstart", "nbgrader quickstart digits"),
    Step(
        "configure",
        "write course_id and root into nbgrader_config.py, also for students",
        _configure,
    ),
    Step("exchange", "mkdir EXCHANGE", _make_exchange),
    Step("exchange", "chmod ugo+rw EXCHANGE", _open_exchange),
    Step("assignment", f"put the notebook into source/{NAME}", _put),
    _run("generate", f"nbgrader generate_assignment {NAME}", "digits"),
    _run("release", f"nbgrader release_assignment {NAME}", "digits"),
)
"""nbgrader's: *Quick start*, then *Setting up the exchange* and *Releasing assignments*."""


def _environment(place: Place) -> None:
    """Install otter, and let it find what the solution imports, which it runs."""
    place.run("pip install --quiet otter-grader")
    lend(place)


def _master(place: Place) -> None:
    nbformat.write(write_master(_solved(), ["tiers.toml"]), place.folder / f"{NAME}.ipynb")
    shutil.copy(ROOT / "notebooks" / NAME / "tiers.toml", place.folder)


def _pack(place: Place) -> None:
    """Pack what students get, and keep the solution that otter made."""
    dist = place.folder / "dist"
    target = place.folder.parent / "student" / f"{NAME}.zip"
    with zipfile.ZipFile(target, "w") as packed:
        for file in sorted((dist / "student").iterdir()):
            packed.write(file, f"{NAME}/{file.name}")
    shutil.copy(dist / "autograder" / f"{NAME}.ipynb", place.folder.parent / "solved.ipynb")


OTTER = (
    Step("install", "pip install otter-grader", _environment),
    Step("assignment", "write the notebook in otter's format", _master),
    _run("assign", f"otter assign {NAME}.ipynb dist"),
    Step("hand out", "pack dist/student", _pack),
)
"""otter's: *Installation*, *Otter Assign*."""

WAYS = {"ours": OURS, "nbgrader": NBGRADER, "otter": OTTER}
"""The ways, by the same names as the students'."""


def make_place(way: str, folder: Path, wheels: Path | None) -> Place:
    """Make a place for an instructor: nbgrader and ours are in the environment of this process.

    Parameters
    ----------
    way : str
        A key of `WAYS`.
    folder : Path
        Where to make it.
    wheels : Path or None
        Where pip finds packages.

    Returns
    -------
    Place
    """
    tools = Path(sys.executable).parent
    if way == "otter":
        venv.create(folder / "env", with_pip=True)
        tools = folder / "env" / "bin"
    place = Place(folder, tools, wheels)
    place.prepare()
    return place
