"""Find what a submission's answers are made of: the library's classes behind its function.

Two submissions that use the same standard recipe on the same images answer alike, down to the
same errors; that says nothing about who copied from whom. `recipe` tells what they use, by
following names from the scored function through the notebook, without running it.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from autograder.integrity.student_code import Cell

RANDOM = ("Bagging", "Dropout", "ExtraTree", "Forest", "MLP", "SGD", "Sequential")
"""Parts of names of what learns by chance: with another seed it errs elsewhere."""

ALIKE = {"NuSVC": "SVC"}
"""Classes that find the same with other parameters, and the name that stands for both."""

LAYERS = frozenset({"Conv2D", "Dense", "LSTM", "Sequential"})
"""Parts that are mostly reached as attributes of keras."""

PLUMBING = frozenset(
    {"FunctionTransformer", "GridSearchCV", "Pipeline", "RandomizedSearchCV", "make_pipeline"}
)
"""What recipes are put together with: the same one can be written with and without."""

SEEDERS = frozenset({"random_state", "set_random_seed", "seed", "default_rng", "RandomState"})
"""Parameters and functions that take a seed."""


@dataclass(frozen=True)
class Recipe:
    """What a scored function is made of.

    Attributes
    ----------
    parts : frozenset of str
        Names of the library's classes that it reaches.
    seeds : frozenset of str
        Seeds that are set on the way, as they are written.
    """

    parts: frozenset[str]
    seeds: frozenset[str]

    @property
    def by_chance(self) -> bool:
        """Whether something in it learns by chance."""
        return any(word in part for part in self.parts for word in RANDOM)

    def explains(self, other: Recipe) -> bool:
        """Whether two submissions by these recipes may well give the same answers.

        Where neither uses anything of a library's, each may have written the same method by hand.
        """
        if self.parts != other.parts:
            return False
        return not self.by_chance or bool(self.seeds & other.seeds)


def recipe(cells: Sequence[Cell], given: Sequence[Cell], scored: Iterable[str]) -> Recipe:
    r"""Read a submission's recipe.

    Parameters
    ----------
    cells : sequence of Cell
        The student's own.
    given : sequence of Cell
        Released ones, which the student's may use.
    scored : iterable of str
        Names that the scoring cell uses, such as ``predict``.

    Returns
    -------
    Recipe

    Examples
    --------
    >>> from autograder.integrity.student_code import Cell
    >>> text = "from sklearn.svm import SVC\nm = SVC(C=5)\ndef predict(x): return m.predict(x)"
    >>> recipe([Cell("predict", text)], [], ["predict"]).parts
    frozenset({'SVC'})
    """
    statements = _all_statements(cells, given)
    reached = _reached(statements, scored)
    imported = frozenset[str]().union(*(statement.imported for statement in statements))
    used = frozenset[str]().union(*(statement.used for statement in reached))
    seeds = frozenset[str]().union(*(statement.seeds for statement in reached))
    parts = {name for name in used & imported if name[:1].isupper()}
    parts |= {name for name in used if name in LAYERS}
    return Recipe(frozenset(ALIKE.get(part, part) for part in parts - PLUMBING), seeds)


def names_reached(
    cells: Sequence[Cell], given: Sequence[Cell], scored: Iterable[str]
) -> frozenset[str]:
    """Return all names and attributes that the scored names depend on."""
    reached = _reached(_all_statements(cells, given), scored)
    return frozenset[str]().union(*(one.used | one.modules for one in reached))


def _all_statements(cells: Sequence[Cell], given: Sequence[Cell]) -> list[Statement]:
    own = {cell.name for cell in cells}
    return [
        statement
        for cell in [*(one for one in given if one.name not in own), *cells]
        for statement in statements_of(cell.source)
    ]


@dataclass(frozen=True)
class Statement:
    """One statement of a cell, and what it has to do with names.

    Attributes
    ----------
    binds : frozenset of str
        Names that it gives a value to, for the whole notebook.
    needs : frozenset of str
        Names of the notebook that it reads.
    used : frozenset of str
        All names and attributes in it.
    imported : frozenset of str
        Names that it imports, anywhere in it.
    modules : frozenset of str
        Parts of the names of modules that it imports from.
    seeds : frozenset of str
        Seeds in it, as they are written.
    defines : bool
        Whether it is a function or a class, which replaces one of the same name.
    """

    binds: frozenset[str]
    needs: frozenset[str]
    used: frozenset[str]
    imported: frozenset[str]
    modules: frozenset[str]
    seeds: frozenset[str]
    defines: bool


@lru_cache(maxsize=4096)  # all submissions of a class have most of their cells in common
def statements_of(source: str) -> tuple[Statement, ...]:
    """Read a cell; what is no Python has no statements."""
    try:
        return tuple(map(_read, ast.parse(source).body))
    except (SyntaxError, ValueError, RecursionError):
        return ()


def names_in(source: str) -> frozenset[str]:
    """Names that a cell reads."""
    return frozenset[str]().union(*(statement.needs for statement in statements_of(source)))


def _read(tree: ast.stmt) -> Statement:
    nodes = list(ast.walk(tree))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    loaded = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    stored = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    imports = [node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
    imported = {alias.asname or alias.name for node in imports for alias in node.names}
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    modules = [alias.name for node in imports for alias in node.names]
    modules += [node.module or "" for node in imports if isinstance(node, ast.ImportFrom)]
    binds, needs, defines = stored, loaded, False
    if isinstance(tree, (ast.Import, ast.ImportFrom)):
        binds = {name.partition(".")[0] for name in imported}
    if isinstance(tree, (ast.FunctionDef, ast.ClassDef)):
        shared = {n for node in nodes if isinstance(node, ast.Global) for n in node.names}
        inner = {node.arg for node in nodes if isinstance(node, ast.arg)} | stored - shared
        binds, needs, defines = {tree.name} | shared, loaded - inner, True
    return Statement(
        binds=frozenset(binds),
        needs=frozenset(needs),
        used=frozenset(loaded | attributes),
        imported=frozenset(imported),
        modules=frozenset(part for name in modules for part in name.split(".")),
        seeds=frozenset(_seeds(nodes)),
        defines=defines,
    )


def _reached(statements: Sequence[Statement], scored: Iterable[str]) -> list[Statement]:
    """Statements that the scored names depend on, by way of other names."""
    bound: defaultdict[str, list[Statement]] = defaultdict(list)
    for statement in statements:
        for name in statement.binds:
            # a definition replaces what there was
            bound[name] = [*([] if statement.defines else bound[name]), statement]
    waiting, seen, found = list(scored), set[str](), list[Statement]()
    while waiting:
        if (name := waiting.pop()) not in seen:
            seen.add(name)
            found += bound[name]
            waiting += [needed for statement in bound[name] for needed in statement.needs]
    return found


def _seeds(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.keyword) and node.arg in SEEDERS:
            yield ast.unparse(node.value)
        elif isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in SEEDERS:
                yield ast.unparse(node.args[0])
