"""What is right for each held-out image, as held out or corrected."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autograder.errors import HoldoutDamagedError
from autograder.holdout.files import read_labels
from helpers.files import replacing
from helpers.files import sha256 as sha256_of
from helpers.idx import read_idx, write_idx

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from autograder.holdout.dataset import Holdout


@dataclass(frozen=True, eq=False)
class Labels:
    """What is right for each held-out image.

    Attributes
    ----------
    values : ndarray of shape (n,) or (n, k), dtype uint8
        A digit or k indicators an image.
    sha256 : str
        SHA-256 of the IDX file that holds them.
    images : str
        SHA-256 of the images' file.
    """

    values: NDArray[np.uint8] = field(repr=False)  # no message shall name them
    sha256: str
    images: str


def labels_of(holdout: Holdout | None) -> Labels | None:
    """Return the labels that submissions are scored by; None where nothing is held out."""
    if holdout is None:
        return None
    labels, images = (
        next(sha for name, sha in holdout.sha256.items() if name.startswith(f"secret/{content}-"))
        for content in ("labels", "images")
    )
    return Labels(read_labels(holdout.secret), labels, images)


def read_corrected(holdout: Holdout, sha256: str) -> Labels | None:
    """Read corrected labels by the checksum of their file; None if there is none.

    Raises
    ------
    HoldoutDamagedError
        If the file that bears the checksum as its name holds something else.
    """
    held, path = labels_of(holdout), corrected_path(holdout, sha256)
    if held is None or sha256 == held.sha256:
        return held
    if not path.exists():
        return None
    found = sha256_of(path)
    if found != sha256:
        what = f"corrected/{path.name}: found sha256 {found}, expected {sha256}"
        raise HoldoutDamagedError(holdout.folder, what)
    return Labels(read_idx(path), sha256, held.images)


def keep_corrected(holdout: Holdout, values: NDArray[np.uint8]) -> Labels:
    """Keep corrected labels beside the held-out images, so that they can be read by their hash.

    Parameters
    ----------
    holdout : Holdout
        With labels.
    values : ndarray of shape (n,) or (n, k), dtype uint8
        What is right for each image.

    Returns
    -------
    Labels
    """
    held = labels_of(holdout)
    assert held is not None
    packed = io.BytesIO()
    write_idx(packed, values)
    corrected = Labels(values, hashlib.sha256(packed.getvalue()).hexdigest(), held.images)
    if corrected.sha256 != held.sha256:
        target = corrected_path(holdout, corrected.sha256)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        with replacing(target) as file:
            file.write(packed.getvalue())
    return corrected


def corrected_path(holdout: Holdout, sha256: str) -> Path:
    """Return where corrected labels are kept, by the checksum of their IDX file."""
    return holdout.folder / "corrected" / f"{sha256}.idx"
