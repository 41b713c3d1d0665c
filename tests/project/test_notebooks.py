"""The committed notebooks as nbval sees them.

`make test` hands solutions/ to pytest with --nbval-lax, so every cell there is a test of its own.
Here: that it can fail, there and in what tests/conftest.py adds to it, and that each notebook gives
it something to compare.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SOLUTIONS = sorted((ROOT / "solutions").glob("*/*.ipynb"))


def run_nbval(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "-q"]
    return subprocess.run(
        [*command, *options, "-p", "no:cacheprovider", f"--rootdir={path.parent}", str(path)],
        cwd=path.parent,
        env=os.environ | {"PYTEST_ADDOPTS": "--color=no", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("code", "printed", "tags", "ending"),
    [
        ("print(1 + 1)", "2\n", ["nbval-check-output"], "1 passed"),
        ("print(1 + 1)", "3\n", ["nbval-check-output"], "1 failed"),
        ("print(1 + 1)", "3\n", [], "1 passed"),
        ("1 / 0", "2\n", [], "1 failed"),
    ],
)
def test_nbval_fails_on_a_doctored_output_and_on_an_error(tmp_path, code, printed, tags, ending):
    output = new_output("stream", name="stdout", text=printed)
    cell = new_code_cell(code, outputs=[output], execution_count=1, metadata={"tags": tags})
    nbformat.write(new_notebook(cells=[cell]), tmp_path / "it.ipynb")
    ran = run_nbval(tmp_path / "it.ipynb")
    assert ending in ran.stdout.splitlines()[-1], ran.stdout + ran.stderr


def test_doctored_outputs_and_figures_are_noticed_without_a_tag_too(tmp_path):
    plot = "import matplotlib.pyplot as plt; plt.plot([0, {}]);"
    same, doctored, ignored = (new_code_cell("print(1 + 1)") for _ in range(3))
    drawn, redrawn = (new_code_cell(plot.format(1)) for _ in range(2))
    notebook = new_notebook(cells=[same, doctored, ignored, drawn, redrawn])
    NotebookClient(notebook, kernel_name="python3").execute()
    doctored.outputs[0].text = ignored.outputs[0].text = "3\n"
    ignored.metadata.tags = ["nbval-ignore-output"]
    redrawn.source = plot.format(-1)
    nbformat.write(notebook, tmp_path / "it.ipynb")
    ran = run_nbval(tmp_path / "it.ipynb", "-p", "tests.conftest")
    failed = [line.split(" - ")[0] for line in ran.stdout.splitlines() if line.startswith("FAILED")]
    assert failed == ["FAILED it.ipynb::Cell 1", "FAILED it.ipynb::Cell 4"], ran.stdout + ran.stderr
    assert "2 failed, 3 passed" in ran.stdout


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_solution_gives_nbval_outputs_to_compare(path):
    checked = [
        cell
        for cell in nbformat.read(path, as_version=4).cells
        if "nbval-check-output" in cell.metadata.get("tags", [])
    ]
    assert len(checked) >= 3
    assert all(cell.outputs for cell in checked), "a checked cell without output checks nothing"
