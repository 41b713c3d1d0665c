"""Filled notebooks run where there is no Linux, no repository and no notebook server.

A folder such as Colab's `/content` holds the notebook and the wheel; its first cell installs that.
The cells then run in a plain process, which has none of the modules that only Unix has.
"""

from __future__ import annotations

import json
import shutil
import subprocess

import nbformat
import pytest

from autograder.authoring.demo_class import answered
from autograder.authoring.handout import make_handout
from helpers.places import data_folder
from tests.support import ROOT
from tests.support.student_environment import environment_of, make_environment

QUICKEST = "01_idx"
"""The notebook that always runs; the others take a minute or more."""

NOTEBOOKS = [
    pytest.param(path.stem, marks=[] if path.stem == QUICKEST else [pytest.mark.slow], id=path.stem)
    for path in sorted((ROOT / "notebooks").glob("*/*.ipynb"))
]

RUN = """
import json, pathlib, sys

for name in ("fcntl", "grp", "pwd", "resource", "termios"):
    sys.modules[name] = None
cells = json.loads(pathlib.Path("cells.json").read_text(encoding="utf-8"))
names = {"__name__": "__main__"}
for identifier, source in cells:
    try:
        exec(compile(source, f"<{identifier}>", "exec"), names)
    except BaseException as error:
        sys.exit(f"{identifier}: {type(error).__name__}: {error}")
import helpers
print("RAN", len(cells), helpers.__file__)
"""


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """Return a folder with the wheel alone, and an interpreter that has all but the course."""
    folder = tmp_path_factory.mktemp("anywhere")
    made = make_handout(ROOT, folder / "made")
    python = make_environment(folder / "env")
    (folder / "content").mkdir()
    shutil.copy(made.wheel, folder / "content")
    (folder / "cache").mkdir()
    (folder / "cache" / "digits-course").symlink_to(data_folder())  # no test needs the network
    return folder / "content", python


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_filled_notebook_runs_anywhere(content, name):
    folder, python = content
    cells = []
    for cell in answered(ROOT, name).cells:
        if cell.cell_type == "code":
            cells.append((cell.id, cell.source))
            if "parameters" in cell.metadata.get("tags", []):
                cells.append(("graded-run", "quick = True"))
    (folder / "cells.json").write_text(json.dumps(cells), encoding="utf-8")
    for beside in (ROOT / "notebooks" / name).glob("*.toml"):
        shutil.copy(beside, folder)
    done = subprocess.run(
        [python, "-c", RUN],
        cwd=folder,
        env=environment_of(python, XDG_CACHE_HOME=str(folder.parent / "cache"), MPLBACKEND="agg"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-2000:]
    ran = done.stdout.splitlines()[-1]
    assert ran.startswith(f"RAN {len(cells)} "), ran
    assert str(python.parent.parent) in ran  # from the wheel, and not from the repository


def test_every_notebook_is_among_them():
    names = {path.stem for path in ROOT.glob("notebooks/*/*.ipynb")}
    assert QUICKEST in names
    assert {one.id for one in NOTEBOOKS} == names
    assert all(nbformat.read(path, as_version=4).cells for path in ROOT.glob("notebooks/*/*.ipynb"))
