"""What can be wrong with a folder of apparel images.

::

    DataError
    └── ApparelError
        ├── MissingFolderError (FileNotFoundError)  no such folder, or none of classes in it
        ├── UnknownLabelError (ValueError)          a folder's name is not colour_garment
        ├── EmptyClassError (ValueError)            a folder without an image
        ├── UnreadableImageError (ValueError)       a file that is no image, or a damaged one
        └── AlteredStandInError (ValueError)        the stand-in has lost or gained images
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.registry import DataError

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif")
"""Of files that count as images, in lower case."""


class ApparelError(DataError):
    """Base of the errors about folders of apparel."""


class MissingFolderError(ApparelError, FileNotFoundError):
    """There is no such folder, or it has no folder of images in it."""

    template = "{folder}: expected a folder that holds folders such as black_dress"
    folder: Path


class UnknownLabelError(ApparelError, ValueError):
    """A class's name is not a known colour, "_", and a known garment."""

    template = "class {name!r}: {part!r} is none of {listed}"
    name: str
    part: str
    known: tuple[str, ...]

    @property
    def listed(self) -> str:
        """The known ones as text: a template cannot join."""
        return ", ".join(self.known)


class EmptyClassError(ApparelError, ValueError):
    """A class's folder holds no image."""

    template = f"{{folder}} holds no image: expected files that end in {', '.join(SUFFIXES)}"
    folder: Path


class UnreadableImageError(ApparelError, ValueError):
    """A file is no image, or a damaged one."""

    template = "{path} cannot be read as an image: {reason}. Replace or delete it."
    path: Path
    reason: str


class AlteredStandInError(ApparelError, ValueError):
    """The stand-in on disk does not have the images that it was made with."""

    template = (
        "{folder} has {found} images, expected {expected}. Delete that folder; it is made anew."
    )
    folder: Path
    found: int
    expected: int
