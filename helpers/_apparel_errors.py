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

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        return f"{self.folder}: expected a folder that holds folders such as black_dress"


class UnknownLabelError(ApparelError, ValueError):
    """A class's name is not a known colour, "_", and a known garment."""

    def __init__(self, name: str, part: str, known: tuple[str, ...]) -> None:
        super().__init__(name, part, known)
        self.name, self.part, self.known = name, part, known

    def __str__(self) -> str:
        return f"class {self.name!r}: {self.part!r} is none of {', '.join(self.known)}"


class EmptyClassError(ApparelError, ValueError):
    """A class's folder holds no image."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        return f"{self.folder} holds no image: expected files that end in {', '.join(SUFFIXES)}"


class UnreadableImageError(ApparelError, ValueError):
    """A file is no image, or a damaged one."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        return f"{self.path} cannot be read as an image: {self.reason}. Replace or delete it."


class AlteredStandInError(ApparelError, ValueError):
    """The stand-in on disk does not have the images that it was made with."""

    def __init__(self, folder: Path, found: int, expected: int) -> None:
        super().__init__(folder, found, expected)
        self.folder, self.found, self.expected = folder, found, expected

    def __str__(self) -> str:
        return (
            f"{self.folder} has {self.found} images, expected {self.expected}. "
            "Delete that folder; it is made anew."
        )
