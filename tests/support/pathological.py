"""Notebooks that cost whoever reads them much: long, deep, repeated, broken, and mixtures of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import nbformat
from hypothesis import strategies as st

from tests.support.course import author_notebook, submission

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograder.submissions.release import Release


def release() -> Release:
    """Return what the notebooks are restored from."""
    from autograder.submissions.release import Release

    master = author_notebook()
    named = (c for c in master.cells if "nbgrader" in c.metadata)
    return Release(master, {c.metadata.nbgrader.grade_id: c.source for c in named})


def _code(text: str) -> dict[str, Any]:
    outputs: list[Any] = []
    return {
        "cell_type": "code",
        "metadata": {},
        "source": text,
        "outputs": outputs,
        "execution_count": None,
    }


def _nested(depth: int) -> Any:
    value: Any = "deep"
    for _ in range(min(depth, 900)):
        value = [value]
    return value


CODE = {
    "brackets": lambda n: "(" * n,
    "signs": lambda n: "x = " + "-" * n + "1",
    "sum": lambda n: "x = " + "1 + " * n + "1",
    "quotes": lambda n: '"""' * n,
    "f-strings": lambda n: "f'{" * n,
    "magics": lambda n: "%time " * n,
    "lines of magics": lambda n: "%time x = 1\n" * n,
    "shell": lambda n: "!ls \\\n" * n,
    "imports": lambda n: "import numpy as np\n" * n,
    "definitions": lambda n: "".join(f"def f{i}(): pass\n" for i in range(n)),
    "hard spaces": lambda n: "x =\u00a01\n" * n,
    "unseen": lambda n: "\u200b" * n,
    "indented": lambda n: "".join(" " * i + "if x:\n" for i in range(min(n, 1900))),
    "halves": lambda n: "\ud800" * n,
    "blanks": lambda n: " " * n + "x",
    "carriage returns": lambda n: "x\r" * n,
}
"""Code of a length."""


def _many_cells(nb: dict[str, Any], n: int) -> None:
    nb["cells"] += [_code("def double(x):\n    return x")] * min(n, 5200)


def _many_pieces(nb: dict[str, Any], n: int) -> None:
    nb["cells"][1:1] = [_code("def double(x:\n")] * min(n, 4900)


def _copied(nb: dict[str, Any], n: int) -> None:
    nb["cells"] *= max(1, min(n, 5200) // len(nb["cells"]))


def _attached(nb: dict[str, Any], n: int) -> None:
    pictures = {f"{i}.png": {"image/png": "AAAA"} for i in range(n)}
    text = "![](attachment:0.png)" * n
    cell = {"cell_type": "markdown", "metadata": {}, "source": text, "attachments": pictures}
    nb["cells"].append(cell)


MUTATIONS: dict[str, Callable[[dict[str, Any], int], None]] = {
    "cells": _many_cells,
    "pieces": _many_pieces,
    "copies": _copied,
    "pictures": _attached,
    "tags of objects": lambda nb, n: nb["cells"][0]["metadata"].update(
        tags=[{"a": i} for i in range(n)]
    ),
    "tags": lambda nb, n: nb["cells"][0]["metadata"].update(tags=[str(i) for i in range(n)]),
    "keys of a cell": lambda nb, n: nb["cells"][0].update({f"k{i}": i for i in range(n)}),
    "keys": lambda nb, n: nb.update({f"k{i}": i for i in range(n)}),
    "a huge key": lambda nb, n: nb["cells"][0].update({"k" * n: n}),
    "a mark of many keys": lambda nb, n: nb["cells"][0]["metadata"].update(
        nbgrader={f"k{i}": i for i in range(n)}
    ),
    "depth": lambda nb, n: nb["cells"][0]["metadata"].update(deep=_nested(n)),
    "source in pieces": lambda nb, n: nb["cells"][0].update(source=["x\n"] * n),
    "source in characters": lambda nb, n: nb["cells"][0].update(source=["x"] * n),
    "one id": lambda nb, n: [cell.update(id="a" * min(n, 64)) for cell in nb["cells"]],
    "a long id": lambda nb, n: nb["cells"][0].update(id="a" * n),
    "outputs": lambda nb, n: nb["cells"][-1].update(
        outputs=[{"output_type": "stream", "name": "stdout", "text": "x"}] * n
    ),
    "number": lambda nb, n: nb["cells"][0].update(execution_count=int("9" * min(n, 4000))),
    **{
        f"code: {name}": lambda nb, n, make=make: nb["cells"].append(_code(make(n)))
        for name, make in CODE.items()
    },
}
"""What is done to a notebook, with a size."""

AROUND = {
    "as it is": lambda text, _: text,
    "cut": lambda text, n: text[: len(text) - n % len(text)],
    "brackets in front": lambda text, n: "[" * n + text,
    "closing brackets": lambda text, n: text + "]" * n,
    "commas": lambda text, n: text[:-1] + ", " * n + "}",
    "comments": lambda text, n: "/*" * n + text,
    "backslashes": lambda text, n: text[:-1] + ', "k": "' + "\\\\" * n + '"}',
    "merged": lambda text, n: f"<<<<<<< a\n{text}\n" + "=======\n" * n + f"{text}\n>>>>>>> b\n",
    "twice": lambda text, _: text + text,
    "long number": lambda text, n: text[:-1] + ', "k": ' + "9" * n + "}",
    "zeros": lambda text, n: text + "\0" * n,
}
"""What is done to its text, with a size."""


def text_of(mutations: list[tuple[str, int]], around: tuple[str, int]) -> bytes:
    """Return a file's content.

    Parameters
    ----------
    mutations : list of (str, int)
        Names of `MUTATIONS`, with a size each.
    around : (str, int)
        A name of `AROUND`, with a size.

    Returns
    -------
    bytes
    """
    nb = json.loads(nbformat.writes(submission()))
    for name, size in mutations:
        MUTATIONS[name](nb, size)
    name, size = around
    return AROUND[name](json.dumps(nb), size).encode()


def notebooks(largest: int) -> st.SearchStrategy[tuple[list[tuple[str, int]], tuple[str, int]]]:
    """Return what draws arguments of `text_of`, of sizes up to `largest`."""
    size = st.integers(0, 60).map(lambda power: min(largest, int(1.3**power)))
    changed = st.lists(st.tuples(st.sampled_from(sorted(MUTATIONS)), size), min_size=1, max_size=3)
    return st.tuples(changed, st.tuples(st.sampled_from(sorted(AROUND)), size))
