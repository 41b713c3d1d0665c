"""Find which modules of the course some code imports, directly and by way of others.

That is read off the code, without running it: what stands in functions counts, and what only a
type checker sees does not.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PACKAGES = ("helpers", "autograder")
"""The course's own packages, below its root."""


def import_closure(root: Path, imported: Iterable[str]) -> dict[str, Path]:
    """Return the modules that need each other, beginning with some names.

    Parameters
    ----------
    root : Path
        The course: holds the packages.
    imported : iterable of str
        Dotted names, as `imports_of` yields them; those of other packages are passed over.

    Returns
    -------
    dict of str to Path
        The file of each module, in the order of their names; packages that hold a module are in it.
    """
    found: dict[str, Path] = {}
    waiting = [*imported]
    while waiting:
        for module, path in _files_of(root, waiting.pop()):
            if module not in found:
                found[module] = path
                waiting += imports_of(path.read_text(encoding="utf-8"))
    return dict(sorted(found.items()))


def imports_of(source: str) -> Iterator[str]:
    r"""Yield the dotted names that some code imports: of ``from a import b`` also ``a.b``.

    Parameters
    ----------
    source : str
        Python.

    Yields
    ------
    str

    Examples
    --------
    >>> [*imports_of("import a.b\ndef f():\n    from c import d\nif TYPE_CHECKING:\n    import e")]
    ['a.b', 'c', 'c.d']
    """
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            waiting[:0] = node.orelse
        else:
            waiting[:0] = ast.iter_child_nodes(node)


def _files_of(root: Path, dotted: str) -> Iterator[tuple[str, Path]]:
    """Yield the module that a name means and the packages that it lies in; nothing for others."""
    parts = dotted.split(".")
    if parts[0] not in PACKAGES:
        return
    for n in range(1, len(parts) + 1):
        base = root.joinpath(*parts[:n])
        for path in (base / "__init__.py", base.with_suffix(".py")):
            if path.is_file():
                yield ".".join(parts[:n]), path
                break
