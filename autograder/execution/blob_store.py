"""Keep on a worker what its jobs read, by content: sent once, and found again by each job."""

from __future__ import annotations

import os
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
        self._trees: dict[str, FileTree] = {}
        self._looks: dict[str, Look] = {}
        self._stored = 0  # bytes; to ask each file at each part takes long, of many
        self._lock = threading.Lock()

    def lacking(self, trees: Iterable[FileTree]) -> list[str]:
        """Return the contents of some trees that are not here, or not as they should be.

        Parameters
        ----------
        trees : iterable of FileTree
            What jobs will read; from here on they are known by their hashes.

        Returns
        -------
        list of str
            SHA-256 of each content.
        """
        asked = list(trees)
        self._trees.update((tree.sha256, tree) for tree in asked)
        contents = {content for tree in asked for _, content in tree.files}
        return sorted(content for content in contents if not self._is_right(content))

    def expected(self, trees: Iterable[str]) -> list[Look | None]:
        """Return how the files of some trees looked when their contents were last hashed.

        Parameters
        ----------
        trees : iterable of str
            By their hashes.

        Returns
        -------
        list of Look or None
            One for each file; None for one that was not right.
        """
        return [self._looks.get(one) for tree in trees for _, one in self._trees[tree].files]

    def found(self, trees: Iterable[str]) -> list[Look | None]:
        """Return how the files of some trees look now, to be compared with `expected`.

        Parameters
        ----------
        trees : iterable of str
            By their hashes.

        Returns
        -------
        list of Look or None
            One for each file; None for one that is not there.
        """
        found = list[Look | None]()
        for tree in trees:
            folder = str(self._folders / tree)
            found += [_look(f"{folder}/{name}") for name, _ in self._trees[tree].files]
        return found

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

    def folder_of(self, tree: str) -> Path | None:
        """Return a folder with the files of a tree.

        Parameters
        ----------
        tree : str
            Its hash.

        Returns
        -------
        Path or None
            None if nobody has said what the tree is, or a content is missing or was changed.
        """
        with self._lock:
            if tree not in self._trees:
                return None
            folder = self._folders / tree
            if not self._is_linked(tree):
                shutil.rmtree(folder, ignore_errors=True)
                if self.lacking([self._trees[tree]]):
                    return None
                with replacing_folder(folder) as part:
                    for name, content in self._trees[tree].files:
                        place = part / name
                        place.parent.mkdir(parents=True, exist_ok=True)
                        place.hardlink_to(self._blobs / content)
            return folder

    def _is_linked(self, tree: str) -> bool:
        """Whether a tree has the contents as they were hashed, none altered or sent anew since."""
        found = self.found([tree])
        whole = None not in found and found == self.expected([tree])
        return whole and (self._folders / tree).is_dir()  # also one without files

    def _is_right(self, content: str) -> bool:
        """Whether a content is here, hashed anew if its file has changed since the last look."""
        path = self._blobs / content
        look = _look(str(path))
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


def _look(path: str) -> Look | None:
    try:
        found = os.stat(path)  # noqa: PTH116  # a course has 20,000 files: a third of Path's time
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
