"""Hold out apparel: draw garments that no submission has, in all 30 pairs of colour and garment.

Training images are drawn from Fashion-MNIST's training images. Held-out ones are drawn, by a secret
seed, from its test images and from those of its training images that nobody is trained on: no
training image shows a garment that is asked about. Every fifth is of one of the six pairs that no
training folder has, so that a network which has learnt the list of pairs by heart is told from one
that has learnt the labels. Submissions get the training images. In place of the public images of
those six pairs they get pairs that they know, under the same file names: nobody can learn from what
is graded.
"""

from __future__ import annotations

import io
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from autograder.errors import HoldoutError, HoldoutSizeError
from autograder.holdout.files import idx_name
from autograder.holdout.sampling import entropy
from helpers.apparel import (
    MISSING_PAIRS,
    PAIR_COUNTS,
    UNSEEN,
    UNSEEN_EACH,
    find_stand_in,
    to_indicator,
    write_pairs,
)
from helpers.apparel_draw import draw_pairs
from helpers.apparel_pool import Garments, pool_garments
from helpers.data import load_fashion_mnist
from helpers.idx import write_idx

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ALL_PAIRS = (*PAIR_COUNTS, *MISSING_PAIRS)
"""All 30 pairs of colour and garment, those of the training folders first."""

DECOYS = ("black_dress", "blue_shirt", "green_shoes", "red_pants", "white_dress", "white_shorts")
"""What stands in for the six missing pairs in a graded run."""

LARGEST = 8220
"""Images of 12 pairs need trousers, of which no training image shows 3,289: 274 for each pair."""

SPLITS = {"train": 60_000, "test": 10_000}
"""Fashion-MNIST's images: fewer would be other garments, and so another draw."""


def hold_out_apparel(folder: Path, seed: str, size: int) -> dict[str, Any]:
    """Write held-out images into `folder`/secret and training images into `folder`/handed.

    Parameters
    ----------
    folder : Path
        Holds an empty `secret`, which the grader alone can read.
    seed : str
        What is drawn, and in which order, depends on it.
    size : int
        Number of images to hold out, as many of each pair.

    Returns
    -------
    dict
        How many images there are of each pair, for the description.

    Raises
    ------
    HoldoutSizeError
        If `size` is not a multiple of 30, from 30 to `LARGEST`.
    HoldoutError
        If $COURSE_DATA names a reduced Fashion-MNIST.
    """
    if size % len(ALL_PAIRS) or not 0 < size <= LARGEST:
        raise HoldoutSizeError(folder, f"size is {size}, expected a multiple of 30 up to {LARGEST}")
    train, test = (_load_whole(folder, split) for split in SPLITS)
    each = size // len(ALL_PAIRS)
    counts, pool = dict.fromkeys(ALL_PAIRS, each), pool_garments(PAIR_COUNTS, train, test)
    _write_secret(folder / "secret", draw_pairs(counts, *pool, seed=entropy(seed)), entropy(seed))
    handed = folder / "handed" / "apparel"
    stand_in = find_stand_in()
    shutil.copytree(stand_in, handed / stand_in.name)
    (handed / UNSEEN).mkdir()
    write_pairs(handed / UNSEEN, draw_pairs(dict.fromkeys(DECOYS, UNSEEN_EACH), *test))
    return {"each_pair": each}


def _load_whole(folder: Path, split: str) -> Garments:
    garments, labels = load_fashion_mnist(split)
    if len(labels) != SPLITS[split]:
        problem = f"found {len(labels)} {split} images of Fashion-MNIST, expected {SPLITS[split]}"
        raise HoldoutError(folder, problem + ": does COURSE_DATA name a reduced one?")
    return garments, labels


def _write_secret(folder: Path, pictures: Iterable[tuple[str, bytes]], seed: int) -> None:
    """Write images and labels in an order that says nothing about the pair."""
    pairs, jpegs = zip(*pictures, strict=True)
    order = np.random.default_rng(seed).permutation(len(pairs))
    images = np.stack([np.asarray(Image.open(io.BytesIO(jpegs[k]))) for k in order])
    truth = to_indicator([pairs[k] for k in order])
    write_idx(folder / idx_name("images", images), images)
    write_idx(folder / idx_name("labels", truth), truth)
