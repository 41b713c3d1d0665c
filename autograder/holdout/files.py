"""Names and readers of the files in a folder of held-out images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.idx import read_idx

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def idx_name(content: str, array: NDArray[Any]) -> str:
    """Name the file of an array in a folder of held-out images.

    Parameters
    ----------
    content : str
        Either "images" or "labels".
    array : ndarray
        What the file holds; its number of dimensions is part of the name.

    Returns
    -------
    str
        Such as ``images-idx3-ubyte``.

    Examples
    --------
    >>> import numpy as np
    >>> idx_name("images", np.zeros((5, 28, 28))), idx_name("labels", np.zeros((5, 11)))
    ('images-idx3-ubyte', 'labels-idx2-ubyte')
    """
    return f"{content}-idx{array.ndim}-ubyte"


def read_labels(folder: Path) -> NDArray[Any]:
    """Read the labels of held-out images.

    Parameters
    ----------
    folder : Path
        Their folder `secret`, or what the checker's kernel has in its place.

    Returns
    -------
    ndarray of shape (n,) or (n, k)
        What is right for each image.

    Raises
    ------
    FileNotFoundError
        If the folder has no file of labels, or several.
    IDXError
        If it is not one IDX array.
    """
    return read_idx(_find(folder, "labels"))


def read_images(folder: Path) -> NDArray[Any]:
    """Read the held-out images, as `read_labels` reads their labels.

    Returns
    -------
    ndarray of shape (n, height, width) or (n, height, width, 3), dtype uint8
        The images.
    """
    return read_idx(_find(folder, "images"))


def _find(folder: Path, content: str) -> Path:
    found = sorted(folder.glob(f"{content}-idx?-ubyte"))
    if len(found) != 1:
        names = [path.name for path in found]
        raise FileNotFoundError(
            f"{folder} has {names or 'no'} {content}, expected one file of them"
        )
    return found[0]
