"""Recover a notebook from the page that nbconvert made of it: JupyterLab's or the classic one.

Code is on such a page word by word. Text is there as it was rendered, so that its Markdown is
lost, and so is every mark of nbgrader's; `autograder.submissions.match` recognises answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

if TYPE_CHECKING:
    from pathlib import Path

    from bs4 import Tag

MAX_BYTES = 50 * 2**20
"""Longest page that is read."""

_CELLS = "div.jp-Cell, div.cell"
"""As JupyterLab's template has them, and as the classic one does."""

_CODE = "div.jp-CodeMirrorEditor pre, div.jp-InputArea-editor pre, div.input_area pre"
_TEXT = "div.jp-MarkdownOutput, div.jp-RenderedMarkdown, div.text_cell_render"
_ID = "cell-id="


def recover(path: Path) -> str | None:
    """Return the notebook that a page shows.

    Parameters
    ----------
    path : Path
        A page.

    Returns
    -------
    str or None
        The notebook's text, as a file has it; None if it is no page of a notebook's.
    """
    if path.stat().st_size > MAX_BYTES:
        return None
    page = BeautifulSoup(path.read_bytes(), "html.parser")
    cells = [cell for tag in page.select(_CELLS) if (cell := _cell(tag)) is not None]
    if not any(cell.cell_type == "code" for cell in cells):
        return None
    seen = set[str]()
    for cell in cells:
        if cell.id in seen:
            cell.id = new_code_cell().id
        seen.add(cell.id)
    text: str = nbformat.writes(new_notebook(cells=cells))
    return text


def _cell(tag: Tag) -> nbformat.NotebookNode | None:
    cell: nbformat.NotebookNode
    code = tag.select_one(_CODE)
    if code is not None:
        cell = new_code_cell(code.get_text().rstrip("\n"))
    else:
        text = tag.select_one(_TEXT)
        if text is None:
            return None
        for anchor in text.select("a.anchor-link"):  # nbconvert's own
            anchor.decompose()
        blocks = [block.get_text().strip("\n") for block in text.children]
        cell = new_markdown_cell("\n".join(block for block in blocks if block.strip()))
    identifier = str(tag.get("id") or "").removeprefix(_ID)
    if _is_id(identifier):
        cell.id = identifier
    return cell


def _is_id(text: str) -> bool:
    """Whether a text may be a cell's id, as nbformat has it."""
    return (
        0 < len(text) <= 64 and text.isascii() and text.replace("-", "").replace("_", "").isalnum()
    )
