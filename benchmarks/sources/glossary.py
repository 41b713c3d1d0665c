"""Look for the glossary's terms in the documents: where it says, and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from benchmarks.sources.claims import DOCUMENTS

PAGE = Path(__file__).parents[2] / "docs" / "glossary.md"

_TERM = re.compile(r"\*(?P<usual>[^*]+)\*|(?P<text>[^(),*]+?) \((?P<where>[^)]+)\)")


@dataclass(frozen=True)
class Term:
    """A Korean or Japanese term of the glossary.

    Attributes
    ----------
    english : str
        The row that it stands in.
    text : str
        The term.
    documents : tuple of str
        Documents that have it; none if it is merely usual.
    """

    english: str
    text: str
    documents: tuple[str, ...]


def read_terms(page: str) -> list[Term]:
    """Read the terms of a glossary's table.

    Parameters
    ----------
    page : str
        Its Markdown, with rows of English, Korean, Japanese, and notebooks.

    Returns
    -------
    list of Term

    Examples
    --------
    >>> read_terms("| label | 레이블 (`idx`), *라벨* | *ラベル* | all |")[0]
    Term(english='label', text='레이블', documents=('idx',))
    """
    rows = [line.strip("| \n").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    return [
        Term(row[0], found["usual"] or found["text"].strip(), _named(found["where"] or ""))
        for row in rows
        if len(row) == 4
        for cell in row[1:3]
        for found in _TERM.finditer(cell)
    ]


def _named(where: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`(\w+)`", where))


def misplaced(terms: list[Term], texts: dict[str, str]) -> list[str]:
    """Say which terms a document lacks that should have it, or has although it should not.

    Parameters
    ----------
    terms : list of Term
    texts : dict of str to str
        Text of each document, with single spaces.

    Returns
    -------
    list of str
        A sentence for each.
    """
    said = []
    for term in terms:
        there = tuple(name for name in DOCUMENTS if term.text in texts[name])
        if lacking := set(term.documents) - set(there):
            said.append(f"{term.text} ({term.english}) is not in {', '.join(sorted(lacking))}")
        elif there and not term.documents:
            said.append(f"{term.text} ({term.english}) is in {', '.join(there)}, expected in none")
    return said
