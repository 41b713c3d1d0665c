"""Read a course's own metric: ``metric.py`` in the assignment's folder, if `tiers.toml` names it.

The file defines ``metric``, a `Metric`. Its author writes it, as all that grades a class: it runs
in the grader's own process and beside each graded cell, and nothing of a submission is near it.
What it gives is looked at each time, so that an author's mistake is told by the file and the key,
and is never a student's zero: a `MetricError` in a graded cell leaves the submission ungraded.
"""

from __future__ import annotations

import re
import runpy
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.errors import MetricError, PredictionError
from autograder.scoring.metric_scores import Pairs
from autograder.scoring.metrics import METRICS, Metric
from autograder.scoring.validation import as_array
from helpers.files import sha256
from helpers.metric_file import METRIC_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

RESERVED = frozenset(
    {
        *("student", "assignment", "outcome", "score", "low", "high", "tier", "grade", "rank"),
        *("points", "max_points", "final", "notes", "claim", "penalty", "deduction", "override"),
    }
)
"""Headings of tables in which the metric's name is one, too."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)

_TOLD = ("name", "title", "percent", "is_share", "by_image", "sha256")
"""Fields that the evidence keeps."""


def load_own_metric(path: Path) -> Metric:
    """Run a file that defines a metric, and look at what it defines.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Metric
        With the file's SHA-256; its two functions raise `MetricError` where they give what no
        metric gives.

    Raises
    ------
    MetricError
        If there is no such file, it fails, or its ``metric`` is none; naming file and key.
    """
    try:
        found = sha256(path)
    except OSError as error:
        expected = "the file, which tiers.toml names as the metric"
        raise MetricError(error.strerror, expected, str(path)) from error
    metric: Any = _run(path).get("metric")
    _check_fields(metric, path)
    metric = replace(metric, sha256=found)
    guarded: Metric = replace(
        metric, check=_checked(metric.check, path), score=_scored(metric, metric.score, path)
    )
    return guarded


def describe_metric(metric: Metric) -> dict[str, Any] | None:
    """Return what the evidence keeps of a course's own metric; None for one that is not."""
    return {name: getattr(metric, name) for name in _TOLD} if metric.own else None


def recorded_metric(described: Mapping[str, Any]) -> Metric:
    """Return a metric of which `describe_metric` is all that is left: it measures nothing."""

    def refuse(*_: Any) -> Any:
        expected = f"the file with SHA-256 {described['sha256']}, of which this is on record alone"
        raise MetricError(described["name"], expected, METRIC_FILE)

    return Metric(check=refuse, score=refuse, **{name: described[name] for name in _TOLD})


def _run(path: Path) -> dict[str, Any]:
    try:  # no import, which would leave a folder of byte code beside the file
        return runpy.run_path(str(path), run_name="metric")
    except Exception as error:  # of whatever kind: it is the author's code
        raise _failure(error, "a file that runs by itself", str(path)) from error


def _failure(error: Exception, expected: str, where: str) -> MetricError:
    return MetricError(f"{type(error).__name__}: {error}", expected, where)


def _check_fields(metric: Any, path: Path) -> None:
    if not isinstance(metric, Metric):
        found = "no metric" if metric is None else metric
        raise MetricError(found, "a Metric of autograder.score", f"{path}: metric")
    name, title = metric.name, metric.title
    known = {*METRICS, *RESERVED}
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in known:
        expected = f"a name of a-z, 0-9 and _, and none of {', '.join(sorted(known))}"
        raise MetricError(name, expected, f"{path}: name")
    if not isinstance(title, str) or not title.strip() or not title.isprintable():
        raise MetricError(title, "a text of one line that is not empty", f"{path}: title")
    for key in ("percent", "is_share", "by_image"):
        if type(found := getattr(metric, key)) is not bool:
            raise MetricError(found, "True or False", f"{path}: {key}")
    for key, call in (("check", "check(answer, truth)"), ("score", "score(pairs)")):
        if not callable(found := getattr(metric, key)):
            raise MetricError(found, f"a function {call}", f"{path}: {key}")


def _checked(
    check: Callable[[Any, NDArray[Any]], NDArray[Any]], path: Path
) -> Callable[[Any, NDArray[Any]], NDArray[Any]]:
    """Let a check meet arrays alone, and look at what it makes of them."""

    def checked(answer: Any, truth: NDArray[Any]) -> NDArray[Any]:
        # what a student's object does when it is asked for numbers is the student's
        array = as_array(answer, "an array of numbers, one row per image", "predict(images)")
        found = _look(check, array, truth, path)
        again = _look(check, found.copy(), truth, path)
        if found.dtype.kind != again.dtype.kind or not np.array_equal(found, again):
            # answers are kept, and checked again when they are scored again
            expected = "the same array when what it gave is checked again"
            raise MetricError("another array", expected, f"{path}: check")
        return found

    return checked


def _look(
    check: Callable[[Any, NDArray[Any]], NDArray[Any]],
    answer: NDArray[Any],
    truth: NDArray[Any],
    path: Path,
) -> NDArray[Any]:
    where = f"{path}: check"
    try:
        found: Any = check(answer, truth)
    except PredictionError:
        raise
    except Exception as error:
        raise _failure(error, "an array, or a PredictionError", where) from error
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "biuf":
        kind = f"an array of {found.dtype}" if isinstance(found, np.ndarray) else found
        raise MetricError(kind, "a numpy array of numbers or truth values", where)
    if found.ndim not in (1, 2) or len(found) != len(truth):
        expected = f"one row for each of {len(truth)} images, in one dimension or two"
        raise MetricError(f"shape {found.shape}", expected, where)
    if not np.isfinite(found).all():
        raise MetricError("an infinity or nan", "finite numbers, or a PredictionError", where)
    return found.astype({"b": np.bool_, "f": np.float64}.get(found.dtype.kind, np.int64))


def _scored(
    metric: Metric, score: Callable[[Pairs], Fraction], path: Path
) -> Callable[[Pairs], Fraction]:
    """Look at each score: it is exact, and from 0 to 1."""
    where = f"{path}: score"

    def scored(pairs: Pairs) -> Fraction:
        # labels come as bytes, which the next sum would overflow
        plain = Pairs(_widened(pairs.truth), _widened(pairs.answers), pairs.counts)
        try:
            found: Any = score(plain)
        except Exception as error:
            expected = "a Fraction, also where a pair's count is 0"
            raise _failure(error, expected, where) from error
        if type(found) is not int and not isinstance(found, Fraction):
            raise MetricError(found, "an exact Fraction, such as Fraction(97, 100)", where)
        if not 0 <= found <= 1:
            raise MetricError(str(found), "a score from 0 to 1", where)
        n = int(pairs.counts.sum())
        if metric.is_share and (found * n).denominator != 1:
            expected = f"a whole number of {n} images, or is_share=False"
            raise MetricError(str(found), expected, where)
        return Fraction(found)

    return scored


def _widened(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(np.int64) if array.dtype.kind in "iu" else array
