"""Tell whether two runs of one notebook gave the same outputs, but for rounding.

Processors add in different orders: the last digits of a sum differ from one to the next, and
training a network makes that difference grow. So the words must be the same, and numbers and
pixels nearly so.
"""

from __future__ import annotations

import base64
import io
import re
from fractions import Fraction
from typing import Any

import numpy as np
from PIL import Image

NUMBER_TOLERANCE = 0.02
"""Share of the greater of two numbers, or of 1 if both are smaller, by which they may differ."""

PIXEL_TOLERANCE = 8
"""Grey levels of 255 that no eye sees."""

PIXEL_SHARE = 0.05
"""Share of a figure's pixels that may differ more: lines that end elsewhere, numbers in it."""

PNG = "image/png"
"""MIME type of figures, which are compared pixel by pixel."""

_PICTURE = re.compile(r'(<img alt="[^"]*" src="data:image/png;base64,)([A-Za-z0-9+/=\s]+)(">)')
"""A figure with a text alternative, as `helpers.figures.picture_html` writes it."""

_NUMBER = re.compile(r"(\d+/\d+|\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)")


def outputs_close(first: Any, second: Any) -> bool:
    """Compare two outputs, or any parts of them.

    Parameters
    ----------
    first, second : object
        As in a notebook's JSON: dicts, lists, texts, numbers.

    Returns
    -------
    bool

    Examples
    --------
    >>> outputs_close({"text": "ARI 0.919, 10 clusters"}, {"text": "ARI 0.921, 10 clusters"})
    True
    >>> outputs_close({"text": "ARI 0.919, 10 clusters"}, {"text": "ARI 0.919, 11 clusters"})
    False
    >>> outputs_close(["a tree"], ["a forest"])
    False
    """
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(
            (_pictures_close if key == PNG else outputs_close)(first[key], second[key])
            for key in first
        )
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(outputs_close, first, second))
    if isinstance(first, str) and isinstance(second, str):
        return first == second or _show_alike(first, second) or _read_alike(first, second)
    if isinstance(first, float) and isinstance(second, float):
        return _near(first, second)
    return bool(first == second)


def _show_alike(first: str, second: str) -> bool:
    """Compare figures with text alternatives: the texts as texts, the pictures as pictures."""
    one, other = _PICTURE.fullmatch(first), _PICTURE.fullmatch(second)
    if one is None or other is None:
        return False
    return _read_alike(one[1], other[1]) and _pictures_close(one[2], other[2])


def _read_alike(first: str, second: str) -> bool:
    parts, others = _NUMBER.split(first), _NUMBER.split(second)
    # text and numbers take turns
    return parts[::2] == others[::2] and all(
        one == other or _near(_value(one), _value(other))
        for one, other in zip(parts[1::2], others[1::2], strict=True)
    )


def _value(number: str) -> float:
    whole, _, below = number.partition("/")
    return float(Fraction(int(whole), int(below))) if below.strip("0") else float(whole)


def _near(first: float, second: float) -> bool:
    return abs(first - second) <= NUMBER_TOLERANCE * max(abs(first), abs(second), 1)


def _pictures_close(first: str, second: str) -> bool:
    if first == second:
        return True
    try:
        pixels = [
            np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGBA"), np.int16)
            for png in (first, second)
        ]
    except (ValueError, OSError):  # not base64, not an image
        return False
    if pixels[0].shape != pixels[1].shape:
        return False
    seen = np.abs(pixels[0] - pixels[1]).max(axis=2) > PIXEL_TOLERANCE
    return bool(seen.mean() <= PIXEL_SHARE)
