"""Read `tiers.toml`: which scores lie in which tier, and what grade each earns there.

A score is a `fractions.Fraction`, computed from whole numbers, and a boundary is a decimal
string, so no float noise can move a submission across a boundary.
"""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from autograder.errors import TierError
from autograder.scoring.metrics import METRICS, Metric

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
    metric : str
        Name of what is measured, one of `autograder.scoring.metrics.METRICS`.
    chance : Fraction
        Score of an answer that knows nothing.
    bands : tuple of Band
        Bands from 0 upwards without a gap.
    ranked : Ranked
        The region above the last band.
    """

    metric: str
    chance: Fraction
    bands: tuple[Band, ...]
    ranked: Ranked

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
        A TOML file, or a folder. A folder without `tiers.toml` has `DEFAULT_TIERS`.

    Returns
    -------
    Tiers

    Raises
    ------
    FileNotFoundError
        If there is neither such a file nor such a folder.
    TierError
        If the file is not valid, naming the field and what was expected there.
    """
    path = Path(path)
    if path.is_dir():
        path = path / TIERS_FILE
        if not path.exists():
            return load_tiers_text(DEFAULT_TIERS)
    elif not path.exists():
        raise FileNotFoundError(f"{path} does not exist, expected a folder or a TOML file")
    return load_tiers_text(path.read_text(encoding="utf-8"), where=str(path))


def load_tiers_text(text: str, *, where: str = TIERS_FILE) -> Tiers:
    """Read tiers from TOML text; `where` names it in errors.

    Raises
    ------
    TierError
        If the text is not valid TOML, or a field is missing, unknown or of a wrong value.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TierError(str(error), "valid TOML", where) from error
    _check_keys(table, {"metric", "chance", "bands", "ranked"}, where)
    if not isinstance(table["bands"], list) or not table["bands"]:
        raise TierError(table["bands"], "one [[bands]] table or more", f"{where}: bands")
    bands = tuple(_band(b, f"{where}: bands[{i}]") for i, b in enumerate(table["bands"]))
    tiers = Tiers(
        metric=_metric(table["metric"], f"{where}: metric"),
        chance=_boundary(table["chance"], f"{where}: chance"),
        bands=bands,
        ranked=_ranked(table["ranked"], METRICS[table["metric"]], f"{where}: ranked"),
    )
    _check_order(tiers, where)
    return tiers


def _band(table: Any, where: str) -> Band:
    _check_keys(table, {"label", "from", "grades"}, where)
    start = _boundary(table["from"], f"{where}.from")
    return Band(_text(table["label"], f"{where}.label"), start, *_grades(table["grades"], where))


def _ranked(table: Any, metric: Metric, where: str) -> Ranked:
    if isinstance(table, dict) and "above" in table:
        shown = metric.format(_boundary(table["above"], f"{where}.above"))
        table = {"label": f"above {shown.removesuffix(' %')}"} | table
    _check_keys(table, {"label", "above", "grades"}, where)
    above = _boundary(table["above"], f"{where}.above")
    return Ranked(_text(table["label"], f"{where}.label"), above, *_grades(table["grades"], where))


def _metric(value: Any, where: str) -> str:
    if not isinstance(value, str) or value not in METRICS:
        raise TierError(value, f"one of {', '.join(map(repr, METRICS))}", where)
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TierError(value, "a text that is not empty", where)
    return value


def _boundary(value: Any, where: str) -> Fraction:
    # A float is refused: 0.92 in TOML is not ninety-two hundredths but a little more.
    exact = isinstance(value, str) and _DECIMAL.fullmatch(value) and Fraction(value)
    if not isinstance(exact, Fraction) or exact > 1:
        raise TierError(value, 'a decimal in quotes from "0" to "1", such as "0.92"', where)
    return exact


def _grades(value: Any, where: str) -> tuple[int, int]:
    # type() and not isinstance(): true and false are ints in Python.
    whole = isinstance(value, list) and len(value) == 2 and all(type(g) is int for g in value)
    if not whole or not 0 <= value[0] <= value[1] <= 100:
        expected = "two whole numbers from 0 to 100, the first not above the second"
        raise TierError(value, expected, f"{where}.grades")
    return value[0], value[1]


def _check_order(tiers: Tiers, where: str) -> None:
    """Refuse bands by which a better score could earn less or a score have no band."""
    bands, ranked = tiers.bands, tiers.ranked
    parts: tuple[Band | Ranked, ...] = (*bands, ranked)
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
    labels = [part.label for part in parts]
    if repeated := {label for label in labels if labels.count(label) > 1}:
        raise TierError(sorted(repeated), "a label of its own for each band", where)


def _check_keys(table: object, expected: set[str], where: str) -> None:
    wanted = f"a table with exactly the keys {', '.join(sorted(expected))}"
    if not isinstance(table, dict):
        raise TierError(table, wanted, where)
    if wrong := sorted(set(table) ^ expected):
        state = "unknown" if wrong[0] in table else "missing"
        raise TierError(f"{state} key {wrong[0]}", wanted, where)
