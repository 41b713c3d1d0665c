"""Check that a person can open what was graded: formgrader's page, and the feedback.

Both are made by nbconvert with nbgrader's templates, only once somebody asks for them, and a
notebook that runs may still break them: a picture that its text names and that is not attached,
widgets without their state. So each is made here, of the executed notebook.

That costs little, because what opened once opens again: a cell that was on a page already is left
out of the next one. What cannot fail, as the colours of code, is cut short before.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbgrader
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode, from_dict
from traitlets.config import Config

from autograder.submissions.cells import grade_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

logger = logging.getLogger(__name__)

PAGES = {"formgrade": "formgrader's page", "feedback": "the feedback"}
"""By the names of nbgrader's templates, what a person knows as."""

SHORT = 40
"""Characters of a text, or of a picture, that is only copied to the page."""

_QUIET = logging.getLogger(f"{__name__}.nbconvert")
_QUIET.setLevel(logging.CRITICAL)  # it warns of each picture without a description


@dataclass(frozen=True)
class PageFault:
    """A page that does not open.

    Attributes
    ----------
    pages : tuple of str
        Which ones, as `PAGES` has them.
    cell : str or None
        The cell that breaks them; None if it is no single one.
    cause : str
        The error's name and text.
    """

    pages: tuple[str, ...]
    cell: str | None
    cause: str

    def __str__(self) -> str:
        where = "" if self.cell is None else f"cell {self.cell!r}: "
        verb = "does" if len(self.pages) == 1 else "do"
        return f"{' and '.join(self.pages)} {verb} not open: {where}{self.cause}"


class PageCheck:
    """Makes the pages of one submission after the other."""

    def __init__(self) -> None:
        self._exporters = {name: _exporter(name) for name in PAGES}
        self._opened: set[str] = set()

    def find_faults(self, nb: NotebookNode) -> list[PageFault]:
        """Return which pages of an executed notebook do not open, and why.

        Parameters
        ----------
        nb : NotebookNode
            It is left as it is.

        Returns
        -------
        list of PageFault
            Empty if all open.
        """
        cells = [(_name(cell, number), _light(cell)) for number, cell in enumerate(nb.cells, 1)]
        sums = {name: _sum(cell, nb) for name, cell in cells}
        new = [(name, cell) for name, cell in cells if sums[name] not in self._opened]
        causes: dict[tuple[str | None, str], list[str]] = {}
        for template, page in PAGES.items():
            error = self._try(template, nb, [cell for _, cell in new])
            if error is not None:
                causes.setdefault(self._blame(template, nb, new, error), []).append(page)
        if not causes:
            self._opened |= {sums[name] for name, _ in new}
        return [PageFault(tuple(pages), cell, why) for (cell, why), pages in causes.items()]

    def _blame(
        self,
        template: str,
        nb: NotebookNode,
        cells: Sequence[tuple[str, NotebookNode]],
        error: Exception,
    ) -> tuple[str | None, str]:
        """Return the first cell that breaks a page by itself, and what is wrong with it."""
        if self._try(template, nb, []) is None:
            for name, cell in cells:
                if (found := self._try(template, nb, [cell])) is not None:
                    return name, _told(found)
        return None, _told(error)

    def _try(
        self, template: str, nb: NotebookNode, cells: Sequence[NotebookNode]
    ) -> Exception | None:
        """Make a page with some of a notebook's cells; return what went wrong."""
        page = from_dict({**nb, "metadata": nb.metadata, "cells": list(cells)})
        try:
            self._exporters[template].from_notebook_node(page, resources=_resources())
        except Exception as error:  # whatever the notebook brings about
            logger.info("%s cannot be made", PAGES[template], exc_info=error)
            return error
        return None


def _exporter(template: str) -> HTMLExporter:
    """Return what nbgrader makes a page with, in formgrader and in its feedback command."""
    # where its own `handlers` and `GenerateFeedback` look; importing these brings a web server
    formgrader = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
    templates = formgrader / "templates"
    styles = formgrader / "static" / "node_modules" / "bootstrap" / "dist" / "css"
    config = Config()
    config.HTMLExporter.template_name = template
    config.HTMLExporter.extra_template_basedirs = [str(templates)]
    config.HTMLExporter.extra_template_paths = [str(styles)]
    return HTMLExporter(config=config, log=_QUIET)  # type: ignore[no-untyped-call]  # no types


def _resources() -> dict[str, Any]:
    """Return what nbgrader tells its templates about a submission; they only show it."""
    names = ("last_name", "first_name", "student", "base_url", "notebook_path")
    shown = ("assignment_id", "notebook_id", "submission_id", *names)
    marks = {"notebook": "", "score": 0, "max_score": 0, "late_penalty": 0}
    return dict.fromkeys(shown, "") | {"index": 0, "total": 1, "nbgrader": marks}


def _name(cell: NotebookNode, number: int) -> str:
    return grade_id(cell) or f"{number} ({cell.cell_type})"


def _light(cell: NotebookNode) -> NotebookNode:
    """Return a cell without what only costs time on a page, and with what nbgrader adds."""
    kept = dict(cell)
    if cell.cell_type == "code":
        kept |= {"source": cell.source[:1], "execution_count": None}
        kept["outputs"] = [_light_output(output) for output in cell.outputs]
    if isinstance(cell.metadata.get("nbgrader"), dict):
        marks = {**cell.metadata.nbgrader, "score": 0, "points": 0, "comment": None}
        kept["metadata"] = {**cell.metadata, "nbgrader": marks}
    light: NotebookNode = from_dict(kept)
    return light


def _light_output(output: NotebookNode) -> dict[str, Any]:
    kept = {**output, "execution_count": None} if "execution_count" in output else {**output}
    if isinstance(kept.get("text"), str):
        kept["text"] = _cut(kept["text"])
    if isinstance(kept.get("data"), dict):
        kept["data"] = {
            kind: _cut(data) if kind.startswith("image/") or kind == "text/plain" else data
            for kind, data in kept["data"].items()
        }
    return kept


def _cut(data: Any) -> Any:
    """Cut what is copied as it is; colours of a terminal are not."""
    return data[:SHORT] if isinstance(data, str) and "\x1b" not in data else data


def _sum(cell: NotebookNode, nb: NotebookNode) -> str:
    """Return a checksum of what decides whether a cell can be shown."""
    shown = {key: value for key, value in cell.items() if key != "id"}
    around = {key: nb.metadata.get(key) for key in ("widgets", "language_info")}
    packed = json.dumps([shown, around], sort_keys=True, default=str).encode(
        "utf-8", "surrogatepass"
    )
    return hashlib.sha256(packed).hexdigest()


def _told(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0][:200]}"


def page_notes(check: PageCheck, nb: NotebookNode) -> Iterator[str]:
    """Say which pages of a submission do not open, a sentence each."""
    try:
        faults = check.find_faults(nb)
    except Exception as error:
        logger.exception("the pages cannot even be tried")
        faults = [PageFault(tuple(PAGES.values()), None, _told(error))]
    for fault in faults:
        logger.warning("%s", fault)
        yield str(fault)
