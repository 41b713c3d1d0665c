"""Make mutants of a right answer: one small change each, of the kinds that people confuse.

Tools for mutation testing change modules on disk and start a test command for each mutant. An
answer is the text of a cell, and its checks are two more, so this is a thin layer on `ast`.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from tests.support.mutants.calls import CALLS

Operator = Callable[[Any], Iterator[ast.AST]]


@dataclass(frozen=True)
class Mutant:
    """A changed answer.

    Attributes
    ----------
    kind : str
        The operator that made it.
    change : str
        What was changed into what; with the kind it names the mutant within its exercise.
    text : str
        The whole changed cell.
    """

    kind: str
    change: str
    text: str


def constant(node: ast.Constant) -> Iterator[ast.AST]:
    """One more and one less; a number of another size; the other boolean."""
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
        if value > 0:
            yield ast.Constant(value - 1)
    elif isinstance(value, float):
        yield ast.Constant(value + 1)


COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}


def comparison(node: ast.Compare) -> Iterator[ast.AST]:
    """The other side of a boundary, and the other way round."""
    for place, operation in enumerate(node.ops):
        for other in COMPARISONS.get(type(operation), ()):
            twin = deepcopy(node)
            twin.ops[place] = other()
            yield twin


ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add, ast.Div),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Mod,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr, ast.BitXor),
    ast.BitOr: (ast.BitAnd,),
}


def arithmetic(node: ast.BinOp) -> Iterator[ast.AST]:
    """Another operation, the operands swapped, or one of them alone."""
    for other in ARITHMETIC.get(type(node.op), ()):
        twin = deepcopy(node)
        twin.op = other()
        yield twin
    if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult):
        yield ast.BinOp(node.right, node.op, node.left)
    yield node.left
    yield node.right


def logic(node: ast.BoolOp) -> Iterator[ast.AST]:
    """Or for and, and the other way round; one condition of several dropped."""
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for place in range(len(node.values)):
        rest = node.values[:place] + node.values[place + 1 :]
        yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def sign(node: ast.UnaryOp) -> Iterator[ast.AST]:
    """A minus, a `not` or a ``~`` left out."""
    yield node.operand


def choice(node: ast.IfExp) -> Iterator[ast.AST]:
    """One of two cases dropped."""
    yield node.body
    yield node.orelse


def index(node: ast.Subscript) -> Iterator[ast.AST]:
    """The next index or none, one end of a slice left out, rows for columns."""
    part = node.slice
    if isinstance(part, ast.Slice):
        for end in ("lower", "upper", "step"):
            value = getattr(part, end)
            if value is None:
                continue
            twin = deepcopy(node)
            setattr(twin.slice, end, None)
            yield twin
            twin = deepcopy(node)
            setattr(twin.slice, end, ast.BinOp(value, ast.Add(), ast.Constant(1)))
            yield twin
        return
    if isinstance(part, ast.Tuple):
        for one, other in zip(range(len(part.elts)), range(1, len(part.elts)), strict=False):
            twin = deepcopy(node)
            assert isinstance(twin.slice, ast.Tuple)
            pair = twin.slice.elts
            pair[one], pair[other] = pair[other], pair[one]
            yield twin
    if isinstance(node.ctx, ast.Load):
        yield node.value


def sequence(node: ast.Tuple | ast.List) -> Iterator[ast.AST]:
    """Another order, or one part fewer."""
    parts = node.elts
    if len(parts) < 2 or not isinstance(node.ctx, ast.Load):
        return
    yield type(node)(list(reversed(parts)), node.ctx)
    for place in range(len(parts)) if len(parts) > 2 else ():
        yield type(node)(parts[:place] + parts[place + 1 :], node.ctx)


def condition(node: ast.If) -> Iterator[ast.AST]:
    """A case that is always taken, or never."""
    yield ast.If(ast.Constant(True), node.body, node.orelse)
    yield ast.If(ast.Constant(False), node.body, node.orelse)


def filtered(node: ast.comprehension) -> Iterator[ast.AST]:
    """A condition of a comprehension dropped; all but the first, or in the other order."""
    if node.ifs:
        yield ast.comprehension(node.target, node.iter, [], 0)
    for form in ("list({})[1:]", "list({})[:-1]", "list({})[::-1]", "list({})[:1]"):
        yield ast.comprehension(node.target, _wrapped(node.iter, form), node.ifs, 0)


def loop(node: ast.For) -> Iterator[ast.AST]:
    """The first or the last turn left out, or only one of them."""
    for form in ("list({})[1:]", "list({})[:-1]", "list({})[::-1]", "list({})[:1]"):
        yield ast.For(node.target, _wrapped(node.iter, form), node.body, node.orelse)


def repetition(node: ast.While) -> Iterator[ast.AST]:
    """Once for as often as it takes."""
    yield ast.If(node.test, node.body, [])


def attribute(node: ast.Attribute) -> Iterator[ast.AST]:
    """A table as it is for the turned one."""
    if node.attr == "T":
        yield node.value


def call(node: ast.Call) -> Iterator[ast.AST]:
    """Another function, swapped arguments, an argument left out, or no call at all."""
    name = _called(node.func)
    for text in CALLS.get(name, ()):
        yield _renamed(node, name, text)
    given = node.args
    if len(given) > 1 and not any(isinstance(part, ast.Starred) for part in given[:2]):
        yield ast.Call(node.func, [given[1], given[0], *given[2:]], node.keywords)
    for place, keyword in enumerate(node.keywords):
        if keyword.arg:
            rest = node.keywords[:place] + node.keywords[place + 1 :]
            yield ast.Call(node.func, given, rest)
    for place, keyword in enumerate(node.keywords):
        if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
            other = ast.keyword("axis", ast.Constant(1 - (keyword.value.value or 0)))
            yield ast.Call(node.func, given, [*node.keywords[:place], other])
    if len(given) > 1:
        yield ast.Call(node.func, given[:-1], node.keywords)
    if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
        yield node.func.value  # x for x.sum()
    elif len(given) >= 1 and not isinstance(given[0], ast.Starred):
        yield given[0]


def statement(node: ast.Assign | ast.AugAssign | ast.Expr) -> Iterator[ast.AST]:
    """A step left out."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    yield ast.Pass()


OPERATORS: tuple[tuple[Any, Operator], ...] = (
    (ast.Constant, constant),
    (ast.Compare, comparison),
    (ast.BinOp, arithmetic),
    (ast.BoolOp, logic),
    (ast.UnaryOp, sign),
    (ast.IfExp, choice),
    (ast.Subscript, index),
    (ast.Tuple | ast.List, sequence),
    (ast.If, condition),
    (ast.comprehension, filtered),
    (ast.For, loop),
    (ast.While, repetition),
    (ast.Attribute, attribute),
    (ast.Call, call),
    (ast.Assign | ast.AugAssign | ast.Expr, statement),
)


def mutants(answer: str) -> Iterator[Mutant]:
    """Yield the mutants of a cell, none twice, and none that is no Python.

    Parameters
    ----------
    answer : str
        The cell's text.

    Yields
    ------
    Mutant
        With one change each; error messages and docstrings are left as they are.

    Examples
    --------
    >>> for mutant in mutants("def double(x):\\n    return 2 * x"):
    ...     print(mutant.kind, "|", mutant.change)
    arithmetic | 2 * x -> 2 + x
    arithmetic | 2 * x -> 2 / x
    arithmetic | 2 * x -> 2
    arithmetic | 2 * x -> x
    constant | 2 -> 3
    constant | 2 -> 1
    """
    tree = ast.parse(answer)
    seen, names = {ast.unparse(tree)}, Counter[str]()
    for place in _places(tree):
        for kind, node in _changes(place) + _other_names(place, tree):
            text = _with(tree, place, node)
            if text is None or text in seen:
                continue
            seen.add(text)
            change = f"{_short(place)} -> {_short(node)}"
            names[change] += 1  # the same change at another place is another mutant
            yield Mutant(kind, change + f" ({names[change]})" * (names[change] > 1), text)


def _places(tree: ast.Module) -> list[ast.AST]:
    """Return the nodes that may change, in the order of the text."""
    left_out: set[int] = set()
    for node in ast.walk(tree):
        message = isinstance(node, ast.Raise | ast.JoinedStr) and not _is_text(node, tree)
        if message or isinstance(node, ast.Import | ast.ImportFrom):
            left_out |= {id(part) for part in ast.walk(node)}
    found = [n for n in ast.walk(tree) if id(n) not in left_out]
    return sorted(found, key=lambda n: (getattr(n, "lineno", 0), getattr(n, "col_offset", 0)))


def _is_text(node: ast.AST, tree: ast.Module) -> bool:
    """Whether an f-string is part of the answer, and not of a message."""
    raised = [n for n in ast.walk(tree) if isinstance(n, ast.Raise)]
    return isinstance(node, ast.JoinedStr) and not any(node in ast.walk(r) for r in raised)


def _changes(place: ast.AST) -> list[tuple[str, ast.AST]]:
    return [
        (operator.__name__, new)
        for kind, operator in OPERATORS
        if isinstance(place, kind)
        for new in operator(place)
    ]


def _other_names(place: ast.AST, tree: ast.Module) -> list[tuple[str, ast.AST]]:
    """Return another parameter of the function in the place of one."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    for function in functions:
        names = [argument.arg for argument in function.args.args]
        if isinstance(place, ast.Name) and place.id in names and place in ast.walk(function):
            others = (ast.Name(name, place.ctx) for name in names if name != place.id)
            return [("name", other) for other in others]
    return []


class _Replacement(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        """Put the new node in the place of the old one."""
        return self.new if node is self.old else self.generic_visit(node)


def _with(tree: ast.Module, place: ast.AST, node: ast.AST) -> str | None:
    number = next(k for k, n in enumerate(ast.walk(tree)) if n is place)
    twin = deepcopy(tree)
    old = next(n for k, n in enumerate(ast.walk(twin)) if k == number)
    try:
        text = ast.unparse(ast.fix_missing_locations(_Replacement(old, deepcopy(node)).visit(twin)))
        compile(text, "<mutant>", "exec")
    except (SyntaxError, TypeError, AttributeError, ValueError):
        return None
    return text


def _short(node: ast.AST) -> str:
    if isinstance(node, ast.comprehension):
        return ast.unparse(node.iter) + "".join(f" if {ast.unparse(c)}" for c in node.ifs)
    return " ".join(ast.unparse(ast.fix_missing_locations(node)).split())[:90]


def _wrapped(node: ast.expr, form: str) -> ast.expr:
    new = ast.parse(form.format("_"), mode="eval").body
    return _Replacement(next(n for n in ast.walk(new) if _is_blank(n)), node).visit(new)


def _is_blank(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "_"


def _called(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def _renamed(node: ast.Call, name: str, text: str) -> ast.AST:
    """Return the call with another function, or with an argument more."""
    twin = deepcopy(node)
    other = ast.parse(text, mode="eval").body
    if isinstance(other, ast.Call):
        names = {keyword.arg for keyword in other.keywords}
        kept = [keyword for keyword in twin.keywords if keyword.arg not in names]
        twin.keywords = [*kept, *other.keywords]
        other = other.func
    if isinstance(twin.func, ast.Attribute) and isinstance(other, ast.Name):
        twin.func.attr = other.id
    else:
        twin.func = other
    return twin


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("np", "layers", "keras", "struct", "int")
