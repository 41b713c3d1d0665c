"""What a student meets who opens a notebook and runs it from the top."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import nbformat
import papermill
import pytest
from papermill.exceptions import PapermillExecutionError

from autograder.authoring.demo_class import answered
from tests.support import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*/*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_clean_to_the_first_stub_which_says_what_to_do(path, tmp_path):
    out = tmp_path / "out.ipynb"
    with pytest.raises(PapermillExecutionError) as stopped:
        papermill.execute_notebook(
            path,
            out,
            {"quick": True},
            kernel_name="python3",
            cwd=path.parent,
            progress_bar=False,
        )
    assert stopped.value.ename == "NotImplementedError"
    name, _, what = stopped.value.evalue.partition(" is still open: ")  # its check says so
    nb = nbformat.read(out, as_version=4)
    assert any(f"def {name}(" in cell.source for cell in nb.cells)
    assert what
    printed = [o for cell in nb.cells for o in cell.get("outputs", []) if o.get("name") == "stderr"]
    assert printed == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_with_the_solutions_pasted_in_nbgrader_validates_it(path, tmp_path):
    nb = answered(ROOT, path.stem)
    tagged = ("parameters" in cell.metadata.get("tags", []) for cell in nb.cells)
    nb.cells.insert(list(tagged).index(True) + 1, nbformat.v4.new_code_cell("quick = True"))
    shutil.copytree(path.parent, tmp_path, dirs_exist_ok=True)
    nbformat.write(nb, tmp_path / path.name)
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "validate", str(tmp_path / path.name)],
        cwd=ROOT,  # for the time limit of nbgrader_config.py
        env=os.environ | {"PATH": f"{sys.prefix}/bin:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert "Success! Your notebook passes all the tests." in done.stdout, done.stdout + done.stderr
