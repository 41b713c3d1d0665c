"""Write a whole file or folder or none of it, and tell files apart by checksum."""

import errno
import hashlib
import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from io import BufferedReader
from operator import or_
from pathlib import Path
from typing import BinaryIO

PART = ".part"
"""How the name of an unfinished file ends."""

# Without O_NONBLOCK this would wait until somebody opens a pipe's other end. Windows has neither
# that nor O_CLOEXEC, and would change the ends of lines without O_BINARY, which no other has.
_FLAGS = ("O_RDONLY", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")
_TO_READ = reduce(or_, (getattr(os, name, 0) for name in _FLAGS))


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file that takes the place of `path` only if the block ends well.

    The bytes go to a file of a unique name in the same folder, so that the final
    rename is atomic and two processes that write the same path cannot mix their bytes:
    the last one to finish wins. After any error, an interrupt included, `path` is as it was
    and nothing is left beside it.

    Parameters
    ----------
    path : path-like
        The file to write. Its folder has to exist.

    Yields
    ------
    file : BinaryIO
        Open for writing.
    """
    path = Path(path)
    part = _part(path)
    try:
        # Not tempfile: only their owner can read its files, and a replaced file keeps that.
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def replace_together(contents: Mapping[Path, bytes]) -> None:
    """Write several files that belong together: all of them, or none on a disk that refuses one.

    Every byte is on the disk, under unique names, before the first file takes its place.

    Parameters
    ----------
    contents : mapping of Path to bytes
        By file. Its folder has to exist.
    """
    parts = {path: _part(path) for path in contents}
    try:
        for path, content in contents.items():
            with parts[path].open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for path, part in parts.items():
            part.replace(path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give an empty folder to fill, which becomes `path` only if the block ends well.

    It stands beside `path` until then, so that the final rename is atomic. Only an empty
    folder is replaced: where another process was faster, its folder stays, and what was made
    here goes. After any error, an interrupt included, nothing is left. Other than `replacing`,
    this does not wait for the disk: of a thousand files each would cost milliseconds.

    Parameters
    ----------
    path : path-like
        The folder to make, with its parents.

    Yields
    ------
    folder : Path
        Made with the usual mode, as its parents are.
    """
    path = Path(path)
    part = _part(path)
    try:
        part.mkdir(parents=True)
        yield part
        try:
            part.rename(path)
        except OSError:
            if not path.is_dir():
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _part(path: Path) -> Path:
    """Return a unique name beside `path`, by which `sweep` knows what is unfinished."""
    return path.with_name(f".{path.name}.{secrets.token_hex(6)}{PART}")


def open_regular(path: str | os.PathLike[str]) -> BufferedReader:
    """Open a file to read it; what is no file, such as a pipe, is refused instead of waited for.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    file : BufferedReader
        Open for reading.

    Raises
    ------
    OSError
        If it cannot be opened, or is no regular file.
    """
    file = os.fdopen(os.open(path, _TO_READ), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "Not a regular file", os.fspath(path))
    return file


def sha256(path: Path) -> str:
    """Return a file's SHA-256 checksum.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    digest : str
        64 hexadecimal digits.
    """
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sweep(folder: Path, pattern: str = f".*{PART}", age: float = 86_400) -> None:
    """Remove what killed processes left: unfinished files untouched for `age` seconds.

    Parameters
    ----------
    folder : Path
        Where they are; not below it.
    pattern : str, optional
        What they are called, by default as `replacing` calls them.
    age : float, optional
        In seconds, by default a day: whoever writes a file is not as slow as that.
    """
    for part in folder.glob(pattern):
        try:
            if time.time() - part.lstat().st_mtime <= age:
                continue
            if part.is_dir() and not part.is_symlink():
                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink()
        except FileNotFoundError:
            continue  # another process has swept it, or finished it
