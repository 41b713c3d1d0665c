"""Make a notebook inert: what nbconvert, nbgrader and Jupyter make a page of.

`Inert` is a preprocessor of nbconvert's, so that our own grading, ``nbgrader autograde``,
``nbgrader generate_feedback`` and formgrader take the same step; ``nbgrader_config.py`` names it.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from traitlets import Bool

from autograder.sanitize.markup import clean_html, disarm_math, weight
from autograder.sanitize.written import as_code, clean_markdown, fence, is_plain

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGNATURES = {
    "image/png": b"\x89PNG",
    "image/jpeg": b"\xff\xd8",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}
"""How files of the pictures begin that every browser shows and none runs."""

OWN_TYPE = re.compile(r"application/vnd\.digits-course\.[a-z+-]+")
"""Types of data that this course's own cells return; nothing shows them."""

MAX_HTML, MAX_MARKDOWN = 500_000, 50_000
"""Characters of markup that are looked at in one notebook; what is beyond is shown as text."""

_NAME = re.compile(r"[\w.:+-]{1,200}\Z")
_FLAGS = ("grade", "locked", "solution", "task")
_NO_TEXT = re.compile(r"<[\w.]+ (?:object|at 0x)[^\n]*>\Z")


class Inert(Preprocessor):
    """Take from a notebook what a page that shows it would run, fetch, or be changed by."""

    enabled = Bool(True, help="whether to do so").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Change the notebook in place, as nbconvert's own steps do."""
        make_inert(nb)
        return nb, resources


def make_inert(nb: NotebookNode) -> None:
    """Change a notebook in place so that nothing of it acts on whoever opens it.

    Parameters
    ----------
    nb : NotebookNode
        Of nbformat 4, from anybody.
    """
    nb.metadata.pop("widgets", None)
    nb.metadata.pop("title", None)
    budget = _Budget()
    for cell in nb.cells:
        _clean_metadata(cell)
        if cell.cell_type == "code":
            cell.outputs = [_clean_output(output, budget) for output in cell.outputs]
            continue
        _clean_attachments(cell)
        if cell.cell_type == "markdown":
            cell.source = budget.markdown(cell.source, cell.get("attachments", {}))
        else:  # nbconvert copies a raw cell into a page as it is
            cell.cell_type, cell.source = "markdown", fence(cell.source)


class _Budget:
    """Cleans texts for one notebook, within bounds for all of them together."""

    def __init__(self) -> None:
        self.html_left, self.markdown_left = MAX_HTML, MAX_MARKDOWN

    def html(self, text: str) -> str:
        self.html_left -= weight(text)
        if self.html_left < 0:
            return f"<p>[{len(text)} characters of HTML are not shown]</p>"
        return clean_html(text)

    def markdown(self, text: str, attached: Mapping[str, object]) -> str:
        if is_plain(text):
            return text
        self.markdown_left -= len(text)
        return clean_markdown(text, tuple(attached)) if self.markdown_left >= 0 else as_code(text)


def _clean_metadata(cell: NotebookNode) -> None:
    """Keep from a page's classes, identifiers and numbers what they are not made for."""
    known = cell.metadata
    if not _is_sound(known.get("nbgrader", {})):
        del known["nbgrader"]
    for name in ("comment", "score"):  # nbgrader takes both from its gradebook
        known.get("nbgrader", {}).pop(name, None)
    tags = known.get("tags", [])
    known.tags = [t for t in tags if _is_name(t)] if isinstance(tags, list) else []
    if not known.tags:
        del known["tags"]
    for name in ("magics_language", "raw_mimetype", "format", "alt", "transient"):
        if name in known and not (name == "magics_language" and _is_name(known[name])):
            del known[name]


def _is_sound(marks: object) -> bool:
    """Say whether a cell's marks for nbgrader are such as nbgrader makes."""
    if not isinstance(marks, dict):
        return False
    return (
        all(isinstance(marks.get(flag, False), bool) for flag in _FLAGS)
        and isinstance(marks.get("points", 0), int | float)
        and all(_is_name(marks.get(name, "x")) for name in ("grade_id", "checksum", "cell_type"))
    )


def _is_name(value: object) -> bool:
    return isinstance(value, str) and _NAME.match(value) is not None


def _clean_attachments(cell: NotebookNode) -> None:
    kept = dict[str, Any]()
    attachments = cell.pop("attachments", {})
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        pictures = {kind: data for kind, data in bundle.items() if _is_picture(kind, data)}
        if pictures:
            kept[name] = pictures
    if kept:
        cell["attachments"] = NotebookNode(kept)


def _is_picture(kind: str, data: object) -> bool:
    """Say whether `data` is what its type says, and no markup of a page around it."""
    if kind not in SIGNATURES or not isinstance(data, str):
        return False
    try:
        found = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return found.startswith(SIGNATURES[kind])


def _clean_output(output: NotebookNode, budget: _Budget) -> NotebookNode:
    if output.output_type not in ("display_data", "execute_result"):
        return output  # text: pages escape it, with its colours
    data = {k: c for k, v in output.data.items() if (c := _clean_data(k, v, budget)) is not None}
    if "image/svg+xml" in output.data and "text/html" not in data:
        data["text/html"] = _as_picture(output.data["image/svg+xml"])
    if _is_diagram(output.data) or data.get("text/html") == "":
        data.pop("text/html", None)
    if not data:
        data["text/plain"] = f"[not shown: {', '.join(sorted(output.data))}]"
    output.data = NotebookNode(data)
    output.metadata = NotebookNode(_sizes(output.get("metadata", {})))
    return output


def _clean_data(kind: str, value: Any, budget: _Budget) -> Any:
    """Return what may stay of one form of an output; None if it has to go."""
    if OWN_TYPE.fullmatch(kind):
        return value
    if not isinstance(value, str):
        return None
    if kind == "text/plain":
        return value
    if kind == "text/html":
        return budget.html(value)
    if kind == "text/markdown":
        return budget.markdown(value, {})
    if kind == "text/latex":
        return disarm_math(value)
    return value if _is_picture(kind, value) else None


def _as_picture(drawing: object) -> str:
    """Return HTML that shows an SVG the way in which no browser runs or fetches what is in it."""
    packed = base64.b64encode(str(drawing).encode(errors="replace")).decode()
    return f'<img src="data:image/svg+xml;base64,{packed}">'


def _is_diagram(data: Mapping[str, Any]) -> bool:
    """Say whether an output is an estimator's diagram, of which only its style made sense.

    Its text says the same.
    """
    html, text = data.get("text/html", ""), data.get("text/plain", "")
    is_text = isinstance(text, str) and text != "" and not _NO_TEXT.match(text)
    return is_text and isinstance(html, str) and 'id="sk-container-id-' in html


def _sizes(metadata: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Return the sizes of pictures, which a page writes as they are."""
    return {
        kind: {side: size for side in ("width", "height") if isinstance(size := m.get(side), int)}
        for kind, m in metadata.items()
        if kind in SIGNATURES and isinstance(m, dict)
    }
