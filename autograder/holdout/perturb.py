"""Perturb digits: a slight warp, by which a table of the public images no longer knows them.

One affine map per image (rotation, scale and a sub-pixel shift about the centre)
and one change of stroke width. The ranges are narrow: a person reads every warped
digit as easily as before, and a classifier with sensible features keeps its accuracy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy  # loads scipy.ndimage at its first use, which grading has none of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MARGIN = 6
"""Empty rows and columns around each image, so that neighbours in the strip never mix."""

_PLUS = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]]], bool)
"""A pixel and its four neighbours in one image, and none in the next image."""


@dataclass(frozen=True)
class WarpRanges:
    """How far a warp may go; each amount is drawn evenly from minus to plus its range.

    Attributes
    ----------
    shift : float
        Shift of each axis, in pixels.
    rotation : float
        Rotation about the image's centre, in degrees.
    scale : float
        Relative change of size; 0.04 lets a digit grow or shrink by 4 %.
    stroke : float
        Change of stroke width: 0 leaves it, 1 dilates (-1 erodes) by one pixel a side.
    """

    shift: float = 0.3
    rotation: float = 4.0
    scale: float = 0.04
    stroke: float = 0.25


def warp(
    images: NDArray[np.uint8],
    rng: np.random.Generator,
    ranges: WarpRanges = WarpRanges(),
) -> NDArray[np.uint8]:
    """Warp each image by its own random amounts.

    Parameters
    ----------
    images : ndarray of shape (n, rows, columns), dtype uint8
        Grey levels, ink bright on black.
    rng : numpy.random.Generator
        Source of the random amounts; equal states give equal images.
    ranges : WarpRanges, optional
        How far each amount may go.

    Returns
    -------
    ndarray of shape (n, rows, columns), dtype uint8
        New images; the input is left as it was.

    Raises
    ------
    ValueError
        If `images` is not a uint8 array of three dimensions.

    Examples
    --------
    >>> bar = np.zeros((1, 28, 28), np.uint8)
    >>> bar[0, 6:22, 13:15] = 255
    >>> warped = warp(bar, np.random.default_rng(0))
    >>> warped.shape, warped.dtype, bool((warped != bar).any())
    ((1, 28, 28), dtype('uint8'), True)
    """
    if images.ndim != 3 or images.dtype != np.uint8:
        raise ValueError(
            f"images have shape {images.shape} and type {images.dtype}, "
            "expected uint8 of shape (n, rows, columns)"
        )
    if len(images) == 0:
        return images.copy()
    inked = _change_stroke(images, rng.uniform(-ranges.stroke, ranges.stroke, len(images)))
    maps = _draw_maps(len(images), rng, ranges)
    shifts = rng.uniform(-ranges.shift, ranges.shift, (len(images), 2))
    warped = _resample(inked, maps, shifts)
    return np.rint(np.clip(warped, 0, 255)).astype(np.uint8)


def _change_stroke(images: NDArray[np.uint8], amounts: NDArray[np.float64]) -> NDArray[np.float32]:
    """Mix each image with its dilation (amount above 0) or its erosion (below 0)."""
    wider = scipy.ndimage.grey_dilation(images, footprint=_PLUS, mode="constant")
    thinner = scipy.ndimage.grey_erosion(images, footprint=_PLUS, mode="constant")
    amount = amounts.astype(np.float32)[:, np.newaxis, np.newaxis]
    own = images.astype(np.float32)
    other = np.where(amount > 0, wider, thinner).astype(np.float32)
    mixed: NDArray[np.float32] = own + np.abs(amount) * (other - own)
    return mixed


def _draw_maps(n: int, rng: np.random.Generator, ranges: WarpRanges) -> NDArray[np.float64]:
    """Draw (n, 2, 2) matrices that lead from a warped pixel back to its source."""
    angle = np.radians(rng.uniform(-ranges.rotation, ranges.rotation, n))
    factor = 1 / (1 + rng.uniform(-ranges.scale, ranges.scale, n))
    cos, sin = factor * np.cos(angle), factor * np.sin(angle)
    return np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], -2)


def _resample(
    images: NDArray[np.float32], maps: NDArray[np.float64], shifts: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Read each image at its mapped pixels by cubic splines.

    The images are laid under one another in a strip, because one call on a picture of
    two dimensions is many times faster than a call per image or one on three dimensions.
    """
    n, rows, columns = images.shape
    pad = ((0, 0), (_MARGIN, _MARGIN), (_MARGIN, _MARGIN))
    padded = np.pad(images, pad)
    strip = padded.reshape(-1, columns + 2 * _MARGIN)
    centre = np.array([(rows - 1) / 2, (columns - 1) / 2])[:, np.newaxis]
    grid = np.indices((rows, columns)).reshape(2, -1) - centre
    source = maps @ grid + centre + _MARGIN - shifts[..., np.newaxis]
    source[:, 0] = np.clip(source[:, 0], 0, padded.shape[1] - 1)
    source[:, 0] += np.arange(n)[:, np.newaxis] * padded.shape[1]
    points = source.transpose(1, 0, 2).reshape(2, -1)
    bent: NDArray[np.float32]
    bent = scipy.ndimage.map_coordinates(strip, points, order=3, mode="constant")
    return bent.reshape(images.shape)
