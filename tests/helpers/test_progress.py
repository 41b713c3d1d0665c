"""Slow work says how far it is, in one line, and only to somebody who looks."""

from __future__ import annotations

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from helpers.frontend import SESSION
from helpers.progress import count_calls, show_elapsed, show_progress

LOOP = "from helpers.progress import *\nlist(show_progress(range(3), 'seeds'));"

CALLS = "step = count_calls('steps', 4, each=2)\nstep(50, 0.5, None)\nstep()"

# the block ends when the line has been written, whenever that is
BLOCK = """
import sys, threading
written, told = threading.Event(), sys.stdout.write
def write(text):
    if '00:01' in text or '00:02' in text:
        written.set()
    return told(text)
sys.stdout.write = write
with show_elapsed('a call'):
    assert written.wait(60)
"""


@pytest.fixture(scope="module")
def outputs():
    """Return what cells put out that nobody looks at, and the same in a page."""
    page = f"import os; os.environ[{SESSION!r}] = 'a.ipynb'"
    unseen = [new_code_cell(LOOP), new_code_cell(CALLS)]
    seen = [new_code_cell(LOOP), new_code_cell(CALLS), new_code_cell(BLOCK)]
    notebook = new_notebook(cells=[*unseen, new_code_cell(page), *seen])
    NotebookClient(notebook, kernel_name="python3", coalesce_streams=False).execute()
    return [cell.outputs for cell in notebook.cells]


def said(outputs):
    assert {output.get("name") for output in outputs} <= {"stdout"}
    return "".join(output.text for output in outputs)


def test_where_nobody_looks_nothing_is_shown(outputs):
    assert outputs[0] == []
    assert outputs[1] == []


def test_in_a_page_the_line_goes_on_and_then_away(outputs):
    assert "seeds: 0 of 3" in said(outputs[3])
    assert "\n" not in said(outputs[3])
    assert "steps: 0 of 4" in said(outputs[4])


def test_a_single_call_tells_its_seconds(outputs):
    assert "a call: 00:0" in said(outputs[5])


def test_items_and_errors_come_through():
    assert list(show_progress({"a": 1}.items(), "models")) == [("a", 1)]
    assert count_calls("steps", 1)(1, 2, 3) is None
    with pytest.raises(ZeroDivisionError), show_elapsed("a call"):
        raise ZeroDivisionError
