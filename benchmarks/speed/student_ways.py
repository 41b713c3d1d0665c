"""Three ways to a handed-in assignment 03, each as its own documents prescribe it.

Ours: README of the handout, ``autograder/authoring/templates/handout.md``.

nbgrader: its pages *Installation*, with *Quick start*
(https://nbgrader.readthedocs.io/en/stable/user_guide/installation.html), and, where that ends,
*Exchanging assignment files*, by command line
(https://nbgrader.readthedocs.io/en/stable/user_guide/managing_assignment_files.html).

otter: *Tutorial* (https://otter-grader.readthedocs.io/en/latest/tutorial.html), which has no
student in it; so what the notebook that `otter assign` makes says itself, and *Student Usage*
(https://otter-grader.readthedocs.io/en/latest/otter_check/index.html).
"""

from __future__ import annotations

import json
import shutil
import sysconfig
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from autograder.authoring.demo_class import NAME, answered
from benchmarks.speed.walk import JUPYTER, Place, Step, StumblingBlockError, last_line
from tests.support import ROOT

if TYPE_CHECKING:
    from nbformat import NotebookNode

NOTEBOOK = f"{NAME}/{NAME}.ipynb"
"""The notebook, in the folder that a student works in."""

STUDENT = "s05"
"""Who hands in."""

WITHOUT_PDF = "grader.export(run_tests=True, pdf=False)"
"""What *Student Usage* names for an export without a PDF file."""


def make_quick(notebook: NotebookNode) -> NotebookNode:
    """Let a notebook run on few images, so that seconds are the tools' own rather than 03's."""
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = cell.source.replace("quick = False", "quick = True")
    return notebook


def _unpack(archive: str) -> Step:
    def do(place: Place) -> None:
        with zipfile.ZipFile(place.folder / archive) as packed:
            packed.extractall(place.folder)

    return Step("unpack", f"unzip {archive}", do)


def _run(what: str, typed: str) -> Step:
    def do(place: Place) -> None:
        place.run(typed)

    return Step(what, typed, do)


def _serve(what: str, typed: str, page: str, *remedies: Step) -> Step:
    return Step(what, typed, lambda place: place.serve(typed, page), remedies)


def _fill(folder: str) -> Step:
    def do(place: Place) -> None:
        nbformat.write(make_quick(answered(ROOT, NAME)), place.folder / folder / NOTEBOOK)

    return Step("work", "(the reference's answers are filled in)", do, counts=False)


def _submit(place: Place) -> None:
    place.run(f"python digits-course/start.py submit {NAME} --student {STUDENT}")
    folder = place.folder / "digits-course" / "handed-in" / NAME
    (file,) = folder.glob(f"*{STUDENT}.ipynb")
    assert (folder / "receipt.txt").read_text().count(file.name), "the receipt is another file's"


SAVE = Step("save", "Ctrl-S")
"""In JupyterLab, the same in all ways."""

OURS = (
    _unpack("digits-course.zip"),
    _serve("install, open", "python digits-course/start.py", "lab/tree/start.ipynb"),
    Step("open 03", "click on 03 in the start page"),
    _fill("digits-course"),
    SAVE,
    Step("check, hand in", f"%submit {STUDENT}", _submit),
    Step("upload", "upload the file where the course wants it"),
)
"""Ours, from the zip file of the handout."""


def _configure(place: Place) -> None:
    shutil.copy(place.folder.parent / "given" / "nbgrader_config.py", place.folder)


def lend(place: Place) -> None:
    """Let the student's environment find what this one has, behind what it has itself."""
    (site,) = (place.folder / "env").glob("lib/python3.*/site-packages")
    (site / "course.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ROOT}\n")


LIBRARIES = Step("work", "(what 03 imports is lent by this environment)", lend, counts=False)
"""What theirs do not bring, and a course would have to hand out: no step, and no seconds."""


def _validate(patient: str, *remedies: Step) -> Step:
    """Return the check, with an option or without; it fails without an exit status, too."""
    typed = f"nbgrader validate {patient}{NOTEBOOK}"

    def do(place: Place) -> None:
        said = place.run(typed)
        if "Success!" not in said:
            raise StumblingBlockError(last_line(said))

    return Step("check", typed, do, remedies)


PATIENT = "--Execute.iopub_timeout=300 --Execute.timeout=600 "
"""What `nbgrader validate` needs on a busy machine, and a student cannot know."""


def _send(place: Place) -> None:
    place.run(f"nbgrader submit {NAME}")
    (sent,) = (place.folder.parent / "exchange" / "digits" / "inbound").iterdir()
    assert (sent / f"{NAME}.ipynb").is_file(), "nothing was sent"


NBGRADER = (
    _run("install", "pip install nbgrader"),
    Step("configure", "put nbgrader_config.py, which is given, into the folder", _configure),
    _run("fetch", f"nbgrader fetch_assignment {NAME}"),
    _serve("open", JUPYTER, "lab"),
    Step("open 03", f"click on {NOTEBOOK}"),
    LIBRARIES,
    _fill(""),
    SAVE,
    _validate("", _validate(PATIENT)),
    Step("hand in", f"nbgrader submit {NAME}", _send),
)
"""nbgrader's, from an exchange that is there and configured."""


def _fill_otters(place: Place) -> None:
    """Put the answers of otter's own solution into the notebook that it made for students."""
    path = place.folder / NOTEBOOK
    given = nbformat.read(path, as_version=4)
    solved = nbformat.read(place.folder.parent / "solved.ipynb", as_version=4)
    for cell, right in zip(given.cells, solved.cells, strict=True):
        cell.source = right.source
    nbformat.write(given, path)


def _run_all(place: Place) -> float:
    script = Path(__file__).with_name("run_cells.py")
    said = place.run(f"{place.tools / 'python'} {script} {NOTEBOOK} '{WITHOUT_PDF}'")
    found = place.folder / "home" / "cells.json"
    found.write_text(said.splitlines()[-1], encoding="utf-8")
    return _cell(place, "all")


def _cell(place: Place, which: str) -> float:
    """Say what a cell took that `run_cells.py` has run."""
    found = json.loads((place.folder / "home" / "cells.json").read_text())[which]
    if found.get("failed"):
        raise StumblingBlockError(last_line(found["failed"]))
    return float(found["seconds"])


def _export(which: str) -> Step:
    typed = "run the last cell" if which == "last" else f"write {WITHOUT_PDF} there, run it"

    def do(place: Place) -> float:
        seconds = _cell(place, which)
        *_, newest = sorted((place.folder / NAME).glob("*.zip"))
        with zipfile.ZipFile(newest) as exported:
            assert f"{NAME}.ipynb" in exported.namelist(), "the notebook is not in the zip file"
        return seconds

    remedies = (_export("other"),) if which == "last" else ()
    return Step("hand in", typed, do, remedies)


OTTER = (
    _unpack(f"{NAME}.zip"),
    _run("install", "pip install otter-grader"),
    _serve(
        *("open", JUPYTER, "lab"),
        _run("install", "pip install jupyterlab"),
        _serve("open", JUPYTER, "lab"),
    ),
    Step("open 03", f"click on {NOTEBOOK}"),
    LIBRARIES,
    Step("work", "(the reference's answers are filled in)", _fill_otters, counts=False),
    Step("check", "run all cells above the last", _run_all),
    SAVE,
    _export("last"),
    Step("upload", "upload the zip file where the course wants it"),
)
"""otter's, from a zip file of the folder that `otter assign` makes for students."""

WAYS = {"ours": OURS, "nbgrader": NBGRADER, "otter": OTTER}
"""The ways, by what they are printed as."""
