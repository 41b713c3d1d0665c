"""Which names a graded cell takes from the student's kernel."""

from __future__ import annotations

import pytest

from autograder.kernel_side.checker import _free_names


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("assert predict(images).shape", ["images", "predict"]),
        ("images = 1\npredict(images)", ["predict"]),
        ("import numpy as np\nnp.zeros(n)", ["n"]),
        ("def helper(a):\n    return a + offset\nhelper(1)", ["offset"]),
        ("[row for row in table]", ["table"]),
        ("len([])", []),
        ("not python at all", []),
    ],
)
def test_free_names_are_those_a_cell_reads_and_does_not_bind(source, names):
    assert _free_names(source) == names
