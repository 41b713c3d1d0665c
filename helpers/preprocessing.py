"""Prepare images of digits for a classifier: straighten, shift, describe by gradients.

Every function takes images of shape (n, height, width) with any real dtype, leaves them
unchanged, and treats each image on its own: an image's result does not depend on its batch.

Errors
------
ValueError
    └── the images (or a size) have the wrong shape; the message names the shape

Sources
-------
Deskewing by second moments: Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based
learning applied to document recognition", Proceedings of the IEEE 86 (1998), section III.
Histograms of oriented gradients: N. Dalal and B. Triggs, "Histograms of oriented gradients
for human detection", CVPR 2005, section 6 (R-HOG, L2-Hys).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["deskew", "hog", "shift"]

Floats = NDArray[np.float32]
"""An array in single precision."""

_BATCH = 128
"""Images worked on at a time: what fits the processor's cache is about twice as fast."""

_CLIP = 0.2
"""Dalal and Triggs' clipping of a normalised block, which keeps one strong edge from ruling it."""


def deskew(images: ArrayLike) -> Floats:
    """Centre each digit and take out its slant.

    The centre is the centre of mass of the ink. The slant is the slope of the regression line
    of x on y, weighted by the ink; a horizontal shear takes it out. Grey values between pixels
    are interpolated linearly, and what comes from outside the image is 0 (background).

    Parameters
    ----------
    images : array_like, shape (n, height, width)
        Grey values, 0 for background, in any unit.

    Returns
    -------
    upright : ndarray of float32, shape (n, height, width)
        Straightened images in the same unit. An image without ink stays as it is.

    Raises
    ------
    ValueError
        If `images` does not have three dimensions.

    Examples
    --------
    >>> slanted = np.zeros((1, 28, 28))
    >>> slanted[0, range(4, 24), range(4, 24)] = 255
    >>> upright = deskew(slanted)
    >>> int((slanted.sum(axis=1) > 0).sum()), int((upright.sum(axis=1) > 1).sum())
    (20, 2)
    """
    return _in_batches(_deskew_batch, _checked(images))


def hog(images: ArrayLike, *, cell: int = 4, bins: int = 9, signed: bool = False) -> Floats:
    """Describe each image by histograms of oriented gradients (HOG).

    A gradient votes with its magnitude for the two nearest of `bins` directions. Votes are
    summed over square cells; every 2 x 2 cells form a block, which is scaled to length 1,
    clipped at 0.2 and scaled again (L2-Hys). So the unit of the grey values does not matter.

    Parameters
    ----------
    images : array_like, shape (n, height, width)
        Grey values in any unit; height and width are multiples of `cell`.
    cell : int, default 4
        Side of a cell, in pixels.
    bins : int, default 9
        Number of directions.
    signed : bool, default False
        Whether dark-to-light and light-to-dark count as different directions, so that the
        bins cover 360 degrees instead of 180.

    Returns
    -------
    features : ndarray of float32, shape (n, (height / cell - 1) * (width / cell - 1) * 4 * bins)
        Features between 0 and 1. An image without gradients has features 0.

    Raises
    ------
    ValueError
        If `images` does not have three dimensions, or cannot be cut into 2 x 2 cells or more.

    Examples
    --------
    >>> hog(np.zeros((5, 28, 28), np.uint8), bins=16, signed=True).shape
    (5, 2304)
    """
    pixels = _checked(images)
    height, width = pixels.shape[1:]
    if cell < 1 or height % cell or width % cell or min(height, width) < 2 * cell:
        raise ValueError(
            f"images of {height} x {width} pixels cannot be cut into cells of {cell} x {cell}: "
            f"expected sides that are multiples of the cell, at least two cells long"
        )
    if bins < 1:
        raise ValueError(f"bins = {bins}: expected at least 1 direction")
    return _in_batches(lambda batch: _blocks(_votes(batch, cell, bins, signed)), pixels)


def shift(images: ArrayLike, down: int, right: int) -> NDArray[Any]:
    """Move each image by whole pixels; what comes in at the edge is 0.

    Parameters
    ----------
    images : array_like, shape (n, height, width)
        Grey values, 0 for background.
    down : int
        Pixels to move; a negative number moves up.
    right : int
        Pixels to move; a negative number moves left.

    Returns
    -------
    moved : ndarray, shape (n, height, width)
        Moved copies with the dtype of `images`.

    Raises
    ------
    ValueError
        If `images` does not have three dimensions.

    Examples
    --------
    >>> shift(np.array([[[1, 2], [3, 4]]]), down=1, right=0).tolist()
    [[[0, 0], [1, 2]]]
    """
    pixels = _checked(images)
    height, width = pixels.shape[1:]
    # Further than its own size an image cannot leave the picture.
    down, right = min(max(down, -height), height), min(max(right, -width), width)
    moved = np.zeros_like(pixels)
    moved[:, max(down, 0) : height + min(down, 0), max(right, 0) : width + min(right, 0)] = pixels[
        :, max(-down, 0) : height - max(down, 0), max(-right, 0) : width - max(right, 0)
    ]
    return moved


def _checked(images: ArrayLike) -> NDArray[Any]:
    pixels = np.asarray(images)
    if pixels.ndim != 3:
        raise ValueError(f"images have shape {pixels.shape}: expected (n, height, width)")
    return pixels


def _in_batches(function: Callable[[Floats], Floats], pixels: NDArray[Any]) -> Floats:
    # Even an empty array passes through once, and gets the right shape.
    first = function(pixels[:_BATCH].astype(np.float32))
    result = np.empty((len(pixels), *first.shape[1:]), np.float32)
    result[:_BATCH] = first
    for start in range(_BATCH, len(pixels), _BATCH):
        batch = slice(start, start + _BATCH)
        result[batch] = function(pixels[batch].astype(np.float32))
    return result


def _deskew_batch(pixels: Floats) -> Floats:
    height, width = pixels.shape[1:]
    y, x = np.arange(height, dtype=np.float32), np.arange(width, dtype=np.float32)
    row_ink, column_ink = pixels.sum(axis=2), pixels.sum(axis=1)
    ink = np.maximum(row_ink.sum(axis=1), np.finfo(np.float32).tiny)
    mean_y, mean_x = row_ink @ y / ink, column_ink @ x / ink
    variance_y = row_ink @ y**2 / ink - mean_y**2
    covariance = (pixels @ x * y).sum(axis=1) / ink - mean_y * mean_x
    # A single row of ink has no slant; nor has an image without any.
    slope = np.where(variance_y > 1e-3, covariance / np.maximum(variance_y, 1e-3), 0)
    blank = row_ink.sum(axis=1) == 0
    down = np.where(blank, 0, mean_y - (height - 1) / 2)
    right = np.where(blank, 0, mean_x - (width - 1) / 2)
    # Sample along y first, then along x: the shear acts on rows that are already centred.
    centred = _sample(pixels, y + down[:, None])
    sheared = x + (right[:, None] + slope[:, None] * (y - (height - 1) / 2))[:, :, None]
    lines = centred.reshape(-1, width, 1)
    return _sample(lines, sheared.reshape(-1, width)).reshape(pixels.shape)


def _sample(values: Floats, position: NDArray[Any]) -> Floats:
    """Interpolate along the middle axis at fractional positions; 0 outside.

    Values have shape (n, length, k), positions (n, length).
    """
    n, length, k = values.shape
    padded = np.zeros((n, length + 2, k), np.float32)
    padded[:, 1:-1] = values
    lower = np.floor(position)
    weight = (position - lower).astype(np.float32)[:, :, None]
    # A position outside lands on the padding. One index into a flat table costs less than two.
    table, begin = padded.reshape(-1, k), np.arange(n)[:, None] * (length + 2)
    left, right = (np.clip(lower + step, 0, length + 1).astype(np.intp) + begin for step in (1, 2))
    found: Floats = table.take(left, axis=0) * (1 - weight) + table.take(right, axis=0) * weight
    return found


def _votes(pixels: Floats, cell: int, bins: int, signed: bool) -> Floats:
    """Make the histograms of the cells, shape (n, height / cell, width / cell, bins)."""
    n, height, width = pixels.shape
    across, down = np.zeros_like(pixels), np.zeros_like(pixels)
    across[:, :, 1:-1] = pixels[:, :, 2:] - pixels[:, :, :-2]
    down[:, 1:-1] = pixels[:, 2:] - pixels[:, :-2]
    # Most pixels are paper, whose gradient is 0 and votes for nothing.
    inked = np.flatnonzero(across.astype(bool) | down.astype(bool))
    across, down = across.ravel()[inked], down.ravel()[inked]
    magnitude = np.hypot(across, down)
    turn = np.arctan2(down, across) / (2 * np.pi if signed else np.pi)
    turn += turn < 0  # from -0.5..0.5 to 0..1, much cheaper than turn % 1
    direction = turn * bins
    lower = np.floor(direction)
    upper_share = direction - lower
    lower = lower.astype(np.intp)
    # a direction just below 0 becomes 1 in float32, which is 0 again
    lower[lower == bins] = 0
    rows, columns = height // cell, width // cell
    cells = np.arange(rows)[:, None].repeat(cell, 0) * columns + np.arange(columns).repeat(cell)
    start = (np.arange(n)[:, None, None] * (rows * columns) + cells).ravel()[inked] * bins
    size = n * rows * columns * bins
    histogram = np.bincount(start + lower, magnitude * (1 - upper_share), minlength=size)
    upper = lower + 1
    upper[upper == bins] = 0
    histogram += np.bincount(start + upper, magnitude * upper_share, minlength=size)
    return histogram.astype(np.float32).reshape(n, rows, columns, bins)


def _blocks(cells: Floats) -> Floats:
    """Normalise 2 x 2 blocks of cells; one row an image."""
    block = np.concatenate(
        [cells[:, :-1, :-1], cells[:, :-1, 1:], cells[:, 1:, :-1], cells[:, 1:, 1:]], axis=-1
    )
    block = np.minimum(_unit(block), _CLIP)
    return _unit(block).reshape(len(block), np.prod(block.shape[1:], dtype=int))


def _unit(block: NDArray[Any]) -> NDArray[Any]:
    length = np.linalg.norm(block, axis=-1, keepdims=True)
    return block / np.where(length > 0, length, np.float32(1))
