"""Find code that two submissions share and that independent work would not.

Code is compared by its data flow (`autograder.integrity.data_flow`), which no renaming, layout,
hint, temporary or order of statements changes. What is common by right is taken out first: all
that was handed out, and all that the course itself suggests or prints.

What is left of a submission are pieces: functions, classes, and the rest of each cell. Of each
piece that another submission has too, the question is how likely that is for somebody who worked
alone. That is estimated by how many others in the class have it, those left out who share nearly
everything with the pair; the more so by the piece's size, the smaller the class. So a ring of any
size is no common knowledge, a class of three can be judged, and short answers that everybody gives
say little. The likelihood ratio of a copy against independent work is the product over all pieces;
where it is t, independent work reaches it with a chance of at most 1 / t.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import exp, log
from typing import TYPE_CHECKING

import numpy as np

from autograder.integrity.course_code import known_names
from autograder.integrity.data_flow import units_of
from autograder.integrity.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from autograder.integrity.inputs import CheckInputs
    from autograder.integrity.student_code import Cell

NAME = "similar code"
"""The check's name in reports."""

SMALLEST = 5
"""Features of a piece; a smaller one is passed over."""

LEAST_SHARED = 4 / 5
"""Share of a piece's features by which another submission has it."""

CANDIDATE = 2 / 3
"""Share of all features, below which a pair is not looked at."""

PEER = 9 / 10
"""Share of all features, from which another one is of the same ring and says nothing of others."""

KEPT = 9 / 10
"""Chance that a copy still has a piece of its original."""

SCALE = 20.0
"""Features of a piece, at which its prior chance to be written twice has fallen to 1 / e."""

WEIGHT = 2.0
"""Submissions that the prior chance counts as much as."""

LEAST_LIKELY = 300.0
"""Times, at least, that a copy is likelier than independent work, for each other in the class.

By Markov's inequality that bounds the chance; simulated honest classes stay far below it.
"""

NAMED = 3
"""Others that a flag names; the page shows the whole cluster."""


@dataclass(frozen=True)
class CodeMatch:
    """What two submissions share of the code that is their own.

    Attributes
    ----------
    first, second : str
        The two students.
    shared, own : int
        Pieces that both have, and those that the one with less has.
    likelihood : float
        Logarithm of how much likelier that is for a copy than for independent work.
    """

    first: str
    second: str
    shared: int
    own: int
    likelihood: float


def find_flags(asked: CheckInputs) -> Iterator[Flag]:
    """Flag all of each cluster of submissions that share code."""
    known = known_names(asked.given)
    common = asked.common_code
    pieces = {student: pieces_of(own, known, common) for student, own in asked.cells.items()}
    yield from flag_similar(match_code(pieces), len(pieces))


def pieces_of(
    cells: Iterable[Cell],
    known: Mapping[str, str] | None = None,
    common: frozenset[int] = frozenset(),
) -> list[frozenset[int]]:
    r"""Take a student's cells apart, and leave out what is common by right.

    Parameters
    ----------
    cells : iterable of Cell
        The student's own.
    known : mapping of str to str, optional
        Names that were handed out, as `autograder.integrity.data_flow.units_of` takes them.
    common : frozenset of int, optional
        Features that say nothing, whoever has them.

    Returns
    -------
    list of frozenset of int
        Features of each piece that has at least `SMALLEST` of its own.

    Examples
    --------
    >>> from autograder.integrity.student_code import Cell
    >>> one = "def f(x):\n    total = x.sum()\n    return total / len(x) + 1"
    >>> other = one.replace("total", "a").replace("x", "values")
    >>> pieces_of([Cell("f", one)]) == pieces_of([Cell("f", other)])
    True
    """
    cells = list(cells)
    names = {**(known or {}), **known_names(cells, imports_only=True)}
    found = (unit.features - common for cell in cells for unit in units_of(cell.source, names))
    return [features for features in found if len(features) >= SMALLEST]


def match_code(pieces: Mapping[str, Sequence[frozenset[int]]]) -> list[CodeMatch]:
    """Compare each pair of a class.

    Parameters
    ----------
    pieces : mapping of str to sequence of frozenset of int
        From `pieces_of`, by student.

    Returns
    -------
    list of CodeMatch
        Of those pairs that share much, by student.
    """
    students = sorted(student for student, own in pieces.items() if own)
    table = _Class([pieces[student] for student in students])
    return [
        CodeMatch(students[min(pair)], students[max(pair)], *table.compare(*pair))
        for pair in table.candidates()
    ]


def flag_similar(matches: Sequence[CodeMatch], students: int) -> list[Flag]:
    """Flag all of each cluster: those who share too much with others to be luck.

    Parameters
    ----------
    matches : sequence of CodeMatch
        From `match_code`.
    students : int
        Size of the class; each is compared with all others.

    Returns
    -------
    list of Flag
        One of each student in a cluster, by student.
    """
    copies = [match for match in matches if chance_of(match, students) <= 1 / LEAST_LIKELY]
    found = defaultdict[str, list[tuple[CodeMatch, str]]](list)
    for match in copies:
        found[match.first].append((match, match.second))
        found[match.second].append((match, match.first))
    clusters = find_clusters((match.first, match.second) for match in copies)
    cluster_of = {student: cluster for cluster in clusters for student in cluster}
    return [
        Flag(
            student,
            NAME,
            _say(found[student], len(cluster_of[student])),
            min(chance_of(match, students) for match, _ in found[student]),
            cluster=cluster_of[student],
        )
        for student in sorted(found)
    ]


def chance_of(match: CodeMatch, students: int) -> float:
    """Return the chance, at most, that one of a class shares so much with another by working alone.

    Parameters
    ----------
    match : CodeMatch
        What two share.
    students : int
        Size of the class; each is compared with all others.

    Returns
    -------
    float
        From 0 to 1.
    """
    return min(1.0, exp(-max(0.0, match.likelihood)) * max(1, students - 1))


def find_clusters(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Return the groups that pairs connect, each sorted, the largest first.

    Examples
    --------
    >>> find_clusters([("s04", "s05"), ("s01", "s02"), ("s02", "s03")])
    [('s01', 's02', 's03'), ('s04', 's05')]
    """
    group: dict[str, set[str]] = {}
    for one, other in pairs:
        merged = group.get(one, {one}) | group.get(other, {other})
        for student in merged:
            group[student] = merged
    distinct = {tuple(sorted(members)) for members in group.values()}
    return sorted(distinct, key=lambda cluster: (-len(cluster), cluster))


def _say(found: Sequence[tuple[CodeMatch, str]], size: int) -> str:
    best = sorted(found, key=lambda pair: (-pair[0].likelihood, pair[1]))
    match = best[0][0]
    names = ", ".join(other for _, other in best[:NAMED])
    more = f" and {len(best) - NAMED} more" if len(best) > NAMED else ""
    cluster = f"; a cluster of {size}" if size > 2 else ""
    return f"shares {match.shared} of {match.own} pieces of code with {names}{more}{cluster}"


class _Class:
    """Features of a whole class, as a table of students and features."""

    def __init__(self, pieces: Sequence[Sequence[frozenset[int]]]) -> None:
        features = sorted(frozenset[int]().union(*(one for own in pieces for one in own)))
        place = {feature: k for k, feature in enumerate(features)}
        self.pieces = [[np.array([place[f] for f in one]) for one in own] for own in pieces]
        self.has = np.zeros((len(pieces), len(features)), bool)
        for row, own in zip(self.has, self.pieces, strict=True):
            for one in own:
                row[one] = True
        counts = self.has.astype(np.float32)
        common = counts @ counts.T
        # of what the row's student has, how much the column's has too
        self.covered = common / np.maximum(common.diagonal(), 1)[:, None]

    def candidates(self) -> Iterator[tuple[int, int]]:
        """Yield pairs that share much, the one with less code first."""
        sizes = self.has.sum(axis=1)
        for one, other in zip(*np.nonzero(np.triu(self._closest() >= CANDIDATE, 1)), strict=True):
            yield (int(one), int(other)) if sizes[one] <= sizes[other] else (int(other), int(one))

    def _closest(self) -> NDArray[np.float32]:
        closest: NDArray[np.float32] = np.maximum(self.covered, self.covered.T)
        return closest

    def compare(self, one: int, other: int) -> tuple[int, int, float]:
        """Return how many pieces are shared, of how many, and the logarithm of the likelihood."""
        ring = (self._closest()[one] >= PEER) | (self._closest()[other] >= PEER)
        ring[[one, other]] = True
        others = self.has[~ring]
        shared, likelihood = 0, 0.0
        for piece in self.pieces[one]:
            common = piece[self.has[other, piece]]
            if len(common) >= LEAST_SHARED * len(piece):
                shared += 1
                likelihood += log(KEPT / _luck(common, others))
            else:
                likelihood += log(1 - KEPT) * min(1.0, len(piece) / SCALE)
        return shared, len(self.pieces[one]), likelihood


def _luck(common: NDArray[np.intp], others: NDArray[np.bool_]) -> float:
    """Estimate the chance that somebody who works alone writes this, too."""
    holders = np.count_nonzero(others[:, common].sum(axis=1) >= PEER * len(common))
    prior = exp(-len(common) / SCALE)
    return float((holders + WEIGHT * prior) / (len(others) + WEIGHT))
