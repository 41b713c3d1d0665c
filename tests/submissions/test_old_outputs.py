"""Old outputs are left out while a long notebook is read, and nothing else of it."""

from __future__ import annotations

import json
import time

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.errors import UnreadableNotebookError
from autograder.submissions import old_outputs
from autograder.submissions.old_outputs import read_without_outputs

TRICKY = 'print({"outputs": [1, "]"]})  # "cells": [{"outputs": ["x"]}] \\ "\\\\" \u4e00'


@pytest.fixture(autouse=True)
def every_file_is_long(monkeypatch):
    monkeypatch.setattr(old_outputs, "SMALL", 0)


def notebook():
    outputs = [
        new_output("stream", text='["}' * 50 + TRICKY),
        new_output("display_data", {"image/png": "x" * 5000, "application/json": {"a": [{}]}}),
    ]
    other = {"outputs": [1], "deep": {"outputs": 2}}
    cells = [new_code_cell(TRICKY, outputs=outputs, metadata=other) for _ in range(2)]
    text = new_markdown_cell(TRICKY, attachments={"a.png": {"image/png": "eA=="}})
    state = {"application/vnd.jupyter.widget-state+json": {"state": {"a": ["{"]}}}
    return new_notebook(cells=[text, *cells], metadata={"widgets": state, "own": [1]})


@pytest.mark.parametrize("indent", [None, 1, "\t"])
def test_what_is_left_is_the_notebook_without_outputs(tmp_path, indent):
    nb = notebook()
    (tmp_path / "a.ipynb").write_text(json.dumps(nb, indent=indent))
    nb.metadata.widgets = {}
    for cell in nb.cells[1:]:
        cell.outputs = []
    assert json.loads(read_without_outputs(tmp_path / "a.ipynb")) == json.loads(json.dumps(nb))


def test_a_notebook_of_version_3_too(tmp_path):
    """Its cells were in worksheets."""
    cell = {"cell_type": "code", "input": TRICKY, "outputs": [{"text": TRICKY}]}
    nb = {"nbformat": 3, "worksheets": [{"cells": [cell, cell]}]}
    (tmp_path / "a.ipynb").write_text(json.dumps(nb))
    cell["outputs"] = []
    assert json.loads(read_without_outputs(tmp_path / "a.ipynb")) == nb


@pytest.mark.parametrize(
    "text",
    [
        *('{"cells": [{"outputs": ["', "]]}}", '"', "{", "", "\\"),
        *('{"cells": [{"outputs"', '{"cells": [{"outputs": 5}]}', '[{"outputs": []}]', "\x00\xff"),
    ],
)
def test_what_is_no_notebook_stays_as_it_is(tmp_path, text):
    (tmp_path / "a.ipynb").write_text(text)
    if text:  # an empty file cannot be mapped
        assert read_without_outputs(tmp_path / "a.ipynb") == text.encode()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_other_encodings_lose_nothing(tmp_path, encoding):
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook()), encoding=encoding)
    read = json.loads(read_without_outputs(tmp_path / "a.ipynb"))
    assert [cell["source"] for cell in read["cells"]] == [TRICKY] * 3


def test_what_is_too_long_without_its_outputs_is_refused(tmp_path, monkeypatch):
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook()))
    monkeypatch.setattr(old_outputs, "MAX_NOTEBOOK_BYTES", 500)
    with pytest.raises(UnreadableNotebookError, match="expected at most 500"):
        read_without_outputs(tmp_path / "a.ipynb")


@pytest.mark.parametrize("unit", ["[],", '"",', "{}" * 9, "[", '{"cells":'])
def test_the_time_is_in_step_with_the_length(tmp_path, unit):
    """No text makes reading quadratic: an eighth of it takes about an eighth of the time."""
    took = []
    for number in (20_000, 160_000):
        path = tmp_path / f"{number}.ipynb"
        path.write_text('{"cells": [{"outputs": [' + unit * number)
        began = time.process_time()
        read_without_outputs(path)
        took.append(time.process_time() - began)
    assert took[1] < 30 * took[0] + 0.5
