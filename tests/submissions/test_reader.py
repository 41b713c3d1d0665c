"""Whatever an editor, a platform or a disk made of a notebook's file, its cells are read."""

from __future__ import annotations

import bz2
import copy
import gzip
import io
import json
import lzma
import time
import zipfile

import nbformat
import pytest
from nbformat.v4 import new_output

from autograder.errors import UnreadableNotebookError
from autograder.submissions import decode
from autograder.submissions.reader import MAX_CELLS, read_notebook
from tests.support.course import submission


def read(tmp_path, content):
    path = tmp_path / "s01.ipynb"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return read_notebook(path)


def cells(nb):
    return [(cell.cell_type, cell.source, cell.metadata.get("nbgrader")) for cell in nb.cells]


def zipped(*names, content=b""):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return file.getvalue()


def version3(nb):
    made = []
    for cell in nb["cells"]:
        new = {key: cell[key] for key in ("cell_type", "metadata")}
        if cell["cell_type"] == "code":
            new |= {"input": cell["source"], "language": "python", "outputs": [], "collapsed": True}
        else:
            new["source"] = cell["source"].splitlines(keepends=True)
        made.append(new)
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": made}]}


NB = json.loads(json.dumps(submission(why="Größer — “sicher”, 数")))
TEXT = json.dumps(NB, indent=1, ensure_ascii=False)
PRETTY = TEXT.encode()
LINES = TEXT.splitlines(keepends=True)
CONFLICT = "".join(
    [*LINES[:9], "<<<<<<< HEAD\n", LINES[9], "=======\n", LINES[9], ">>>>>>> theirs\n", *LINES[10:]]
)

FILES = {
    "byte order mark": (b"\xef\xbb\xbf" + PRETTY, "utf-8-sig"),
    "UTF-16": (TEXT.encode("utf-16"), "utf-16"),
    "UTF-16 without a mark": (TEXT.encode("utf-16-be"), "utf-16-be"),
    "UTF-32": (TEXT.encode("utf-32"), "utf-32"),
    "zeros at the end": (PRETTY + b"\x00" * 512, "zeros"),
    "Ctrl-Z at the end": (PRETTY + b"\x1a", ""),
    "gzip": (gzip.compress(PRETTY), "gzip"),
    "bzip2": (bz2.compress(PRETTY), "bzip2"),
    "xz": (lzma.compress(PRETTY), "xz"),
    "gzip twice": (gzip.compress(gzip.compress(PRETTY)), "gzip"),
    "zip": (zipped("hw/a1.ipynb", "__MACOSX/hw/._a1.ipynb", content=PRETTY), "zip"),
    "NaN": (PRETTY.replace(b'"nbformat": 4', b'"score": NaN, "nbformat": 4'), "NaN"),
    "infinity": (PRETTY.replace(b'"nbformat": 4', b'"a": -Infinity, "nbformat": 4'), "Infinity"),
    "twice": (PRETTY + PRETTY, "twice"),
    "twice, laid out otherwise": (PRETTY + b"\n" + json.dumps(NB).encode(), "twice"),
    "a longer file's end": (PRETTY + PRETTY[-300:], "after the notebook's end"),
    "conflict of whole files": (
        b"<<<<<<< HEAD\n" + PRETTY + b"\n=======\n" + PRETTY + b"\n>>>>>>> theirs\n",
        "merge conflict",
    ),
    "conflict in one line": (CONFLICT.encode(), "merge conflict"),
    "comma before the end": (PRETTY.replace(b"\n ]", b",\n ]") + b"\n", "no JSON"),
    "comments": (b"// mine\n" + PRETTY.replace(b"\n ]", b" /* last */\n ]"), "no JSON"),
    "line breaks in texts": (PRETTY.replace(b"\\n", b"\n"), ""),
    "wrapped by a server": (json.dumps({"type": "notebook", "content": NB}).encode(), "brought"),
    "its cells alone": (json.dumps(NB["cells"]).encode(), "a list of cells"),
    "in a list": (json.dumps([NB]).encode(), ""),
    "nbformat 3": (json.dumps(version3(NB)).encode(), "nbformat 3"),
}


@pytest.mark.parametrize("form", FILES)
def test_a_file_that_holds_a_notebook_is_read_and_the_repair_told(tmp_path, form):
    content, told = FILES[form]
    reading = read(tmp_path, content)
    assert cells(reading.notebook) == cells(nbformat.from_dict(NB))
    assert any(told in note for note in reading.notes) or not told
    assert all(note.startswith("mended: ") for note in reading.notes)
    nbformat.validate(reading.notebook)


def test_single_bytes_among_utf_8_are_read_as_on_windows(tmp_path):
    content = PRETTY.replace("“".encode(), b"\x93").replace("ö".encode(), b"\xf6")
    reading = read(tmp_path, content)
    assert cells(reading.notebook) == cells(nbformat.from_dict(NB))
    assert "mended: the file's encoding was cp1252, expected utf-8" in reading.notes


def each(**changes):
    def edit(nb):
        for cell in nb["cells"]:
            cell |= changes

    return edit


def without_key(key):
    def edit(nb):
        for cell in nb["cells"]:
            cell.pop(key, None)

    return edit


def on_first(**changes):
    return lambda nb: nb["cells"][0].update(changes)


def with_output(**output):
    return on_first(outputs=[output])


def top(**changes):
    return lambda nb: nb.update(changes)


EDITS = {
    "no outputs": without_key("outputs"),
    "no execution count": without_key("execution_count"),
    "no ids": without_key("id"),
    "the same id": each(id="same"),
    "ids of spaces": each(id="cell no. 1"),
    "ids of numbers": each(id=7),
    "an execution count of a star": on_first(execution_count="*"),
    "keys of nbformat 3": on_first(prompt_number=3, collapsed=False, language="python"),
    "a worksheet": top(worksheets=[]),
    "tags of one text": on_first(metadata={"tags": "parameters"}),
    "a tag twice": on_first(metadata={"tags": ["parameters", "parameters"]}),
    "a newer minor version": top(nbformat_minor=10),
    "a newer version": top(nbformat=5),
    "a version of text": top(nbformat="4", nbformat_minor="5"),
    "no minor version": lambda nb: nb.pop("nbformat_minor"),
    "no version": lambda nb: nb.pop("nbformat"),
    "no metadata": lambda nb: nb.pop("metadata"),
    "a language without a name": top(metadata={"language_info": {"version": "3.10"}}),
    "widgets without a state": top(metadata={"widgets": {"a": {"b": {"model": "x"}}}}),
    "an error without a traceback": with_output(output_type="error", ename="E", evalue="x"),
    "an output without metadata": with_output(output_type="display_data", data={}),
    "an output of no kind": with_output(data={}),
    "an output of nothing": on_first(outputs=[None]),
    "outputs of a text": on_first(outputs="42"),
    "a transient output": with_output(
        output_type="display_data", data={}, metadata={}, transient={"display_id": "1"}
    ),
    "outputs of a text cell": lambda nb: nb["cells"][4].update(outputs=[], execution_count=1),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_missing_and_strange_keys_cost_no_cell(tmp_path, edit):
    nb = copy.deepcopy(NB)
    edit(nb)
    reading = read(tmp_path, nb)
    assert cells(reading.notebook) == cells(nbformat.from_dict(NB))
    assert reading.notes
    nbformat.validate(reading.notebook)


@pytest.mark.parametrize("metadata", [None, [], "text"])
def test_a_cell_without_metadata_has_lost_its_mark_only(tmp_path, metadata):
    nb = copy.deepcopy(NB)
    nb["cells"][2]["metadata"] = metadata
    reading = read(tmp_path, nb)
    assert reading.notebook.cells[2].source == NB["cells"][2]["source"]
    assert reading.notes == ("mended: no metadata (cell 3)",)


@pytest.mark.parametrize("end", ["\r\n", "\r", ""])
def test_lines_may_end_in_any_way(tmp_path, end):
    nb = copy.deepcopy(NB)
    for cell in nb["cells"]:
        cell["source"] = [line + end for line in cell["source"].splitlines()]
    texts = [cell.source.rstrip("\n") for cell in read(tmp_path, nb).notebook.cells]
    assert texts == [cell["source"] for cell in NB["cells"]]


def test_spaces_that_only_look_like_some_are_mended_where_python_stumbles(tmp_path):
    nb = copy.deepcopy(NB)
    nb["cells"][2]["source"] = "def double(x):\n\u00a0\u00a0\u3000 return\u2009x +\u200b x"
    nb["cells"][5]["source"] = "space = '\u00a0'"
    nb["cells"][4]["source"] = "10\u00a0%"
    reading = read(tmp_path, nb)
    texts = [reading.notebook.cells[n].source for n in (2, 5, 4)]
    assert texts == ["def double(x):\n    return x + x", "space = '\u00a0'", "10\u00a0%"]
    assert reading.notes == ("mended: spaces that are none for Python (cell 3)",)


def test_outputs_and_other_programs_keys_are_left_behind(tmp_path):
    nb = copy.deepcopy(NB)
    nb["metadata"] |= {"kaggle": {}, "colab": {"provenance": []}}
    for cell in nb["cells"]:
        cell["metadata"]["vscode"] = {"languageId": "python"}
    nb["cells"][1]["outputs"] = [new_output("stream", text="x" * 1_000_000)]
    reading = read(tmp_path, nb)
    assert reading.notes == ()
    assert len(nbformat.writes(reading.notebook)) < 10_000
    assert "vscode" not in nbformat.writes(reading.notebook)


PICTURE = {"sketch.png": {"image/png": "aGVsbG8="}}


def test_a_pasted_picture_is_kept(tmp_path):
    nb = copy.deepcopy(NB)
    nb["cells"][4] |= {"source": "![s](attachment:sketch.png)", "attachments": PICTURE}
    reading = read(tmp_path, nb)
    assert reading.notebook.cells[4].attachments == PICTURE
    assert reading.notes == ()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("![s](attachment:lost.png)", "lost.png"),
        ("![s](<attachment:lost.png>)", "lost.png"),
        ("![s](attachment:a(1).png)", "a(1).png"),
        ("<img src='attachment:lost.png'>", "lost.png"),
    ],
)
def test_a_picture_that_is_not_there_stops_no_page(tmp_path, text, name):
    nb = copy.deepcopy(NB)
    nb["cells"][4] |= {"source": text, "attachments": {"other.png": "no bundle"}}
    assert read(tmp_path, nb).notebook.cells[4].attachments[name] == {"image/png": ""}


NOTHING = {
    "an empty file": b"",
    "spaces": b" \n",
    "no JSON": b"not json",
    "a number": b"3",
    "a list": b"[]",
    "no cells": b'{"nbformat": 4}',
    "cells of a number": b'{"cells": 3, "nbformat": 4}',
    "cells of nothing": b'{"cells": [null, 3], "nbformat": 4}',
    "empty cells": json.dumps({"cells": [{"cell_type": "code", "source": " "}]}).encode(),
    "brackets": b"[" * 9999,
    "a pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n",
    "a PDF": b"%PDF-1.7",
    "a web page": b"<!DOCTYPE html><p>",
    "half a file": PRETTY[: len(PRETTY) // 2],
    "half a packed file": gzip.compress(PRETTY)[:-300],
    "a broken zip": b"PK\x03\x04" + b"0" * 100,
    "an empty zip": zipped("readme.txt"),
    "a zip of two": zipped("a.ipynb", "b.ipynb", content=PRETTY),
}


@pytest.mark.parametrize("content", NOTHING.values(), ids=NOTHING)
def test_a_file_without_a_notebook_says_so(tmp_path, content):
    with pytest.raises(UnreadableNotebookError, match="not a notebook"):
        read(tmp_path, content)


def test_half_a_file_says_where_it_breaks_off(tmp_path):
    with pytest.raises(UnreadableNotebookError, match="the file breaks off, in cell 3"):
        read(tmp_path, PRETTY[: PRETTY.index(b"return 2") + 3])


def test_which_of_two_notebooks_counts_is_for_a_person(tmp_path):
    other = json.dumps(submission(double="def double(x):\n    return 0")).encode()
    with pytest.raises(UnreadableNotebookError, match="differ from cell 3 on: which one counts"):
        read(tmp_path, PRETTY + other)


def test_too_many_cells_are_named(tmp_path):
    nb = {"cells": [{"cell_type": "code", "source": "1"}] * (MAX_CELLS + 1)}
    with pytest.raises(UnreadableNotebookError, match=f"expected at most {MAX_CELLS}"):
        read(tmp_path, nb)


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress])
def test_a_file_that_grows_without_end_is_not_unpacked(tmp_path, monkeypatch, pack):
    monkeypatch.setattr(decode, "MAX_BYTES", 100_000)
    with pytest.raises(UnreadableNotebookError, match="more than 100000 bytes"):
        read(tmp_path, pack(b" " * 1_000_000))


@pytest.mark.parametrize(
    "content",
    [
        *(b'"' + b'\\"' * 200_000, b"/*" * 200_000, b"," * 200_000, b"{}" * 200_000),
        *(b"[1, " * 200_000, b"\n<<<<<<<" * 200_000, b'{"a":' * 200_000),
        *(b"\x93" * 200_000, b"[" + b"9" * 200_000),
    ],
    ids=range(9),
)
def test_hostile_bytes_take_time_by_their_length_alone(tmp_path, content):
    begun = time.process_time()
    with pytest.raises(UnreadableNotebookError):
        read(tmp_path, content)
    assert time.process_time() - begun < 5  # what grows with the square takes minutes
