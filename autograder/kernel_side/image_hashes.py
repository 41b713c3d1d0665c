"""Hash, inside the student's kernel, the images that it holds: checksums go out, no pixels.

As everything that this kernel says, it is the student's word: evidence, and never a proof.
"""

from __future__ import annotations

import base64
import hashlib
import time
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LOADED_MIME = "application/vnd.digits-course.loaded+text"
"""MIME type by which the kernel's answer is told from its other displays."""

CHECKSUM = np.dtype("<u8")
"""Type of one checksum: 64 bits, so that chance makes no two agree."""

MOST_ROWS = 150_000
"""Twice MNIST, so that a copy of it in floats does not crowd out the next array."""

MOST_SECONDS = 5.0
"""How long it may look, in seconds of wall time."""

_PIXELS = 28 * 28

_PART = 1000

_WORDS = _PIXELS // CHECKSUM.itemsize

# odd, so that a change of any one word changes the sum
_WEIGHTS = np.frombuffer(hashlib.shake_128(b"images").digest(8 * _WORDS), CHECKSUM) | np.uint64(1)


def display_hashes(shell: Any) -> None:
    """Display what `describe` says about a shell's variables."""
    shell.display_pub.publish({LOADED_MIME: describe(shell.user_ns)})


def describe(names: dict[str, Any]) -> str:
    """Return the checksums of all images among some variables, sorted, in base64."""
    found = [np.empty(0, CHECKSUM), *_up_to_limit(_arrays(names))]
    return base64.b64encode(np.unique(np.concatenate(found)).tobytes()).decode()


def checksums(images: np.ndarray) -> Iterator[np.ndarray]:
    """Give the checksums of images that are made of 256 grey levels, a part at a time.

    A checksum is a sum of the pixels, eight at a time, by weights that nothing depends on but
    the code: 55,000 images take some hundredths of a second, and chance makes two of them agree
    once in 2 ** 64.

    Parameters
    ----------
    images : ndarray of shape (n, 784)
        Grey levels as whole numbers, or divided by 255 or 256.

    Yields
    ------
    ndarray of shape (m,), dtype `CHECKSUM`
        One for each image of a part; none for a part of other values.
    """
    for start in range(0, len(images), _PART):
        levels = _grey_levels(images[start : start + _PART])
        if levels is not None:
            words = np.ascontiguousarray(levels).view(CHECKSUM)
            yield (words * _WEIGHTS).sum(axis=1, dtype=CHECKSUM)


def _grey_levels(part: np.ndarray) -> np.ndarray | None:
    """Map pixels back to the grey levels that they were made from; None if they were not."""
    if part.dtype == np.uint8:
        return part
    if part.dtype.kind not in "iuf" or not np.isfinite(part).all() or part.min(initial=0) < 0:
        return None
    top = part.max(initial=0)
    for factor in (1,) if top > 1 else (255, 256):
        levels = part.astype(np.float64) * factor
        whole = np.rint(levels)
        # float16 holds k / 255 to about a fifteenth of a level
        if whole.max(initial=0) <= 255 and np.abs(levels - whole).max(initial=0) < 0.1:
            return whole.astype(np.uint8)
    return None


def _up_to_limit(arrays: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    ends, left = time.monotonic() + MOST_SECONDS, MOST_ROWS
    for array in arrays:
        for part in checksums(array):
            yield part[:left]
            left -= len(part)
            if left <= 0 or time.monotonic() > ends:
                return


def _arrays(names: dict[str, Any]) -> Iterator[np.ndarray]:
    """Find arrays that look like images, among variables and one step into what they hold."""
    seen: set[int] = set()
    for name, value in list(names.items()):
        if name.startswith("_") or name in ("In", "Out"):
            continue
        for held in (value, *_inside(value)):
            if isinstance(held, np.ndarray) and id(held) not in seen:
                seen.add(id(held))
                if held.ndim >= 2 and held.size and _image_size(held) == _PIXELS:
                    yield np.asarray(held).reshape(-1, _PIXELS)


def _image_size(array: np.ndarray) -> int:
    """Count the pixels of one image; images may have a last axis for one channel."""
    shape = array.shape[:-1] if array.shape[-1] == 1 else array.shape
    return shape[-1] if len(shape) == 2 else int(np.prod(shape[-2:]))


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, (list, tuple)):
        return value[:100]
    if isinstance(value, dict):
        return list(value.values())[:100]
    return list(getattr(value, "__dict__", {}).values())
