"""A cell's text is read as Python in time that grows with its length, whatever it is."""

from __future__ import annotations

import time

import pytest

from autograder.submissions.outline import as_python

LENGTH = 40_000
"""Characters; of blanks so many took a minute and a half once."""


@pytest.mark.parametrize(
    "text",
    [
        " " * LENGTH + "x",
        "y = 1\n" + "\t" * LENGTH + "x",
        "a, " * (LENGTH // 3) + "(",
        "x" * LENGTH + " ?" * 3 + "!",
        "x." * (LENGTH // 2) + "!",
        "\n" * LENGTH + "%",
        "%" * LENGTH + "\n(",
        "%%time" + " " * LENGTH + "\n(",
    ],
)
def test_no_text_takes_time_by_the_square_of_its_length(text):
    began = time.process_time()
    as_python(text)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("source", "python"),
    [
        ("files = !ls", "files = 0"),
        ("  files, more =  %time f()", "  files, more =  0"),
        ("if x:\n    a = !ls -l\n    b", "if x:\n    a = 0\n    b"),
        ("!ls\nx = 1", "pass\nx = 1"),
        ("np.array?\nx", "pass\nx"),
        ("%%time\nx = !ls", "\nx = 0"),
    ],
)
def test_statements_stand_in_the_place_of_magics(source, python):
    assert as_python(source) == python
