"""The threat model names tests; they exist, and every probe of this folder is in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.support import ROOT

DOCUMENT = (ROOT / "docs" / "threat-model.md").read_text()
NAMED = set(re.findall(r"`(test_\w+)`", DOCUMENT))


def names_in(*files: Path) -> set[str]:
    trees = (ast.parse(file.read_text()) for file in files)
    functions = (node for tree in trees for node in ast.walk(tree))
    return {n.name for n in functions if isinstance(n, ast.FunctionDef) and n.name[:5] == "test_"}


def test_every_named_test_exists():
    assert len(NAMED) > 40
    assert names_in(*(ROOT / "tests").rglob("test_*.py")) >= NAMED


@pytest.mark.parametrize("file", ["test_view.py", "test_bombs.py"])
def test_every_probe_is_named(file):
    assert names_in(Path(__file__).with_name(file)) <= NAMED
