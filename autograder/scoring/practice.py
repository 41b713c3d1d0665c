"""Make practice images under the conditions of held-out ones, from what everybody may see.

Held-out digits are warped (`autograder.holdout.perturb`), which makes them harder to read than
the official images as they are. So practice digits go through the same warp, by a seed that is
published. They are official test images, of which nothing that learns from labels has seen any.
What sorts without labels may get any image, so there they are drawn as held-out ones are, from
training and test images together: test images alone, straightened, are easier to sort.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from autograder.holdout.perturb import warp
from autograder.holdout.sampling import draw_stratified, entropy
from helpers.data import load_mnist

if TYPE_CHECKING:
    from numpy.typing import NDArray

PRACTICE_SEED = "practice"
"""Anyone can make the same images."""


def load_practice_digits(
    size: int | None = None, *, splits: tuple[str, ...] = ("test",), seed: str = PRACTICE_SEED
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Load official images of MNIST, drawn and warped as held-out digits are.

    Made once in each process, in a few seconds.

    Parameters
    ----------
    size : int, optional
        How many, each digit in proportion; all of them by default, and if there are fewer.
    splits : tuple of str, optional
        Which of MNIST's splits they are drawn from.
    seed : str, optional
        What draw and warp depend on.

    Returns
    -------
    images : uint8 array of shape (n, 28, 28), read-only
    labels : uint8 array of shape (n,), read-only

    Raises
    ------
    ValueError
        If `size` is below 1.
    DataError
        If MNIST is missing and cannot be fetched.
    """
    if size is not None and size < 1:
        raise ValueError(f"size is {size}, expected 1 or more")
    return _digits(size, splits, seed)


@cache
def _digits(
    size: int | None, splits: tuple[str, ...], seed: str
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    parts = [load_mnist(split) for split in splits]
    images, labels = (np.concatenate(side) for side in zip(*parts, strict=True))
    draw, bend = np.random.default_rng(entropy(seed)).spawn(2)
    wanted = min(size or len(labels), len(labels))
    drawn = draw_stratified(labels, np.ones(len(labels), bool), wanted, draw)
    made = warp(images[drawn], bend), labels[drawn]
    for array in made:
        array.setflags(write=False)  # the next call gets the very same arrays
    return made
