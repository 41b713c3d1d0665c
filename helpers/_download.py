"""Get a dataset's files from the first of its sources that has them.

A source is a URL, or a package that its own client fetches: npm, or Debian's apt-get, neither
of which needs root for this. Whatever a source gives is gunzipped on the way to disk, measured
and hashed, and takes its place only if it is the file the registry declares.
"""

import contextlib
import hashlib
import itertools
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import textwrap
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, TypeAlias

import requests
from tqdm import tqdm

from helpers.files import replacing, sweep
from helpers.registry import Dataset, FetchError, File, FolderError, Source, SourceError

CONNECT_TIMEOUT = 5  # seconds; short, so that a machine without network soon asks the next source
READ_TIMEOUT = 30
CLIENT_TIMEOUT = 600
CHUNK = 1 << 15
GZIP_MAGIC = b"\x1f\x8b"

Opened: TypeAlias = Generator[tuple[File, Iterable[bytes]]]


def fetch_files(dataset: Dataset, files: Sequence[File]) -> None:
    """Fetch files of a dataset into its folder.

    Says on stderr which source is used, and shows a progress bar there if it is a terminal.

    Parameters
    ----------
    dataset : Dataset
        Its sources are tried in their order.
    files : sequence of File
        Those that are missing.

    Raises
    ------
    FetchError
        If no source has them; it says why not, and what to do by hand. The files that some
        source did give are kept.
    FolderError
        If the dataset's folder cannot be written.
    """
    missing = list(files)
    _prepare(dataset.folder)
    failures = []
    for source in (Source("hand", str(dataset.folder)), *dataset.sources):
        try:
            _fetch_from(source, dataset, missing)
        except SourceError as error:
            failures.append(error)
        missing = [file for file in missing if not dataset.path(file).exists()]
    if missing:
        wanted = tuple((dataset.path(file), file) for file in missing)
        raise FetchError(dataset.name, wanted, tuple(failures))


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
    except OSError as error:
        raise FolderError(folder, str(error)) from error


def _fetch_from(source: Source, dataset: Dataset, files: Sequence[File]) -> None:
    if not files:
        return
    if source.kind != "hand":
        print(f"{dataset.name}: fetching {len(files)} files from {source}", file=sys.stderr)
    # Closed at once, not when a kept error's traceback goes: it holds connections and folders.
    with contextlib.closing(_OPENERS[source.kind](source, files)) as opened:
        for file, chunks in opened:
            _store(source, dataset.path(file), file, chunks)


def _store(source: Source, path: Path, file: File, chunks: Iterable[bytes]) -> None:
    """Write the chunks, gunzipped, to `path` if they turn out to be `file`."""
    digest = hashlib.sha256()
    size = 0
    try:
        with replacing(path) as out, _progress_bar(file) as bar:
            for data in _gunzip(source, chunks):
                out.write(data)
                digest.update(data)
                size += len(data)
                bar.update(len(data))
                if size > file.bytes:
                    raise SourceError(source, f"{file.name}: expected {file}, got more bytes")
            if (found := File(file.name, size, digest.hexdigest())) != file:
                raise SourceError(source, f"{file.name}: expected {file}, got {found}")
    except OSError as error:  # those of the source arrive as SourceError
        raise FolderError(path.parent, str(error)) from error


def _progress_bar(file: File) -> Any:
    return tqdm(total=file.bytes, desc=file.name, unit="B", unit_scale=True, disable=None)


def _gunzip(source: Source, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress if the first bytes are gzip's, at most one chunk's worth at a time."""
    chunks = iter(chunks)
    head = b""
    while len(head) < len(GZIP_MAGIC) and (more := next(chunks, b"")):
        head += more
    if not head.startswith(GZIP_MAGIC):
        yield head
        yield from chunks
        return
    inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        for chunk in itertools.chain([head], chunks):
            while chunk and not inflate.eof:
                yield inflate.decompress(chunk, CHUNK)
                chunk = inflate.unconsumed_tail
    except zlib.error as error:
        raise SourceError(source, f"corrupt gzip data ({error})") from error
    if not inflate.eof:
        raise SourceError(source, "truncated gzip data")


def _open_by_hand(source: Source, files: Sequence[File]) -> Opened:
    """Open what someone has put into the folder as it comes from a mirror, compressed."""
    for file in files:
        path = Path(source.address, f"{file.name}.gz")
        if path.is_file():
            with path.open("rb") as stream:
                yield file, _read_chunks(source, stream)


def _open_url(source: Source, files: Sequence[File]) -> Opened:
    for file in files:
        try:
            url = source.address.replace("{name}", file.name)
            timeout = (CONNECT_TIMEOUT, READ_TIMEOUT)
            with requests.get(url, stream=True, timeout=timeout) as response:
                response.raise_for_status()
                yield file, _receive(source, response)
        except requests.RequestException as error:
            raise SourceError(source, f"{file.name}: {_root_cause(error)}") from error


def _receive(source: Source, response: requests.Response) -> Iterator[bytes]:
    try:
        yield from response.iter_content(CHUNK)
    except requests.RequestException as error:
        raise SourceError(source, f"connection lost: {_root_cause(error)}") from error


def _root_cause(error: BaseException) -> BaseException:
    """Unwrap what requests wraps three times: "name resolution failed", not "max retries"."""
    while error.__context__ is not None:
        error = error.__context__
    return error


def _open_npm(source: Source, files: Sequence[File]) -> Opened:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options = ["--ignore-scripts", "--cache", str(folder / "cache"), "--loglevel", "error"]
        retries = ["--fetch-retries", "1", "--fetch-retry-mintimeout", "1000"]
        _run(source, ["npm", "pack", source.address, *options, *retries], folder)
        yield from _open_members(source, _only(source, folder, "*.tgz"), files)


def _open_debian(source: Source, files: Sequence[File]) -> Opened:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _download_debian(source, folder)
        package = _only(source, folder, "*.deb")
        # A tar stream rather than `dpkg-deb -x`: nothing but the wanted members is written.
        with (folder / "data.tar").open("wb") as tar:
            _run(source, ["dpkg-deb", "--fsys-tarfile", package.name], folder, stdout=tar)
        yield from _open_members(source, folder / "data.tar", files)


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


def _open_members(source: Source, archive: Path, files: Sequence[File]) -> Opened:
    """Open the wanted regular files of an archive; nothing of it is unpacked to disk."""
    try:
        with tarfile.open(archive) as tar:
            for file in files:
                member = tar.getmember(source.member.replace("{name}", file.name))
                stream = tar.extractfile(member) if member.isreg() else None
                if stream is None:
                    raise SourceError(source, f"{member.name} is not a regular file")
                yield file, _read_chunks(source, stream)
    except (OSError, EOFError, KeyError, tarfile.TarError, zlib.error) as error:
        raise SourceError(source, f"cannot read {archive.name}: {error}") from error


def _read_chunks(source: Source, stream: IO[bytes]) -> Iterator[bytes]:
    try:
        while chunk := stream.read(CHUNK):
            yield chunk
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise SourceError(source, f"cannot be read: {error}") from error


_OPENERS: dict[str, Callable[[Source, Sequence[File]], Opened]] = {
    "hand": _open_by_hand,
    "url": _open_url,
    "npm": _open_npm,
    "debian": _open_debian,
}
