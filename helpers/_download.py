"""Get a dataset's files from the first of its sources that has them.

Pooch does it: it writes a download beside its place, compares the SHA-256, and moves it there.
A source differs in its downloader only. For a URL it is pooch's own, for a package one of
`helpers._packages`. Whatever a source gives is gunzipped on the way to disk and measured, since
the registry declares what a file is when it is raw.
"""

import contextlib
import hashlib
import os
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any

import pooch
import requests
from tqdm import tqdm

from helpers._packages import (
    CHUNK,
    READ_TIMEOUT,
    Downloader,
    Output,
    blaming,
    copy_stream,
    open_debian,
    open_npm,
)
from helpers.files import open_regular, sweep
from helpers.registry import Dataset, FetchError, File, FolderError, Source, SourceError

CONNECT_TIMEOUT = 5
"""Seconds to reach a server: few, so that a machine without network soon asks the next source."""

GZIP_MAGIC = b"\x1f\x8b"
"""The first bytes of gzip data."""

UNFINISHED = tempfile.gettempprefix() + 8 * "?"
"""What pooch calls a file until it is whole, as a pattern."""


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
    by_hand = Source("hand", str(dataset.folder), str(dataset.folder / "{name}.gz"))
    failures = []
    for source in (by_hand, *dataset.sources):
        try:
            _fetch_from(source, dataset, missing)
        except SourceError as error:
            failures.append(error)
        missing = [file for file in missing if not dataset.path(file).exists()]
    if missing:
        wanted = tuple((dataset.path(file), file) for file in missing)
        raise FetchError(dataset.name, wanted, tuple(failures))


def _prepare(folder: Path) -> None:
    pooch.get_logger().setLevel("WARNING")  # it would name each file's URL; we name the source
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder, UNFINISHED)
    except OSError as error:
        raise FolderError(folder, str(error)) from error


def _fetch_from(source: Source, dataset: Dataset, files: Sequence[File]) -> None:
    if source.kind == "hand":
        files = [file for file in files if Path(source.locate(file)).is_file()]
    if not files:
        return
    if source.kind != "hand":
        print(f"{dataset.name}: fetching {len(files)} files from {source}", file=sys.stderr)
    pup = pooch.Pooch(
        dataset.folder,
        base_url="",
        registry={file.name: file.sha256 for file in files},
        urls={file.name: source.locate(file) for file in files},
    )
    with _OPENERS[source.kind](source) as download:
        for file in files:
            _fetch_file(pup, file, source, download)


def _fetch_file(pup: pooch.Pooch, file: File, source: Source, download: Downloader) -> None:
    unpacker = _Unpacker(file, source)

    def download_raw(url: str, output: str, pup: pooch.Pooch) -> None:
        path = Path(output)
        path.unlink()  # as pooch makes it only its owner can read it, and that would stay
        with path.open("xb") as unpacker.output, _progress_bar(file) as unpacker.bar:
            download(url, unpacker, pup)
            unpacker.finish()

    try:
        pup.fetch(file.name, downloader=download_raw)
    except requests.RequestException as error:  # before OSError, which it is as well
        lost = "connection lost: " if unpacker.size else ""
        raise SourceError(source, f"{file.name}: {lost}{_root_cause(error)}") from error
    except OSError as error:  # those of other sources arrive as SourceError
        raise FolderError(pup.abspath, str(error)) from error


class _Unpacker:
    """What a downloader writes to: gunzips, measures, and stops what cannot be the file.

    Attributes
    ----------
    output : binary file
        Gets the raw bytes.
    bar : tqdm
        Is told how many.
    size : int
        How many there have been.
    """

    output: IO[bytes]
    bar: Any

    def __init__(self, file: File, source: Source) -> None:
        self.size = 0
        self._file, self._source = file, source
        self._digest = hashlib.sha256()
        self._head = b""
        self._compressed: bool | None = None  # the first two bytes will tell
        self._gzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    def write(self, data: bytes) -> int:
        """Take the next bytes.

        Parameters
        ----------
        data : bytes
            As they came: compressed if the first of all are gzip's.

        Returns
        -------
        taken : int
            All of them.
        """
        self._head += data
        if self._compressed is None and len(self._head) >= len(GZIP_MAGIC):
            self._compressed = self._head.startswith(GZIP_MAGIC)
        if self._compressed is not None:
            chunk, self._head = self._head, b""
            (self._inflate if self._compressed else self._keep)(chunk)
        return len(data)

    def flush(self) -> None:
        """Write out what is buffered; pooch asks for it after each piece."""
        self.output.flush()

    def finish(self) -> None:
        """Check that the whole file has come, and put it safely on disk."""
        self._keep(self._head)
        if self._compressed and not self._gzip.eof:
            raise SourceError(self._source, "truncated gzip data")
        # Pooch compares what is on disk, before it moves it; but it cannot tell sizes.
        if (found := File(self._file.name, self.size, self._digest.hexdigest())) != self._file:
            raise self._unexpected(str(found))
        self.flush()
        os.fsync(self.output.fileno())

    def _inflate(self, chunk: bytes) -> None:
        """Decompress, at most one chunk's worth at a time: a small bomb is a large file."""
        try:
            while chunk and not self._gzip.eof:
                self._keep(self._gzip.decompress(chunk, CHUNK))
                chunk = self._gzip.unconsumed_tail
        except zlib.error as error:
            raise SourceError(self._source, f"corrupt gzip data ({error})") from error

    def _keep(self, raw: bytes) -> None:
        self.output.write(raw)
        self._digest.update(raw)
        self.size += len(raw)
        self.bar.update(len(raw))
        if self.size > self._file.bytes:
            raise self._unexpected("more bytes")

    def _unexpected(self, found: str) -> SourceError:
        reason = f"{self._file.name}: expected {self._file}, got {found}"
        return SourceError(self._source, reason)


def _progress_bar(file: File) -> Any:
    return tqdm(total=file.bytes, desc=file.name, unit="B", unit_scale=True, disable=None)


def _root_cause(error: BaseException) -> BaseException:
    """Unwrap what requests wraps three times: "name resolution failed", not "max retries"."""
    while error.__context__ is not None:
        error = error.__context__
    return error


@contextlib.contextmanager
def _open_by_hand(source: Source) -> Iterator[Downloader]:
    """Give what someone has put into the folder as it comes from a mirror, compressed."""

    def copy(path: str, output: Output, _pooch: object) -> None:
        with contextlib.ExitStack() as stack:
            with blaming(source, "cannot be opened"):
                stream = stack.enter_context(open_regular(path))
            copy_stream(source, stream, output)

    yield copy


@contextlib.contextmanager
def _open_url(_source: Source) -> Iterator[Downloader]:
    with contextlib.ExitStack() as responses:

        def close_at_the_end(response: requests.Response, *_: object, **__: object) -> None:
            responses.callback(response.close)  # pooch leaves that to the garbage collector

        yield pooch.HTTPDownloader(
            chunk_size=CHUNK,
            timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
            hooks={"response": close_at_the_end},
        )


_OPENERS: dict[str, Callable[[Source], AbstractContextManager[Downloader]]] = {
    "hand": _open_by_hand,
    "url": _open_url,
    "npm": open_npm,
    "debian": open_debian,
}
"""For each kind of source: opens one, and gives the downloader of what is in it."""
