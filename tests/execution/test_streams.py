"""Merging printed output: the same as nbclient's, and linear."""

from __future__ import annotations

import time

import pytest
from nbformat.v4 import new_output

from autograder.execution.streams import merge_streams


def printed(*texts, name="stdout"):
    return [new_output("stream", name=name, text=text) for text in texts]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["a", "b\n", "c"], "ab\nc"),
        (["1 %\r2 %\r3 %"], "3 %"),
        (["1 %\r", "2 %\n"], "2 %\n"),
        (["done\r"], "done\r"),
        (["line\r\nnext\r\n"], "line\r\nnext\r\n"),
        (["first\nold\rnew\nlast"], "first\nnew\nlast"),
        ([""], ""),
    ],
)
def test_the_last_version_of_each_line_stays(texts, expected):
    (output,) = merge_streams(printed(*texts))
    assert output.text == expected


def test_other_outputs_keep_their_place():
    picture = new_output("display_data", {"text/plain": "picture"})
    found = merge_streams([*printed("a"), picture, *printed("b"), *printed("w", name="stderr")])
    assert [o.get("text", "picture") for o in found] == ["ab", "picture", "w"]


def test_stdout_comes_before_stderr():
    found = merge_streams([*printed("w", name="stderr"), *printed("o")])
    assert [output.name for output in found] == ["stdout", "stderr"]


def test_a_long_line_takes_no_long_time():
    began = time.process_time()
    (output,) = merge_streams(printed(*["x" * 100_000] * 100))
    assert len(output.text) == 10_000_000
    assert time.process_time() - began < 2
