"""Find code that a submission shares with the authors' own solution and that nobody writes alone.

A solution gets about: from last year's class, from a public repository, from a colleague's desk.
It is compared like one more submission (`autograder.integrity.code_similarity`), by the same
question: how likely are these pieces for somebody who works alone? Pieces that much of the class
writes, too, say little; who shares nearly everything with the solution is not asked about that.
What was handed out is taken out first, and so is what the notebooks suggest or print.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograder.integrity.code_similarity import LEAST_LIKELY, chance_of, match_code, pieces_of
from autograder.integrity.course_code import known_names
from autograder.integrity.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograder.integrity.inputs import CheckInputs

NAME = "the solution"
"""The check's name in reports."""

_SOLUTION = ""
"""Stands for the solution among students, none of whom is called so."""


def find_flags(asked: CheckInputs) -> Iterator[Flag]:
    """Flag who shares more code with the solution than working alone explains."""
    known = known_names(asked.given)
    everybody = {**asked.cells, _SOLUTION: list(asked.solution)}
    pieces = {who: pieces_of(own, known, asked.handed_code) for who, own in everybody.items()}
    for match in match_code(pieces):
        chance = chance_of(match, students=2)  # each is compared with one solution
        if match.first == _SOLUTION and chance <= 1 / LEAST_LIKELY:
            seen = f"shares {match.shared} of {match.own} pieces of code with the authors' solution"
            yield Flag(match.second, NAME, seen, chance)
