"""Download a package with its own client: npm, or Debian's apt-get, neither of which needs root.

`open_npm` and `open_debian` fetch a package once and give a pooch downloader of what is in it: a
callable that takes a member's path in place of a URL. Nothing of a package is run, and none of
its files is unpacked to disk but those asked for.
"""

import contextlib
import os
import shutil
import subprocess
import tarfile
import tempfile
import textwrap
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Protocol, TypeAlias

from helpers.registry import Source, SourceError

CHUNK = 1 << 15
"""Bytes that are handled at a time."""

CLIENT_TIMEOUT = 600
"""Seconds that npm or apt-get may take."""

READ_TIMEOUT = 30
"""Seconds to wait for the next bytes of a server."""


class Output(Protocol):
    """What a downloader writes to."""

    def write(self, data: bytes, /) -> int:
        """Take the next bytes.

        Parameters
        ----------
        data : bytes
            Some, of any number.

        Returns
        -------
        taken : int
            How many.
        """


Downloader: TypeAlias = Callable[[str, Output, Any], None]
"""What gets a file for pooch, told its URL, where to write it, and the `pooch.Pooch`."""


@contextlib.contextmanager
def open_npm(source: Source) -> Iterator[Downloader]:
    """Fetch an npm package.

    Parameters
    ----------
    source : Source
        Its address is what ``npm pack`` takes.

    Yields
    ------
    download : Downloader
        Gives the package's members.

    Raises
    ------
    SourceError
        If there is no npm, it fails, or its package is no archive.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options = ["--ignore-scripts", "--cache", str(folder / "cache"), "--loglevel", "error"]
        retries = ["--fetch-retries", "1", "--fetch-retry-mintimeout", "1000"]
        _run(source, ["npm", "pack", source.address, *options, *retries], folder)
        with _open_archive(source, _only(source, folder, "*.tgz")) as tar:
            yield _MemberDownloader(source, tar)


@contextlib.contextmanager
def open_debian(source: Source) -> Iterator[Downloader]:
    """Fetch a Debian package.

    Parameters
    ----------
    source : Source
        Its address is the package's name.

    Yields
    ------
    download : Downloader
        Gives the package's members.

    Raises
    ------
    SourceError
        If there is no apt-get or dpkg-deb, or one of them fails.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _download_debian(source, folder)
        package = _only(source, folder, "*.deb")
        # A tar stream rather than `dpkg-deb -x`: nothing but the wanted members is written.
        with (folder / "data.tar").open("wb") as stream:
            _run(source, ["dpkg-deb", "--fsys-tarfile", package.name], folder, stdout=stream)
        with _open_archive(source, folder / "data.tar") as tar:
            yield _MemberDownloader(source, tar)


def copy_stream(source: Source, stream: IO[bytes], output: Output) -> None:
    """Copy a stream to its end.

    Parameters
    ----------
    source : Source
        To blame for what cannot be read, but not for what cannot be written.
    stream : binary file
        Read from where it stands.
    output : Output
        Gets what is read.

    Raises
    ------
    SourceError
        If the stream cannot be read.
    """
    while chunk := _read_chunk(source, stream):
        output.write(chunk)


@contextlib.contextmanager
def blaming(source: Source, what: str) -> Iterator[None]:
    """Raise what goes wrong in reading as the source's fault; a context.

    Parameters
    ----------
    source : Source
        To blame.
    what : str
        What went wrong; the error itself follows.

    Raises
    ------
    SourceError
        In place of errors of files, archives and compressed data.
    """
    try:
        yield
    except (OSError, EOFError, KeyError, tarfile.TarError, zlib.error) as error:
        raise SourceError(source, f"{what}: {error}") from error


class _MemberDownloader:
    """A pooch downloader that takes the path of a regular file in an archive for a URL."""

    def __init__(self, source: Source, tar: tarfile.TarFile) -> None:
        self.source, self.tar = source, tar

    def __call__(self, member: str, output: Output, _pooch: object) -> None:
        with self._open(member) as stream:
            copy_stream(self.source, stream, output)

    def _open(self, member: str) -> IO[bytes]:
        with blaming(self.source, f"cannot read {Path(str(self.tar.name)).name}"):
            found = self.tar.getmember(member)
            stream = self.tar.extractfile(found) if found.isreg() else None
        if stream is None:
            raise SourceError(self.source, f"{member} is not a regular file")
        return stream


def _open_archive(source: Source, path: Path) -> tarfile.TarFile:
    with blaming(source, f"cannot read {path.name}"):
        return tarfile.open(path)


def _read_chunk(source: Source, stream: IO[bytes]) -> bytes:
    with blaming(source, "cannot be read"):
        return stream.read(CHUNK)


def _download_debian(source: Source, folder: Path) -> None:
    """Download a package, with package lists of our own if the system has none (no root)."""
    apt = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=1"]
    apt += ["-o", f"Acquire::http::Timeout={READ_TIMEOUT}"]
    try:
        _run(source, [*apt, "download", source.address], folder)
    except SourceError:
        for part in ("lists/partial", "cache/archives/partial"):
            (folder / part).mkdir(parents=True)
        apt += ["-o", f"Dir::State::Lists={folder}/lists", "-o", f"Dir::Cache={folder}/cache"]
        _run(source, [*apt, "update"], folder)
        _run(source, [*apt, "download", source.address], folder)


def _run(source: Source, command: list[str], folder: Path, stdout: Any = subprocess.PIPE) -> None:
    if shutil.which(command[0]) is None:
        raise SourceError(source, f"{command[0]} is not installed")
    try:
        subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            timeout=CLIENT_TIMEOUT,
            check=True,
            env={**os.environ, "LC_ALL": "C"},
        )
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").splitlines()
        text = " ".join(line.removeprefix("npm error ") for line in lines)
        shown = textwrap.shorten(text, 240) or f"exit status {error.returncode}"
        raise SourceError(source, f"{command[0]} failed: {shown}") from error
    except subprocess.TimeoutExpired as error:
        raise SourceError(source, f"{command[0]} took over {CLIENT_TIMEOUT} s") from error


def _only(source: Source, folder: Path, pattern: str) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise SourceError(source, f"expected one {pattern} file, found {len(found)}")
    return found[0]
