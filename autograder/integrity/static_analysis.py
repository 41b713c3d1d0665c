"""Static analysis: look for code that honest answers do not need, without running any.

The sandbox and the second kernel make such code useless; this only says that somebody tried.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.integrity.flags import Flag
from autograder.integrity.magics import LONGEST_CELL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nbformat import NotebookNode

    from autograder.integrity.inputs import CheckInputs
    from autograder.integrity.student_code import Cell

NAME = "static signs"
"""The check's name in reports."""

SHELL_USES = frozenset(
    {"run_line_magic", "run_cell_magic", "magic", "system", "getoutput", "config"}
)
"""What IPython itself makes of ``%magic`` and ``!command``."""

KERNEL_PARTS = frozenset(
    [
        "ast_transformers",
        "do_execute",
        "input_transformers_cleanup",
        "input_transformers_post",
        "set_custom_exc",
        "should_run_async",
        "showtraceback",
        "user_expressions",
    ]
)
"""Attributes and methods of IPython's shell and kernel by which code changes other cells."""

FRAME_PARTS = frozenset(
    [
        "__closure__", "__code__", "__globals__", "__subclasses__", "_getframe", "currentframe",
        "f_back", "f_builtins", "f_globals", "f_locals", "get_objects", "get_referents",
        "get_referrers", "getouterframes", "gi_frame", "settrace", "setprofile", "tb_frame",
    ]
)  # fmt: skip
"""Ways from an object to the variables of code that did not hand them over."""

PROCESS_CALLS = frozenset(
    [
        "_exit", "execl", "execle", "execlp", "execv", "execve", "execvp", "fork", "forkpty",
        "kill", "killpg", "popen", "posix_spawn", "putenv", "setsid", "system",
    ]
)  # fmt: skip
"""Functions of `os`."""

MODULES = frozenset(
    [
        "_posixsubprocess",
        "_thread",
        "autograder.kernel_side",
        "autograder.sandbox",
        "cffi",
        "ctypes",
        "marshal",
        "mmap",
        "nbgrader",
        "ptrace",
        "pty",
        "socket",
        "subprocess",
    ]
)
"""Modules that reach past Python, past this process, or into the grader."""

HABITS = frozenset({"warnings.warn", "ssl._create_default_https_context"})
"""Assignments that tutorials recommend, to silence warnings or to download."""

WORDS = ("/proc/", "COURSE_HOLDOUT", "NBGRADER_", "gradebook.db")
"""Texts that name the grader's own things."""

LONGEST_TEXT = 10_000
"""Characters of one literal; the longest one in the course's own notebooks has under 600."""

MOST_ITEMS = 1_000
"""Items of one literal; data of such a length belongs into a file."""

LARGEST_ATTACHMENTS = 4 << 20
"""Characters of all attachments and metadata together: a few pictures."""


@dataclass(frozen=True)
class _Names:
    """What a notebook's names mean, as far as its imports and assignments say."""

    imported: frozenset[str]
    shells: frozenset[str]


def find_flags(asked: CheckInputs) -> Iterator[Flag]:
    """Flag each submission's cells that hold a sign; remark on what no cell can read."""
    for student, notebook in asked.notebooks.items():
        yield from flag_signs(student, asked.cells[student], asked.given)
        yield from flag_attachments(student, notebook, asked.released)


def flag_signs(student: str, cells: Sequence[Cell], given: Iterable[Cell] = ()) -> list[Flag]:
    """Flag each cell that holds a sign.

    Parameters
    ----------
    student : str
        Whose cells.
    cells : sequence of Cell
        The student's own; those that are no Python are passed over, for they cannot run.
    given : iterable of Cell, optional
        Released cells, for the names that they import.

    Returns
    -------
    list of Flag
        One for each cell that holds any.

    Examples
    --------
    >>> from autograder.integrity.student_code import Cell
    >>> hook = Cell("double", "get_ipython().events.register('pre_run_cell', print)")
    >>> print(flag_signs("s01", [hook])[0].seen)
    cell double: hooks into IPython (events)
    """
    trees = [(cell, tree) for cell in cells if (tree := _parse(cell.source)) is not None]
    known = [tree for cell in given if (tree := _parse(cell.source)) is not None]
    names = _names([*known, *(tree for _, tree in trees)])
    found = [(cell.name, sign) for cell, tree in trees for sign in _signs(tree, names)]
    found += [(c.name, _longer(len(c.source), "characters")) for c in cells if _is_long(c)]
    return [Flag(student, NAME, f"cell {name}: {sign}") for name, sign in dict.fromkeys(found)]


def flag_attachments(student: str, nb: NotebookNode, released: NotebookNode) -> list[Flag]:
    """Flag a notebook whose attachments and metadata hold more than a few pictures."""
    size = _luggage(nb) - _luggage(released)
    if size <= LARGEST_ATTACHMENTS:
        return []
    seen = f"attachments and metadata of {size} characters, which no cell of it can read"
    return [Flag(student, NAME, seen, remark=True)]


def _luggage(nb: NotebookNode) -> int:
    own = sum(len(str(cell.metadata)) + len(str(cell.get("attachments", ""))) for cell in nb.cells)
    return own + len(str(nb.metadata))


def _is_long(cell: Cell) -> bool:
    return len(cell.source) > LONGEST_CELL


def _longer(size: int, what: str) -> str:
    return f"holds {size} {what}, more than an answer needs"


def _parse(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _names(trees: Iterable[ast.Module]) -> _Names:
    nodes = [node for tree in trees for node in ast.walk(tree)]
    imports = [node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
    aliases = [alias for node in imports for alias in node.names]
    imported = {alias.asname or alias.name.partition(".")[0] for alias in aliases}
    assigned = [node for node in nodes if isinstance(node, ast.Assign) and _is_shell(node.value)]
    targets = [target for node in assigned for target in node.targets]
    shells = {target.id for target in targets if isinstance(target, ast.Name)}
    return _Names(frozenset(imported), frozenset(shells))


def _is_shell(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _path(node.func)[-1:] == ["get_ipython"]


def _signs(tree: ast.Module, names: _Names) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield from _attribute(node, names)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from _import(node)
        elif isinstance(node, ast.Call):
            yield from _call(node, names)
        elif isinstance(node, ast.Constant):
            yield from _constant(node)
        elif isinstance(node, ast.Subscript):
            yield from _subscript(node)
        elif isinstance(node, (ast.List, ast.Tuple, ast.Set, ast.Dict)):
            items = node.values if isinstance(node, ast.Dict) else node.elts
            if len(items) > MOST_ITEMS:
                yield _longer(len(items), "items in one literal")


def _attribute(node: ast.Attribute, names: _Names) -> Iterator[str]:
    root = node.value
    of_shell = _is_shell(root) or (isinstance(root, ast.Name) and root.id in names.shells)
    if (of_shell and node.attr not in SHELL_USES) or node.attr in KERNEL_PARTS:
        yield f"hooks into IPython ({node.attr})"
    elif node.attr in FRAME_PARTS:
        yield f"looks into frames or other objects' insides ({node.attr})"
    path = _path(node)
    if path[:1] == ["os"] and path[-1] in PROCESS_CALLS:
        yield f"works with processes (os.{path[-1]})"
    changed = not isinstance(node.ctx, ast.Load) and bool(path) and path[0] in names.imported
    # pandas and others are set up by assigning to options
    if changed and ".".join(path) not in HABITS and "options" not in path:
        yield f"changes a library ({'.'.join(path)})"


def _import(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    single = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
    for module in single or [alias.name for alias in node.names]:
        yield from _odd(module)
    if isinstance(node, ast.ImportFrom):
        for alias in node.names:
            if alias.name in FRAME_PARTS:
                yield f"looks into frames or other objects' insides ({alias.name})"
            elif node.module == "os" and alias.name in PROCESS_CALLS:
                yield f"works with processes (os.{alias.name})"


def _odd(module: str) -> Iterator[str]:
    parts = module.split(".")
    if any(".".join(parts[:n]) in MODULES for n in (1, 2)):
        yield f"imports {module}"


def _call(node: ast.Call, names: _Names) -> Iterator[str]:
    name = _path(node.func)[-1:]
    first = node.args[0] if node.args else None
    if name in (["setattr"], ["delattr"]) and first is not None:
        path = _path(first)
        if path and path[0] in names.imported:
            yield f"changes a library (setattr of {'.'.join(path)})"
    if name in (["__import__"], ["import_module"]) and isinstance(first, ast.Constant):
        yield from _odd(str(first.value))


def _constant(node: ast.Constant) -> Iterator[str]:
    if not isinstance(node.value, (str, bytes)):
        return
    if len(node.value) > LONGEST_TEXT:
        yield _longer(len(node.value), "characters in one literal")
    elif isinstance(node.value, str):
        yield from (f"names the grader's own ({word})" for word in WORDS if word in node.value)


def _subscript(node: ast.Subscript) -> Iterator[str]:
    path = _path(node.value)
    if path in (["In"], ["_ih"]):
        yield "reads the history of cells"
    if path == ["sys", "modules"] and not isinstance(node.ctx, ast.Load):
        yield "changes a library (sys.modules)"


def _path(node: ast.AST) -> list[str]:
    """Names of a dotted path, such as ["np", "random"]; empty if it is none."""
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [node.id, *reversed(names)] if isinstance(node, ast.Name) else []
