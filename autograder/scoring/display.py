"""Show a practice score and what it forecasts: words first, then a small picture.

The picture is drawn in the text's own colour and in JupyterLab's (``--jp-...``, with fallbacks
elsewhere), so it can be read on light and on dark pages. Whatever a colour or a shape says, a
word says too: where a page lets no picture through, nothing is lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING

from autograder.scoring.final import FinalRule
from helpers.capstone import Capstone, Usage, describe_usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autograder.scoring.forecast import Forecast, Step
    from autograder.scoring.metrics import Measured, Metric
    from autograder.scoring.tiers import Tiers

WIDTH, HEIGHT = 640, 104
"""Size of the picture, in its own units."""

_LEGEND = (
    "The dot is your practice score, the bar the interval of the held-out score, "
    "the strips are tiers."
)

_RULES = {
    FinalRule.TIER: "That grade is your final mark; points do not change it.",
    FinalRule.TOTAL: "Your final mark is the share of all points, this cell's by that grade.",
}

_SAMPLING = ", by the choice of images alone: what learning again changes was not measured"

_ACCENT = "var(--jp-brand-color1, #1976d2)"
_CHARACTER = 6.6
"""Width of a character of a label, in the picture's units."""


@dataclass(frozen=True)
class Shown:
    """All that is said of a practice score.

    Attributes
    ----------
    measured, total : Measured
        The score and of how many images.
    points, max_points : float
        What it earns here.
    tiers, capstone : Tiers
        The assignment's tiers and conditions.
    forecast : Forecast
        What the score says about held-out images.
    call : str
        Name of the function that was scored.
    usages : tuple of Usage
        What each of its calls took.
    """

    measured: Measured
    total: int
    points: float
    max_points: float
    tiers: Tiers
    capstone: Capstone
    forecast: Forecast
    call: str
    usages: tuple[Usage, ...]

    @property
    def metric(self) -> Metric:
        """What is measured."""
        return self.tiers.metric


def to_html(shown: Shown) -> str:
    """Return the words and the picture as a piece of HTML."""
    # A number and its unit stay on one line.
    sentences = (re.sub(r"(?<=[\d,]) (?=%|s\b|MB)", "&nbsp;", s) for s in _sentences(shown))
    words = "".join(f"<p style='margin:0 0 4px'>{sentence}</p>" for sentence in sentences)
    style = f"max-width:{WIDTH}px;font-family:var(--jp-ui-font-family, sans-serif);line-height:1.45"
    return f"<div style='{style}'>{words}{_picture(shown)}<p style='margin:0'>{_LEGEND}</p></div>"


def _sentences(shown: Shown) -> Iterator[str]:
    seen, metric = shown.forecast, shown.metric
    score = _number(metric, shown.measured.score)
    title = metric.title[0].upper() + metric.title[1:]  # whose other capitals stay
    yield (
        f"<strong>{title} {score}</strong> on {shown.total:,} practice images: "
        f"{shown.points:g} of {shown.max_points:g} points here."
    )
    low, high = _number(metric, seen.low), _number(metric, seen.high)
    yield (
        f"On the held-out images expect <strong>{low} to {high}</strong> "
        f"(95 % prediction interval{_SAMPLING if metric.own else ''})."
    )
    yield _standing(shown)
    yield " ".join(_ways(shown))
    yield _took(shown)
    yield (
        f"Your grade is decided by {shown.capstone.held_out:,} held-out images, "
        f"when your notebook is run again. {_RULES[shown.tiers.final]}"
    )


def _standing(shown: Shown) -> str:
    seen, tiers = shown.forecast, shown.tiers
    tier = f"tier “{escape(seen.placed.label)}”"
    if seen.placed.label == tiers.ranked.label:
        grade = f"grade {tiers.ranked.first} to {tiers.ranked.last}, by rank in your class"
    else:
        grade = f"grade {seen.placed.grade}"
    sentence = f"Such a score is in <strong>{tier}, {grade}</strong>."
    if not seen.borderline:
        return f"{sentence} Not borderline: the whole interval is in this tier."
    others = [f"“{escape(label)}”" for label in seen.reached if label != seen.placed.label]
    return (
        f"{sentence} <strong>Borderline:</strong> the interval reaches "
        f"{' and '.join(filter(None, [', '.join(others[:-1]), others[-1]]))} too."
    )


def _ways(shown: Shown) -> Iterator[str]:
    """Say how far the next boundaries are."""
    if shown.forecast.up is not None:
        yield _way(shown, "Up", shown.forecast.up, "more")
    else:
        yield "There is no tier above: the best of the class gets the best grade."
    if shown.forecast.down is not None:
        yield _way(shown, "Down", shown.forecast.down, "fewer")


def _way(shown: Shown, direction: str, step: Step, more: str) -> str:
    metric = shown.metric
    gap = _number(metric, step.gap).replace(" %", " percentage points")
    boundary = metric.format(step.boundary)
    way = f"{direction} to “{escape(step.label)}” (boundary {boundary}): {gap}"
    if step.images is None:
        return f"{way}."
    about = "" if metric.is_share else "about "
    return f"{way}, or {about}{step.images:,} {more} image{'s' * (step.images != 1)} right."


def _took(shown: Shown) -> str:
    limits, call = shown.capstone, f"<code>{escape(shown.call)}</code>"
    if len(shown.usages) > 1:
        call = f"The longest of {len(shown.usages)} calls of {call}"
    # the memory that the last one tells is the most since the process began
    usage = Usage(max(usage.seconds for usage in shown.usages), shown.usages[-1].peak_mb)
    sentence = f"{call} took {describe_usage(usage, limits.call_seconds, limits.memory_mb)}."
    over = usage.seconds > limits.call_seconds
    if over or (usage.peak_mb or 0) > limits.memory_mb:
        sentence += " <strong>Over the limit:</strong> a graded run would stop it, for 0 points."
    return sentence


def _number(metric: Metric, value: Fraction | float) -> str:
    return f"{float(value) * 100:.2f} %" if metric.percent else f"{float(value):.3f}"


# The picture: tiers as strips, the interval as a bar, the practice score as a dot


def _picture(shown: Shown) -> str:
    scale = _Scale(*_range(shown))
    parts = [*_strips(shown, scale), *_interval(shown, scale)]
    said = escape(f"{_number(shown.metric, shown.measured.score)} among the tiers", quote=True)
    return (
        f"<svg viewBox='0 0 {WIDTH} {HEIGHT}' width='100%' role='img' aria-label='{said}' "
        "style='display:block;color:var(--jp-content-font-color1, currentColor)' "
        f"font-size='12' fill='currentColor'>{''.join(parts)}</svg>"
    )


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float

    def __call__(self, score: float) -> float:
        share = (score - self.low) / (self.high - self.low)
        return round(1 + min(max(share, 0), 1) * (WIDTH - 2), 1)


def _range(shown: Shown) -> tuple[float, float]:
    """Show the interval, the score and the nearest boundaries, with some room."""
    seen = shown.forecast
    marks = [seen.low, seen.high, float(shown.measured.score)]
    marks += [float(step.boundary) for step in (seen.up, seen.down) if step is not None]
    room = 0.12 * (max(marks) - min(marks)) + 1e-6
    return max(min(marks) - room, 0), min(max(marks) + room, 1)


def _strips(shown: Shown, scale: _Scale) -> Iterator[str]:
    tiers = shown.tiers
    ends = [Fraction(0), *(band.start for band in tiers.bands[1:]), tiers.ranked.above, Fraction(1)]
    edges = [scale(float(end)) for end in ends]
    seen = [k for k in range(len(tiers.labels)) if edges[k + 1] - edges[k] >= 1]
    free = 0.0  # where the last boundary's label ends
    for number, k in enumerate(seen):
        left, width = edges[k], round(edges[k + 1] - edges[k], 1)
        opacity = 0.05 if number % 2 else 0.13
        yield f"<rect x='{left}' y='22' width='{width}' height='48' fill-opacity='{opacity}'/>"
        label, boundary = tiers.labels[k], shown.metric.format(ends[k])
        if width > _width(label) + 4:
            own = " font-weight='bold'" if label == shown.forecast.placed.label else ""
            yield _text(left + width / 2, 15, label, own)
        if number:
            yield f"<path d='M{left} 22V76' stroke='currentColor' stroke-opacity='0.6'/>"
        if number and left - _width(boundary) / 2 > free:
            yield _text(left, 90, boundary)
            free = left + _width(boundary) / 2 + 6


def _interval(shown: Shown, scale: _Scale) -> Iterator[str]:
    low, high = scale(shown.forecast.low), scale(shown.forecast.high)
    score = scale(float(shown.measured.score))
    yield (
        f"<path d='M{low} 46H{high}M{low} 38V54M{high} 38V54' stroke='{_ACCENT}' "
        "stroke-width='3' fill='none'/>"
    )
    yield f"<circle cx='{score}' cy='46' r='5.5' stroke='{_ACCENT}' stroke-width='2'/>"


def _width(words: str) -> float:
    return _CHARACTER * len(words)


def _text(x: float, y: float, words: str, more: str = "") -> str:
    half = _width(words) / 2
    x = min(max(x, half), WIDTH - half)
    return f"<text x='{x:.1f}' y='{y}' text-anchor='middle'{more}>{escape(words)}</text>"
