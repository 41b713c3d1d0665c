"""What the course says of its sources: each box has its checked claim, each item its row."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from tests.support import ROOT

KINDS = {
    "What the original got wrong": "wrong",
    "What is outdated in the original": "outdated",
    "What the original chose": "choice",
}
"""How a box begins, and what it makes of the line that it quotes."""

ITEMS = {"binary": 41, "clustering": 46, "multilabel": 28, "idx": 49, "digits": 28}
"""Items of each document; `docs/sources.md` has a row for each."""

SCRIPTS = sorted((ROOT / "solutions").glob("*/*.py"))
PAGE = ROOT / "docs" / "sources.md"


def run(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    start = ["-c", code] if code else ["-m", "benchmarks.sources"]
    return subprocess.run(
        [sys.executable, *start, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def plain(text: str) -> str:
    return " ".join(text.replace("`", "").split())


def boxes(script: str) -> list[str]:
    """Return the quoted blocks of a script's Markdown, each in a line."""
    found = re.findall(r"(?:^# >.*\n)+", script, re.MULTILINE)
    return [plain(re.sub(r"^# > ?", "", box, flags=re.MULTILINE)) for box in found]


def sorted_as(box: str) -> str | None:
    start = re.match(r"\*\*(.*?), and how to see it\.\*\* ", box)
    return KINDS.get(start[1]) if start else None


def unchecked(script: str, claims: list[dict[str, str]]) -> list[str]:
    """Return the boxes of a script that have no claim of their kind with their quote."""
    known = {(c["lines"], plain(c["quote"]), c["kind"]) for c in claims}
    found = []
    for box in boxes(script):
        quotes = re.findall(r"\]\(#Sources?\), line (\S+): “(.+?)” \(", box)
        if len(quotes) != 1 or (*quotes[0], sorted_as(box)) not in known:
            found.append(box)
    return found


@pytest.fixture(scope="module")
def claims():
    listed = run("--list")
    assert listed.returncode == 0, listed.stderr
    return [json.loads(line) for line in listed.stdout.splitlines()]


@pytest.fixture(scope="module")
def rows():
    """Return the rows of the page's tables by document, as lists of cells."""
    parts = re.split(r"^### `(\w+)`.*$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    tables = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {
        name: [
            [cell.strip() for cell in line.strip("|").split(" | ")]
            for line in re.findall(r"^\| \d.*\|$", text, re.MULTILINE)
        ]
        for name, text in tables.items()
    }


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_each_box_quotes_a_line_that_a_claim_of_its_kind_checks(path, claims):
    script = path.read_text("utf-8")
    assert len(boxes(script)) >= 5
    assert unchecked(script, claims) == []


def test_a_box_without_a_checked_claim_is_found(claims):
    known = next(one for one in claims if one["kind"] == "choice" and "\n" not in one["quote"])
    box = (
        "# > **{start}, and how to see it.** It does.\n"
        "# >\n"
        "# > [The original](#Source), line {lines}: “{quote}” (what it says).\n"
    )
    right = {"start": "What the original chose"} | known
    assert unchecked(box.format(**right), claims) == []
    for change in (
        {"start": "What the original got wrong"},
        {"start": "What else there is"},
        {"lines": "9999"},
        {"quote": known["quote"] + "?"},
    ):
        assert len(unchecked(box.format(**(right | change)), claims)) == 1
    assert len(unchecked("# > Something about it, without a quote.\n", claims)) == 1


def test_the_page_has_a_full_row_for_each_item(rows):
    assert {name: len(table) for name, table in rows.items()} == ITEMS
    for table in rows.values():
        assert all(len(row) == 4 and all(row) for row in table)


def test_the_page_names_each_claim_and_no_other(claims, rows):
    names = re.findall(
        r"`((?:idx|svc|digits|binary|clustering|multilabel)-[\w-]+)`", PAGE.read_text()
    )
    assert {*names} == {one["name"] for one in claims}


def test_each_place_in_the_course_that_the_page_names_exists(rows):
    headings = {
        path.stem[:2]: {*re.findall(r"^# ## (\d+) ", path.read_text("utf-8"), re.MULTILINE)}
        for path in SCRIPTS
    }
    places = [row[2] for table in rows.values() for row in table]
    named = [one for place in places for one in re.findall(r"(0\d) §(\d+)", place)]
    assert len(named) > 100
    assert [(book, part) for book, part in named if part not in headings[book]] == []


def test_what_the_quick_claims_quote_does_what_they_say():
    ran = run("--quick")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("\ntrue ") + ran.stdout.startswith("true ") >= 20


def test_a_wrong_claim_fails_with_what_was_found():
    code = """
import sys
from benchmarks.sources import __main__ as page
from benchmarks.sources.claims import CLAIMS, WRONG, Finding, Quote, claim

page.MODULES = ()

@claim("first", Quote("idx", 1, "#"), WRONG)
def first():
    "It is so."
    return Finding(False, "it is not")

@claim("second", Quote("idx", 1, "#"), WRONG)
def second():
    "It runs."
    raise KeyError("no such thing")

sys.exit(page.main())
"""
    ran = run(code=code)
    assert ran.returncode == 1, ran.stderr
    assert ran.stdout.count("FALSE") == 2
    assert "found: it is not" in ran.stdout
    assert "KeyError: 'no such thing'" in ran.stdout
