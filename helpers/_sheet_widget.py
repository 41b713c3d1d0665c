"""The sheet as a widget: what the page sends is read, and what came out goes back to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from helpers._readings import SIDE, Reading, picture_url, read_picture, sheet_png

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["SheetWidget"]


class SheetWidget(anywidget.AnyWidget):
    """A sheet to draw on, beside it what each step makes of the drawing and what is read.

    Parameters
    ----------
    predict : callable
        Takes images as MNIST has them, shape (n, 28, 28), and gives n digits.
    """

    _esm = Path(__file__).with_name("sheet.js").read_text(encoding="utf-8")
    _css = Path(__file__).with_name("sheet.css").read_text(encoding="utf-8")
    # a page's bytes arrive as a view of memory, which the trait would refuse
    dots = traitlets.Bytes().tag(sync=True, from_json=lambda view, _widget: bytes(view))
    reading = traitlets.Dict().tag(sync=True)
    photos: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(self, predict: Callable[..., Any]) -> None:
        empty = _plain(Reading((), "Draw a digit: with the mouse, a finger or a pen."))
        super().__init__(reading=empty)
        self._predict = predict
        self.observe(self._read_sheet, "dots")
        self.on_msg(self._read_files)

    def _read_sheet(self, change: Any) -> None:
        if len(change["new"]) == SIDE * SIDE:
            self.reading = _plain(read_picture(sheet_png(change["new"]), self._predict))

    def _read_files(self, _widget: Any, content: Any, buffers: Sequence[Any]) -> None:
        named = zip(content.get("names", ()), buffers, strict=False)
        self.photos = [
            _plain(read_picture(bytes(file), self._predict)) | {"name": name}
            for name, file in named
        ]


def _plain(reading: Reading) -> dict[str, Any]:
    steps = [
        {"name": step.name, "url": picture_url(step.ink), "alternative": step.alternative}
        for step in reading.steps
    ]
    return {"steps": steps, "said": reading.said}
