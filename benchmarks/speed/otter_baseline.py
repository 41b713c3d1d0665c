"""Grade a class with otter-grader's ``otter run``: the same answers, checks and points.

What is compared is a run without a sandbox against one in a sandbox. ``otter run`` executes a
submission as the user who calls it, with that user's files and network, and the results are
pickled within the student's own kernel and loaded outside of it; its documentation advises against
it where there is Docker. ``otter grade`` runs each submission in a Docker container; it is not
measured, as this benchmark has to run where there is no Docker.

One call grades one submission, so a class takes a call for each, one after another. Running
several at a time is offered by ``otter grade`` alone, as containers (``--containers``); the
function behind ``otter run``, `otter.api.grade_submission`, takes one submission too, and changes
its process's working directory, so threads cannot share it. All this as of otter-grader 7.0.0.

Otter has an environment of its own. Each graded cell becomes a test file in otter's
exception-based format, with the cell's text, its points, and whether it is hidden; in a submission
``grader.check`` takes the place of that cell, as in notebooks that ``otter assign`` makes.
"""

from __future__ import annotations

import builtins
import json
import re
import subprocess
import symtable
import textwrap
import venv
from typing import TYPE_CHECKING, Any

import nbformat
from nbformat.v4 import new_code_cell

from benchmarks.speed.graders import measure
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from nbformat import NotebookNode

OTTER = "otter-grader[grading]"
"""What is installed; its extra brings the kernel that ``otter run`` needs."""

PACKAGES = {
    "bench_sklearn": ("numpy", "scikit-learn"),
    "bench_tensorflow": ("numpy", "scikit-learn", "tensorflow", "keras", "tqdm"),
}
"""What each assignment imports, itself or by the course's helpers."""

HIDDEN = "### BEGIN HIDDEN TESTS"
"""Marks a check that students do not get to see."""

TEST_FILE = """\
from otter.test_files import test_case

OK_FORMAT = False

name = {name!r}
points = {points!r}


@test_case(points={points!r}, hidden={hidden!r})
def check({reads}):
{body}
"""
"""Of one graded cell; what it reads of the student's comes as arguments."""


def make_environment(folder: Path, assignments: Iterable[str]) -> Path:
    """Install otter, and what assignments import at the versions of ``requirements.lock``.

    Parameters
    ----------
    folder : Path
        Where; it has to be empty or missing.
    assignments : iterable of str
        Keys of `PACKAGES`.

    Returns
    -------
    Path
        Of the command ``otter``.

    Raises
    ------
    subprocess.CalledProcessError
        If pip fails, as without a network.
    """
    names = sorted({name for assignment in assignments for name in PACKAGES[assignment]})
    venv.create(folder, with_pip=True)
    versions = folder / "versions.txt"
    versions.write_text("\n".join(_locked(names)) + "\n", encoding="utf-8")
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    pip += ["--disable-pip-version-check", "--constraint", str(versions), OTTER, *names]
    subprocess.run(pip, check=True)
    return folder / "bin" / "otter"


def _locked(names: Iterable[str]) -> Iterator[str]:
    """Yield the lines of the lock that say a package's version, without their hashes."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for name in names:
        found = re.findall(rf"^({re.escape(name)}==[^\\\n]+)", lock, re.MULTILINE)
        if not found:
            raise ValueError(f"requirements.lock has no {name}")
        yield from (line.strip() for line in found)


def version_of(otter: Path) -> str:
    """Return the version of otter in the environment of a command ``otter``."""
    code = "from importlib.metadata import version; print(version('otter-grader'))"
    command = [str(otter.parent / "python"), "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def make_autograder(otter: Path, course: Path, assignment: str) -> Path:
    """Write a test file for each graded cell and pack them by ``otter generate``.

    Parameters
    ----------
    otter : Path
        The command.
    course : Path
        Folder of a course that was built.
    assignment : str
        Its name.

    Returns
    -------
    Path
        Of the zip file that ``otter run`` takes.
    """
    folder = course / "otter"
    tests = folder / "tests"
    tests.mkdir(parents=True)
    source = course / "solutions" / assignment / f"{assignment}.ipynb"
    for cell in nbformat.read(source, 4).cells:
        metadata = cell.metadata.get("nbgrader", {})
        if metadata.get("grade"):
            name = metadata["grade_id"]
            text = test_file(name, metadata["points"], cell.source)
            (tests / f"{name}.py").write_text(text, encoding="utf-8")
    packed = folder / "packed.zip"
    generate = [str(otter), "generate", "--output-path", str(packed)]
    measure([generate], folder, tools=otter.parent)
    return packed


def test_file(name: str, points: float, check: str) -> str:
    """Return the text of a graded cell in otter's exception-based format.

    Parameters
    ----------
    name : str
        The cell's id.
    points : float
        What it is worth.
    check : str
        Its source.

    Returns
    -------
    str
    """
    reads = [
        symbol.get_name()
        for symbol in symtable.symtable(check, name, "exec").get_symbols()
        if symbol.is_referenced()
        and not (symbol.is_assigned() or symbol.is_imported())
        and not hasattr(builtins, symbol.get_name())
    ]
    return TEST_FILE.format(
        name=name,
        points=points,
        hidden=HIDDEN in check,
        reads=", ".join(sorted(reads)),
        body=textwrap.indent(check, "    "),
    )


def as_otter_expects(nb: NotebookNode, file: str) -> NotebookNode:
    """Let otter's checks take the place of the graded cells of a submission.

    Parameters
    ----------
    nb : NotebookNode
        A submission; changed in place.
    file : str
        Name of its file.

    Returns
    -------
    NotebookNode
        The same.
    """
    for cell in nb.cells:
        metadata = cell.metadata.get("nbgrader", {})
        if metadata.get("grade"):
            cell.source = f'grader.check("{metadata["grade_id"]}")'
    nb.cells.insert(0, new_code_cell(f'import otter\ngrader = otter.Notebook("{file}")'))
    return nb


def hand_in(submitted: Path, target: Path) -> dict[str, Path]:
    """Write a class as otter expects it.

    Parameters
    ----------
    submitted : Path
        The class in nbgrader's layout, with one notebook each.
    target : Path
        Where to write it.

    Returns
    -------
    dict of str to Path
        Notebook of each student.
    """
    found = {}
    for path in sorted(submitted.glob("*/*/*.ipynb")):
        student = path.parts[-3]
        found[student] = target / student / path.name
        found[student].parent.mkdir(parents=True)
        nb = as_otter_expects(nbformat.read(path, 4), path.name)
        nbformat.write(nb, found[student])
    return found


def with_otter(otter: Path, autograder: Path, notebooks: dict[str, Path]) -> dict[str, Any]:
    """Grade a class by ``otter run``, one submission after another.

    Parameters
    ----------
    otter : Path
        The command.
    autograder : Path
        The zip file of `make_autograder`.
    notebooks : dict of str to Path
        Notebook of each student, each in a folder of its own, which gets ``results.json``.

    Returns
    -------
    dict of str to Any
        ``wall`` and ``cpu`` in seconds, ``scores``, and ``said``, what otter says of each check.
    """
    start = [str(otter), "run", "--no-logo", "--autograder", str(autograder), "--output-dir"]
    results = {student: path.parent / "results.json" for student, path in notebooks.items()}
    for path in results.values():
        path.unlink(missing_ok=True)
    commands = [[*start, str(path.parent), str(path)] for path in notebooks.values()]
    found: dict[str, Any] = measure(commands, autograder.parent, tools=otter.parent)
    found |= {"scores": {}, "said": {}}
    for student, path in results.items():
        tests = json.loads(path.read_text(encoding="utf-8"))["tests"]
        graded = [test for test in tests if "max_score" in test]  # one is a summary
        found["scores"][student] = {test["name"]: float(test["score"]) for test in graded}
        found["said"][student] = {test["name"]: test["output"] for test in graded}
    return found


def differences(stock: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return a line for each cell where otter's score is not stock nbgrader's, with the reason.

    Parameters
    ----------
    stock : dict of str to Any
        From `benchmarks.speed.graders.with_nbgrader`.
    other : dict of str to Any
        From `with_otter`.

    Returns
    -------
    list of str
        Empty if all are equal.
    """
    lines = []
    for student, cells in stock["scores"].items():
        theirs = other["scores"].get(student, {})
        for name in sorted(cells.keys() | theirs.keys()):
            if cells.get(name) != theirs.get(name):
                said = " ".join(other["said"].get(student, {}).get(name, "nothing").split())
                cause = stock["said"].get(student, {}).get(name) or "said nothing"
                lines.append(
                    f"{student}, {name}: nbgrader {cells.get(name)}, otter {theirs.get(name)}; "
                    f"in nbgrader the check {cause}; otter says: {said}"
                )
    return lines
