"""What a student meets who opens a notebook and runs it from the top."""

from __future__ import annotations

from pathlib import Path

import nbformat
import papermill
import pytest
from papermill.exceptions import PapermillExecutionError

ROOT = Path(__file__).resolve().parents[1]
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
    name, _, what = stopped.value.evalue.partition(": ")
    nb = nbformat.read(out, as_version=4)
    assert any(f"def {name}(" in cell.source for cell in nb.cells)
    assert what
    printed = [o for cell in nb.cells for o in cell.get("outputs", []) if o.get("name") == "stderr"]
    assert printed == []
