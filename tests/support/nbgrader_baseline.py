"""Grade a class with stock `nbgrader autograde` and compare every cell's score with ours.

    python -m tests.support.nbgrader_baseline [--students s01 s02 ...]

compares with ``work/demo/gradebook.db``, so run ``make demo`` first.
Each submission is graded by a process of its own, because one that stock nbgrader does not
survive would stop the rest. The papermill parameters are injected beforehand, as a graded run
gets them; held-out images come from the environment, as in our checker kernel.
Exit status 1 if a score differs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import papermill
from nbgrader.api import Gradebook, MissingEntry

from autograder.assignment import load_assignment
from autograder.workdir import WorkDir
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Scores = dict[str, float | None]

RELEASE_SECONDS = 900
"""For making the release, which takes some 5 on a machine that has nothing else to do."""


def grade_with_nbgrader(
    assignment: str, notebooks: Mapping[str, Path], course: Path, holdout: Path, seconds: float
) -> dict[str, Scores | None]:
    """Return each student's cell scores by stock nbgrader; None where it did not survive.

    Parameters
    ----------
    assignment : str
        Name of the assignment.
    notebooks : mapping
        Submitted notebook of each student.
    course : Path
        Folder with ``nbgrader_config.py`` and ``solutions``.
    holdout : Path
        Folder with ``secret`` and ``handed``.
    seconds : float
        Longest time for one submission.
    """
    with tempfile.TemporaryDirectory(prefix="stock-") as folder:
        scratch = Path(folder)
        environment = prepare(assignment, notebooks, course, scratch, holdout)
        done = {}
        for student in notebooks:
            command = ["autograde", assignment, "--student", student]
            survived = nbgrader(command, scratch, environment, seconds)
            done[student] = cell_scores(assignment, student, scratch / "work") if survived else None
        return done


def prepare(
    assignment: str, notebooks: Mapping[str, Path], course: Path, scratch: Path, holdout: Path
) -> dict[str, str]:
    """Make a course in `scratch` where all have handed in; return its environment."""
    settings = load_assignment(assignment, course / "solutions")
    shutil.copytree(settings.folder, scratch / "solutions" / assignment)
    shutil.copy(course / "nbgrader_config.py", scratch)
    with (scratch / "nbgrader_config.py").open("a") as config:
        config.write('\nc.Execute.kernel_name = "python3"  # as nbgrader does it by itself\n')
    for student, notebook in notebooks.items():
        target = scratch / "work" / "submitted" / student / assignment
        target.mkdir(parents=True)
        _inject(notebook, target / f"{assignment}.ipynb", settings.parameters)
    environment = _environment(holdout)
    if not nbgrader(["generate_assignment", assignment], scratch, environment, RELEASE_SECONDS):
        message = f"stock nbgrader cannot release {assignment} within {RELEASE_SECONDS} s"
        raise RuntimeError(message)
    return environment


def cell_scores(assignment: str, student: str, work: Path) -> Scores | None:
    """Return the automatic score of each graded cell, None for a student without any."""
    with Gradebook(WorkDir(work).gradebook_url) as gradebook:
        try:
            notebook = gradebook.find_submission_notebook(assignment, assignment, student)
        except MissingEntry:
            return None
        return {grade.name: grade.auto_score for grade in notebook.grades}


def _inject(source: Path, target: Path, parameters: Mapping[str, Any]) -> None:
    """Write the notebook with papermill's parameter cell; as it is, if they cannot read it."""
    options = {"prepare_only": True, "kernel_name": "python3", "language": "python"}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of missing ids
            nb = nbformat.read(source, as_version=4)
            nb = papermill.execute_notebook(nb, None, dict(parameters), **options)
            nbformat.write(nb, target)
    except Exception:  # noqa: BLE001  # nbformat's are of every kind
        shutil.copy(source, target)


def _environment(holdout: Path) -> dict[str, str]:
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    paths = {"PATH": f"{sys.prefix}/bin:{os.environ['PATH']}"}
    if not holdout.exists():  # graded by points, on the course's own data
        return os.environ | threads | paths
    course = {"COURSE_HOLDOUT": str(holdout / "secret"), "COURSE_DATA": str(holdout / "handed")}
    return os.environ | threads | paths | course


def nbgrader(command: list[str], folder: Path, env: dict[str, str], seconds: float) -> bool:
    """Run an nbgrader command in a course; return whether it survived."""
    tool = str(Path(sys.prefix, "bin", "nbgrader"))
    try:
        done = subprocess.run(
            [tool, *command], cwd=folder, env=env, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _differences(ours: Scores | None, stock: Scores) -> list[str]:
    ours = ours or {}
    names = sorted(stock.keys() | ours.keys())
    return [
        f"{name}: ours {ours.get(name)}, nbgrader {stock.get(name)}"
        for name in names
        if ours.get(name) != stock.get(name)
    ]


def main(arguments: Iterable[str] | None = None) -> int:
    """Compare the demo class and print a line for each student."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--students", nargs="*", help="default: all in work/demo/submitted")
    parser.add_argument("--seconds", type=float, default=200, help="for one submission")
    options = parser.parse_args(list(arguments) if arguments is not None else None)
    name, work = "03_svc", ROOT / "work" / "demo"
    students = options.students or sorted(p.name for p in (work / "submitted").iterdir())
    notebooks = {s: work / "submitted" / s / name / f"{name}.ipynb" for s in students}
    failed = False
    holdout = work / "holdout" / name
    stock = grade_with_nbgrader(name, notebooks, ROOT, holdout, options.seconds)
    for student, scores in stock.items():
        if scores is None:
            print(f"{student}: nbgrader did not survive it", flush=True)
            continue
        differences = _differences(cell_scores(name, student, work), scores)
        failed |= bool(differences)
        print(f"{student}: {'; '.join(differences) or f'{len(scores)} scores equal'}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
