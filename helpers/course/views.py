"""Show a running check below a cell: a bar with a button to stop it, or text where that cannot be.

What came out takes the place of the bar: a notebook keeps it when it is saved, and no widget.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class TextView:
    """Shows how far a check is as a line of text, and what came out in its place."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._handle = self._begin()

    def _begin(self) -> Any:
        from IPython.display import display

        return display(self._bundle([f"{self._what} begins."]), raw=True, display_id=True)

    def progress(self, done: int, of: int) -> None:
        """Show how many cells are done, and of how many."""
        self._show([f"{self._what}: {done} of {of} cells. Stop it by %check --stop"])

    def end(self, lines: Sequence[str]) -> None:
        """Show what came out."""
        self._show(lines)

    def _show(self, lines: Sequence[str]) -> None:
        self._handle.update(self._bundle(lines), raw=True)

    @staticmethod
    def _bundle(lines: Sequence[str]) -> dict[str, str]:
        text = "\n".join(lines)
        style = "white-space:pre-wrap;margin:0;font-family:var(--jp-ui-font-family, sans-serif)"
        html = f"<pre style='{style}' role='status'>{escape(text)}</pre>"
        return {"text/plain": text, "text/html": html}


class WidgetView(TextView):
    """Shows a bar and a button until what came out takes their place."""

    def __init__(self, what: str, cancel: Callable[[], object]) -> None:
        import ipywidgets

        self._bar = ipywidgets.IntProgress(description="", max=1)
        self._told = ipywidgets.Label(f"{what} begins")
        stop = ipywidgets.Button(description="Stop", icon="stop")
        stop.on_click(lambda _button: cancel())
        self._box = ipywidgets.HBox([self._bar, stop, self._told])
        super().__init__(what)

    def _begin(self) -> Any:
        from IPython.display import display

        return display(self._box, display_id=True)

    def progress(self, done: int, of: int) -> None:
        """Show how many cells are done, and of how many."""
        self._bar.max, self._bar.value = of, done
        self._told.value = f"{self._what}: {done} of {of} cells"

    def end(self, lines: Sequence[str]) -> None:
        """Show what came out, which a saved notebook keeps; of the bar nothing is kept."""
        super().end(lines)
        self._box.close()


def make_view(what: str, cancel: Callable[[], object]) -> Any:
    """Return what shows a check here.

    Parameters
    ----------
    what : str
        What is running, such as "check".
    cancel : callable
        Stops it.

    Returns
    -------
    TextView
        With a bar and a button where ipywidgets is installed.
    """
    try:
        return WidgetView(what, cancel)
    except ImportError:
        return TextView(what)
