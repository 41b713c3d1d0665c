"""A job for another machine: plain data, with the files that it needs named by their content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.execution.job import Job
from autograder.sandbox.staging import stageable
from helpers.files import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class FileTree:
    """A folder's files, by content.

    Attributes
    ----------
    files : tuple of (str, str)
        The path of each below the folder, and its SHA-256.
    """

    files: tuple[tuple[str, str], ...]

    @cached_property
    def sha256(self) -> str:
        """One hash of all paths and contents."""
        lines = "".join(f"{name} {content}\n" for name, content in self.files)
        return hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class PackedJob:
    """A `Job` whose folders are told by the hash of what is in them.

    A worker knows what that is from its admission: a course may have 20,000 files, and a class any
    number of jobs.

    Attributes
    ----------
    job : Job
        The job, with no folder of this machine's.
    files : str
        `FileTree.sha256` of what lies beside the notebook.
    data : str or None
        The same of the training data.
    holdout : str or None
        The same of images and labels for the checker alone.
    """

    job: Job = field(repr=False)  # it holds the hidden tests
    files: str
    data: str | None = None
    holdout: str | None = None

    @property
    def trees(self) -> tuple[str, ...]:
        """Hashes of all folders that the job needs."""
        return tuple(tree for tree in (self.files, self.data, self.holdout) if tree is not None)


class JobPacker:
    """Packs the jobs of a class; looks at each folder once.

    Attributes
    ----------
    places : dict of str to Path
        Where each content lies here.
    trees : dict of str to FileTree
        What is in each folder, by its hash.
    """

    def __init__(self) -> None:
        self.places: dict[str, Path] = {}
        self.trees: dict[str, FileTree] = {}
        self._hashes: dict[tuple[str, Path], str] = {}

    def pack(self, job: Job) -> PackedJob:
        """Return a job as another machine can run it."""
        facts: dict[str, Any] = {name: getattr(job, name) for name in _PLAIN}
        return PackedJob(
            job=Job(files=_NOWHERE, **facts),
            files=self._tree("files", job.files),
            data=None if job.data is None else self._tree("data", job.data),
            holdout=None if job.holdout is None else self._tree("holdout", job.holdout),
        )

    def _tree(self, kind: str, folder: Path) -> str:
        if (kind, folder) not in self._hashes:
            found = sorted(_LISTED[kind](folder))
            sums = [(name, sha256(path)) for name, path in found]
            self.places.update((sums[n][1], path) for n, (_, path) in enumerate(found))
            tree = FileTree(tuple(sums))
            self._hashes[kind, folder], self.trees[tree.sha256] = tree.sha256, tree
        return self._hashes[kind, folder]


def unpack(packed: PackedJob, folders: Mapping[str, Path]) -> Job:
    """Return the job as it runs here.

    Parameters
    ----------
    packed : PackedJob
        The job.
    folders : mapping of str to Path
        Where the files of each tree lie, by the tree's hash.

    Returns
    -------
    Job
    """
    facts: dict[str, Any] = {name: getattr(packed.job, name) for name in _PLAIN}
    data, holdout = (
        None if tree is None else folders[tree] for tree in (packed.data, packed.holdout)
    )
    return Job(files=folders[packed.files], data=data, holdout=holdout, **facts)


_NOWHERE = Path()
"""In place of a folder of the grader's, which means nothing elsewhere."""

_PLAIN = ("notebook", "parameters", "limits", "sandboxed", "beside", "seed")
"""Attributes of a job that are the same on any machine."""


def _staged(folder: Path) -> Iterable[tuple[str, Path]]:
    for path, name in stageable(folder):
        inner = path.rglob("*") if path.is_dir() else [path]
        yield from ((f"{name}{str(one)[len(str(path)) :]}", one) for one in inner if one.is_file())


def _all_in(folder: Path) -> Iterable[tuple[str, Path]]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")
    return ((path.relative_to(folder).as_posix(), path) for path in found)


def _images_and_labels(folder: Path) -> Iterable[tuple[str, Path]]:
    """List what a checker may see of what is held out: never the seed."""
    return ((path.name, path) for path in folder.iterdir() if path.name.endswith("-ubyte"))


_LISTED = {"files": _staged, "data": _all_in, "holdout": _images_and_labels}
"""What of each kind of folder a run can see, with paths below it."""
