"""Find code that two submissions share and the class does not.

Winnowing (Schleimer, Wilkerson and Aiken, SIGMOD 2003): tokens, with a student's own names made
all alike, in runs of `GRAM`; of each `WINDOW` runs in a row the one with the least checksum is
kept as a fingerprint. Whatever two texts share over GRAM + WINDOW - 1 tokens leaves a common one.

Answers to short exercises coincide. So a pair is judged against the class: only fingerprints that
few submissions have count, and the more others have one, the less it says. By chance, a
fingerprint that h of n submissions have is shared with one certain other with probability
(h - 1) / (n - 1); a pair is flagged where it shares far more, and much of what is its own.
"""

from __future__ import annotations

import builtins
import hashlib
import io
import keyword
import re
import tokenize
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import combinations
from math import ceil
from typing import TYPE_CHECKING

from scipy.stats import poisson

from autograder.integrity.flags import LEVEL, Flag
from autograder.integrity.student_code import LONGEST_CELL, Cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from autograder.integrity.inputs import CheckInputs

NAME = "similar code"
"""The check's name in reports."""

GRAM, WINDOW = 12, 5
"""Tokens of a k-gram, and k-grams of which the least hash is kept, as winnowing has them."""

MOST_HOLDERS = 1 / 20
"""Share of the class, above which what is shared is common knowledge; three may always share."""

LEAST_SHARED = 7 / 10
"""Of the fingerprints that few have, how many a copied submission shares with the other."""

_COVER = GRAM * 2 / (WINDOW + 1)
"""Fingerprints that hold one token, on average: so many say one thing."""

_CLASS = re.compile(r"[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*")
"""A class's name, which is a library's far more often than a student's."""

_LAYOUT = {
    tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER, tokenize.TYPE_COMMENT,
}  # fmt: skip


@dataclass(frozen=True)
class CodeMatch:
    """What two submissions share of the code that few have.

    Attributes
    ----------
    first, second : str
        The two students.
    shared : int
        Number of fingerprints that both have.
    own : int
        Number that the one with fewer of them has.
    p_value : float
        Chance of so many by luck, for this pair.
    """

    first: str
    second: str
    shared: int
    own: int
    p_value: float


def find_flags(asked: CheckInputs) -> Iterator[Flag]:
    """Flag both of each pair of a class that shares code which few have."""
    prints = {student: fingerprints(own) for student, own in asked.cells.items()}
    yield from flag_similar(match_code(prints), len(prints))


def fingerprints(cells: Iterable[Cell]) -> frozenset[int]:
    r"""Return the fingerprints of a student's cells, each taken by itself.

    Examples
    --------
    >>> one = "def f(x):\n    total = x.sum(axis=0)\n    return total / len(x) + 1"
    >>> other = one.replace("total", "a").replace("x", "values")
    >>> fingerprints([Cell("f", one)]) == fingerprints([Cell("f", other)])
    True
    """
    return frozenset(print_ for cell in cells for print_ in _winnow(normalise(cell.source)))


def normalise(source: str) -> list[str]:
    """Return a text's tokens without what renaming, comments and layout change.

    Keywords, attributes, imported and called names and numbers stay, for these are choices; a
    student's own names become one, and so do all texts.
    """
    tokens = list(_tokens(source[:LONGEST_CELL]))
    kept = _imported(tokens)
    return [
        _plain(token, before, kept)
        for before, token in zip([None, *tokens], tokens, strict=False)
        if not _is_docstring(token, before)
    ]


def match_code(prints: Mapping[str, frozenset[int]]) -> list[CodeMatch]:
    """Compare each pair of a class.

    Parameters
    ----------
    prints : mapping of str to frozenset of int
        Fingerprints of each submission, by student.

    Returns
    -------
    list of CodeMatch
        Of those pairs that share anything few have, by student.
    """
    holders: defaultdict[int, list[str]] = defaultdict(list)
    for student in sorted(prints):
        for one in prints[student]:
            holders[one].append(student)
    most = max(3, ceil(len(prints) * MOST_HOLDERS))
    few = {one: who for one, who in holders.items() if len(who) <= most}
    own = Counter(student for who in few.values() for student in who)
    shared = Counter(pair for who in few.values() for pair in combinations(who, 2))
    expected = dict.fromkeys(prints, 0.0)
    for who in few.values():
        for student in who:
            expected[student] += (len(who) - 1) / max(1, len(prints) - 1)
    return [_likeness(pair, count, own, expected) for pair, count in sorted(shared.items())]


def flag_similar(likenesses: Sequence[CodeMatch], students: int) -> list[Flag]:
    """Flag both of each pair that shares too much to be luck.

    Parameters
    ----------
    likenesses : sequence of CodeMatch
        From `match_code`.
    students : int
        Size of the class; each is compared with all others.

    Returns
    -------
    list of Flag
        Two of each such pair.
    """
    flags = []
    for pair in likenesses:
        p = min(1.0, pair.p_value * max(1, students - 1))
        if p <= LEVEL and pair.shared >= LEAST_SHARED * pair.own:
            for student, other in ((pair.first, pair.second), (pair.second, pair.first)):
                seen = f"shares {pair.shared} of {pair.own} unusual passages with {other}"
                flags.append(Flag(student, NAME, seen, p))
    return flags


def _likeness(
    pair: tuple[str, str], count: int, own: Counter[str], expected: Mapping[str, float]
) -> CodeMatch:
    # Passages and not fingerprints: neighbours overlap, and are shared together or not at all.
    passages = count / _COVER
    luck = max(expected[student] for student in pair) / _COVER
    fewer = min(own[student] for student in pair)
    return CodeMatch(*pair, count, fewer, float(poisson.sf(ceil(passages) - 1, luck)))


def _tokens(source: str) -> Iterator[tokenize.TokenInfo]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type not in _LAYOUT:
                yield token
    except (tokenize.TokenError, SyntaxError):  # no Python to its end: what came before counts
        return


def _imported(tokens: Sequence[tokenize.TokenInfo]) -> set[str]:
    """Names in import statements: those are a library's."""
    lines = {token.start[0] for token in tokens if token.string == "import"}
    return {t.string for t in tokens if t.type == tokenize.NAME and t.start[0] in lines}


def _plain(token: tokenize.TokenInfo, before: tokenize.TokenInfo | None, kept: set[str]) -> str:
    if token.type == tokenize.STRING:
        return "''"
    if token.type in (tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE):
        return tokenize.tok_name[token.type]
    if token.type != tokenize.NAME or keyword.iskeyword(token.string) or token.string in kept:
        return token.string
    is_library = token.string in dir(builtins) or bool(_CLASS.fullmatch(token.string))
    attribute = before is not None and before.string == "."
    return token.string if attribute or is_library else "v"


def _is_docstring(token: tokenize.TokenInfo, before: tokenize.TokenInfo | None) -> bool:
    starts = before is None or before.type in (tokenize.INDENT, tokenize.NEWLINE)
    return token.type == tokenize.STRING and starts


def _winnow(tokens: Sequence[str]) -> Iterator[int]:
    grams = [_checksum(tokens[k : k + GRAM]) for k in range(max(1, len(tokens) - GRAM + 1))]
    for k in range(max(1, len(grams) - WINDOW + 1)):
        yield min(grams[k : k + WINDOW])


def _checksum(gram: Sequence[str]) -> int:
    return int.from_bytes(hashlib.blake2b("\0".join(gram).encode(), digest_size=8).digest(), "big")
