"""Draw garments in colour: the stand-in for photographs of apparel.

A grey Fashion-MNIST garment becomes the shape and the shading, a colour drawn from a range of hues
the cloth, and a plain, shaded, chequered or grainy backdrop, sometimes coloured itself, the rest.
Everything is chosen by the random generator that is handed in: same generator, same picture.
"""

from __future__ import annotations

import colorsys
import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Floats = NDArray[np.float32]
"""An array in single precision, of parts of the whole brightness."""

Pixels = NDArray[np.uint8]
"""An array of levels from 0 to 255."""

COLOUR_RANGES = {
    "black": ((0.0, 1.0), (0.0, 0.25), (0.06, 0.22)),
    "blue": ((0.56, 0.68), (0.5, 0.95), (0.3, 0.9)),
    "brown": ((0.045, 0.09), (0.45, 0.75), (0.3, 0.55)),
    "green": ((0.25, 0.45), (0.4, 0.9), (0.25, 0.75)),
    "red": ((-0.03, 0.02), (0.7, 1.0), (0.5, 0.95)),
    "white": ((0.0, 1.0), (0.0, 0.07), (0.88, 1.0)),
}
"""Hue, saturation and value of each colour, as (low, high) of 0 to 1; hues may pass through 0."""

GARMENT_SOURCES = {
    "dress": (3,),
    "pants": (1,),
    "shirt": (0, 2, 6),
    "shoes": (5, 7, 9),
    "shorts": (1,),
}
"""Fashion-MNIST's labels that stand for each garment. Shorts are trousers with the legs cut off."""

_INK = 40
"""Grey levels above it belong to the garment."""


def draw_pairs(
    counts: Mapping[str, int],
    images: Pixels,
    labels: Pixels,
    *,
    size: int = 72,
    seed: int = 0,
) -> Iterator[tuple[str, bytes]]:
    """Draw pictures of colour-garment pairs, each from another garment.

    Parameters
    ----------
    counts : mapping of str to int
        How many pictures of each pair, such as ``{"red_dress": 800}``.
    images : ndarray of uint8, shape (n, 28, 28)
        Garments, from `helpers.data.load_fashion_mnist`.
    labels : ndarray of uint8, shape (n,)
        Their labels.
    size : int, default 72
        Height and width of a picture in pixels.
    seed : int, default 0
        Decides everything.

    Yields
    ------
    pair : str
        In the order of `counts`.
    jpeg : bytes
        The picture as a JPEG file.

    Raises
    ------
    ValueError
        If there are fewer garments of a kind than pictures wanted.

    Examples
    --------
    >>> from helpers.data import load_fashion_mnist
    >>> pair, jpeg = next(draw_pairs({"red_dress": 1}, *load_fashion_mnist("test")))
    >>> pair, jpeg.startswith(bytes([0xFF, 0xD8]))
    ('red_dress', True)
    """
    for pair, number, k in choose_garments(counts, labels, seed=seed):
        colour, garment = pair.split("_")
        random = np.random.default_rng([seed, *pair.encode(), number])
        shape = cut_to_shorts(images[k], random) if garment == "shorts" else images[k]
        yield pair, encode(draw(shape, colour, size, random), int(random.integers(70, 93)))


def choose_garments(
    counts: Mapping[str, int], labels: Pixels, *, seed: int = 0
) -> Iterator[tuple[str, int, int]]:
    """Choose the garment of each picture; no garment is chosen twice.

    Parameters
    ----------
    counts : mapping of str to int
        How many pictures of each pair.
    labels : ndarray of uint8, shape (n,)
        The garments' labels.
    seed : int, default 0
        Decides the choice.

    Yields
    ------
    pair : str
        In the order of `counts`.
    number : int
        Of the picture within its pair, from 0.
    garment : int
        Its place among the n garments.

    Raises
    ------
    ValueError
        If there are fewer garments of a kind than pictures wanted.

    Examples
    --------
    >>> labels = np.array([1, 3, 1, 3], np.uint8)  # two trousers, two dresses
    >>> sorted(k for _, _, k in choose_garments({"red_pants": 1, "red_shorts": 1}, labels))
    [0, 2]
    """
    order = {kinds: _shuffled(labels, kinds, seed) for kinds in set(GARMENT_SOURCES.values())}
    for pair, count in counts.items():
        numbers = order[GARMENT_SOURCES[pair.split("_")[1]]]
        for number in range(count):
            k = next(numbers, None)
            if k is None:
                raise ValueError(f"{count} of {pair} wanted: expected as many garments as pictures")
            yield pair, number, k


def draw(shape: Pixels, colour: str, size: int, random: np.random.Generator) -> Pixels:
    """Draw one garment.

    Parameters
    ----------
    shape : ndarray of uint8, shape (28, 28)
        The garment in grey, 0 around it.
    colour : str
        One of `COLOUR_RANGES`.
    size : int
        Height and width of the picture in pixels.
    random : numpy.random.Generator
        Chooses shade, place, side and backdrop.

    Returns
    -------
    picture : ndarray of uint8, shape (size, size, 3)
        Red, green and blue from 0 to 255.
    """
    grey = _placed(shape, size, random)
    cover = np.clip((grey - 0.06) / 0.14, 0, 1)[..., None]  # soft at the edges
    cloth = _shade(colour, random) * (0.55 + 0.45 * grey / max(float(grey.max()), 0.1))[..., None]
    if colour == "black":
        cloth = cloth + 0.1 * (grey[..., None] - 0.5)  # multiplying would lose its folds
    picture = backdrop(size, random) * (1 - cover) + cloth * cover
    picture = picture * random.uniform(0.9, 1.08)  # exposure
    picture = picture + random.normal(0, 0.015, picture.shape)  # grain
    pixels: Pixels = (np.clip(picture, 0, 1) * 255).astype(np.uint8)
    return pixels


def backdrop(size: int, random: np.random.Generator) -> Floats:
    """Draw an empty backdrop: every fourth is coloured.

    Parameters
    ----------
    size : int
        Height and width in pixels.
    random : numpy.random.Generator
        Chooses pattern and colour.

    Returns
    -------
    picture : ndarray of float32, shape (size, size, 3)
        Red, green and blue from 0 to 1.
    """
    pattern = random.integers(5)
    near = np.full(3, random.uniform(0.45, 1), np.float32)
    if random.random() < 0.25:
        near = _shade(random.choice([*COLOUR_RANGES]), random)
    far = np.clip(near + random.normal(0, 0.12, 3), 0, 1)
    down, across = np.mgrid[:size, :size] / size
    chequers = [np.floor(axis * random.integers(4, 10)) for axis in (down, across)]
    mixes = (
        np.zeros((size, size)),
        down,
        (down + across) / 2,
        sum(chequers) % 2 / 2,
        random.random((size, size)) / 2,
    )
    mix = mixes[pattern][..., None]
    return (near * (1 - mix) + far * mix).astype(np.float32)


def cut_to_shorts(trousers: Pixels, random: np.random.Generator) -> Pixels:
    """Cut trousers off above the knee and let them fill the picture.

    Parameters
    ----------
    trousers : ndarray of uint8, shape (28, 28)
        In grey, 0 around them.
    random : numpy.random.Generator
        Chooses where to cut, and how large the rest becomes.

    Returns
    -------
    shorts : ndarray of uint8, shape (28, 28)
        Or the trousers, if they are hardly to be seen.
    """
    rows = np.flatnonzero(trousers.max(axis=1) > _INK)
    if len(rows) < 10:
        return trousers
    top = trousers[rows[0] : rows[0] + int((rows[-1] - rows[0]) * random.uniform(0.34, 0.46)) + 1]
    columns = np.flatnonzero(top.max(axis=0) > _INK)
    top = top[:, columns[0] : columns[-1] + 1]
    height = int(random.integers(13, 18))
    width = int(np.clip(top.shape[1] * random.uniform(1.2, 1.8), 12, 26))
    result = np.zeros_like(trousers)
    y, x = (28 - height) // 2, (28 - width) // 2
    result[y : y + height, x : x + width] = _resized(top, width, height)
    return result


def encode(picture: Pixels, quality: int) -> bytes:
    """Encode a picture.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
        Red, green and blue from 0 to 255.
    quality : int
        From 1 to 95.

    Returns
    -------
    jpeg : bytes
        A JPEG file's.
    """
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def _shuffled(labels: Pixels, kinds: tuple[int, ...], seed: int) -> Iterator[int]:
    """Numbers of all garments of some kinds, shuffled: each is used once."""
    numbers = np.flatnonzero(np.isin(labels, kinds))
    return iter(np.random.default_rng([seed, *kinds]).permutation(numbers).tolist())


def _placed(shape: Pixels, size: int, random: np.random.Generator) -> Floats:
    """Put the garment somewhere in an empty picture, grey 0 to 1, shape (size, size)."""
    side = int(size * random.uniform(0.6, 0.95))
    garment = _resized(shape, side, side).astype(np.float32) / 255
    if random.random() < 0.5:
        garment = garment[:, ::-1]
    y, x = random.integers(0, size - side + 1, 2)
    grey = np.zeros((size, size), np.float32)
    grey[y : y + side, x : x + side] = garment
    return grey


def _resized(image: Pixels, width: int, height: int) -> Pixels:
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC))


def _shade(colour: str, random: np.random.Generator) -> Floats:
    """Draw a shade of a colour, red, green and blue from 0 to 1."""
    hue, saturation, value = (random.uniform(*limits) for limits in COLOUR_RANGES[colour])
    return np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value), np.float32)
