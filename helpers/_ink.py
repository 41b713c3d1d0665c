"""Find the ink in a picture of one handwritten digit.

Errors
------
HandwritingError (ValueError)
    ├── UnreadableImageError    the file is missing, or is not a picture
    └── EmptyImageError         there is nothing on the paper

Source of the threshold between paper and ink: N. Otsu, "A threshold selection method from
gray-level histograms", IEEE Transactions on Systems, Man, and Cybernetics 9 (1979).
"""

from __future__ import annotations

import io
import os
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from scipy import ndimage

from helpers._errors import TemplatedError

__all__ = ["EmptyImageError", "HandwritingError", "UnreadableImageError", "fitting", "read_ink"]
__all__ += ["resize"]

Floats = NDArray[np.float32]
"""An array in single precision."""

_SIDE = 256
"""A photograph's pixels are averaged down to so many along its longer side: less noise, faster."""

_CONTRAST = 0.1
"""Ink and paper are at least so far apart, as a part of the whole range from black to white."""

_CLEARANCE = 3
"""And so many standard deviations of the paper: a blank sheet has grain, but no strokes."""

_SPECK = 0.02
"""Specks smaller than this part of the ink are dust."""

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue in a grey level, as in ITU-R recommendation BT.601."""


class HandwritingError(TemplatedError, ValueError):
    """A picture holds no digit to read.

    Attributes
    ----------
    source : str
        The file's name, or what was given in place of one.
    reason : str
        What is wrong with it.
    """

    template = "{source}: {reason}"
    source: str
    reason: str


class UnreadableImageError(HandwritingError):
    """The file is missing, or is not a picture."""


class EmptyImageError(HandwritingError):
    """There is nothing on the paper."""


def read_ink(source: str | os.PathLike[str] | bytes) -> Floats:
    """Find the ink in a picture of one digit.

    Any size and colour mode will do: black and white, grey, 16-bit grey, palette, RGB, with or
    without transparency. The paper is what the rim of the picture shows, also where light falls
    unevenly on it; what differs from it, darker or lighter, is ink.

    Parameters
    ----------
    source : path-like or bytes
        A PNG file, or another format that Pillow reads; or such a file's bytes.

    Returns
    -------
    ink : ndarray of float32, shape (height, width)
        From 0 for paper to 1 for ink. A picture that is larger than 256 pixels is made smaller.

    Raises
    ------
    UnreadableImageError
        If the file is missing or is not a picture.
    EmptyImageError
        If no ink stands out from the paper.

    Examples
    --------
    >>> picture = Image.new("RGBA", (40, 60), "navy")
    >>> picture.paste("yellow", (10, 20, 15, 50))
    >>> file = io.BytesIO()
    >>> picture.save(file, "PNG")
    >>> ink = read_ink(file.getvalue())
    >>> ink.shape, int(ink.sum())
    ((60, 40), 150)
    """
    name = "an image given as bytes" if isinstance(source, bytes) else os.fspath(source)
    return _ink(_shrink(_grey_levels(source, name)), name)


def _grey_levels(source: str | os.PathLike[str] | bytes, name: str) -> Floats:
    """Read a picture as grey levels from 0 (black) to 1 (white)."""
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file) as image:
                return _flatten_colours(ImageOps.exif_transpose(image))
    except FileNotFoundError:
        raise UnreadableImageError(name, "no such file") from None
    except UnidentifiedImageError as error:
        raise UnreadableImageError(name, "not a picture; expected a file such as PNG") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableImageError(name, "far too large for a picture of one digit") from error
    except (OSError, SyntaxError, ValueError) as error:  # Pillow's errors about a file's content
        raise UnreadableImageError(name, f"damaged picture: {error}") from error


def _flatten_colours(image: Image.Image) -> Floats:
    if image.mode.startswith(("I", "F")):  # 16 bits a pixel; a conversion would cut them off at 255
        return np.asarray(image, np.float32) / np.float32(65535)
    pixels = np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"), np.float32)
    grey: Floats = pixels[:, :, :3] @ _LUMA / np.float32(255)
    if pixels.shape[2] == 3:
        return grey
    opacity = pixels[:, :, 3] / np.float32(255)
    # Nobody can say which colour nothing has: take the paper that the strokes stand out from.
    dark = (grey * opacity).sum() < 0.5 * opacity.sum()
    blended: Floats = grey * opacity + (1 - opacity) * np.float32(dark)
    return blended


def _shrink(grey: Floats) -> Floats:
    return grey if max(grey.shape) <= _SIDE else resize(grey, fitting(grey.shape, _SIDE))


def _ink(grey: Floats, name: str) -> Floats:
    difference = grey - _paper(grey)
    # Most of the deviation is the strokes', so its sign tells dark ink from light.
    ink = np.maximum(np.sign(difference.sum()) * difference, 0)
    threshold = _otsu(ink)
    inked = ink > threshold
    if not inked.any() or inked.all() or _gap(ink, inked) < _CONTRAST:
        raise EmptyImageError(name, "no ink stands out from the paper; expected one digit")
    floor = threshold / 2
    stretched = np.clip((ink - floor) / (ink[inked].mean() - floor), 0, 1)
    return _without_specks(stretched).astype(np.float32)


def _gap(ink: Floats, inked: NDArray[np.bool_]) -> float:
    """Return how far ink and paper are apart, or 0 if that may be the paper's grain."""
    gap = ink[inked].mean() - ink[~inked].mean()
    return gap if gap >= _CLEARANCE * ink[~inked].std() else 0


def _paper(grey: Floats) -> Floats:
    """Fit a plane to the rim's grey levels: paper under even light, or under a lamp at one side."""
    y, x = (index / max(grey.shape) for index in np.indices(grey.shape))
    rim = np.ones(grey.shape, bool)
    rim[1:-1, 1:-1] = False
    terms = np.stack([np.ones(grey.shape), y, x], axis=-1)
    level = np.full(grey.shape, np.median(grey[rim]))
    for _ in range(3):  # strokes that reach the rim are told from paper, and left out
        off = np.abs(grey - level)
        kept = rim & (off <= 2 * np.median(off[rim]) + _CONTRAST)
        level = terms @ np.linalg.lstsq(terms[kept], grey[kept], rcond=None)[0]
    return level.astype(np.float32)


def _otsu(values: Floats) -> float:
    """Return the threshold that leaves least variance on its two sides."""
    counts, edges = np.histogram(values, 256)
    centres = (edges[:-1] + edges[1:]) / 2
    below = counts.cumsum()[:-1]
    above = values.size - below
    sums = (counts * centres).cumsum()
    gap = sums[:-1] / np.maximum(below, 1) - (sums[-1] - sums[:-1]) / np.maximum(above, 1)
    return float(edges[1:-1][np.argmax(below * above * gap**2)])


def _without_specks(ink: Floats) -> Floats:
    names, count = ndimage.label(ink > 0, np.ones((3, 3)))
    if count < 2:
        return ink
    masses = ndimage.sum_labels(ink, names, np.arange(1, count + 1))
    dust = 1 + np.flatnonzero(masses < _SPECK * masses.sum())
    return np.where(np.isin(names, dust), 0, ink)


def fitting(shape: tuple[int, ...], side: int) -> tuple[int, ...]:
    """Return the shape scaled so that the longer side is `side`.

    Parameters
    ----------
    shape : tuple of int
        Height and width in pixels.
    side : int
        In pixels.

    Returns
    -------
    fitted : tuple of int
        Height and width, each at least one pixel.
    """
    return tuple(max(1, round(length * side / max(shape))) for length in shape)


def resize(grey: Floats, shape: tuple[int, ...]) -> Floats:
    """Scale a picture; each new pixel is the mean of what it covers.

    Parameters
    ----------
    grey : ndarray of float32, shape (height, width)
        In any unit.
    shape : tuple of int
        The new height and width in pixels.

    Returns
    -------
    scaled : ndarray of float32, of that shape
        In the same unit.
    """
    height, width = shape
    picture = Image.fromarray(np.ascontiguousarray(grey, np.float32))
    return np.asarray(picture.resize((width, height), Image.Resampling.BOX), np.float32)
