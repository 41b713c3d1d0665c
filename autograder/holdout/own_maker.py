"""Make held-out images by a course's own code: ``maker.py`` in the assignment's folder.

Images that were never public are the only ones that nobody can have learnt by heart. The file
defines ``make(folder, seed, size)``, as `autograder.holdout.store.Maker` says it; it runs in the
grader's own process, as all that an author writes, and neither students nor submissions see it.
"""

from __future__ import annotations

import logging
import runpy
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.errors import HoldoutError
from autograder.holdout.dataset import OWN_MAKER
from autograder.holdout.files import read_images, read_labels
from helpers.files import sha256

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

logger = logging.getLogger(__name__)


def make_by_own(assignment: Path, folder: Path, seed: str, size: int) -> Mapping[str, Any]:
    """Fill a folder by an assignment's own maker, and look at what it made.

    Parameters
    ----------
    assignment : Path
        The assignment's folder, with its ``maker.py``.
    folder : Path
        Holds an empty ``secret``.
    seed : str
        What the images depend on.
    size : int
        Number of images to hold out.

    Returns
    -------
    mapping
        The maker's facts, and the SHA-256 of its file as ``maker``.

    Raises
    ------
    HoldoutError
        If there is no such file, it fails, or what it made are not `size` images and labels.
    """
    path = assignment / OWN_MAKER
    if not path.is_file():
        raise HoldoutError(folder, f"no {path}, which run.toml names as the maker")
    try:
        make = runpy.run_path(str(path), run_name="maker").get("make")
        if not callable(make):
            raise HoldoutError(folder, f"{path} defines no function make(folder, seed, size)")
        facts = make(folder, seed, size) or {}
        (folder / "handed").mkdir(exist_ok=True)
        _check(folder / "secret", size)
    except HoldoutError:
        raise
    except Exception as error:  # of whatever kind: it is the author's code
        logger.exception("%s failed", path)
        raise HoldoutError(folder, f"{path} failed: {type(error).__name__}: {error}") from error
    return {**facts, "maker": sha256(path)}


def _check(secret: Path, size: int) -> None:
    images, labels = read_images(secret), read_labels(secret)
    _expect("images", images, size, (3, 4))
    _expect("labels", labels, size, (1, 2))


def _expect(content: str, found: NDArray[Any], size: int, dimensions: tuple[int, int]) -> None:
    if found.dtype != np.uint8 or found.ndim not in dimensions or len(found) != size:
        ways = " or ".join(map(str, dimensions))
        raise ValueError(
            f"{content} of shape {found.shape} and type {found.dtype}, "
            f"expected {size} of them in {ways} dimensions, of type uint8"
        )
