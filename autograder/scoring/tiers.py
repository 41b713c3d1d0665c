"""Read `tiers.toml`: which scores lie in which tier, and what grade each earns there.

A score is a `fractions.Fraction`, computed from whole numbers, and a boundary is a decimal
string, so no float noise can move a submission across a boundary.
"""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.errors import MetricError, TierError
from autograder.scoring.final import FinalRule
from autograder.scoring.metrics import METRICS, Metric
from autograder.scoring.own_metric import load_own_metric
from helpers._errors import SettingError
from helpers._toml import list_of, one_of, parse_toml, read_toml, table
from helpers.capstone import Capstone, capstone
from helpers.metric_file import METRIC_FILE

if TYPE_CHECKING:
    from collections.abc import Callable

TIERS_FILE = "tiers.toml"
"""File of tiers, in an assignment's folder."""

DEFAULT_TIERS = """\
metric = "accuracy"
chance = "0.10"
bands = [
    { label = "fail", from = "0", grades = [0, 59] },
    { label = "60s", from = "0.92", grades = [60, 69] },
    { label = "70s", from = "0.93", grades = [70, 79] },
    { label = "80s", from = "0.94", grades = [80, 84] },
    { label = "85s", from = "0.95", grades = [85, 89] },
    { label = "90", from = "0.96", grades = [90, 90] },
]

[ranked]
label = "above 96"
above = "0.96"
grades = [90, 100]
"""
"""What holds for an assignment whose folder has no `tiers.toml`."""

_DECIMAL = re.compile(r"\d+(\.\d+)?", re.ASCII)


@dataclass(frozen=True)
class Band:
    """Scores from one boundary up to the next band, and the grades they climb through.

    Attributes
    ----------
    label : str
        Label of the tier.
    start : Fraction
        Lowest score of the band, from 0 to 1.
    first, last : int
        Grades at its two ends, from 0 to 100.
    """

    label: str
    start: Fraction
    first: int
    last: int


@dataclass(frozen=True)
class Ranked:
    """Scores above the last band, which the class's own ranking grades.

    Attributes
    ----------
    label : str
        Label of the tier.
    above : Fraction
        Score that one has to exceed, from 0 to 1.
    first, last : int
        Grades of the worst and the best up there, from 0 to 100.
    """

    label: str
    above: Fraction
    first: int
    last: int


@dataclass(frozen=True)
class Placement:
    """The tier and the grade of one score taken by itself.

    Attributes
    ----------
    label : str
        Label of the tier.
    grade : int
        From 0 to 100.
    """

    label: str
    grade: int


@dataclass(frozen=True)
class Tiers:
    """A metric's bands, lowest first, and the ranked region above them.

    Attributes
    ----------
    metric : Metric
        What is measured: one of `autograder.scoring.metrics.METRICS`, or a course's own.
    chance : Fraction
        Score of an answer that knows nothing.
    bands : tuple of Band
        Bands from 0 upwards without a gap.
    ranked : Ranked
        The region above the last band.
    final : FinalRule
        Whether the grade or the share of all points is a submission's final mark.
    capstone : Capstone or None
        Sizes and limits that hold at home and when graded, from the table ``[capstone]``; None
        if there is none.
    """

    metric: Metric
    chance: Fraction
    bands: tuple[Band, ...]
    ranked: Ranked
    final: FinalRule = FinalRule.TIER
    capstone: Capstone | None = None

    @property
    def boundaries(self) -> tuple[Fraction, ...]:
        """Where one grade's tier ends and the next begins, from low to high."""
        return tuple(sorted({*(band.start for band in self.bands[1:]), self.ranked.above}))

    @property
    def labels(self) -> tuple[str, ...]:
        """Label of each tier, lowest first."""
        return (*(band.label for band in self.bands), self.ranked.label)

    @property
    def provisional(self) -> int:
        """Grade above the last band as long as the class is unknown: the least it can be."""
        return self.ranked.first

    def place(self, score: Fraction) -> Placement:
        """Place one score, provisionally if the class decides its grade.

        Parameters
        ----------
        score : Fraction
            Exact score, 0 to 1.

        Returns
        -------
        Placement

        Raises
        ------
        TypeError
            If `score` is a float, which would be too inexact at a boundary.
        TierError
            If `score` is outside 0 to 1.

        Examples
        --------
        >>> load_tiers_text(DEFAULT_TIERS).place(Fraction(9299, 10_000))
        Placement(label='60s', grade=69)
        """
        _check_score(score)
        if score > self.ranked.above:
            return Placement(self.ranked.label, self.provisional)
        ends = [*(band.start for band in self.bands[1:]), self.ranked.above]
        reached = [pair for pair in zip(self.bands, ends, strict=True) if pair[0].start <= score]
        band, end = reached[-1]
        return Placement(band.label, _climb(band, end, score))


def _check_score(score: Fraction) -> None:
    if not isinstance(score, Fraction | int) or isinstance(score, bool):
        raise TypeError(f"score is {score!r}, expected a Fraction such as Fraction(9600, 10000)")
    if not 0 <= score <= 1:
        raise TierError(score, "a score between 0 and 1", "score")


def _climb(band: Band, end: Fraction, score: Fraction) -> int:
    """Grade of `score` in a band: equal steps, one for each whole number."""
    if end == band.start:
        return band.first
    share = (score - band.start) / (end - band.start)
    # Only a score exactly on `ranked.above` has the share 1, one step past the last.
    return min(band.last, band.first + math.floor((band.last - band.first + 1) * share))


def load_tiers(path: Path | str) -> Tiers:
    """Read an assignment's tiers.

    Parameters
    ----------
    path : Path or str
        A TOML file, or a folder. A folder without `tiers.toml` has `DEFAULT_TIERS`. A course's
        own metric is the file `metric.py` beside it.

    Returns
    -------
    Tiers

    Raises
    ------
    FileNotFoundError
        If there is neither such a file nor such a folder.
    TierError
        If the file is not valid, naming the field and what was expected there.
    MetricError
        If the course's own metric is not.
    """
    path = Path(path)
    if path.is_dir():
        path = path / TIERS_FILE
        if not os.path.lexists(path):
            return load_tiers_text(DEFAULT_TIERS)
    elif not path.exists():
        raise FileNotFoundError(f"{path} does not exist, expected a folder or a TOML file")
    try:
        found = read_toml(path, _TIERS)
    except SettingError as error:
        raise TierError(*error.args) from error
    return _tiers(found, str(path), lambda: load_own_metric(path.parent / METRIC_FILE))


def load_tiers_text(
    text: str, *, where: str = TIERS_FILE, own: Callable[[], Metric] | None = None
) -> Tiers:
    """Read tiers from TOML text.

    Parameters
    ----------
    text : str
        The text.
    where : str, optional
        What errors name it.
    own : callable, optional
        Gives the course's own metric, if the text names it.

    Returns
    -------
    Tiers

    Raises
    ------
    TierError
        If the text is not valid TOML, or a field is missing, unknown or of a wrong value.
    MetricError
        As `own`.
    """
    try:
        found = parse_toml(text, _TIERS, where)
    except SettingError as error:
        raise TierError(*error.args) from error
    return _tiers(found, where, own)


def _tiers(found: dict[str, Any], where: str, own: Callable[[], Metric] | None) -> Tiers:
    above, metric = found["ranked"]["above"], METRICS.get(found["metric"])
    if metric is None:
        if own is None:
            raise MetricError(METRIC_FILE, "that file beside the tiers", f"{where}: metric")
        metric = own()
    label = f"above {metric.format(above).removesuffix(' %')}"
    tiers = Tiers(
        metric=metric,
        chance=found["chance"],
        bands=tuple(Band(b["label"], b["from"], *b["grades"]) for b in found["bands"]),
        ranked=Ranked(found["ranked"].get("label", label), above, *found["ranked"]["grades"]),
        final=FinalRule(found.get("final", FinalRule.TIER)),
        capstone=found.get("capstone"),
    )
    _check_order(tiers, where)
    return tiers


def _label(value: Any, key: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SettingError(value, "a text that is not empty", key)
    return value


def _boundary(value: Any, key: str) -> Fraction:
    # A float is refused: 0.92 in TOML is not ninety-two hundredths but a little more.
    exact = isinstance(value, str) and _DECIMAL.fullmatch(value) and Fraction(value)
    if not isinstance(exact, Fraction) or exact > 1:
        raise SettingError(value, 'a decimal in quotes from "0" to "1", such as "0.92"', key)
    return exact


def _grades(value: Any, key: str) -> tuple[int, int]:
    # type() and not isinstance(): true and false are ints in Python.
    whole = isinstance(value, list) and len(value) == 2 and all(type(g) is int for g in value)
    if not whole or not 0 <= value[0] <= value[1] <= 100:
        expected = "two whole numbers from 0 to 100, the first not above the second"
        raise SettingError(value, expected, key)
    return value[0], value[1]


_BAND = table({"label": _label, "from": _boundary, "grades": _grades})

_TIERS = table(
    {
        "bands": list_of(_BAND, "one [[bands]] table or more", least=1),
        "metric": one_of((*METRICS, METRIC_FILE)),
        "chance": _boundary,
        "ranked": table({"above": _boundary, "grades": _grades}, {"label": _label}),
    },
    {"final": one_of(tuple(map(str, FinalRule))), "capstone": capstone},
)


def _check_order(tiers: Tiers, where: str) -> None:
    """Refuse bands by which a better score could earn less or a score have no band."""
    bands, ranked = tiers.bands, tiers.ranked
    parts: tuple[Band | Ranked, ...] = (*bands, ranked)
    labels = tiers.labels
    if bands[0].start != 0:
        raise TierError(str(bands[0].start), '"0" as the start of the first band', where)
    for low, high in pairwise(bands):
        if not low.start < high.start:
            found = f"{high.label!r} from {float(high.start)} after {float(low.start)}"
            raise TierError(found, "bands that start higher and higher", where)
    if ranked.above < bands[-1].start:
        expected = f"at least {float(bands[-1].start)}, where the last band starts"
        raise TierError(float(ranked.above), expected, f"{where}: ranked.above")
    for lower, upper in pairwise(parts):
        if lower.last > upper.first:
            found = f"{upper.label!r} from grade {upper.first} after {lower.last}"
            raise TierError(found, "grades that never decrease from band to band", where)
    if repeated := {label for label in labels if labels.count(label) > 1}:
        raise TierError(sorted(repeated), "a label of its own for each band", where)
