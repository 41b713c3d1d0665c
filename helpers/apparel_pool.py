"""Pool the garments that no training picture shows, to draw practice and held-out pictures from.

Fashion-MNIST's test images alone have 1,000 trousers, and two fifths of the pairs need them: pants,
and shorts, which are cut from them. So those of its training images join in that no training
picture shows, among them 2,289 trousers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from helpers.apparel_draw import Pixels, choose_garments

if TYPE_CHECKING:
    from collections.abc import Mapping

Garments = tuple[Pixels, Pixels]
"""Images, shape (n, 28, 28), and labels, shape (n,), both of uint8."""


def pool_garments(counts: Mapping[str, int], train: Garments, test: Garments) -> Garments:
    """Return the test garments, and the training garments that no training picture shows.

    Parameters
    ----------
    counts : mapping of str to int
        How many training pictures there are of each pair; `helpers.apparel_draw.draw_pairs` draws
        them from `train` by its default seed.
    train, test : tuple of (ndarray, ndarray)
        Images and labels of Fashion-MNIST's two splits, from `helpers.data.load_fashion_mnist`.

    Returns
    -------
    images : ndarray of uint8, shape (n, 28, 28)
        Garments in grey, those of `test` first.
    labels : ndarray of uint8, shape (n,)
        Their labels.

    Raises
    ------
    ValueError
        If `train` has fewer garments of a kind than training pictures show.

    Examples
    --------
    >>> images, labels = np.zeros((4, 28, 28), np.uint8), np.array([1, 3, 1, 3], np.uint8)
    >>> pool_garments({"red_pants": 2, "red_dress": 1}, (images, labels), (images, labels))[1]
    array([1, 3, 1, 3, 3], dtype=uint8)
    """
    images, labels = train
    unused = np.ones(len(labels), bool)
    unused[[k for _, _, k in choose_garments(counts, labels)]] = False
    return np.concatenate([test[0], images[unused]]), np.concatenate([test[1], labels[unused]])
