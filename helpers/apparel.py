"""Load images of apparel from folders named like ``black_dress``.

The photographs that the course was written for are on Kaggle, which asks for an account. Who has
them sets COURSE_APPAREL to their folder. For everybody else `find_apparel` makes a stand-in of the
same layout: the same 24 colour-garment pairs and 11,385 images, drawn from Fashion-MNIST by
`helpers.apparel_draw`. It is made once, in the data folder, and appears there whole or not at all.
``python -m helpers.apparel`` makes it without loading it.

Errors are in `helpers._apparel_errors`.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from helpers._apparel_errors import (
    SUFFIXES,
    AlteredStandInError,
    EmptyClassError,
    MissingFolderError,
    UnknownLabelError,
    UnreadableImageError,
)
from helpers.apparel_draw import draw_pairs
from helpers.apparel_pool import Garments, pool_garments
from helpers.data import load_fashion_mnist
from helpers.files import replacing_folder, sweep
from helpers.places import data_folder
from helpers.registry import DataError, FolderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

COLOURS = ("black", "blue", "brown", "green", "red", "white")
"""The first part of a pair's name."""

GARMENTS = ("dress", "pants", "shirt", "shoes", "shorts")
"""The second part."""

LABELS = (*COLOURS, *GARMENTS)
"""What an image can be labelled with: two of them each, a colour and a garment."""

PAIR_COUNTS = {
    "black_dress": 450,
    "black_pants": 871,
    "black_shirt": 715,
    "black_shoes": 766,
    "black_shorts": 328,
    "blue_dress": 502,
    "blue_pants": 798,
    "blue_shirt": 741,
    "blue_shoes": 523,
    "blue_shorts": 299,
    "brown_pants": 311,
    "brown_shoes": 464,
    "brown_shorts": 40,
    "green_pants": 227,
    "green_shirt": 230,
    "green_shoes": 455,
    "green_shorts": 135,
    "red_dress": 800,
    "red_pants": 308,
    "red_shoes": 610,
    "white_dress": 818,
    "white_pants": 274,
    "white_shoes": 600,
    "white_shorts": 120,
}
"""Images of each pair in the Kaggle set; the stand-in has the same."""

MISSING_PAIRS = tuple(sorted({f"{c}_{g}" for c in COLOURS for g in GARMENTS} - PAIR_COUNTS.keys()))
"""The six pairs that no folder has."""

SIZE = 72
"""Height and width of an image in pixels: Xception wants 71 or more."""

VARIABLE = "COURSE_APPAREL"
"""Names the folder of the photographs, for who has them."""

VALIDATION_SHARE = 0.15
"""Part of each class to validate on."""

UNSEEN_EACH = 50
"""Images of each missing pair."""

_PRACTICE_EACH = 250
"""As many as are held out: a score of practice images says no less than one of held-out ones."""

PAIRS, UNSEEN = (f"{name}-{SIZE}px-v1" for name in ("pairs", "unseen"))
"""The stand-in's folders. Raise a version when what is drawn changes: old ones are left alone."""

PRACTICE = f"practice-{SIZE}px-v3"
"""Folder of the images to practise on."""


@dataclass(frozen=True)
class Apparel:
    """A folder of images, and whose images they are.

    Attributes
    ----------
    folder : Path
        Holds one folder for each class.
    source : str
        ``"stand-in"`` or ``"Kaggle"``: say it next to every figure.
    """

    folder: Path
    source: str


def find_apparel() -> Apparel:
    """Find the images: those that $COURSE_APPAREL names, or else the stand-in, made if need be.

    Returns
    -------
    apparel : Apparel
        Of the 24 pairs.

    Raises
    ------
    MissingFolderError
        If the folder that $COURSE_APPAREL names is not there.
    AlteredStandInError
        If the stand-in has lost or gained images.
    DataError
        If the stand-in has to be made and cannot be.
    """
    named = os.environ.get(VARIABLE)
    if not named:
        return Apparel(find_stand_in(), "stand-in")
    folder = Path(named).expanduser().absolute()
    if not folder.is_dir():
        raise MissingFolderError(folder)
    return Apparel(folder, "Kaggle")


def find_stand_in() -> Path:
    """Find the folder of the stand-in's 24 pairs, made if need be.

    Returns
    -------
    folder : Path
        Holds one folder for each pair.

    Raises
    ------
    AlteredStandInError, DataError
        As for `find_apparel`.
    """
    return _stand_in(PAIRS, PAIR_COUNTS, lambda: load_fashion_mnist("train"))


def find_unseen() -> Apparel:
    """Find 300 stand-in images of the six `MISSING_PAIRS`, from Fashion-MNIST's test images.

    A graded run is handed images of other pairs in their place, see
    `autograder.holdout.apparel`.

    Returns
    -------
    apparel : Apparel
        Of the six pairs, 50 images each.

    Raises
    ------
    AlteredStandInError, DataError
        As for `find_apparel`.
    """
    counts = dict.fromkeys(MISSING_PAIRS, UNSEEN_EACH)
    return Apparel(_stand_in(UNSEEN, counts, lambda: load_fashion_mnist("test")), "stand-in")


@cache
def load_practice() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Load 7,500 stand-in images, 250 of each of all 30 pairs, to try a finished network on.

    They are drawn as held-out images are, from garments that no training image shows, as many of
    each pair and in an order that says nothing about it; their seed is public. Loaded once in each
    process.

    Returns
    -------
    images : ndarray of uint8, shape (7500, 72, 72, 3), read-only
        Red, green and blue from 0 to 255.
    truth : ndarray of uint8, shape (7500, 11), read-only
        Zeros and ones, columns in the order of `LABELS`.

    Raises
    ------
    AlteredStandInError, DataError
        As for `find_apparel`.
    """
    counts = dict.fromkeys((*PAIR_COUNTS, *MISSING_PAIRS), _PRACTICE_EACH)
    paths, pairs = list_images(_stand_in(PRACTICE, counts, _load_pool, seed=1))
    order = np.random.default_rng(1).permutation(len(paths))
    practice = load_images(paths)[order], to_indicator(pairs)[order]
    for array in practice:
        array.setflags(write=False)  # the next call gets the very same arrays
    return practice


def list_images(folder: str | Path) -> tuple[list[Path], list[str]]:
    """List a folder's images, class by class, in the order of Keras's own loader.

    Parameters
    ----------
    folder : path-like
        Holds one folder for each class, such as ``black_dress``.

    Returns
    -------
    paths : list of Path
        Of the images.
    pairs : list of str
        The class of each.

    Raises
    ------
    MissingFolderError
        If there is no such folder, or no folder in it.
    UnknownLabelError
        If one is not named like a pair.
    EmptyClassError
        If one holds no image.
    """
    folder = Path(folder)
    classes = sorted(path for path in folder.glob("[!.]*") if path.is_dir())
    if not classes:
        raise MissingFolderError(folder)
    found = {path.name: _images_in(path) for path in classes}
    paths = [path for images in found.values() for path in images]
    return paths, [path.parent.name for path in paths]


def check_images(paths: Sequence[Path]) -> None:
    """Decode each file, so that a damaged one is named now and not in the middle of training.

    Parameters
    ----------
    paths : sequence of Path
        Of the images.

    Raises
    ------
    UnreadableImageError
        If a file is no image, or a damaged one.
    """
    for path in paths:
        _read(path, None)


def load_images(paths: Sequence[Path], size: int = SIZE) -> NDArray[np.uint8]:
    """Read images as one array.

    Parameters
    ----------
    paths : sequence of Path
        Of n images, of any size.
    size : int, default 72
        Height and width in pixels to bring them to.

    Returns
    -------
    images : ndarray of uint8, shape (n, size, size, 3)
        Red, green and blue from 0 to 255.

    Raises
    ------
    UnreadableImageError
        If a file is no image, or a damaged one.
    """
    images = np.empty((len(paths), size, size, 3), np.uint8)
    for k, path in enumerate(paths):
        images[k] = _read(path, size)
    return images


def to_indicator(pairs: Sequence[str]) -> NDArray[np.uint8]:
    """Turn names of pairs into rows of zeros and ones.

    Parameters
    ----------
    pairs : sequence of n str
        Such as ``"black_dress"``.

    Returns
    -------
    truth : ndarray of uint8, shape (n, 11)
        1 for the colour and for the garment, columns in the order of `LABELS`.

    Raises
    ------
    UnknownLabelError
        If one is no pair's name.

    Examples
    --------
    >>> to_indicator(["black_dress"])
    array([[1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]], dtype=uint8)
    """
    rows = np.zeros((len(pairs), len(LABELS)), np.uint8)
    for row, pair in zip(rows, pairs, strict=True):
        row[[LABELS.index(part) for part in split_pair(pair)]] = 1
    return rows


def split_pair(pair: str) -> tuple[str, str]:
    """Split a pair's name.

    Parameters
    ----------
    pair : str
        Such as ``"black_dress"``.

    Returns
    -------
    colour : str
        One of `COLOURS`.
    garment : str
        One of `GARMENTS`.

    Raises
    ------
    UnknownLabelError
        If it is none.
    """
    colour, _, garment = pair.partition("_")
    for part, known in ((colour, COLOURS), (garment, GARMENTS)):
        if part not in known:
            raise UnknownLabelError(pair, part, known)
    return colour, garment


def validation_mask(pairs: Sequence[str]) -> NDArray[np.bool_]:
    """Mark the first 15 % of each class, rounded down: what the original validated on.

    Parameters
    ----------
    pairs : sequence of n str
        The class of each image.

    Returns
    -------
    mask : ndarray of bool, shape (n,)
        True for what to validate on.
    """
    names = np.asarray(pairs)
    mask = np.zeros(len(names), bool)
    for name in np.unique(names):
        members = np.flatnonzero(names == name)
        mask[members[: int(VALIDATION_SHARE * len(members))]] = True
    return mask


def _images_in(folder: Path) -> list[Path]:
    split_pair(folder.name)
    images = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not images:
        raise EmptyClassError(folder)
    return images


def _read(path: Path, size: int | None) -> NDArray[np.uint8]:
    try:
        with Image.open(path) as image:
            colour = image.convert("RGB")
    # Pillow raises SyntaxError and others on damaged files, all of which mean the same here.
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadableImageError(path, str(error)) from error
    if size is not None and colour.size != (size, size):
        colour = colour.resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(colour)


def _load_pool() -> Garments:
    return pool_garments(PAIR_COUNTS, load_fashion_mnist("train"), load_fashion_mnist("test"))


def _stand_in(
    name: str, counts: Mapping[str, int], load: Callable[[], Garments], seed: int = 0
) -> Path:
    """Return a stand-in's folder, made if it is not there yet."""
    folder, expected = data_folder() / "apparel" / name, sum(counts.values())
    if not folder.exists():
        print(f"apparel: drawing {expected:,} images, once", file=sys.stderr)
        _draw(folder, draw_pairs(counts, *load(), size=SIZE, seed=seed))
    found = len(list(folder.glob("*/*.jpg")))
    if found != expected:
        raise AlteredStandInError(folder, found, expected)
    return folder


def _draw(folder: Path, pictures: Iterator[tuple[str, bytes]]) -> None:
    try:
        sweep(folder.parent)
        with replacing_folder(folder) as part:
            write_pairs(part, pictures)
    except OSError as error:
        if not folder.exists():  # else another process was faster, and its folder stays
            raise FolderError(folder.parent, str(error)) from error


def write_pairs(folder: Path, pictures: Iterator[tuple[str, bytes]]) -> None:
    """Write pictures as ``pair/00000.jpg``, numbered within their pair.

    Parameters
    ----------
    folder : Path
        Gets a folder for each pair.
    pictures : iterator of (str, bytes)
        The pair and the JPEG file of each.
    """
    numbers: dict[str, int] = {}
    for pair, jpeg in pictures:
        number = numbers.setdefault(pair, 0)
        numbers[pair] += 1
        (folder / pair).mkdir(exist_ok=True)
        (folder / pair / f"{number:05d}.jpg").write_bytes(jpeg)


def main() -> int:
    """Find or make all images, and decode each.

    Returns
    -------
    status : int
        For the shell: 0, or 1 if something is wrong, which stderr tells.
    """
    try:
        for apparel in (find_apparel(), find_unseen()):
            paths, _ = list_images(apparel.folder)
            check_images(paths)
            print(f"apparel: {len(paths):,} images ({apparel.source}) in {apparel.folder}")
        print(f"apparel: {len(load_practice()[0]):,} images to practise on")
    except (DataError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
