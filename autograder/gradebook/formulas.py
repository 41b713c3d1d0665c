"""Set formulas as pictures, so that a page asks no other host for a program that does it.

nbconvert's pages load MathJax from elsewhere, and formgrader's with them. `nbgrader_config.py`
names `markdown_to_html` in place of nbconvert's own step, and matplotlib, which every course has,
sets what stands between signs of TeX. A formula that it does not know stays as it was written.
"""

from __future__ import annotations

import base64
import logging
import re
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2.runtime import Context

logger = logging.getLogger(__name__)

LONGEST, MOST = 300, 5000
"""Characters of a formula, and of all on a page, that are set: anybody may have written them, and
setting takes time. What is beyond stays as it was written."""

DEEPEST = 20
"""Braces and brackets in it that are open at a time."""

SIZE = 10.0
"""Of the letters in a picture, in its own units; a page scales it to the size of its text."""

PLAIN = "border: 0; margin: 0; display: inline"
"""Style of a picture that is a part of a line."""

_STEPS = {1: "M{} {}", 2: "L{} {}", 3: "Q{} {} {} {}", 4: "C{} {} {} {} {} {}", 79: "Z"}
"""How SVG writes the steps of matplotlib's paths."""

_LEFT = "formula_characters_left"
_SPACES = re.compile(r"\s+")


@pass_context
def markdown_to_html(context: Context, source: str) -> str:
    """Return a cell's Markdown as HTML, its formulas as pictures; a filter of nbconvert's.

    Parameters
    ----------
    context : Context
        Of the template: has the cell, with its attached pictures.
    source : str
        Markdown that `autograder.sanitize` has seen.

    Returns
    -------
    str
    """
    cell: Any = context.get("cell", {})
    renderer = FormulaRenderer(
        escape=False, attachments=cell.get("attachments", {}), exclude_anchor_links=True
    )
    renderer.page = context.get("resources", {})
    html: str = MarkdownWithMath(renderer=renderer).render(source)
    return html


class FormulaRenderer(IPythonRenderer):
    """Render Markdown as nbconvert does, and formulas as pictures with their TeX as text.

    Attributes
    ----------
    page : dict
        Counts for all cells of a page how many characters are left.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.page: dict[str, Any] = {}

    def inline_math(self, body: str) -> str:
        """Return a formula in a line of text."""
        return self._picture(body) or str(super().inline_math(body))

    def block_math(self, body: str) -> str:
        """Return a formula in a line of its own."""
        picture = self._picture(body)
        if picture is None:
            return str(super().block_math(body))
        # within a paragraph, as the formula itself: no block may stand there
        return f'<span style="display: block; text-align: center">{picture}</span>'

    def _picture(self, body: str) -> str | None:
        left = self.page.get(_LEFT, MOST) - len(body)
        self.page[_LEFT] = left
        return picture_of(_SPACES.sub(" ", body).strip()) if left >= 0 else None


@lru_cache(maxsize=1024)
def picture_of(formula: str) -> str | None:
    """Return an ``img`` element that shows a formula, as high as its text wants.

    Parameters
    ----------
    formula : str
        TeX, without the signs around it.

    Returns
    -------
    str or None
        None for one that matplotlib cannot set, or that is too long or nested too deep.
    """
    # its fonts for formulas have no letters of most other scripts than Latin and Greek
    legible = formula.isascii() and "$" not in formula
    if not formula or not legible or len(formula) > LONGEST or _depth(formula) > DEEPEST:
        return None
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import MathTextParser
    from matplotlib.textpath import TextPath

    letters, text = FontProperties(size=SIZE, math_fontfamily="cm"), f"${formula}$"
    try:
        box = MathTextParser("path").parse(text, dpi=72, prop=letters)
        steps = list(_steps(TextPath((0, 0), text, prop=letters)))
    except (ValueError, RecursionError, RuntimeError) as error:
        logger.debug("%r stays as it is: %s", formula, error)
        return None
    width, height, depth = max(box.width, 0.1), max(box.height, 0.1), box.depth
    # SVG counts downwards, matplotlib upwards from the line that letters stand on
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.2f} {height:.2f}">'
        f'<path transform="translate(0 {height - depth:.2f}) scale(1 -1)" d="{"".join(steps)}"/>'
        "</svg>"
    )
    packed = base64.b64encode(svg.encode()).decode()
    # formgrader frames pictures in red, and notebooks' own style gives each a line of its own
    style = f"height: {height / SIZE:.3f}em; vertical-align: {-depth / SIZE:.3f}em; {PLAIN}"
    source = f"data:image/svg+xml;base64,{packed}"
    return f'<img alt="{escape(text)}" src="{source}" style="{style}">'


def _depth(formula: str) -> int:
    depth = deepest = 0
    for sign in formula:
        depth += (sign in "{[(") - (sign in "}])")
        deepest = max(deepest, depth)
    return deepest


def _steps(path: Any) -> Iterator[str]:
    for points, code in path.iter_segments(simplify=False):
        yield _STEPS[code].format(*(f"{one:.2f}" for one in points))
