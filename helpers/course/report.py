"""What a check found, and how it is said: a sentence for each thing that is missing."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from helpers.capstone import Usage, describe_usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class State(StrEnum):
    """How far an exercise is."""

    OPEN = "open"
    PASSES = "passes"
    FAILS = "fails"
    WRITTEN = "written"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Finding:
    """How far one exercise is.

    Attributes
    ----------
    name : str
        The exercise's.
    state : State
        How far it is.
    points : float
        Points that it is worth; hidden checks decide on a part of them.
    said : str
        What its checks said, or why one failed.
    """

    name: str
    state: State
    points: float
    said: str = ""


@dataclass(frozen=True)
class Estimate:
    """What the capstone's last cell measured on practice images.

    Attributes
    ----------
    metric : str
        Name of what is measured.
    score : str
        Exact, as a fraction: "49/50".
    tier : str
        Label of the tier that such a score lies in.
    points, max_points : float
        What it earns.
    """

    metric: str
    score: str
    tier: str
    points: float
    max_points: float

    @property
    def percent(self) -> int:
        """The score in whole percent, rounded down: what a file's name claims."""
        return min(max(math.floor(100 * Fraction(self.score)), 0), 100)


@dataclass(frozen=True)
class Report:
    """All that a check of one notebook found.

    Attributes
    ----------
    assignment, file : str
        Its name, and the path of the file.
    sha256 : str
        Of the file as it was checked.
    size : int
        Bytes of the file.
    findings : tuple of Finding
        One for each exercise that was looked at.
    broken : tuple of (int, str)
        Number and error of each other cell that failed, counted from 1 as Jupyter shows them.
    seconds, slowest : float
        Wall time of the run and of its slowest cell.
    peak_mb : float or None
        Most memory that it held, in MiB, where the system tells.
    output_mb : float
        What its cells put out, in MiB.
    limits : mapping of str to float
        Those of a graded run.
    stopped : str
        Why the run did not come to its end; empty if it did.
    estimate : Estimate or None
        The capstone's score, if there is one.
    """

    assignment: str
    file: str
    sha256: str
    size: int
    findings: tuple[Finding, ...]
    broken: tuple[tuple[int, str], ...]
    seconds: float
    slowest: float
    peak_mb: float | None
    output_mb: float
    limits: Mapping[str, float]
    stopped: str = ""
    estimate: Estimate | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, as one process tells it another."""
        return asdict(self)

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Report:
        """Read back what `to_dict` returned, from JSON too."""
        findings = (Finding(**one | {"state": State(one["state"])}) for one in found["findings"])
        estimate = found["estimate"] and Estimate(**found["estimate"])
        broken = tuple((int(number), str(error)) for number, error in found["broken"])
        more = {"findings": tuple(findings), "broken": broken, "estimate": estimate}
        return cls(**dict(found) | more)


def missing(report: Report) -> tuple[str, ...]:
    """Say what keeps a notebook from being done, a sentence for each thing.

    Parameters
    ----------
    report : Report
        What a check found.

    Returns
    -------
    tuple of str
        Empty if nothing is missing that can be seen here.
    """
    return tuple(_missing(report))


def _missing(report: Report) -> Iterator[str]:
    if report.stopped:
        yield f"The run was stopped: {report.stopped}."
    for one in report.findings:
        if one.state is State.OPEN:
            yield f"{one.name} is still open ({one.points:g} points)."
        elif one.state is State.FAILS:
            yield f"{one.name} does not pass: {one.said}"
        elif one.state is State.NOT_RUN:
            yield f"{one.name} was not checked, as the run did not come so far."
    for number, error in report.broken:
        yield f"Cell {number} fails: {error}"
    yield from _over(report)


def _over(report: Report) -> Iterator[str]:
    limits = report.limits
    for key, value, unit in (
        ("memory_mb", report.peak_mb or 0, "MB of memory"),
        ("output_mb", report.output_mb, "MB of output"),
    ):
        if value > limits.get(key, float("inf")):
            yield f"It took {value:,.0f} {unit}, and a graded run allows {limits[key]:,.0f}."


def summary(report: Report) -> tuple[str, ...]:
    """Say what a check found, line by line.

    Parameters
    ----------
    report : Report
        What a check found.

    Returns
    -------
    tuple of str
        The exercises that are done, what the run took, the estimate, what is missing.
    """
    return tuple(_summary(report))


def _summary(report: Report) -> Iterator[str]:
    done = [one for one in report.findings if one.state in (State.PASSES, State.WRITTEN)]
    yield f"{report.assignment}: {len(done)} of {len(report.findings)} exercises done."
    for one in done:
        said = one.said or (
            f"{one.name} is written, for a person to read." if one.state is State.WRITTEN else ""
        )
        yield f"  {said or one.name + ' is answered.'}"
    yield took(report)
    if report.estimate is not None:
        yield estimated(report.estimate)
    found = missing(report)
    yield "Missing:" if found else "Nothing is missing that can be seen here."
    yield from (f"  {sentence}" for sentence in found)


def _answered(finding: Finding) -> str:
    later = ", for a person to read" if finding.state is State.WRITTEN else ""
    return f"{finding.name} is answered{later}."


def took(report: Report) -> str:
    """Say what the run took of a graded run's limits."""
    limits = report.limits
    memory = limits.get("memory_mb")
    usage = Usage(report.seconds, report.peak_mb)
    used = describe_usage(
        usage, limits.get("notebook_seconds"), None if memory is None else int(memory)
    )
    slowest = f"slowest cell {report.slowest:.1f} s"
    if "cell_seconds" in limits:
        slowest += f" of {limits['cell_seconds']:g} s"
    return f"It took {used}; {slowest}; the file has {report.size / 1e6:.1f} MB."


def estimated(estimate: Estimate) -> str:
    """Say what the capstone's score is."""
    share = estimate.metric in ("accuracy", "balanced_accuracy")
    exact = float(Fraction(estimate.score))
    score = f"{100 * exact:.2f} %" if share else f"{exact:.3f}"
    return (
        f"Estimate: {estimate.metric} {score} on practice images, tier “{estimate.tier}”, "
        f"{estimate.points:g} of {estimate.max_points:g} points; held-out images decide."
    )
