"""A claim of the course about a document: its quote, its kind, and how it is checked."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

BINARY, CLUSTERING, MULTILABEL, IDX, DIGITS = DOCUMENTS = (
    "binary",
    "clustering",
    "multilabel",
    "idx",
    "digits",
)
"""The documents, in the order of `docs/sources.md`."""

WRONG, OUTDATED, CHOICE, RIGHT = "wrong", "outdated", "choice", "right"
"""What the course may say of a line: an error, right in its day, a matter of taste, or true."""


@dataclass(frozen=True)
class Quote:
    """Lines of a document, or parts of them.

    Attributes
    ----------
    document : str
        One of `DOCUMENTS`.
    first : int
        Number of the first line, from 1.
    text : str
        As it stands there; the line breaks are the document's.
    """

    document: str
    first: int
    text: str

    @property
    def lines(self) -> str:
        """The number of the line, or of the first and the last one."""
        last = self.first + self.text.count("\n")
        return str(self.first) if last == self.first else f"{self.first}-{last}"


@dataclass(frozen=True)
class Finding:
    """What came out of a check.

    Attributes
    ----------
    holds : bool
        Whether the claim is true.
    text : str
        What was found.
    """

    holds: bool
    text: str


@dataclass(frozen=True)
class Claim:
    """Something that the course says of a document.

    Attributes
    ----------
    name : str
        By which `docs/sources.md` and the command line know it.
    quote : Quote
        What it is about.
    kind : str
        `WRONG`, `OUTDATED`, `CHOICE` or `RIGHT`.
    check : callable
        Runs the quoted code, and looks; its docstring is the claim.
    slow : bool
        Whether that takes more than seconds.
    """

    name: str
    quote: Quote
    kind: str
    check: Callable[[], Finding]
    slow: bool


CLAIMS: list[Claim] = []
"""Every claim, in the order in which the documents' modules make them."""

QUOTES: list[Quote] = []
"""Every quote, those of claims and the code that is run."""


def quoted(document: str, first: int, text: str) -> Quote:
    """Keep a quote, to be compared with the document; common indentation is taken off."""
    quote = Quote(document, first, textwrap.dedent(text).strip("\n"))
    QUOTES.append(quote)
    return quote


def claim(
    name: str, quote: Quote, kind: str, *, slow: bool = False
) -> Callable[[Callable[[], Finding]], Callable[[], Finding]]:
    """Make the decorated function, whose docstring is the claim, its check."""

    def keep(check: Callable[[], Finding]) -> Callable[[], Finding]:
        CLAIMS.append(Claim(name, quote, kind, check, slow))
        return check

    return keep


def run(quote: Quote, **names: object) -> dict[str, object]:
    """Execute quoted code, in which the names are defined; return what is defined afterwards."""
    exec(compile(quote.text, f"{quote.document}, line {quote.first}", "exec"), names)
    return names
