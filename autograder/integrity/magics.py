"""Unwrap Python that a cell hands on as text: to magics, to `exec`, to IPython's own functions.

``%%time`` on top of a cell makes all of it one string, which no reader of syntax trees looks into.
"""

from __future__ import annotations

import ast
import re

from IPython.core.inputtransformer2 import TransformerManager

LONGEST_CELL = 40_000
"""Characters; the longest cell of the course's own notebooks has under 4,000."""

MOST_LAYERS = 50
"""Wrappings in each other that are opened; each takes a line or a call of the student's."""

RUNNERS = frozenset({"eval", "ex", "exec", "run_cell", "run_cell_async", "run_code"})
"""Functions that run the text that is their first argument."""

MAGICS = frozenset({"run_cell_magic", "run_line_magic"})
"""Methods of IPython's shell whose last argument may be code; the first one is a magic's name."""

LINE_MAGICS = frozenset({"debug", "prun", "time", "timeit"})
"""Line magics that run the rest of their line."""

_OPTIONS = re.compile(r"(\s*-[a-zA-Z]\s*\d*(?=\s|$))*\s*")


def to_python(source: str) -> str:
    r"""Turn a cell's text into Python, as IPython would, and open what is wrapped in it.

    Parameters
    ----------
    source : str
        A code cell's text.

    Returns
    -------
    str
        As it is where IPython cannot make Python of it; a wrapped text stands below the call that
        it was wrapped in, which is left without it.

    Examples
    --------
    >>> print(to_python("%%time\nx = 1"))
    get_ipython().run_cell_magic('time', '')
    x = 1
    """
    text = _transform(source)
    try:
        tree = ast.parse(text)
        unwrapped = _Unwrap()
        changed = unwrapped.visit(tree)
        return ast.unparse(ast.fix_missing_locations(changed)) if unwrapped.opened else text
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text


def _transform(source: str) -> str:
    if len(source) > LONGEST_CELL:  # IPython's time grows with the square of it
        return source
    try:
        return TransformerManager().transform_cell(source)
    except Exception:  # noqa: BLE001  # whatever its tokenizer makes of a hostile text
        return source


class _Unwrap(ast.NodeTransformer):
    """Replace calls that run a text by the call without it, and the text's own statements."""

    def __init__(self, layer: int = 0) -> None:
        self.layer = layer
        self.opened = 0

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        inner = self._inner(node.value)
        if inner is None:
            return self.generic_visit(node)
        return [node, *inner]

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:
        """Open ``x = %time f()``, and ``x = eval("f()")``."""
        inner = self._inner(node.value)
        if inner is None:
            return self.generic_visit(node)
        if len(inner) == 1 and isinstance(inner[0], ast.Expr):
            node.value = inner[0].value
            return node
        return [node, *inner]

    def _inner(self, node: ast.expr) -> list[ast.stmt] | None:
        """Take the wrapped statements out of a call; None if it wraps nothing."""
        if not isinstance(node, ast.Call) or self.layer >= MOST_LAYERS:
            return None
        place = _wrapped_in(node)
        if place is None:
            return None
        text = node.args[place]
        assert isinstance(text, ast.Constant)
        try:
            tree = ast.parse(_transform(_OPTIONS.sub("", str(text.value), count=1)))
            found = _Unwrap(self.layer + 1).visit(tree).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        self.opened += 1
        del node.args[place]
        return list(found)


def _wrapped_in(call: ast.Call) -> int | None:
    """Return which argument of a call is code as text; None if none is."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    texts = [isinstance(arg, ast.Constant) and isinstance(arg.value, str) for arg in call.args]
    if name in RUNNERS:
        return 0 if texts[:1] == [True] else None
    if name not in MAGICS or not all(texts) or len(texts) < 2:
        return None
    magic = call.args[0]
    assert isinstance(magic, ast.Constant)
    if name == "run_line_magic" and magic.value not in LINE_MAGICS:
        return None
    return len(texts) - 1
