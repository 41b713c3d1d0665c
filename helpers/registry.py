"""Read the registry of data files: what they are called, how large, and where they come from.

Errors, of this module and of those that use it::

    DataError (Exception)
    ├── RegistryError (ValueError)          the registry itself is malformed
    ├── UnknownDatasetError (ValueError)    no such dataset in the registry
    ├── UnknownFileError (ValueError)       the dataset has no such file
    ├── UnknownSplitError (ValueError)      a dataset has "train" and "test" only
    ├── AlteredFileError                    a file on disk is not the one the registry declares
    ├── FolderError                         the data folder cannot be written
    ├── SourceError                         one source did not give the files
    └── FetchError                          none of the sources did
"""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers._errors import SettingError, TemplatedError
from helpers._toml import list_of, read_toml, table, table_of, text, whole
from helpers.files import open_regular
from helpers.places import DATA, VARIABLE, data_folder

KINDS = ("url", "npm", "debian")
"""The kinds of source that a registry may declare."""


class DataError(TemplatedError):
    """Base of the errors about data files."""


class RegistryError(DataError, ValueError):
    """The registry is malformed."""

    template = "{path}: {problem}"
    path: Path
    problem: str


class UnknownDatasetError(DataError, ValueError):
    """No such dataset in the registry."""

    template = "unknown dataset {name!r}: {path} declares {listed}"
    name: str
    known: tuple[str, ...]
    path: Path

    @property
    def listed(self) -> str:
        """The known names as text: a template cannot join."""
        return ", ".join(self.known) or "nothing"


class UnknownFileError(DataError, ValueError):
    """The dataset has no such file."""

    template = "{dataset} declares no file {name!r}: only {listed}"
    dataset: str
    name: str
    known: tuple[str, ...]

    @property
    def listed(self) -> str:
        """The known names as text: a template cannot join."""
        return ", ".join(self.known)


class FolderError(DataError):
    """The data folder cannot be written."""

    template = (
        "cannot write to the data folder {folder}: {reason}. "
        f"Set {VARIABLE} to another folder, or make room in this one."
    )
    folder: Path
    reason: str


class SourceError(DataError):
    """One source did not give a file."""

    template = "{source}: {reason}"
    source: "Source"
    reason: str


class FetchError(DataError):
    """No source gave the files; `wanted` pairs each with the path where it belongs."""

    template = (
        "{name}: {count} files could not be fetched. Tried:\n{tried}\n"
        "Fetch them by hand (raw, or with .gz at the end of the name) and put them at:\n{places}"
    )
    name: str
    wanted: "tuple[tuple[Path, File], ...]"
    failures: tuple[SourceError, ...]

    @property
    def count(self) -> int:
        """How many are missing: a template cannot count."""
        return len(self.wanted)

    @property
    def tried(self) -> str:
        """One line for each source: a template cannot join."""
        return "\n".join(f"- {failure}" for failure in self.failures)

    @property
    def places(self) -> str:
        """One line for each file: a template cannot join."""
        return "\n".join(f"- {path} ({file} when raw)" for path, file in self.wanted)


class AlteredFileError(DataError):
    """A file on disk is not the one the registry declares."""

    template = (
        "{path} is not the file it should be: expected {expected}, found {actual}. "
        "Move or delete it, then fetch it again: python -m helpers.data {path.parent.name}"
    )
    path: Path
    expected: "File"
    actual: "File"


@dataclass(frozen=True)
class File:
    """One raw file.

    Attributes
    ----------
    name : str
        Without a folder.
    bytes : int
        How many it has.
    sha256 : str
        Its checksum, 64 hexadecimal digits.
    """

    name: str
    bytes: int
    sha256: str

    def __str__(self) -> str:
        return f"{self.bytes} bytes with sha256 {self.sha256}"


@dataclass(frozen=True)
class Source:
    """Where files come from. In a pattern, ``{name}`` stands for a file's name.

    Attributes
    ----------
    kind : str
        One of `KINDS`, or ``"hand"`` for a file that someone has put there.
    address : str
        A URL's pattern, a package's name, or a folder.
    member : str
        For all but a URL: the pattern of a path in it.
    """

    kind: str
    address: str
    member: str = ""

    def __str__(self) -> str:
        if self.kind == "hand":
            return f"put by hand into {self.address}"
        return self.address if self.kind == "url" else f"{self.kind} package {self.address}"

    def locate(self, file: File) -> str:
        """Say where in the source a file is.

        Parameters
        ----------
        file : File
            One of those that it is to have.

        Returns
        -------
        location : str
            The file's URL, or its path in the package.
        """
        return (self.member or self.address).replace("{name}", file.name)


@dataclass(frozen=True)
class Dataset:
    """A declared dataset.

    Attributes
    ----------
    name : str
        Such as ``"mnist"``.
    title : str
        For people to read.
    licence : str
        That of the data.
    files : tuple of File
        All of them.
    sources : tuple of Source
        In the order in which they are asked.
    folder : Path
        Where the files belong.
    """

    name: str
    title: str
    licence: str
    files: tuple[File, ...]
    sources: tuple[Source, ...]
    folder: Path

    def file(self, name: str) -> File:
        """Look a file up.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        file : File
            As it is declared.

        Raises
        ------
        UnknownFileError
            If the dataset has none of that name.
        """
        for file in self.files:
            if file.name == name:
                return file
        raise UnknownFileError(self.name, name, tuple(file.name for file in self.files))

    def path(self, file: File) -> Path:
        """Say where a file belongs.

        Parameters
        ----------
        file : File
            One of the dataset's.

        Returns
        -------
        path : Path
            In the dataset's folder.
        """
        return self.folder / file.name


def find_dataset(name: str, folder: Path | None = None) -> Dataset:
    """Look a dataset up.

    Parameters
    ----------
    name : str
        Such as ``"mnist"``.
    folder : Path, optional
        The folder of the data files, by default `data_folder`. A ``registry.toml`` in it takes
        the place of the course's own.

    Returns
    -------
    dataset : Dataset
        As it is declared.

    Raises
    ------
    UnknownDatasetError
        If the registry does not declare it.
    RegistryError
        If the registry is malformed.
    """
    folder = data_folder() if folder is None else folder
    path = registry_path(folder)
    datasets = read_registry(path, folder)
    if name not in datasets:
        raise UnknownDatasetError(name, tuple(datasets), path)
    return datasets[name]


def registry_path(folder: Path) -> Path:
    """Find the registry that holds for a data folder.

    Parameters
    ----------
    folder : Path
        The folder of the data files.

    Returns
    -------
    path : Path
        Its own registry, or else the course's.
    """
    own = folder / "registry.toml"
    return own if own.exists() else DATA / "registry.toml"


def read_registry(path: Path, folder: Path) -> dict[str, Dataset]:
    """Read all datasets that a registry declares.

    Parameters
    ----------
    path : Path
        The registry.
    folder : Path
        Each dataset is to be kept in a folder of its own in it.

    Returns
    -------
    datasets : dict of str to Dataset
        By name, in the registry's order.

    Raises
    ------
    RegistryError
        If the registry is malformed.
    """
    try:
        tables = read_toml(path, _datasets, where="malformed registry")
    except SettingError as error:
        raise RegistryError(path, str(error)) from error
    return {name: _dataset(name, found, folder / name) for name, found in tables.items()}


def _dataset(name: str, found: dict[str, Any], folder: Path) -> Dataset:
    files = tuple(File(**file) for file in found["files"])
    sources = tuple(found.get("sources", ()))
    return Dataset(name, found["title"], found["licence"], files, sources, folder)


def _name(value: Any, key: str) -> str:
    """Check the name of a file, which is not to end up elsewhere."""
    if not isinstance(value, str) or value in ("", "..") or Path(value).name != value:
        raise SettingError(value, "a file's name without folders", key)
    return value


def _checksum(value: Any, key: str) -> str:
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise SettingError(value, "64 hexadecimal digits", key)
    return value


def _source(value: Any, key: str) -> Source:
    kinds = [kind for kind in KINDS if isinstance(value, dict) and kind in value]
    if len(kinds) != 1:
        expected = f"a table with exactly one of the keys {', '.join(KINDS)}"
        raise SettingError(value, expected, key)
    (kind,) = kinds
    found = table({kind: text} if kind == "url" else {kind: text, "member": text})(value, key)
    return Source(kind, found[kind], found.get("member", ""))


def _datasets(value: Any, key: str) -> dict[str, Any]:
    for name in value:
        _name(name, key)  # it is a folder's, too
    found: dict[str, Any] = table_of(_DATASET, "a table")(value, key)
    return found


_SHA256 = re.compile("[0-9a-f]{64}")

_FILE = table({"name": _name, "bytes": whole(0), "sha256": _checksum})

_DATASET = table(
    {
        "title": text,
        "licence": text,
        "files": list_of(_FILE, "one [[files]] table for each file"),
    },
    {"sources": list_of(_source, "one [[sources]] table for each source")},
)


def verify(path: Path, expected: File) -> None:
    """Check that a file on disk has the size and the SHA-256 that the registry declares.

    Parameters
    ----------
    path : Path
        The file on disk.
    expected : File
        What it should be.

    Raises
    ------
    AlteredFileError
        If it has not.
    """
    with open_regular(path) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        actual = File(expected.name, os.fstat(file.fileno()).st_size, digest)
    if actual != expected:
        raise AlteredFileError(path, expected, actual)
