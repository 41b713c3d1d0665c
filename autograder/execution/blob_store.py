"""Keep on a worker what its jobs read, by content: sent once, and found again by each job."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.errors import InfrastructureError
from helpers.files import replacing_folder, sha256

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from autograder.execution.packed_job import FileTree

MOST_BYTES = 8 << 30
"""Of all contents together; a course's data take some 200 MB."""


Look = tuple[int, int, int]
"""What tells a file from itself before and after a change: inode, bytes, nanoseconds."""


@dataclass(frozen=True)
class Part:
    """Some of a content, as it is sent.

    Attributes
    ----------
    content : str
        Its SHA-256.
    offset : int
        Where the part begins, in bytes; parts come in order.
    data : bytes
        The part.
    total : int
        Bytes of the whole.
    """

    content: str
    offset: int
    data: bytes
    total: int


class BlobStore:
    """A folder of contents, and of trees that link to them.

    Parameters
    ----------
    folder : Path
        For this process alone: among the contents are held-out labels.
    """

    def __init__(self, folder: Path) -> None:
        self._blobs, self._folders = folder / "blobs", folder / "trees"
        for made in (self._blobs, self._folders):
            made.mkdir(parents=True, exist_ok=True)
        self._looks: dict[str, Look] = {}
        self._stored = 0  # bytes; to ask each file at each part takes long, of many
        self._lock = threading.Lock()

    def lacking(self, trees: Iterable[FileTree]) -> list[str]:
        """Return the contents of some trees that are not here, or not as they should be."""
        contents = {content for tree in trees for _, content in tree.files}
        return sorted(content for content in contents if not self._is_right(content))

    def looks(self, trees: Iterable[FileTree]) -> dict[str, Look | None]:
        """Return what tells whether the contents of some trees change meanwhile.

        Parameters
        ----------
        trees : iterable of FileTree
            What a job reads.

        Returns
        -------
        dict
            By content; None for one that is not here.
        """
        contents = {content for tree in trees for _, content in tree.files}
        return {content: _look(self._blobs / content) for content in contents}

    def add(self, part: Part) -> None:
        """Take one part of a content; the last one makes it whole.

        Parameters
        ----------
        part : Part
            Some of it.

        Raises
        ------
        InfrastructureError
            If it is not what was announced, or more than this place takes.
        """
        with self._lock:
            if not self._is_right(part.content):
                self._add(part)

    def _add(self, part: Part) -> None:
        path = self._blobs / f"{part.content}.part"
        if part.offset == 0 and self._stored + part.total > MOST_BYTES:
            raise InfrastructureError(
                f"data of {part.total} bytes, expected at most {MOST_BYTES} with those before"
            )
        # by its place: a grader whose connection was lost meanwhile sends the same once more
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.seek(part.offset)
            file.write(part.data)
        if part.offset + len(part.data) < part.total:
            return
        if sha256(path) != part.content:
            path.unlink()
            raise InfrastructureError(f"data arrived changed: expected SHA-256 {part.content}")
        path.replace(self._blobs / part.content)
        self._stored += part.total

    def folder_of(self, tree: FileTree) -> Path | None:
        """Return a folder with the files of a tree; None if one is missing, or was changed."""
        with self._lock:
            if self.lacking([tree]):
                shutil.rmtree(self._folders / tree.sha256, ignore_errors=True)
                return None
            folder = self._folders / tree.sha256
            if not self._is_linked(folder, tree):
                shutil.rmtree(folder, ignore_errors=True)
                with replacing_folder(folder) as part:
                    for name, content in tree.files:
                        place = part / name
                        place.parent.mkdir(parents=True, exist_ok=True)
                        place.hardlink_to(self._blobs / content)
            return folder

    def _is_linked(self, folder: Path, tree: FileTree) -> bool:
        """Whether a tree has the contents as they are now, not one that was sent anew since."""
        return folder.is_dir() and all(
            _look(folder / name) == _look(self._blobs / content) for name, content in tree.files
        )

    def _is_right(self, content: str) -> bool:
        """Whether a content is here, hashed anew if its file has changed since the last look."""
        path = self._blobs / content
        look = _look(path)
        if look is None:
            return False
        if self._looks.get(content) == look:
            return True
        right = sha256(path) == content
        if right:
            self._looks[content] = look
        else:
            path.unlink()
            self._stored -= look[1]
        return right


def _look(path: Path) -> Look | None:
    if not path.is_file():
        return None
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
