"""Write a whole file or none of it, and tell files apart by checksum."""

import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PART = ".part"


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file that takes the place of `path` only if the block ends well.

    The bytes go to a file of a unique name in the same folder, so that the final
    `os.replace` is atomic and two processes that write the same path cannot mix their bytes:
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
    part = path.with_name(f".{path.name}.{secrets.token_hex(6)}{PART}")
    try:
        # Not tempfile: only their owner can read its files, and a replaced file keeps that.
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """Return a file's SHA-256 checksum in hexadecimal."""
    with path.open("rb") as file:
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
        By default a day: whoever writes a file is not as slow as that.
    """
    for part in folder.glob(pattern):
        try:
            if time.time() - part.stat().st_mtime > age:
                part.unlink()
        except FileNotFoundError:
            continue  # another process has swept it, or finished it
