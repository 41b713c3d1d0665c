"""Find pairs of submissions that share more wrong answers than independent models do.

Good models err on the same hard images, and often give the same wrong digit there. So what a
pair shares is compared with what the rest of the class leads to expect: of the images that one
errs on, how many of the others gave the same wrong digit, adjusted to how often the other one errs.
The log odds of the share found against the share expected are about normal over pairs of different
recipes; by how far these scatter, in the class at hand, every pair is measured.

Submissions by the same recipe (`autograder.integrity.model_recipe`) share nearly all errors and are
expected to: those say nothing, unless what learns by chance was given different seeds, or none.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.stats import norm

from autograder.integrity.flags import LEVEL, Flag
from autograder.integrity.model_recipe import Recipe, recipe
from autograder.submissions.cells import grade_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from autograder.integrity.inputs import CheckInputs

NAME = "shared errors"
"""The check's name in reports."""

SMALLEST_CLASS = 5
"""Submissions that it takes to tell hard images from easy ones."""

LEAST_SHARED = 17 / 20
"""Of the errors of the one that errs more; two forests of one recipe share four fifths."""

WIDER = 2.0
"""Factor on the scatter: models of one family are closer than a normal distribution allows."""

LEAST_SCATTER = 0.2
"""Of log odds, before it is widened, where a class is too small to show its own."""

_DIGITS = 10


@dataclass(frozen=True, eq=False)
class Answered:
    """What one submission answered, and by what recipe.

    Attributes
    ----------
    answers : ndarray of shape (n,), dtype int64
        Digit of each image.
    recipe : Recipe
        What it is made of.
    """

    answers: NDArray[np.int64]
    recipe: Recipe


@dataclass(frozen=True)
class Sharing:
    """Wrong answers that two submissions have in common.

    Attributes
    ----------
    first, second : str
        The two students.
    shared : int
        Images on which both gave the same wrong digit.
    errors : int
        Errors of the one that errs more.
    expected : float
        How many they would share as independent models.
    explained : bool
        Whether their recipe is the same, so that they may share all.
    p_value : float
        Chance of so many, for this pair of models that are not related; 1 in a small class.
    """

    first: str
    second: str
    shared: int
    errors: int
    expected: float
    explained: bool
    p_value: float


def find_flags(asked: CheckInputs) -> Iterator[Flag]:
    """Flag both of each pair of a class that shares too many wrong answers.

    Raises
    ------
    ValueError
        If answers are to be compared, but the cell that scored them was not released.
    """
    if asked.truth is None or not asked.answers:
        return
    scored = asked.scored_names
    if not scored:
        names = [grade_id(cell) for cell in asked.released.cells]
        raise ValueError(f"no cell {asked.scored!r} among {names}, expected the scoring cell")
    answered = {
        student: Answered(answers, recipe(asked.cells.get(student, []), asked.given, scored))
        for student, answers in asked.answers.items()
    }
    yield from flag_sharing(share_errors(answered, asked.truth), len(answered))


def share_errors(answered: Mapping[str, Answered], truth: NDArray[np.uint8]) -> list[Sharing]:
    """Compare each pair of a class.

    Parameters
    ----------
    answered : mapping of str to Answered
        By student; those that always give the same digit are left out.
    truth : ndarray of shape (n,), dtype uint8
        The right digits.

    Returns
    -------
    list of Sharing
        A pair each, by student; none in a class below `SMALLEST_CLASS`.
    """
    students = sorted(s for s, one in answered.items() if len(np.unique(one.answers)) > 1)
    if len(students) < SMALLEST_CLASS:
        return []
    errors = _errors(np.stack([answered[s].answers for s in students]), truth)
    shared, expected = (errors @ errors.T).toarray(), _expect(errors)
    counts = shared.diagonal()
    pairs = list(combinations(range(len(students)), 2))
    most = np.array([max(counts[i], counts[j]) for i, j in pairs])
    both = (np.array([table[pair] for pair in pairs]) for table in (shared, expected))
    found, luck = both
    recipes = [answered[s].recipe for s in students]
    unlike = np.array([recipes[i].parts != recipes[j].parts for i, j in pairs])
    p_values = _p_values(_log_odds(found, most) - _log_odds(luck, most), unlike)
    return [
        Sharing(
            students[i], students[j], int(found[k]), int(most[k]), float(luck[k]),
            recipes[i].explains(recipes[j]), float(p_values[k]),
        )
        for k, (i, j) in enumerate(pairs)
    ]  # fmt: skip


def flag_sharing(sharings: Sequence[Sharing], students: int) -> list[Flag]:
    """Flag both of each pair that shares too many errors; remark on what a recipe explains.

    Parameters
    ----------
    sharings : sequence of Sharing
        From `share_errors`.
    students : int
        Size of the class; each is compared with all others.

    Returns
    -------
    list of Flag
        Two of each such pair; remarks where a recipe explains it.
    """
    flags = list[Flag]()
    for pair in sharings:
        p = min(1.0, pair.p_value * max(1, students - 1))
        enough = pair.shared >= LEAST_SHARED * pair.errors and p <= LEVEL
        if enough and not pair.explained:
            for student, other in ((pair.first, pair.second), (pair.second, pair.first)):
                luck = f"{pair.expected:.0f} expected of independent models"
                seen = f"shares {pair.shared} of {pair.errors} errors with {other}; {luck}"
                flags.append(Flag(student, NAME, seen, p))
    return [*flags, *_remark(sharings)]


def _remark(sharings: Sequence[Sharing]) -> Iterator[Flag]:
    """Tell who errs just as others of the same recipe do."""
    same: defaultdict[str, int] = defaultdict(int)
    for pair in sharings:
        if pair.explained and pair.shared == pair.errors:
            same[pair.first] += 1
            same[pair.second] += 1
    for student, others in sorted(same.items()):
        seen = (
            f"errs just as {others} other{'s' if others > 1 else ''} of the same recipe: expected"
        )
        yield Flag(student, NAME, seen, remark=True)


def _errors(answers: NDArray[np.int64], truth: NDArray[np.uint8]) -> sparse.csr_matrix:
    """Return who gave which wrong digit where: ones, shape (students, images × digits)."""
    who, where = np.nonzero(answers != truth)
    columns = where * _DIGITS + answers[who, where]
    shape = (len(answers), len(truth) * _DIGITS)
    return sparse.csr_matrix((np.ones(len(who)), (who, columns)), shape)


def _expect(errors: sparse.csr_matrix) -> NDArray[np.float64]:
    """Return how many errors each pair would share by what the others did, (students, students).

    Of each wrong answer of the one, the chance that the other gives it too: the share of the
    others who did, at odds as much higher as the other errs more than they do.
    """
    n = errors.shape[0]
    given = np.asarray(errors.sum(axis=0)).ravel()
    counts = np.asarray(errors.sum(axis=1)).ravel()
    strengths = counts / max(1.0, counts.mean())
    wrong = [errors.indices[errors.indptr[i] : errors.indptr[i + 1]] for i in range(n)]
    expected = np.zeros((n, n))
    for other in range(n):
        has = np.zeros(errors.shape[1], bool)
        has[wrong[other]] = True
        for one in range(n):
            if one != other:
                rest = given[wrong[one]] - 1 - has[wrong[one]]
                odds = strengths[other] * (rest + 0.5) / (n - 2 - rest + 0.5)
                expected[one, other] = (odds / (1 + odds)).sum()
    # Either may be the one: what makes sharing less surprising counts.
    return np.maximum(expected, expected.T)


def _log_odds(part: NDArray[np.float64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    kept = np.minimum(part, whole)
    return np.log((kept + 0.5) / (whole - kept + 0.5))


def _p_values(excess: NDArray[np.float64], unlike: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Measure each pair by the middle and the scatter of those of different recipes."""
    reference = excess[unlike]
    if not len(reference):
        return np.ones(len(excess))
    low, middle, high = np.quantile(reference, [0.25, 0.5, 0.75])
    scatter = max(LEAST_SCATTER, (high - low) / 2 / norm.ppf(0.75))
    p_values: NDArray[np.float64] = norm.sf((excess - middle) / (WIDER * scatter))
    return p_values
