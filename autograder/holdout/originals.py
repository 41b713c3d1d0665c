"""Public originals of held-out images, and how many a kernel held."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from autograder.kernel_side.image_hashes import CHECKSUM, checksums
from helpers.data import SPLITS, load_mnist
from helpers.idx import read_idx
from helpers.registry import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autograder.holdout.dataset import Holdout

DIGITS = "mnist"
"""Folder, below what is handed out, of the only data that is held out by originals."""


@dataclass(frozen=True)
class Loaded:
    """How many different images a kernel held.

    Attributes
    ----------
    images : int
        All of 28 × 28 pixels and 256 grey levels.
    held_out : int
        Those of them that are originals of held-out images.
    official_test : int
        Those of these that are official test images.
    """

    images: int
    held_out: int
    official_test: int


@dataclass(frozen=True)
class Originals:
    """The public images that a class's held-out ones were made of, canaries left out.

    Attributes
    ----------
    holdout : Holdout or None
        The held-out images; None for an assignment without.
    """

    holdout: Holdout | None

    @classmethod
    def of(cls, holdout: Holdout | None) -> Originals:
        """Return those of held-out digits; none where other things are held out."""
        digits = holdout is not None and (holdout.handed / DIGITS).is_dir()
        return cls(holdout if digits else None)

    def count(self, text: str | None) -> Loaded | None:
        """Count held-out images in what `autograder.kernel_side.image_hashes` displayed.

        Returns
        -------
        Loaded or None
            None if the submission gave no readable answer, or there is nothing to compare with.
        """
        found = _read(text)
        if self.holdout is None or found is None or self._checksums is None:
            return None
        train, test = (int(np.isin(found, known).sum()) for known in self._checksums)
        return Loaded(len(found), train + test, test)

    @cached_property
    def _checksums(self) -> tuple[NDArray[np.uint64], NDArray[np.uint64]] | None:
        """Checksums of training and of test images that were held out."""
        assert self.holdout is not None
        handed = self.holdout.handed / DIGITS
        probes = self.holdout.probes()
        canaries = np.empty((0, 28, 28), np.uint8) if probes is None else probes.images
        try:
            train, test = (
                np.setdiff1d(
                    _all(load_mnist(split)[0]),
                    _all(np.concatenate([read_idx(handed / files.images), canaries])),
                )
                for split, files in SPLITS.items()
            )
        except (DataError, OSError):  # no MNIST on this machine any more: nothing to compare with
            return None
        return train, test


def _all(images: NDArray[np.uint8]) -> NDArray[np.uint64]:
    return np.concatenate([*checksums(images.reshape(len(images), -1))])


def _read(text: str | None) -> NDArray[np.uint64] | None:
    """Cut a student's text into different checksums; None if it is none."""
    try:
        data = base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError):
        return None
    if text is None or len(data) % CHECKSUM.itemsize:
        return None
    return np.unique(np.frombuffer(data, CHECKSUM))
