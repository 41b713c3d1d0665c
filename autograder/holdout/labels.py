"""What is right for each held-out image, as held out or corrected."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autograder.holdout.files import read_labels

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


def corrected_path(holdout: Holdout, sha256: str) -> Path:
    """Return where corrected labels are kept, by the checksum of their IDX file."""
    return holdout.folder / "corrected" / f"{sha256}.idx"
