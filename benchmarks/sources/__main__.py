"""Check the claims and print them; exit status 1 if one is wrong."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from pathlib import Path

from autograder.authoring.execute import REPEATABLE

os.environ.update(REPEATABLE)  # before any library decides on its threads

from benchmarks.sources.claims import CLAIMS, DOCUMENTS, QUOTES, Claim, Finding, Quote
from benchmarks.sources.glossary import PAGE, misplaced, read_terms

MODULES = ("idx", "svc", "digits", "binary", "clustering", "multilabel")


def load() -> None:
    """Let each document's module make its claims."""
    for name in MODULES:
        importlib.import_module(f"benchmarks.sources.{name}")


def as_json(claim: Claim) -> str:
    """Return what tests compare with the notebooks' boxes."""
    known = {"name": claim.name, "document": claim.quote.document, "lines": claim.quote.lines}
    return json.dumps(known | {"quote": claim.quote.text, "kind": claim.kind}, ensure_ascii=False)


def examine(claim: Claim) -> Finding:
    """Run a check; code that fails in another way than it should makes the claim wrong."""
    try:
        return claim.check()
    except Exception as error:  # noqa: BLE001  # whatever quoted code raises is to be shown
        return Finding(False, f"{type(error).__name__}: {error}")


def show(claim: Claim, finding: Finding) -> None:
    """Print a claim and what came out."""
    quote = claim.quote
    print(f"{'true ' if finding.holds else 'FALSE'}  {claim.name}")
    print(f"       {quote.document}, line {quote.lines}, {claim.kind}: {claim.check.__doc__}")
    print(f"       found: {finding.text}", flush=True)


def stands_there(quote: Quote, lines: list[str]) -> bool:
    """Whether each line of a quote is part of the document's, whatever white space it has."""
    there = lines[quote.first - 1 :]
    wanted = quote.text.splitlines()
    pairs = zip(wanted, there, strict=False)
    return len(there) >= len(wanted) and all(plain(part) in plain(whole) for part, whole in pairs)


def plain(text: str) -> str:
    """Return a text with single spaces; a blog has some that do not break, or lost indentation."""
    return " ".join(text.split())


def read_documents(folder: Path) -> dict[str, str]:
    """Return the text of each document, from a folder's five text files, taken in order."""
    files = sorted(folder.glob("*.txt"))
    return {n: file.read_text("utf-8") for n, file in zip(DOCUMENTS, files, strict=True)}


def misquoted(texts: dict[str, str]) -> list[Quote]:
    """Return the quotes that do not stand in their documents."""
    lines = {name: text.splitlines() for name, text in texts.items()}
    return [quote for quote in QUOTES if not stands_there(quote, lines[quote.document])]


def compare(folder: Path) -> int:
    """Print which quotes and terms of the glossary are not in the documents; return how many."""
    texts = read_documents(folder)
    wrong, terms = misquoted(texts), read_terms(PAGE.read_text("utf-8"))
    strange = misplaced(terms, {name: plain(text) for name, text in texts.items()})
    for quote in wrong:
        print(f"FALSE  {quote.document}, line {quote.lines}: {quote.text!r} is not there")
    for told in strange:
        print(f"FALSE  {told}")
    print(f"{len(QUOTES) - len(wrong)} of {len(QUOTES)} quotes stand in the documents")
    print(f"{len(terms) - len(strange)} of {len(terms)} terms are where the glossary says")
    return len(wrong) + len(strange)


def main() -> int:
    """Print the claims that were asked for; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="claims to check; by default all of them")
    parser.add_argument("--quick", action="store_true", help="leave out what takes minutes")
    parser.add_argument("--list", action="store_true", help="check nothing; a line of JSON each")
    parser.add_argument("--documents", type=Path, help="check quotes against five .txt files")
    asked = parser.parse_args()
    load()
    if unknown := {*asked.names} - {claim.name for claim in CLAIMS}:
        parser.error(f"no claim {', '.join(sorted(unknown))}")
    if asked.documents:
        return bool(compare(asked.documents))
    chosen = [c for c in CLAIMS if not asked.names or c.name in asked.names]
    chosen = [c for c in chosen if not (asked.quick and c.slow)]
    if asked.list:
        print("\n".join(map(as_json, chosen)))
        return 0
    failed = 0
    for one in chosen:
        finding = examine(one)
        show(one, finding)
        failed += not finding.holds
    print(f"{len(chosen) - failed} of {len(chosen)} claims are true")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
