"""Ways to make a copy look like one's own: each takes a cell's text, and the result does as much.

Names that other cells use stay, as they have to.
"""

from __future__ import annotations

import ast
import copy
import keyword
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbformat import NotebookNode

WORDS = ("value", "item", "part", "thing", "data", "stuff", "temp", "res", "arr", "obj")


def verbatim(source: str) -> str:
    """Change nothing."""
    return source


def timed(source: str) -> str:
    """Put a magic on top."""
    return "%%time\n" + source


def captured(source: str) -> str:
    """Put two magics on top, and a shell command and a magic's line below."""
    return "%%time\n%%capture out\n" + source + "\n!echo done\n%time sum(range(10))"


def renamed(source: str) -> str:
    """Give each name that the cell binds another one, but for functions and their parameters."""
    tree = ast.parse(source)
    bound = _stored(tree)
    names = {name: f"{WORDS[k % len(WORDS)]}_{k}" for k, name in enumerate(sorted(bound))}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names:
            node.id = names[node.id]
        elif isinstance(node, ast.arg) and node.arg in names:
            node.arg = names[node.arg]
        elif isinstance(node, ast.Global):
            node.names = [names.get(name, name) for name in node.names]
    return ast.unparse(tree)


def hinted(source: str) -> str:
    """Annotate each parameter, each result, and each variable that is assigned on its own."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = ast.Name("object")
            for argument in node.args.args:
                argument.annotation = ast.Name("object")
    return ast.unparse(ast.fix_missing_locations(_Hints().visit(tree)))


def with_temporaries(source: str) -> str:
    """Assign each argument of a call in a statement of its own before it is used."""
    return ast.unparse(ast.fix_missing_locations(_Temporaries().visit(ast.parse(source))))


def with_walrus(source: str) -> str:
    """Name what is returned or assigned within the expression, by ``:=``."""
    return ast.unparse(ast.fix_missing_locations(_Walrus().visit(ast.parse(source))))


def reordered(source: str) -> str:
    """Swap neighbouring statements that do not depend on each other."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            body[:] = _swapped(body)
    return ast.unparse(tree)


def commented(source: str) -> str:
    """Write docstrings and comments anew, and lay the code out otherwise."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            if ast.get_docstring(node) is not None:
                del node.body[0]
            node.body.insert(0, ast.Expr(ast.Constant(f"I wrote {node.name} on my own.")))
    lines = ast.unparse(ast.fix_missing_locations(tree)).splitlines()
    return "\n".join(f"{line}  # step {k}" for k, line in enumerate(lines))


def all_together(source: str) -> str:
    """Disguise a copy in every way that leaves the cell one text."""
    for change in (hinted, reordered, with_temporaries, renamed, commented, timed):
        source = change(source)
    return source


def padded(source: str) -> str:
    """Add statements that do nothing of use."""
    extra = "import math\nnothing = [math.sqrt(k) for k in range(5)]\nprint(max(nothing))\n"
    return f"{source}\n{extra}"


def retuned(source: str) -> str:
    """Change each number in a call's arguments a little, as whoever tries settings does."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant):
            value = node.value.value
            if type(value) in (int, float) and value > 2:
                node.value.value = value + 1
    return ast.unparse(tree)


WAYS: Mapping[str, Callable[[str], str]] = {
    "verbatim": verbatim,
    "%%time on top": timed,
    "several magics": captured,
    "renamed": renamed,
    "type hints": hinted,
    "temporaries": with_temporaries,
    "walrus": with_walrus,
    "reordered": reordered,
    "comments, docstrings": commented,
    "statements added": padded,
    "all of these": all_together,
}
"""Each way to disguise a copy, by what it is called in tables."""


def disguised(notebook: NotebookNode, way: Callable[[str], str]) -> NotebookNode:
    """Copy a notebook and change the code of its answers."""
    nb = copy.deepcopy(notebook)
    for cell in nb.cells:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = way(cell.source)
    return nb


def _stored(tree: ast.AST) -> set[str]:
    nodes = list(ast.walk(tree))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    stored = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    arguments = {node.arg for node in nodes if isinstance(node, ast.arg)}
    keywords = {node.arg for node in nodes if isinstance(node, ast.keyword)}
    return {name for name in (stored | arguments) - keywords if not keyword.iskeyword(name)}


class _Hints(ast.NodeTransformer):
    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            return ast.AnnAssign(node.targets[0], ast.Name("object"), node.value, simple=1)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        shared = [part for part in ast.walk(node) if isinstance(part, ast.Global)]
        return node if shared else self.generic_visit(node)


class _Temporaries(ast.NodeTransformer):
    count = 0

    def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
        return self._split(node, node.value)

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        return self._split(node, node.value)

    def _split(self, node: ast.stmt, value: ast.expr | None) -> list[ast.stmt]:
        if not isinstance(value, ast.Call):
            return [node]
        before = list[ast.stmt]()
        for k, argument in enumerate(value.args):
            if isinstance(argument, (ast.Starred, ast.Name, ast.Constant)):
                continue
            self.count += 1
            name = f"step{self.count}"
            before.append(ast.Assign([ast.Name(name, ast.Store())], argument))
            value.args[k] = ast.Name(name, ast.Load())
        return [*before, node]


class _Walrus(ast.NodeTransformer):
    count = 0

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if node.args and not isinstance(node.args[0], (ast.Starred, ast.Constant)):
            self.count += 1
            node.args[0] = ast.NamedExpr(ast.Name(f"w{self.count}", ast.Store()), node.args[0])
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return node  # an iterable may not hold one

    visit_GeneratorExp = visit_DictComp = visit_SetComp = visit_ListComp  # noqa: N815  # names of Python's own


def _swapped(body: list[ast.stmt]) -> list[ast.stmt]:
    """Swap neighbours from the left wherever neither binds what the other reads or binds."""
    body = list(body)
    k = 0
    while k + 1 < len(body):
        if _independent(body[k], body[k + 1]):
            body[k], body[k + 1] = body[k + 1], body[k]
            k += 1
        k += 1
    return body


def _independent(one: ast.stmt, other: ast.stmt) -> bool:
    simple = (ast.Assign, ast.FunctionDef, ast.Import, ast.ImportFrom, ast.ClassDef)
    if not (isinstance(one, simple) and isinstance(other, simple)):
        return False
    (binds, reads), (others, needed) = _names(one), _names(other)
    return not (binds & (others | needed) or others & reads)


def _names(statement: ast.stmt) -> tuple[set[str], set[str]]:
    nodes = list(ast.walk(statement))
    reads = {node.id for node in nodes if isinstance(node, ast.Name)}
    binds = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    binds |= {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    imports = [node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
    return binds | {one.asname or one.name for node in imports for one in node.names}, reads
