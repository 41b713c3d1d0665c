"""Read a picture of a digit step by step, and keep what each step made of it."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from helpers.compare import check_shape
from helpers.exercises import call
from helpers.handwriting import HandwritingError, read_ink, to_8x8, to_28x28, to_bitmap

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

__all__ = ["Reading", "Step", "picture_url", "read_picture", "sheet_png"]

SIDE = 32
"""Pixels of the sheet's side, as in the post."""


@dataclass(frozen=True)
class Step:
    """What one step made of a picture.

    Attributes
    ----------
    name : str
        The step's.
    ink : ndarray
        From 0 for paper to 1 for ink.
    """

    name: str
    ink: np.ndarray[Any, Any]

    @property
    def alternative(self) -> str:
        """The picture in words: where there is ink, and how much."""
        rows, columns = (np.flatnonzero((self.ink > 0).any(axis=axis)) for axis in (1, 0))
        share = f"{100 * self.ink.mean():.0f} % of it dark"
        return (
            f"{self.name}: {self.ink.shape[0]} by {self.ink.shape[1]} dots, {share}, "
            f"ink in rows {rows[0]} to {rows[-1]} and columns {columns[0]} to {columns[-1]}"
        )


@dataclass(frozen=True)
class Reading:
    """What became of one picture.

    Attributes
    ----------
    steps : tuple of Step
        In their order; none if the picture has no digit.
    said : str
        What was read, or why nothing was, in one sentence.
    """

    steps: tuple[Step, ...]
    said: str


def read_picture(picture: bytes, predict: Callable[..., Any]) -> Reading:
    """Bring a picture into the form of the training images, and let a classifier read it.

    Whatever the classifier does, this raises no error: it is told in a sentence.

    Parameters
    ----------
    picture : bytes
        Of a file that Pillow reads.
    predict : callable
        Takes images as MNIST has them, shape (n, 28, 28), and gives n digits.

    Returns
    -------
    Reading
    """
    try:
        ink = read_ink(picture)
    except HandwritingError as error:
        return Reading((), f"There is no digit in it: {error.reason}.")
    small, large = to_8x8(ink), to_28x28(ink)
    steps = (
        Step("ink", ink),
        Step("straightened, 32 x 32", to_bitmap(ink).astype(float)),
        Step("8 x 8", small / 16),
        Step("28 x 28", large / 255),
    )
    return Reading(steps, _ask(predict, large[None]))


def _ask(predict: Callable[..., Any], images: np.ndarray[Any, Any]) -> str:
    try:
        answer = check_shape(call(_newest(predict), images), (1,), "1 image")
    except (NotImplementedError, AssertionError) as error:
        return " ".join(str(error).split())
    # an interrupt too, and what would end the kernel: somebody only drew a line
    except BaseException as error:  # noqa: BLE001  # the sentence names it
        return " ".join(f"predict stopped with {type(error).__name__}: {error}".split())
    return f"Read as {answer[0]:g}."


def _newest(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function as its notebook has it now: its cell may have run again since."""
    names = getattr(function, "__globals__", {})
    newest = names.get(getattr(function, "__name__", ""), function)
    return newest if callable(newest) else function


def sheet_png(dots: bytes) -> bytes:
    """Return the sheet as a PNG file, dark on light, which is then read as any other file.

    Parameters
    ----------
    dots : bytes
        One for each dot, row by row: 0 for paper, anything else for ink.

    Returns
    -------
    bytes
    """
    ink = np.frombuffer(dots, np.uint8).reshape(SIDE, SIDE) > 0
    return _png(ink)


def picture_url(ink: ArrayLike) -> str:
    """Return an address that holds a picture of ink.

    Parameters
    ----------
    ink : array_like, shape (height, width)
        From 0 for paper to 1 for ink.

    Returns
    -------
    str
    """
    return f"data:image/png;base64,{base64.b64encode(_png(ink)).decode()}"


def _png(ink: ArrayLike) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.round(255 * (1 - np.asarray(ink, float))).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()
