"""Outline a cell's code: which names it defines and which it needs, without running it."""

from __future__ import annotations

import ast
import re
import symtable
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_CELL = 100_000
"""Characters of code that is looked into; a tree of it takes a hundred times the memory."""

_MAGIC = re.compile(r"^([ \t]*)(?:[%!?].*|[\w.]+ *\?{1,2} *)$", re.MULTILINE)
_ASSIGNED_MAGIC = re.compile(r"^([ \t]*+[\w, ]++= *)[%!].*$", re.MULTILINE)
_PYTHON_MAGIC = re.compile(r"\A\s*%%(?:time|timeit|capture|prun|python3?)\b[^\n]*")
_FLAGS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_FAILURES = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True)
class Outline:
    """What a cell does with names.

    Attributes
    ----------
    defined : frozenset of str
        Names that it binds, imports among them, otherwise than by a stub.
    stubs : frozenset of str
        Names that it binds to something that is still to be written.
    needed : frozenset of str
        Names that it takes from other cells.
    needed_at_once : frozenset of str
        Those of them that it takes while it runs, and not when its functions are called.
    """

    defined: frozenset[str] = frozenset()
    stubs: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()
    needed_at_once: frozenset[str] = frozenset()


@lru_cache(maxsize=8192)  # more than a notebook has cells
def outline(source: str) -> Outline:
    r"""Outline a cell's text; nothing is known of one that is no Python.

    Examples
    --------
    >>> sorted(outline("def twice(x):\n    return add(x, x)").needed)
    ['add']
    >>> sorted(outline("def twice(x):\n    raise NotImplementedError()").stubs)
    ['twice']
    """
    text = as_python(source)
    tree = _tree(text) if len(text) <= LONGEST_CELL else None
    if tree is None:
        return Outline()
    try:
        table = symtable.symtable(text, "<cell>", "exec")
    except _FAILURES:  # an await outside of a function
        return Outline(defined=frozenset(_assigned(tree)))
    symbols = table.get_symbols()
    bound = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
    nested = [symbol for child in _nested(table) for symbol in child.get_symbols()]
    bound |= {s.get_name() for s in nested if s.is_declared_global() and s.is_assigned()}
    stubs = _left_open(tree)
    read = {s.get_name() for s in symbols if s.is_referenced()}
    later = {s.get_name() for s in nested if s.is_global()}
    return Outline(
        frozenset(bound - stubs),
        frozenset(stubs),
        frozenset((read | later) - bound),
        frozenset(read - bound),
    )


def parse(source: str) -> ast.Module | None:
    """Parse a cell's text, magics left out; None for what is no Python.

    Line numbers stay.
    """
    if len(source) > LONGEST_CELL:
        return None
    for text in dict.fromkeys((source, as_python(source))):
        tree = _tree(text)
        if tree is not None:
            return tree
    return None


def as_python(source: str) -> str:
    """Put statements that do nothing in the place of magics and shell commands."""
    if len(source) > LONGEST_CELL or _tree(source) is not None:
        return source
    text = _PYTHON_MAGIC.sub("", source, count=1)
    if text.lstrip().startswith("%%"):  # of another language
        return source
    return _MAGIC.sub(r"\1pass", _ASSIGNED_MAGIC.sub(r"\g<1>0", text))


def _tree(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes such as "\d"
            tree = compile(text, "<cell>", "exec", flags=_FLAGS, dont_inherit=True)
    except _FAILURES:
        return None
    assert isinstance(tree, ast.Module)
    return tree


def _nested(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    left = list(table.get_children())
    while left:
        child = left.pop()
        left += child.get_children()
        yield child


def _assigned(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _left_open(tree: ast.Module) -> set[str]:
    """Return the names whose last statement binds them to something that is still to be written."""
    stubs: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            (stubs.add if stub_names(node) else stubs.discard)(node.name)
        else:
            stubs.difference_update(_assigned(node))
            stubs.update(stub_names(node))
    return stubs


def bound_names(node: ast.stmt) -> frozenset[str]:
    """Return the names of functions, classes and variables that a statement binds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return frozenset({node.name})
    return frozenset(_assigned(node))


def stub_names(node: ast.stmt) -> list[str]:
    """Return the names that a statement binds to something that is still to be written."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name] if all(map(_is_left_open, node.body)) else []
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        return names if node.value.value in (None, ...) else []
    return []


def _is_left_open(node: ast.stmt) -> bool:
    if isinstance(node, ast.Raise):
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return all(map(_is_left_open, node.body))
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, ast.Pass)
