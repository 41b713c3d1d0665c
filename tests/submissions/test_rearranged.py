"""Random honest rearrangements of a solved notebook lose nothing, or a person is asked to read.

``REARRANGEMENTS=2000 pytest tests/submissions/test_rearranged.py`` tries as many.
"""

from __future__ import annotations

import functools
import os
import tempfile
from pathlib import Path
from random import Random

import nbformat
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from autograder.assignment import load_assignment
from autograder.gradebook.store import register
from autograder.submissions.cells import grade_id
from autograder.submissions.restore import restore
from autograder.workdir import WorkDir
from tests.support import ROOT
from tests.support.rearrange import CHANGES, FORMS, rearranged
from tests.support.survival import expected, lost, written

EXAMPLES = int(os.environ.get("REARRANGEMENTS", "30"))
NAMES = ("01_idx", "02_binary", "03_svc")


@functools.cache
def course(name):
    """Return an assignment's release, its solution as a student hands it in, what that defines."""
    with tempfile.TemporaryDirectory() as folder:
        release = register(load_assignment(name, ROOT / "solutions"), WorkDir(Path(folder)))
    solved = nbformat.read(ROOT / "solutions" / name / f"{name}.ipynb", as_version=4)
    for cell in solved.cells:
        if grade_id(cell) and cell.metadata.nbgrader.locked:
            cell.source = release.visible[grade_id(cell)]
    return release, solved, expected(solved)


def restored(content, release):
    with tempfile.NamedTemporaryFile(suffix=".ipynb") as file:
        path = Path(file.name)
        path.write_bytes(content)
        return restore(path, release)


def ask(nb, solved):
    """Return the written answers that no person would find where they read."""
    found = written(nb)
    return [name for name, text in written(solved).items() if text not in found[name]]


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize="REARRANGEMENTS" not in os.environ,  # the same few each time; many are drawn anew
    phases=[Phase.generate],  # a notebook is not worth making smaller
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    name=st.sampled_from(NAMES),
    changes=st.lists(st.sampled_from(CHANGES), min_size=1, max_size=4),
    forms=st.lists(st.sampled_from(FORMS), max_size=2, unique=True),
    seed=st.integers(0, 1 << 32),
)
def test_a_random_rearrangement_loses_nothing(name, changes, forms, seed):
    release, solved, shapes = course(name)
    done = restored(rearranged(solved, name, changes, forms, Random(seed)), release)
    nbformat.validate(done.notebook)
    asked = [note for note in done.notes if "a person has to" in note]
    assert lost(done.notebook, release, shapes) == [] or asked
    assert ask(done.notebook, solved) == []


@pytest.mark.parametrize(
    ("name", "text"), [("pgm", "def pgm(image):\n    return b''"), ("imports", "import sys")]
)
def test_a_real_loss_is_seen(name, text):
    """Else the test above could not fail."""
    release, solved, shapes = course("01_idx")
    done = restored(nbformat.writes(solved).encode(), release).notebook
    assert lost(done, release, shapes) == []
    next(cell for cell in done.cells if grade_id(cell) == name).source = text
    assert any(name in found for found in lost(done, release, shapes))
