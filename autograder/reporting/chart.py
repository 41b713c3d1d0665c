"""Draw a class's scores against its tiers, or its points where there are none."""

from __future__ import annotations

import io
import warnings
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from autograder.scoring.standing import GradeRow
    from autograder.scoring.tiers import Tiers

NAMED = 60
"""Up to so many submissions each has a line with its name; more are drawn closer, unnamed."""

WIDE, NARROW = 9.0, 4.4
"""Widths of a picture for a desk and for a phone, in inches of 72 points."""

_INK, _PASS, _FAIL = "#1f2933", "#0b4f8a", "#a8321a"

_SHADES = ("#eef3f8", "#dde8f2")

_FAIL_SHADE, _RANKED_SHADE = "#fbeee9", "#c9ddee"

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: small, searchable, in the reader's own font
    "svg.hashsalt": "class",  # equal classes give equal bytes
    "font.family": "sans-serif",
    "font.size": 9,
    "text.parse_math": False,  # a $ in a student's name is a dollar
    "text.color": _INK,
    "axes.edgecolor": "#9aa5b1",
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
}


def draw_class(rows: Sequence[GradeRow], tiers: Tiers | None, *, width: float = WIDE) -> str:
    """Draw each scored submission as a point with its 95 % interval, best on top.

    Without tiers, each is a bar as long as its share of the points.

    The scores that pass lie close together and one that fails may lie anywhere, so the axis
    is cut in two: a narrow part for what is far below the first boundary and a wide one for
    the rest, each of even scale.

    Parameters
    ----------
    rows : sequence of GradeRow
        The class; what has no score or is not graded is left out of the picture.
    tiers : Tiers or None
        The tiers whose bands are shaded; None if the class is graded by points.
    width : float, default WIDE
        In inches of 72 points; what is narrower than `NARROW` has its numbers upright.

    Returns
    -------
    str
        An SVG document without an XML prolog.
    """
    scored = sorted((row for row in rows if row.outcome.graded), key=_best_first)
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        # The reader's browser sets the text, and it has more letters than our font.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = _lay_out(scored, tiers, width) if tiers else _lay_out_points(scored, width)
        svg = io.StringIO()
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return svg.getvalue()[svg.getvalue().index("<svg") :]


def _best_first(row: GradeRow) -> tuple[float, Fraction, str]:
    return -float(row.score or 0), -(row.share or Fraction(0)), row.student


def _new_figure(rows: Sequence[GradeRow], width: float) -> Figure:
    line = 0.23 if len(rows) <= NAMED else 0.025
    height = 1.25 + max(line * len(rows), 1.0)
    return Figure(figsize=(width, height), layout="constrained")


def _lay_out_points(rows: Sequence[GradeRow], width: float) -> Figure:
    rows = [row for row in rows if row.share is not None]
    figure = _new_figure(rows, width)
    axis = figure.subplots()
    shares = [float(100 * (row.share or 0)) for row in rows]
    axis.barh(range(1, len(rows) + 1), shares, height=0.6, color=_PASS)
    axis.set_xlim(0, 100)
    _name_lines(axis, rows)
    _cut([axis])
    figure.supxlabel("points, in percent of all", fontsize=9)
    return figure


def _lay_out(rows: Sequence[GradeRow], tiers: Tiers, width: float) -> Figure:
    rows = [row for row in rows if row.score is not None]
    figure = _new_figure(rows, width)
    parts = _parts(tiers)
    widths = [1.0] if len(parts) == 1 else [1.0, 4.5]
    axes = figure.subplots(1, len(parts), sharey=True, squeeze=False, width_ratios=widths)[0]
    for axis, (start, end) in zip(axes, parts, strict=True):
        axis.set_xlim(start, end)
        _shade(axis, tiers, start, end)
        _plot(axis, rows, tiers)
        if width <= NARROW:
            axis.tick_params(axis="x", rotation=90)
    _name_lines(axes[0], rows)
    _cut(axes)
    figure.supxlabel(f"{tiers.metric.title}, with its 95 % interval", fontsize=9)
    if not rows:
        axes[-1].text(0.5, 0.5, "no submission has a score", ha="center", va="center",
                      transform=axes[-1].transAxes)  # fmt: skip
    return figure


def _parts(tiers: Tiers) -> list[tuple[float, float]]:
    """Ranges of the axis: all of it, or what is far below the first boundary and the rest."""
    if len(tiers.bands) == 1:
        return [(0, 1)]
    first = tiers.bands[1].start
    cut = first - (1 - first) / 4
    return [(0, float(cut)), (float(cut), 1)] if cut > Fraction(1, 10) else [(0, 1)]


def _shade(axis: Axes, tiers: Tiers, start: float, end: float) -> None:
    """Shade and name the tiers in one part of the axis, and mark its boundaries."""
    bounds = [float(band.start) for band in tiers.bands] + [float(tiers.ranked.above), 1.0]
    labels = [band.label for band in tiers.bands] + [tiers.ranked.label]
    shades = [_FAIL_SHADE, *(_SHADES[i % 2] for i in range(len(labels) - 2)), _RANKED_SHADE]
    for label, low, high, shade in zip(labels, bounds, bounds[1:], shades, strict=False):
        left, right = max(low, start), min(high, end)
        if right <= left:
            continue
        axis.axvspan(left, right, color=shade, linewidth=0, zorder=0)
        axis.text((left + right) / 2, 1.01, label, ha="center", va="bottom", fontsize=8,
                  transform=axis.get_xaxis_transform())  # fmt: skip
    inside = sorted({bound for bound in bounds if start <= bound <= end})
    for bound in inside:
        axis.axvline(bound, color="white", linewidth=1, zorder=1)
    # A cut end gets its number on the wide side only, where there is room for it.
    narrow = (0, 0.5) if end < 1 else (start, *inside, (bounds[-2] + bounds[-1]) / 2)
    axis.xaxis.set_major_locator(FixedLocator([tick for tick in narrow if tick < end or end == 1]))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _plot(axis: Axes, rows: Sequence[GradeRow], tiers: Tiers) -> None:
    size = 5.0 if len(rows) <= NAMED else 2.2
    start, end = axis.get_xlim()
    boundary = tiers.bands[1].start if len(tiers.bands) > 1 else 0
    for line, row in enumerate(rows, start=1):
        if row.score is None or row.interval is None:
            continue
        colour = _PASS if row.score >= boundary else _FAIL
        axis.plot(row.interval, [line, line], color=colour, alpha=0.55,
                  linewidth=size / 2.5, solid_capstyle="butt", zorder=2)  # fmt: skip
        if start <= row.score < end or row.score == end == 1:
            marker = "o" if colour == _PASS else "X"  # told apart without colour, too
            axis.plot([float(row.score)], [line], marker, color=colour, markersize=size,
                      markeredgewidth=0, zorder=3, clip_on=False)  # fmt: skip


def _name_lines(axis: Axes, rows: Sequence[GradeRow]) -> None:
    axis.set_ylim(max(len(rows), 1) + 0.6, 0.4)
    if len(rows) <= NAMED:
        axis.set_yticks(range(1, len(rows) + 1), [_short(row.student) for row in rows])
        axis.tick_params(axis="y", length=0)
    else:
        step = 20 if len(rows) <= 200 else 50
        axis.set_yticks([1, *range(step, len(rows) + 1, step)])
        axis.set_ylabel("submissions, best first")


def _short(name: str, most: int = 22) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _cut(axes: Sequence[Axes]) -> None:
    """Take the frames away and show where one scale ends and the other begins."""
    for axis in axes:
        axis.spines[["top", "left", "right"]].set_visible(False)
    for axis, end in zip(axes, (1, 0), strict=False):
        if len(axes) > 1:
            axis.plot([end], [0], marker=[(-1, -2), (1, 2)], markersize=9, color=_INK,
                      transform=axis.transAxes, clip_on=False, linestyle="none")  # fmt: skip
    for axis in axes[1:]:
        axis.tick_params(axis="y", left=False)
