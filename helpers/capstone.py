"""Learn as a graded run does, and see what it took of what a graded run allows.

The limits are public: ``tiers.toml``, which lies beside the notebook, has them in its table
``[capstone]``.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers._toml import LARGEST, number, read_toml, table, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sized

__all__ = ["Capstone", "learn", "load_capstone"]

TIERS_FILE = "tiers.toml"
"""Lies beside the notebook; `autograder.scoring.tiers` reads the rest of it."""


SCORE_MIME = "application/vnd.digits-course.score+json"
"""MIME type of a score in a cell's result: a student's own check and the grader look for it."""


@dataclass(frozen=True)
class Capstone:
    """The conditions of a capstone, at home and when it is graded.

    Attributes
    ----------
    images : int
        How many images it learns from, unless its author takes more.
    held_out : int
        How many held-out images it is scored on.
    cell_seconds, call_seconds, notebook_seconds : float
        Limits of a graded run in seconds of wall time: of one cell, of one call of the function
        that is scored, and of the whole notebook.
    memory_mb : int
        Memory of the process, in MiB.
    """

    images: int
    held_out: int
    cell_seconds: float
    call_seconds: float
    notebook_seconds: float
    memory_mb: int


_KEYS = table(
    {
        "images": whole(1),
        "held_out": whole(1),
        "cell_seconds": number(LARGEST),
        "call_seconds": number(LARGEST),
        "notebook_seconds": number(LARGEST),
        "memory_mb": whole(1),
    }
)


def capstone(value: Any, key: str) -> Capstone:
    """Check the table ``[capstone]``, as `helpers._toml` checks tables."""
    return Capstone(**_KEYS(value, key))


def load_capstone(folder: str | Path = ".") -> Capstone | None:
    """Read a folder's conditions; None if its ``tiers.toml`` states none, or if it has no such.

    Raises
    ------
    SettingError
        If the file is no TOML, or its table ``[capstone]`` is wrong.
    """
    path = Path(folder, TIERS_FILE)
    if not path.exists():
        return None
    found: Capstone | None = read_toml(path, _capstone_of)
    return found


def _capstone_of(settings: dict[str, Any], key: str) -> Capstone | None:
    """Check that one table; the rest is for `autograder.scoring.tiers`."""
    return capstone(settings["capstone"], key + "capstone") if "capstone" in settings else None


@dataclass
class Usage:
    """What a piece of work took.

    Attributes
    ----------
    seconds : float
        Wall time.
    peak_mb : float or None
        Most memory that this process has held since it began, in MiB; None where the system
        does not tell.
    """

    seconds: float = 0.0
    peak_mb: float | None = None


@contextmanager
def measured_usage() -> Iterator[Usage]:
    """Give a `Usage` that is filled in when the block ends."""
    usage, began = Usage(), time.perf_counter()
    yield usage
    usage.seconds, usage.peak_mb = time.perf_counter() - began, peak_memory_mb()


def peak_memory_mb() -> float | None:
    """Return the most memory that this process has held, in MiB; None where nobody knows."""
    try:
        import resource
    except ImportError:  # Windows has none
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)  # bytes there, else KiB


def describe_usage(usage: Usage, seconds: float | None, memory_mb: int | None) -> str:
    """Say what was used and of how much.

    Examples
    --------
    >>> describe_usage(Usage(3.14, 612.3), 120, 4096)
    '3.1 s of 120 s, peak memory 612 MB of 4,096 MB'
    """
    used = f"{usage.seconds:.1f} s" + ("" if seconds is None else f" of {seconds:g} s")
    if usage.peak_mb is None:
        return used
    peak = f"peak memory {usage.peak_mb:,.0f} MB"
    return f"{used}, {peak}" + ("" if memory_mb is None else f" of {memory_mb:,} MB")


def learn(train: Callable[[Any, Any], Any], images: Sized, labels: Sized) -> Any:
    """Call `train` and say what it took of what a graded run allows.

    Parameters
    ----------
    train : callable
        Your function; it gets `images` and `labels`.
    images, labels : arrays
        What to learn from, as many of the one as of the other.

    Returns
    -------
    object
        What `train` returned.

    Raises
    ------
    ValueError
        If there are not as many labels as images.
    SettingError
        If the table ``[capstone]`` of ``tiers.toml`` in the current folder is not valid.

    Examples
    --------
    >>> learn(lambda images, labels: max(labels), [[0], [1]], [7, 2])  # doctest: +ELLIPSIS
    learnt from 2 images in ... s...
    7
    """
    if len(images) != len(labels):
        raise ValueError(
            f"{len(images)} images and {len(labels)} labels, expected a label for each image"
        )
    from helpers.progress import show_elapsed  # only here: the checker's kernel has no use for it

    limits = load_capstone()
    with measured_usage() as usage, show_elapsed("train"):
        model = train(images, labels)
    allowed = (None, None) if limits is None else (limits.cell_seconds, limits.memory_mb)
    print(f"learnt from {len(images):,} images in {describe_usage(usage, *allowed)}")
    return model
