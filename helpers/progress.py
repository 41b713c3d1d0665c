"""Show how far slow work is, in one line that is written anew, where somebody looks.

In papermill, nbval, a build or a check nothing is shown: there the line would be an output that
differs from run to run.
"""

from __future__ import annotations

import sys
from collections.abc import Sized
from contextlib import contextmanager
from contextvars import copy_context
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from helpers.frontend import has_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["count_calls", "show_elapsed", "show_progress"]


def show_progress(items: Iterable[Any], what: str, *, total: int | None = None) -> Any:
    """Go through items, and show how many are done.

    Parameters
    ----------
    items : iterable
        What a loop goes through.
    what : str
        What they are, such as ``"seeds"``.
    total : int, optional
        How many they are, where they do not tell themselves.

    Returns
    -------
    iterable
        The same items.
    """
    return _bar(what, items=items, total=total)


def count_calls(what: str, total: int, *, each: int = 1) -> Callable[..., None]:
    """Return a function for a library to call after each step: the line then goes on.

    Parameters
    ----------
    what : str
        What the steps are, such as ``"steps of t-SNE"``.
    total : int
        How many there will be.
    each : int, default 1
        Steps between two calls.

    Returns
    -------
    callable
        Takes anything and returns None. With the last step the line goes away.
    """
    bar = _bar(what, total=total)

    def step(*_said: object) -> None:
        bar.update(each)
        if bar.n >= total:
            bar.close()

    return step


@contextmanager
def show_elapsed(what: str) -> Iterator[None]:
    """Show for how many seconds a block has run: for a single call that tells nothing of itself.

    Parameters
    ----------
    what : str
        What it does, such as ``"HDBSCAN"``.

    Yields
    ------
    None
    """
    if not has_page():
        yield
        return
    bar, over = (
        tqdm(desc=what, file=sys.stdout, leave=False, bar_format="{desc}: {elapsed}"),
        Event(),
    )

    def tick() -> None:
        while not over.wait(1):
            bar.refresh()

    # in the context of this cell, so that the line stands below it
    thread = Thread(target=copy_context().run, args=(tick,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        bar.close()


def _bar(what: str, *, items: Iterable[Any] | None = None, total: int | None = None) -> Any:
    count = len(items) if total is None and isinstance(items, Sized) else total
    # stdout: what is written to stderr stands in a red box, as if something had gone wrong
    return tqdm(
        items,
        desc=what,
        total=count,
        file=sys.stdout,
        leave=False,
        disable=not has_page(),
        bar_format="{desc}: {n_fmt} of {total_fmt} {bar:30} {elapsed}, {remaining} to go",
    )
