"""A course of one small assignment, real in every part, that runs in a second."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
from typing import TYPE_CHECKING

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.holdout.files import idx_name
from helpers.data import load_sample
from helpers.idx import write_idx
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

NAME = "a1"
ANSWERS = {
    "double": "def double(x):\n    return 2 * x",
    "predict": "def predict(images):\n    return np.zeros(len(images), dtype=int)",
    "why": "Because zero is the most common digit here.",
}


def marked(grade_id: str, **flags: object) -> dict[str, object]:
    """Return nbgrader metadata of one cell."""
    base = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
    return {"nbgrader": {**base, "grade_id": grade_id, **flags}}


def author_notebook() -> NotebookNode:
    """Return the author's version: answers, visible and hidden tests."""
    solved = {name: _with_markers(answer) for name, answer in ANSWERS.items()}
    cells = [
        new_code_cell("quick = False", metadata={"tags": ["parameters"]}),
        new_code_cell("import numpy as np", metadata=marked("imports", locked=True)),
        new_code_cell(solved["double"], metadata=marked("double", solution=True)),
        new_code_cell(
            '"""Check that double doubles."""\n'
            'assert double(2) == 4, "twice two is four"\n'
            "### BEGIN HIDDEN TESTS\n"
            'assert double(21) == 42, "and for other numbers"\n'
            "### END HIDDEN TESTS",
            metadata=marked("test-double", grade=True, locked=True, points=4),
        ),
        new_markdown_cell("Why?", metadata=marked("why", grade=True, solution=True, points=2)),
        new_code_cell(solved["predict"], metadata=marked("predict", solution=True)),
        new_code_cell(
            '"""Check predict on images it has never seen."""\n'
            "from autograder.score import score_predictions\n\n"
            "score_predictions(predict, points=10)",
            metadata=marked("accuracy", grade=True, locked=True, points=10),
        ),
    ]
    nb = new_notebook(cells=cells)
    nb.metadata.kernelspec = {
        "name": "python3",
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
    }
    for number, cell in enumerate(nb.cells):
        cell.id = f"cell-{number:02d}"
    return nb


def _with_markers(answer: str) -> str:
    first, *rest = answer.splitlines()
    return "\n".join([first, "    ### BEGIN SOLUTION", *rest, "    ### END SOLUTION"])


def make_course(folder: Path) -> Path:
    """Write the course and its held-out images (the sample's tests) below ``folder``."""
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    solutions = folder / "solutions" / NAME
    solutions.mkdir(parents=True)
    nbformat.write(author_notebook(), solutions / f"{NAME}.ipynb")
    (solutions / "run.toml").write_text(
        "[parameters]\nquick = true\n[holdout]\nsize = 250\n"
        "[limits]\ncell_seconds = 5\ncall_seconds = 5\nnotebook_seconds = 60\noutput_mb = 1\n"
    )
    secret = folder / "work" / "holdout" / NAME / "secret"
    secret.mkdir(parents=True)
    (secret.parent / "handed").mkdir()
    images, labels = load_sample()[2:]
    write_idx(secret / "images-idx3-ubyte", images)
    write_idx(secret / "labels-idx1-ubyte", labels)
    names = ("secret/images-idx3-ubyte", "secret/labels-idx1-ubyte")
    sums = {n: hashlib.sha256((secret.parent / n).read_bytes()).hexdigest() for n in names}
    described = {"seed": "tiny", "size": len(images), "public": True, "sha256": sums}
    (secret / "holdout.json").write_text(json.dumps(described))
    return folder


def knowing(wrong: Iterable[int] = ()) -> str:
    """Return a `predict` that has the held-out labels by heart and errs on some images."""
    labels = load_sample()[3].tolist()
    for number in wrong:
        labels[number] = (labels[number] + 1) % 10
    return f"def predict(images):\n    return {labels}"


def hold_out(course: Path, **arrays: NDArray[np.uint8]) -> dict[str, str]:
    """Put other images or labels into the held-out set; return both checksums by content."""
    secret = course / "work" / "holdout" / NAME / "secret"
    described = json.loads((secret / "holdout.json").read_text())
    sums = {name.partition("/")[2]: found for name, found in described["sha256"].items()}
    for content, array in arrays.items():
        for old in [name for name in sums if name.startswith(content)]:
            (secret / old).unlink()
            del sums[old]
        name = idx_name(content, array)
        write_idx(secret / name, array)
        sums[name] = hashlib.sha256((secret / name).read_bytes()).hexdigest()
    described["sha256"] = {f"secret/{name}": found for name, found in sums.items()}
    (secret / "holdout.json").write_text(json.dumps(described))
    return {name.partition("-")[0]: found for name, found in sums.items()}


def submission(**changes: str) -> NotebookNode:
    """Return a full answer as a student hands it in, with some cells' text replaced."""
    nb = author_notebook()
    for cell in nb.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        cell.source = (ANSWERS | changes).get(name, cell.source)
    return nb


def without_hidden_tests(nb: NotebookNode, released: NotebookNode) -> NotebookNode:
    """Return an answer with its locked cells as students get them."""
    marked = [cell for cell in released.cells if "nbgrader" in cell.metadata]
    given = {cell.metadata.nbgrader.grade_id: cell.source for cell in marked}
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("locked"):
            cell.source = given[cell.metadata.nbgrader.grade_id]
    return nb


def hand_in(course: Path, student: str, nb: NotebookNode) -> Path:
    """Write a submission into ``<course>/in``."""
    path = course / "in" / f"{student}.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(nb, path)
    return path


def without(nb: NotebookNode, grade_id: str) -> NotebookNode:
    """Return a copy of a notebook that lacks one cell."""
    nb = copy.deepcopy(nb)
    nb.cells = [c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") != grade_id]
    return nb
