"""Stratified sampling: draw images by chance, each class in proportion."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def entropy(seed: str) -> int:
    """Turn a seed's text into a number for `numpy.random.default_rng`."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big")


def draw_stratified(
    labels: NDArray[np.uint8],
    allowed: NDArray[np.bool_],
    size: int,
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """Draw images so that each digit has its share, in random order.

    Parameters
    ----------
    labels : ndarray of shape (n,), dtype uint8
        Digit of each image.
    allowed : ndarray of shape (n,), dtype bool
        Whether an image may be drawn.
    size : int
        How many to draw, at most as many as are allowed.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray of shape (size,), dtype intp
        Distinct indices. The count of each digit differs from its exact share of the
        allowed images by less than one.

    Examples
    --------
    >>> labels = np.repeat(np.arange(2, dtype=np.uint8), [30, 10])
    >>> drawn = draw_stratified(labels, labels < 2, 8, np.random.default_rng(0))
    >>> np.bincount(labels[drawn]).tolist()
    [6, 2]
    """
    counts = np.bincount(labels[allowed])
    quotas, remainders = np.divmod(size * counts, counts.sum())
    # Largest remainder: the few images that whole shares leave go to the largest rests.
    quotas[np.argsort(-remainders, kind="stable")[: size - quotas.sum()]] += 1
    pools = [np.flatnonzero(allowed & (labels == digit)) for digit in range(len(counts))]
    drawn = [rng.choice(p, q, replace=False) for p, q in zip(pools, quotas, strict=True)]
    return rng.permutation(np.concatenate(drawn))
