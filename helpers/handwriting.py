"""Bring your own handwriting into the forms that load_digits and MNIST have.

`read_ink` finds the ink in a picture of one digit, whatever its colours and size. `to_8x8` and
`to_28x28` bring the ink into the form of a dataset, because a classifier can only read what
looks like the images that it learnt from.

Errors
------
See `helpers._ink`: what cannot be read is named.

Sources
-------
8 x 8: E. Alpaydin and C. Kaynak, "Optical recognition of handwritten digits", UCI Machine
Learning Repository 1998: a bitmap of 32 x 32 is cut into blocks of 4 x 4, and ink is counted.
28 x 28: Y. LeCun and others, "Gradient-based learning applied to document recognition", 1998:
the digit is scaled to fit 20 x 20, and centred by its mass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from helpers._ink import (
    EmptyImageError,
    Floats,
    HandwritingError,
    UnreadableImageError,
    fitting,
    read_ink,
    resize,
)
from helpers.preprocessing import deskew

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "EmptyImageError",
    "HandwritingError",
    "UnreadableImageError",
    "read_ink",
    "to_8x8",
    "to_28x28",
    "to_bitmap",
]

_STROKE = 0.1
"""Strokes thinner than this part of the digit's longer side are drawn thicker. MNIST's are not."""

_NARROWEST, _WIDEST = 16, 20
"""Columns of a bitmap's 32: digits of load_digits take up about five of eight."""


def to_bitmap(ink: ArrayLike, *, straighten: bool = True) -> NDArray[np.uint8]:
    """Scale the box around the ink to a bitmap as high as those behind `load_digits`.

    The box keeps its shape, but becomes at least 16 and at most 20 dots wide, as most digits
    there are, and stands in the middle.

    Parameters
    ----------
    ink : array_like, shape (height, width)
        From 0 for paper to 1 for ink, as `read_ink` returns it.
    straighten : bool, default True
        Whether to take the slant out first. People differ in it more than in shape.

    Returns
    -------
    bitmap : ndarray of uint8, shape (32, 32)
        1 where there is ink, 0 elsewhere.

    Raises
    ------
    EmptyImageError
        If there is no ink.
    ValueError
        If `ink` does not have two dimensions.
    """
    box = _inked_box(ink)
    if straighten:
        box = _cut(deskew(_framed(box, fit=64, frame=160)[None])[0])
    natural = round(32 * box.shape[1] / box.shape[0])
    width = min(max(natural, _NARROWEST), _WIDEST)
    bitmap = np.zeros((32, 32), np.uint8)
    left = (32 - width) // 2
    bitmap[:, left : left + width] = resize(box, (32, width)) >= 0.5
    return bitmap


def to_8x8(ink: ArrayLike) -> Floats:
    """Bring ink into the form of the images of `sklearn.datasets.load_digits`.

    The dots of ink in each block of 4 x 4 of a straightened bitmap are counted; see `to_bitmap`.

    Parameters
    ----------
    ink : array_like, shape (height, width)
        From 0 for paper to 1 for ink, as `read_ink` returns it.

    Returns
    -------
    image : ndarray of float32, shape (8, 8)
        Whole numbers from 0 to 16.

    Raises
    ------
    EmptyImageError
        If there is no ink.
    ValueError
        If `ink` does not have two dimensions.

    Examples
    --------
    >>> bar = np.zeros((50, 40))
    >>> bar[10:42, 10:26] = 1
    >>> to_8x8(bar)[0].tolist()
    [0.0, 0.0, 16.0, 16.0, 16.0, 16.0, 0.0, 0.0]
    """
    counts: Floats = to_bitmap(ink).reshape(8, 4, 8, 4).sum(axis=(1, 3)).astype(np.float32)
    return counts


def to_28x28(ink: ArrayLike) -> NDArray[np.uint8]:
    """Bring ink into the form of MNIST's images.

    The box around the ink is scaled to fit 20 x 20, keeping its shape, and placed so that the
    ink's centre of mass is within half a pixel of row 14, column 14, as it is in MNIST.

    Parameters
    ----------
    ink : array_like, shape (height, width)
        From 0 for paper to 1 for ink, as `read_ink` returns it.

    Returns
    -------
    image : ndarray of uint8, shape (28, 28)
        Grey levels from 0 for paper to 255 for ink.

    Raises
    ------
    EmptyImageError
        If there is no ink.
    ValueError
        If `ink` does not have two dimensions.
    """
    small = _inked_box(ink)
    small = resize(small, fitting(small.shape, 20))
    image = np.zeros((28, 28), np.float32)
    _place(small, image, tuple(14 - centre for centre in ndimage.center_of_mass(small)))
    levels: NDArray[np.uint8] = np.round(255 * image / image.max()).astype(np.uint8)
    return levels


def _inked_box(ink: ArrayLike) -> Floats:
    """Cut out the smallest box around the ink, with strokes thick enough to survive shrinking."""
    ink = np.asarray(ink, np.float32)
    if ink.ndim != 2:
        raise ValueError(f"ink has shape {ink.shape}: expected (height, width)")
    if not (ink >= 0.5).any():
        raise EmptyImageError("ink", "all values are below 0.5; expected some of 1")
    return _cut(_thicken(np.pad(ink, 1)))


def _cut(ink: Floats) -> Floats:
    mask = ink >= 0.5
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _thicken(ink: Floats) -> Floats:
    mask = ink >= 0.5
    # Inside a stroke of several pixels the distance to its edge is width / 4 + 1/2 on average.
    width = 4 * ndimage.distance_transform_edt(mask)[mask].mean() - 2
    lacking = int(_STROKE * max(_cut(ink).shape) - width)
    if lacking < 1:
        return ink
    size = (lacking + 1, lacking + 1)
    thick: Floats = ndimage.grey_dilation(np.pad(ink, lacking), size=size)
    return thick


def _framed(box: Floats, *, fit: int, frame: int) -> Floats:
    """Scale a box to `fit` pixels along its longer side, in the middle of a square of paper."""
    small = resize(box, fitting(box.shape, fit))
    image = np.zeros((frame, frame), np.float32)
    _place(small, image, tuple((frame - side) / 2 for side in small.shape))
    return image


def _place(small: Floats, image: Floats, corner: tuple[float, ...]) -> None:
    """Put a small picture into a larger one as near to a corner as it fits."""
    inside = (
        slice(start := min(max(round(wanted), 0), space - length), start + length)
        for wanted, space, length in zip(corner, image.shape, small.shape, strict=True)
    )
    image[tuple(inside)] = small
