"""Docstrings have one style, numpydoc with types, and each exception to a rule has its reason.

numpydoc's own validation needs Sphinx; what the style asks for is little enough to look for here.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING

import pytest

from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = [*sorted((ROOT / "autograder").rglob("*.py")), *sorted((ROOT / "helpers").rglob("*.py"))]
FOLDERS = ("autograder", "benchmarks", "data", "helpers", "tests")
TYPED = ("Parameters", "Attributes")
NOTHING = ("None", "NoReturn", "Iterator[None]")  # the last is a context manager's
EXCEPTION = re.compile(
    r"# (noqa|type: ignore)\b(?P<codes>[:\[] ?[\w-]+(, ?[\w-]+)*\]?)?(?P<reason> .*)?"
)
ENTRY = re.compile(r"(?P<names>\*{0,2}\w+(, \*{0,2}\w+)*)(?P<type> : \S.*)?")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def sections_of(docstring: str) -> dict[str, list[str]]:
    """Return the entries of each section by its heading."""
    found: dict[str, list[str]] = {}
    lines = docstring.splitlines()
    heading = None
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if line and below == "-" * len(line):
            heading = line
            found[heading] = []
        elif heading and line and line != "-" * len(line) and not line.startswith(" "):
            found[heading].append(line)
    return found


def public(tree: ast.AST) -> Iterator[Definition]:
    """Yield every function and class that has a public name and a docstring."""
    for node in ast.walk(tree):
        named = isinstance(node, Definition) and not node.name.startswith("_")
        if named and ast.get_docstring(node):
            yield node


def is_dataclass(node: Definition) -> bool:
    names = (ast.unparse(d.func if isinstance(d, ast.Call) else d) for d in node.decorator_list)
    return isinstance(node, ast.ClassDef) and any(n.endswith("dataclass") for n in names)


def parameters_of(node: ast.AST) -> set[str]:
    every = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
    stars = {f"*{node.args.vararg.arg}"} if node.args.vararg else set()
    stars |= {f"**{node.args.kwarg.arg}"} if node.args.kwarg else set()
    names = {arg.arg for arg in every} - {"self", "cls"}
    return {name for name in names if not name.startswith("_")} | stars


def expected_names(node: Definition, heading: str) -> set[str] | None:
    """Return what a section has to document; None where the code does not tell."""
    if is_dataclass(node):
        fields = (n.target.id for n in node.body if isinstance(n, ast.AnnAssign))
        return {name for name in fields if not name.startswith("_")}
    if heading == "Attributes":
        return None
    if isinstance(node, ast.ClassDef):
        made = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
        return parameters_of(made[0]) if made else None
    return parameters_of(node)


def complaints(source: str) -> Iterator[str]:
    """Say what in a module is not in the style."""
    tree = ast.parse(source)
    for node in public(tree):
        sections = sections_of(ast.get_docstring(node))
        yield from (f"{node.name}: {what}" for what in _untyped(node, sections))
        if is_dataclass(node) and "Attributes" not in sections and expected_names(node, ""):
            yield f"{node.name}: a dataclass without Attributes"
    yield from _spaces(tree, source)
    yield from _constants(tree)


def _untyped(node: Definition, sections: dict[str, list[str]]) -> Iterator[str]:
    for heading in sections.keys() & {*TYPED}:
        entries = [ENTRY.fullmatch(line) for line in sections[heading]]
        yield from (f"no type: {e['names']}" for e in entries if e and not e["type"])
        named = {name for e in entries if e for name in e["names"].split(", ")}
        wanted = expected_names(node, heading)
        if wanted is not None:
            missing = {name for name in wanted - named if not name.startswith("*")}
            if wrong := missing | (named - wanted):
                yield f"{heading} and code differ in {', '.join(sorted(wrong))}"
        if heading == "Parameters" and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            gives = node.returns and ast.unparse(node.returns) not in NOTHING
            if gives and not sections.keys() & {"Returns", "Yields"}:
                yield "Parameters without Returns or Yields"
    for heading in sections.keys() & {"Returns", "Yields"}:
        if not sections[heading]:
            yield f"{heading} without a type"


def comments_of(source: str) -> list[tuple[int, str]]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]


def unexplained(source: str) -> list[int]:
    """Return the lines where a rule is set aside as a whole, or without a reason beside it."""
    found = ((line, EXCEPTION.search(comment)) for line, comment in comments_of(source))
    return [line for line, one in found if one and not (one["codes"] and one["reason"])]


def _spaces(tree: ast.AST, source: str) -> Iterator[str]:
    strings = (
        (node.lineno, line)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in str(node.value.value).splitlines()
        if not line.lstrip().startswith((">>>", "..."))
    )
    for number, text in (*comments_of(source), *strings):
        if re.search(r"[.!?][\"'`)\]]*  \S", text):
            yield f"line {number}: two spaces after a full stop"


def _constants(tree: ast.Module) -> Iterator[str]:
    for node, below in zip(tree.body, [*tree.body[1:], None], strict=False):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names = [n.id for t in targets if t for n in ast.walk(t) if isinstance(n, ast.Name)]
        documented = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if not documented and any(re.fullmatch(r"[A-Z][A-Z0-9_]+", name) for name in names):
            yield f"{', '.join(names)}: a constant without a string below it"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_docstrings_are_in_one_style(path):
    assert list(complaints(path.read_text(encoding="utf-8"))) == []


def test_there_are_docstrings_to_look_at():
    documented = [node for path in FILES for node in public(ast.parse(path.read_text()))]
    with_types = [node for node in documented if {*TYPED} & {*sections_of(ast.get_docstring(node))}]
    assert len(documented) > 300
    assert len(with_types) > 100


SECTION = '"""Do.\n\n    {}\n    {}\n    {}\n        What.\n    """'


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            f"def f(a: int) -> None:\n    {SECTION.format('Parameters', '-' * 10, 'a')}",
            "f: no type: a",
        ),
        (
            f"def f(a: int) -> None:\n    {SECTION.format('Parameters', '-' * 10, 'b : int')}",
            "f: Parameters and code differ in a, b",
        ),
        (
            f"def f(a: int) -> str:\n    {SECTION.format('Parameters', '-' * 10, 'a : int')}",
            "f: Parameters without Returns or Yields",
        ),
        (
            f"@dataclass\nclass C:\n    {SECTION.format('Parameters', '-' * 10, 'a : int')}\n"
            "    a: int",
            "C: a dataclass without Attributes",
        ),
        (
            f"@dataclass\nclass C:\n    {SECTION.format('Attributes', '-' * 10, 'a : int')}\n"
            "    a: int\n    b: int",
            "C: Attributes and code differ in b",
        ),
        ('"""One.  Two."""', "line 1: two spaces after a full stop"),
        ("# One.  Two.", "line 1: two spaces after a full stop"),
        ("LIMIT = 3", "LIMIT: a constant without a string below it"),
    ],
)
def test_what_is_not_in_the_style_is_found(source, expected):
    assert list(complaints(source)) == [expected]


def test_each_exception_to_a_rule_has_its_reason_beside_it():
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    lines = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in files
        for line in unexplained(path.read_text(encoding="utf-8"))
    ]
    assert lines == []


@pytest.mark.parametrize(
    "comment",
    ["# noqa", "# noqa: F401", "# noqa: A001, A002", "# type: ignore", "# type: ignore[misc]"],
)
def test_an_exception_without_its_reason_is_found(comment):
    assert unexplained(f"x = 1  {comment}") == [1]


@pytest.mark.parametrize(
    "comment", ["# noqa: F401  # needed", "# noqa: A1, B2  # so", "# type: ignore[misc]  # so"]
)
def test_an_exception_with_its_reason_passes(comment):
    assert unexplained(f"x = 1  {comment}") == []
