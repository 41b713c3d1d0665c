"""What the documentation names exists, and what it lists is complete."""

from __future__ import annotations

import ast
import inspect
import re
import tokenize
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from autograder.assignment import Limits
from autograder.cli.app import autograder
from autograder.holdout.store import MAKERS
from autograder.integrity.run import CHECKS
from autograder.scoring.metrics import METRICS
from autograder.workdir import WorkDir
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


PAGES = sorted(
    [*ROOT.glob("*.md"), ROOT / "data" / "README.md", *(ROOT / "docs").rglob("*.md")],
    key=lambda page: page.relative_to(ROOT),
)

CHANGES = ROOT / "CHANGELOG.md"

SOURCES = sorted(
    path
    for pattern in ("*.py", "*.toml", "solutions/*/*.py", "solutions/*/*.toml", "Makefile")
    for path in ROOT.glob(pattern)
) + sorted(
    path
    for folder in ("autograder", "benchmarks", "helpers")
    for path in (ROOT / folder).rglob("*.py")
)

NAMED = ("autograder", "benchmarks", "docs", "helpers", "tests")
"""Top folders whose files, modules and definitions the texts name."""

MOST_WORDS = 900


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def prose(page: Path) -> str:
    """Return a page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def slugs(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in kept}


def section(page: str, heading: str) -> str:
    """Return the text below a heading, up to the next one of its level or above."""
    level = heading.partition(" ")[0]
    text = (ROOT / page).read_text()
    found = re.search(
        rf"^{re.escape(heading)}\n(.*?)(?=^#{{1,{len(level)}}} |\Z)", text, re.DOTALL | re.MULTILINE
    )
    assert found, f"{page} has no heading {heading!r}"
    return found[1]


def first_cells(text: str) -> list[str]:
    """Return the first cell of each row of a text's tables, headings left out."""
    rows = re.findall(r"^\| (.*?) \|", text, re.MULTILINE)
    rules = re.findall(r"^(\|.*)\n\|-", text, re.MULTILINE)
    return [row for row in rows if not any(rule.startswith(f"| {row} |") for rule in rules)]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_resolves(page):
    links = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    for link in links:
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link}: no such file"
        assert not anchor or anchor in slugs(target), f"{link}: no such heading"


def test_every_page_is_reached_from_the_readme():
    found, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        found.add(page)
        links = re.findall(r"\]\(([^)#\s]+\.md)", prose(page))
        targets = {(page.parent / link).resolve() for link in links if ":" not in link}
        waiting += targets - found
    assert {*PAGES} <= found


def test_the_instructors_page_is_short():
    assert len((ROOT / "docs" / "instructor.md").read_text().split()) <= MOST_WORDS


def paths_in(text: str) -> Iterator[str]:
    """Yield the files and folders of the project that a text names."""
    for found in re.findall(rf"(?<![\w./-])(?:{'|'.join(NAMED)})/[\w./-]*", text):
        yield found.rstrip(".-")


def dotted_in(text: str) -> Iterator[str]:
    """Yield the modules, and the definitions in them, that a text names."""
    found = re.findall(rf"(?<![\w./-])(?:{'|'.join(NAMED)})(?:\.[A-Za-z_]\w*)+", text)
    yield from (name for name in found if name != "docs.python.org")


def is_defined(dotted: str) -> bool:
    """Whether a dotted name is a module, or something that is bound in one."""
    parts = dotted.split(".")
    for n in range(len(parts), 0, -1):
        base = ROOT.joinpath(*parts[:n])
        for file in (base.with_suffix(".py"), base / "__init__.py"):
            if file.is_file():
                return n == len(parts) or parts[n] in bound_in(file)
    return False


@cache
def bound_in(file: Path) -> frozenset[str]:
    """Return the names that a module binds at its top level."""
    names = set[str]()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {alias.asname or alias.name for alias in node.names}
        else:
            stored = (n for n in ast.walk(node) if isinstance(n, ast.Name))
            names |= {n.id for n in stored if isinstance(n.ctx, ast.Store)}
    return frozenset(names)


def words_of(file: Path) -> str:
    """Return a text; of a Python file its comments and strings, docstrings among them."""
    if file.suffix != ".py":
        return file.read_text()
    kinds = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", None)}
    with tokenize.open(file) as lines:
        return "\n".join(
            t.string for t in tokenize.generate_tokens(lines.readline) if t.type in kinds
        )


# a change may name what is gone by it
@pytest.mark.parametrize("file", [*(p for p in PAGES if p != CHANGES), *SOURCES], ids=name_of)
def test_every_file_and_every_module_that_is_named_exists(file):
    text = words_of(file)
    missing = [path for path in paths_in(text) if not (ROOT / path).exists()]
    missing += [dotted for dotted in dotted_in(text) if not is_defined(dotted)]
    assert missing == []


def test_a_name_that_is_gone_is_noticed():
    text = "`autograder.tiers` and `autograder.score.predict`, in autograder/tiers.py."
    assert [*dotted_in(text)] == ["autograder.tiers", "autograder.score.predict"]
    assert not any(map(is_defined, dotted_in(text)))
    assert [*paths_in(text)] == ["autograder/tiers.py"]
    assert is_defined("autograder.score.score_predictions")


def test_the_reference_of_tiers_lists_every_metric():
    table = section("docs/reference/tiers.md", "## Metrics")
    assert first_cells(table) == [f"`{name}`" for name in METRICS]
    intervals = re.findall(r"^\| `.*\| (\w+) \|$", table, re.MULTILINE)
    assert intervals == [metric.interval for metric in METRICS.values()]


def test_the_reference_of_run_lists_every_limit_and_every_maker():
    limits = section("docs/reference/run.md", "## `[limits]`")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", limits, re.MULTILINE))
    assert {name: float(value) for name, value in rows.items()} == {
        limit.name: limit.default for limit in fields(Limits)
    }
    holdout = first_cells(section("docs/reference/run.md", "## `[holdout]`"))
    assert [row.strip("`") for row in holdout] == ["size", "maker", *MAKERS]


def test_the_explanation_of_integrity_lists_every_check():
    table = (ROOT / "docs" / "explanation" / "integrity.md").read_text().partition("\n## ")[0]
    assert first_cells(table) == [*CHECKS]
    named = re.findall(r"^\| [^`|]+ \| `(\w+)\.py` \|", table, re.MULTILINE)
    assert [f"autograder.integrity.{name}" for name in named] == [
        find_flags.__module__ for find_flags in CHECKS.values()
    ]


def drawn_paths() -> set[str]:
    """Return every path of the tree that docs/reference/work.md draws."""
    tree = (ROOT / "docs" / "reference" / "work.md").read_text().split("```text\n")[1]
    above, found = list[str](), set[str]()
    for line in tree.partition("```")[0].splitlines():
        indent, name = re.fullmatch(r"([│├└─ ]*)(.*)", line).groups()
        above = [*above[: len(indent) // 4], name.rstrip("/")]
        found.add("/".join(above))
    return found


def work_paths() -> dict[str, str]:
    """Return every path that `WorkDir` makes, with <argument> for each of its arguments."""
    work, found = WorkDir(Path("work")), {}
    for name, member in vars(WorkDir).items():
        if isinstance(member, property):
            found[name] = getattr(work, name)
        elif inspect.isfunction(member) and not name.startswith("_"):
            arguments = [f"<{one}>" for one in list(inspect.signature(member).parameters)[1:]]
            found[name] = member(work, *arguments)
    return {name: path.as_posix() for name, path in found.items() if isinstance(path, Path)}


def test_the_tree_below_work_has_every_path():
    drawn = drawn_paths()
    assert len(drawn) > 20
    drawn |= {path.replace("work/demo/", "work/") for path in drawn}  # a folder like work/ itself
    missing = {
        name: path
        for name, path in work_paths().items()
        if not any(one == path or one.startswith(f"{path}/") for one in drawn)
    }
    assert missing == {}


# click keeps a command's help option as its first context has it
GROUP = click.Context(autograder, info_name="autograder", **autograder.context_settings)


def context_of(name: str) -> click.Context:
    """Return the context of a command; that of the whole group for an empty name."""
    if not name:
        return GROUP
    _, command, _ = autograder.resolve_command(GROUP, [name])
    return click.Context(command, info_name=name, parent=GROUP)


def plain(text: str) -> str:
    return " ".join(text.split())


def options_of(context: click.Context) -> dict[str, str]:
    """Return the help of each option, ``--help`` itself left out, by how it is written."""
    records = (
        option.get_help_record(context)
        for option in context.command.get_params(context)
        if isinstance(option, click.Option) and "--help" not in option.opts
    )
    return {f"`{written}`": plain(text) for written, text in filter(None, records)}


@pytest.mark.parametrize("name", ["", *autograder.list_commands(GROUP)])
def test_the_reference_of_the_command_line_says_what_help_says(name):
    context = context_of(name)
    if name:
        text = section("docs/reference/cli.md", f"## autograder {name}")
        assert plain(context.command.help) in plain(text)
    else:
        text = (ROOT / "docs" / "reference" / "cli.md").read_text().partition("\n## ")[0]
    usage = " ".join([context.command_path, *context.command.collect_usage_pieces(context)])
    assert f"`{usage}`\n" in text
    rows = re.findall(r"^\| (`-.*?`) \| (.*) \|$", text, re.MULTILINE)
    assert dict(rows) == options_of(context)


def test_the_reference_of_the_command_line_has_every_command():
    text = (ROOT / "docs" / "reference" / "cli.md").read_text()
    headings = re.findall(r"^## autograder (\S+)$", text, re.MULTILINE)
    assert headings == autograder.list_commands(GROUP)
