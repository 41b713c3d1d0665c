"""Describe code by its data flow: what is computed from what, whatever it is called and laid out.

Each expression is a node, labelled by what it does (``.mean``, ``Mult``, ``255``). A variable is
no node: it stands for the expression that it was given last. Names, type hints, comments,
docstrings, temporaries, ``:=`` and the order of independent statements leave the graph as it is.

Features are those of Weisfeiler and Lehman (Shervashidze et al., JMLR 2011): each node's label,
then labels with those of their operands, and so on for `DEPTH` rounds. A change of one place costs
a few features and leaves the others.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

DEPTH = 3
"""Rounds, as Weisfeiler and Lehman count them: labels of operands' operands' operands."""

LONGEST = 400_000
"""Characters of a cell; a longer one is not read, and `static_analysis` flags it."""

SHORT_TEXT = 24
"""Characters of a text without blanks, up to which it is a choice, such as ``"distance"``."""

_COMMUTE = (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr, ast.BitXor)
_BUILTINS = frozenset(dir(builtins))
_WORD = re.compile(r"\w+")
_MIRRORED = {"Gt": "Lt", "GtE": "LtE"}


@dataclass(frozen=True)
class Unit:
    """A piece of code that is written as a whole.

    Attributes
    ----------
    name : str
        Of the function or class; empty for statements of a cell outside of any.
    features : frozenset of int
        Checksums of what it computes.
    """

    name: str
    features: frozenset[int]


@dataclass(eq=False)
class _Node:
    label: str
    operands: list[_Node] = field(default_factory=list)
    commutes: bool = False


_VARIABLE = _Node("v")


def units_of(source: str, known: Mapping[str, str] = MappingProxyType({})) -> tuple[Unit, ...]:
    r"""Take a cell apart, and describe each function, each class and the rest.

    Parameters
    ----------
    source : str
        A cell's text, as Python.
    known : mapping of str to str, optional
        Names that were handed out or imported, and what they are called where they come from;
        others that the cell does not import are one's own.

    Returns
    -------
    tuple of Unit
        None of what cannot be parsed.

    Examples
    --------
    >>> one = "def f(x: int) -> int:\n    y = x.sum()\n    return y / len(x)"
    >>> other = "def f(a):\n    return a.sum() / (n := len(a))"
    >>> units_of(one)[0].features == units_of(other)[0].features
    True
    """
    words = frozenset(_WORD.findall(source[:LONGEST]))
    return _units_of(source, frozenset((name, known[name]) for name in words & known.keys()))


@lru_cache(maxsize=8192)  # all submissions of a class have many of their cells in common
def _units_of(source: str, known: frozenset[tuple[str, str]]) -> tuple[Unit, ...]:
    try:
        return tuple(_read(statements_of(source), dict(known)))
    except (RecursionError, MemoryError):  # a tree that no person wrote
        return ()


def statements_of(source: str) -> list[ast.stmt]:
    """Parse a cell; where that fails, those parts of it that are Python."""
    if len(source) > LONGEST:
        return []
    whole = _parse(source)
    if whole is not None:
        return whole
    return [statement for part in _parts(source) for statement in _parse(part) or ()]


def _parse(source: str) -> list[ast.stmt] | None:
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _parts(source: str) -> Iterator[str]:
    """Split a text before each line that is not indented."""
    part = list[str]()
    for line in source.splitlines(keepends=True):
        if part and line[:1].strip() and line[:1] not in "#)]}@":
            yield "".join(part)
            part = []
        part.append(line)
    yield "".join(part)


def _read(statements: Sequence[ast.stmt], known: dict[str, str]) -> Iterator[Unit]:
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    names = {name: name for name in _BUILTINS} | known | imported_names(statements)
    own = own_attributes(statements)
    loose = list[ast.stmt]()
    for statement in statements:
        if isinstance(statement, definitions):
            yield Unit(statement.name, _describe([statement], names, own))
        else:
            loose.append(statement)
    yield Unit("", _describe(loose, names, own))


def _describe(
    statements: Sequence[ast.stmt], names: Mapping[str, str], own: frozenset[str]
) -> frozenset[int]:
    graph = _Graph(statements, names, own)
    labels = {node: _checksum(node.label) for node in graph.nodes}
    labels[_VARIABLE] = _checksum("v")
    found = {labels[node] for node in graph.nodes if node.label[:1] in "=."}
    for _ in range(DEPTH):
        labels = {node: _joined(node, labels) for node in labels}
        found |= {labels[node] for node in graph.nodes if node.operands}
    return frozenset(found)


def _joined(node: _Node, labels: dict[_Node, int]) -> int:
    if not node.operands:
        return labels[node]
    below = [labels[operand] for operand in node.operands]
    return _checksum(f"{node.label} {sorted(below) if node.commutes else below}")


def _checksum(text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).digest()
    return int.from_bytes(digest, "big")


class _Graph:
    """The nodes of some statements; building it follows assignments from top to bottom."""

    def __init__(
        self, statements: Sequence[ast.stmt], names: Mapping[str, str], own: frozenset[str]
    ) -> None:
        self.nodes = list[_Node]()
        bound = _bound(statements)
        self.names = {name: real for name, real in names.items() if name not in bound}
        self.own = own
        self.values = dict[str, _Node]()
        for statement in statements:
            self._visit(statement)

    def _add(self, label: str, operands: Sequence[_Node] = (), *, commutes: bool = False) -> _Node:
        node = _Node(label, list(operands), commutes)
        self.nodes.append(node)
        return node

    def _visit(self, node: ast.AST) -> None:
        """Take in a statement."""
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.Pass, ast.Global, ast.Nonlocal)):
            return
        if isinstance(node, ast.Expr) and (
            isinstance(node.value, ast.Constant) or _asks_shell(node.value)
        ):
            return  # a docstring, or a magic, which is layout
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self._define(node)
        elif isinstance(node, ast.Assign):
            value = self._value(node.value)
            for target in node.targets:
                self._bind(target, value, node.value)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self._bind(node.target, self._value(node.value), node.value)
        elif isinstance(node, ast.AugAssign):
            commutes = isinstance(node.op, _COMMUTE)
            operands = [self._value(node.target), self._value(node.value)]
            made = self._add(type(node.op).__name__, operands, commutes=commutes)
            self._bind(node.target, made, None)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            self._bind(node.target, self._add("each", [self._value(node.iter)]), None)
            self._visit_all([*node.body, *node.orelse])
        elif isinstance(node, (ast.If, ast.While)):
            self._add("if" if isinstance(node, ast.If) else "while", [self._value(node.test)])
            self._visit_all([*node.body, *node.orelse])
        else:
            self._visit_other(node)

    def _visit_other(self, node: ast.AST) -> None:
        """Take in a statement that only holds expressions and other statements."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._value(child)
            elif isinstance(child, (ast.stmt, ast.excepthandler, ast.match_case, ast.withitem)):
                self._visit(child)

    def _visit_all(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            self._visit(statement)

    def _define(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        outside = dict(self.values)
        if isinstance(node, ast.ClassDef):
            self._add("class", [self._value(base) for base in node.bases])
        else:
            for argument in _arguments(node.args):
                self.values[argument.arg] = _VARIABLE
            for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
                self._value(default)
        for decorator in node.decorator_list:
            self._value(decorator)
        self._visit_all(node.body)
        self.values = outside

    def _bind(self, target: ast.expr, value: _Node, given: ast.expr | None) -> None:
        """Let a name stand for a value; a part of one where several are unpacked."""
        if isinstance(target, ast.Name):
            self.values[target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = getattr(given, "elts", [])
            for place, part in enumerate(target.elts):
                same = len(parts) == len(target.elts) and len(value.operands) == len(parts)
                self._bind(
                    part, value.operands[place] if same else value, parts[place] if same else None
                )
        elif isinstance(target, ast.Starred):
            self._bind(target.value, value, None)
        elif isinstance(target, (ast.Subscript, ast.Attribute)):
            self._add("set", [self._value(target), value])

    def _value(self, node: ast.expr) -> _Node:
        """Return the node of an expression."""
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.NamedExpr):
            value = self._value(node.value)
            self._bind(node.target, value, node.value)
            return value
        if isinstance(node, ast.Constant):
            return self._add(_constant(node.value))
        if isinstance(node, ast.Attribute):
            label = "attribute" if node.attr in self.own else f".{node.attr}"
            return self._add(label, [self._value(node.value)])
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Lambda):
            for argument in _arguments(node.args):
                self.values[argument.arg] = _VARIABLE
            return self._value(node.body)
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            return self._comprehension(node)
        if isinstance(node, ast.BinOp):
            operands = [self._value(node.left), self._value(node.right)]
            commutes = isinstance(node.op, _COMMUTE)
            return self._add(type(node.op).__name__, operands, commutes=commutes)
        if isinstance(node, ast.UnaryOp):
            return self._unary(node)
        if isinstance(node, ast.Compare):
            return self._compare(node)
        children = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        label = "sequence" if isinstance(node, (ast.List, ast.Tuple)) else type(node).__name__
        return self._add(label, [self._value(child) for child in children])

    def _name(self, name: str) -> _Node:
        if name in self.values:
            return self.values[name]
        return self._add(f"={self.names[name]}") if name in self.names else _VARIABLE

    def _call(self, node: ast.Call) -> _Node:
        called = self._value(node.func)
        operands = [called, *map(self._value, node.args)]
        named = sorted(node.keywords, key=lambda one: one.arg or "")
        words = ["" if called is _VARIABLE else str(one.arg) for one in named]
        values = [self._value(one.value) for one in named]
        operands += [self._add(f"{w}=", [v]) for w, v in zip(words, values, strict=True)]
        return self._add("call", operands)

    def _unary(self, node: ast.UnaryOp) -> _Node:
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            return self._add(f"=-{_constant(node.operand.value)[1:]}")
        return self._add(type(node.op).__name__, [self._value(node.operand)])

    def _compare(self, node: ast.Compare) -> _Node:
        operands = [self._value(one) for one in (node.left, *node.comparators)]
        names = [type(op).__name__ for op in node.ops]
        if len(names) == 1 and names[0] in _MIRRORED:  # a > b is b < a
            names, operands = [_MIRRORED[names[0]]], operands[::-1]
        return self._add(" ".join(names), operands)

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> _Node:
        for one in node.generators:
            self._bind(one.target, self._add("each", [self._value(one.iter)]), None)
            for test in one.ifs:
                self._add("if", [self._value(test)])
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        return self._add("collect", [self._value(part) for part in parts])


def _asks_shell(node: ast.expr) -> bool:
    """Whether an expression is a call of a method of IPython's shell, as a magic's line is."""
    shell = getattr(getattr(node, "func", None), "value", None)
    return isinstance(shell, ast.Call) and getattr(shell.func, "id", "") == "get_ipython"


def _constant(value: object) -> str:
    """Return a label that is the same for 1, 1.0 and True; texts for people are all alike."""
    if isinstance(value, (str, bytes)):
        is_choice = len(value) <= SHORT_TEXT and len(value.split()) == 1
        return f"={value!r}" if is_choice else "text"
    if isinstance(value, (bool, int, float)) and abs(value) < 2**53:
        return f"={float(value)}"
    return f"={str(value)[:SHORT_TEXT]}"


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    several = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [*several, *filter(None, (arguments.vararg, arguments.kwarg))]


def _bound(statements: Sequence[ast.stmt]) -> frozenset[str]:
    """Names that are assigned to, or are parameters, anywhere in some statements."""
    nodes = [node for statement in statements for node in ast.walk(statement)]
    stored = {
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return frozenset(stored | {node.arg for node in nodes if isinstance(node, ast.arg)})


def imported_names(statements: Sequence[ast.stmt]) -> dict[str, str]:
    """Names under which some statements import, and what each is called where it comes from."""
    nodes = [node for statement in statements for node in ast.walk(statement)]
    imports = (node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom)))
    aliases = [alias for node in imports for alias in node.names]
    return {one.asname or one.name: one.name.rpartition(".")[2] for one in aliases}


def own_attributes(statements: Sequence[ast.stmt]) -> frozenset[str]:
    """Attributes that some statements assign to, and methods that they define."""
    nodes = [node for statement in statements for node in ast.walk(statement)]
    attributes = (node for node in nodes if isinstance(node, ast.Attribute))
    classes = (node for node in nodes if isinstance(node, ast.ClassDef))
    methods = {part.name for one in classes for part in one.body if hasattr(part, "name")}
    return frozenset(methods | {one.attr for one in attributes if isinstance(one.ctx, ast.Store)})
