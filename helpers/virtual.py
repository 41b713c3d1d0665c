"""Learn from virtual images: what is moved, turned or stretched a little shows the same digit.

Source: D. DeCoste and B. Schölkopf, "Training invariant support vector machines", Machine
Learning 46 (2002). A machine learns, its support vectors are moved about, and a second machine
learns from these, which takes far less time than moving all images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import SVC

from helpers.preprocessing import deskew, hog

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["CHANGES", "MEMBERS", "Committee", "fit_committee", "virtual_copies"]

CHANGES = (
    (0, 0, 0, 1, 1),
    *((1, 0, 0, 1, 1), (-1, 0, 0, 1, 1), (0, 1, 0, 1, 1), (0, -1, 0, 1, 1)),
    *((0, 0, 7, 1, 1), (0, 0, -7, 1, 1)),
    *((0, 0, 0, 1.08, 1), (0, 0, 0, 0.93, 1), (0, 0, 0, 1, 1.1), (0, 0, 0, 1, 0.9)),
)
"""Ways to change an image: (pixels down, pixels right, degrees, height and width as factors)."""

MEMBERS = (((4,), 100), ((4, 7), 150))
"""Members of a committee: sides of the cells whose gradients they see, and components they keep."""


@dataclass(frozen=True)
class Committee:
    """Machines that decide together: their decisions are added.

    Attributes
    ----------
    members : sequence of (tuple of int, Pipeline)
        Sides in pixels of the cells whose gradients a machine sees, and the machine.
    """

    members: Sequence[tuple[tuple[int, ...], Pipeline]]

    def predict(self, images: ArrayLike) -> NDArray[Any]:
        """Predict the label of each image.

        Parameters
        ----------
        images : array_like, shape (n, 28, 28)
            Grey values, 0 for background, in the unit of those that were learnt from.

        Returns
        -------
        labels : ndarray, shape (n,)
            Those whose decisions are highest in all.
        """
        straight = deskew(images)
        total = sum(
            machine.decision_function(_gradients(straight, cells))
            for cells, machine in self.members
        )
        labels: NDArray[Any] = self.members[0][1].classes_[np.argmax(total, axis=1)]
        return labels


def fit_committee(
    images: NDArray[Any], labels: NDArray[Any], examples: NDArray[Any], *, C: float = 10.0
) -> Committee:
    """Fit SVCs on all virtual copies of some images.

    Parameters
    ----------
    images : ndarray, shape (n, 28, 28)
        Grey values; the support vectors of a first machine.
    labels : ndarray, shape (n,)
        Three or more different ones.
    examples : ndarray, shape (m, 28, 28)
        Training images of every kind, which principal components are learnt from.
    C : float, default 10
        Weight of training errors.

    Returns
    -------
    committee : Committee
        Of as many machines as `MEMBERS`.
    """
    examples, copies = deskew(examples), list(virtual_copies(deskew(images)))
    members = []
    for cells, components in MEMBERS:
        pca = PCA(components, random_state=0).fit(_gradients(examples, cells))
        rows = np.concatenate([pca.transform(_gradients(copy, cells)) for copy in copies])
        machine = SVC(C=C, cache_size=500).fit(rows, np.tile(labels, len(copies)))
        members.append((cells, make_pipeline(pca, machine)))
    return Committee(members)


def _gradients(images: NDArray[Any], cells: tuple[int, ...]) -> NDArray[np.float32]:
    return np.hstack([hog(images, cell=cell, bins=16, signed=True) for cell in cells])


def virtual_copies(images: ArrayLike) -> Iterator[NDArray[np.float32]]:
    """Yield all images once for each way to change them, unchanged first.

    Grey values between pixels are interpolated linearly; what comes in at an edge is 0.

    Parameters
    ----------
    images : array_like, shape (n, height, width)
        Grey values, 0 for background, in any unit.

    Yields
    ------
    copies : ndarray of float32, shape (n, height, width)
        One array for each of `CHANGES`, in the same unit and order of images.

    Raises
    ------
    ValueError
        If `images` does not have three dimensions.

    Examples
    --------
    >>> len(list(virtual_copies(np.zeros((5, 28, 28)))))
    11
    """
    pixels = np.asarray(images, np.float32)
    if pixels.ndim != 3:
        raise ValueError(f"images have shape {pixels.shape}: expected (n, height, width)")
    for change in CHANGES:
        yield _changed(pixels, *change)


def _changed(
    pixels: NDArray[np.float32], down: float, right: float, degrees: float, tall: float, wide: float
) -> NDArray[np.float32]:
    """Change all images alike. Each new pixel is fetched from where it was before."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    back = turn @ np.diag([1 / tall, 1 / wide])
    middle = (np.array(pixels.shape[1:]) - 1) / 2
    matrix = np.eye(3)  # the first axis counts images, and stays
    matrix[1:, 1:] = back
    offset = middle - back @ (middle + np.array([down, right]))
    changed: NDArray[np.float32] = ndimage.affine_transform(pixels, matrix, (0, *offset), order=1)
    return changed
