"""Unpack a zip file that strangers filled: within limits, and never outside of its folder."""

from __future__ import annotations

import stat
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from autograder.errors import ArchiveError
from autograder.submissions.entries import printable, reason_of
from autograder.submissions.names import leftover, same_text

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_MEMBERS = 100_000
"""Most files in an archive."""

MAX_FILE_BYTES = 200 * 2**20
"""Longest file that is unpacked."""

MAX_BYTES = 20 * 2**30
"""Most bytes that are unpacked in all."""

MAX_RATIO = 200
"""How many times as long as it was packed a file may be. Text shrinks to a hundredth at most."""

FREE_BYTES = 10 * 2**20
"""Below that length the ratio does not matter: an empty picture packs well."""

MAX_DEPTH = 8
"""How many folders deep a member may lie."""

_BLOCK = 2**20
_ENCRYPTED, _UTF8 = 0x1, 0x800


@dataclass
class Unpacked:
    """What came out of an archive.

    Attributes
    ----------
    folder : Path
        Where it is.
    skipped : dict of str to str
        Members that were left out, and why each was.
    """

    folder: Path
    skipped: dict[str, str] = field(default_factory=dict)


def unpack(path: Path, folder: Path, budget: int = MAX_BYTES) -> Unpacked:
    """Unpack a zip file.

    Parameters
    ----------
    path : Path
        The file.
    folder : Path
        Where to; it is made.
    budget : int
        Most bytes to write.

    Returns
    -------
    Unpacked

    Raises
    ------
    ArchiveError
        If it is no zip file, is damaged, or holds too many files.
    """
    done = Unpacked(folder)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                what = f"{len(members):,} files, expected at most {MAX_MEMBERS:,}"
                raise ArchiveError(path, what)
            for member in members:
                name = name_of(member)
                if not member.is_dir() and not leftover_in(name):
                    budget -= _take(archive, member, name, done, budget)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError) as error:
        raise ArchiveError(path, f"no zip file that can be read: {error}") from error
    except OSError as error:
        raise ArchiveError(path, f"cannot be read: {reason_of(error)}") from error
    return done


def names_in(source: Path) -> list[str]:
    """Return the names of what lies in a folder or in a zip file; none of what is neither."""
    if source.is_dir():
        return [printable(one.name) for one in islice(source.rglob("*"), MAX_MEMBERS)]
    try:
        with zipfile.ZipFile(source) as archive:
            return [name_of(member) for member in archive.infolist()[:MAX_MEMBERS]]
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, OSError):
        return []


def name_of(member: zipfile.ZipInfo) -> str:
    """Return a member's name: macOS writes UTF-8 without saying so, Windows writes backslashes."""
    name = member.filename
    if not member.flag_bits & _UTF8:
        with suppress(UnicodeEncodeError, UnicodeDecodeError):
            name = name.encode("cp437").decode()
    return name.replace("\\", "/")


def leftover_in(name: str) -> bool:
    """Whether a system or an editor left a member, or a folder that it lies in."""
    # what leads out of the archive is told, although it begins as hidden names do
    return any(leftover(part) for part in PurePosixPath(name).parts if part != "..")


def _take(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, done: Unpacked, budget: int
) -> int:
    """Unpack one member, or say why not; return how many bytes that took."""
    place = _place(name, done.folder)
    problem = next(_problems(member, place, budget), None)
    if problem is None and place is not None:
        try:
            return _write(archive, member, place, min(budget, MAX_FILE_BYTES))
        except (zipfile.BadZipFile, EOFError, RuntimeError, OSError, ValueError) as error:
            place.unlink(missing_ok=True)
            problem = f"cannot be unpacked: {error}"
    done.skipped[printable(name)] = str(problem)
    return 0


def _place(name: str, folder: Path) -> Path | None:
    """Return where a member belongs, below a folder; None if that is nowhere."""
    parts = [same_text(part) for part in name.split("/")]
    parts = [part for part in parts if part not in ("", ".")]
    bad = name.startswith("/") or ".." in parts or any(":" in part[1:2] for part in parts[:1])
    if bad or not parts or not all(map(str.isprintable, parts)):
        return None
    return folder.joinpath(*parts)


def _problems(member: zipfile.ZipInfo, place: Path | None, budget: int) -> Iterator[str]:
    if place is None:
        yield "its name leads out of the archive, or is no name"
        return
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        yield "a link, or no plain file"
    if member.flag_bits & _ENCRYPTED:
        yield "it needs a password"
    if max(len(part.encode()) for part in place.parts) > 255:
        yield "its name is longer than 255 bytes"
    if len(PurePosixPath(name_of(member)).parts) > MAX_DEPTH + 1:
        yield f"more than {MAX_DEPTH} folders deep"
    if member.file_size > MAX_FILE_BYTES:
        yield f"{member.file_size:,} bytes, expected at most {MAX_FILE_BYTES:,}"
    if member.file_size > FREE_BYTES and member.file_size > MAX_RATIO * member.compress_size:
        yield f"{member.file_size:,} bytes from {member.compress_size:,}: a bomb?"
    if member.file_size > budget:
        yield f"the archive holds more than {MAX_BYTES:,} bytes"
    if place.exists():
        yield "the archive holds another file of this name"


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: Path, most: int) -> int:
    """Write a member; what it says of its length is not believed."""
    place.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(member) as source, place.open("xb") as target:
        while block := source.read(_BLOCK):
            written += len(block)
            if written > most:
                raise ValueError(f"longer than {most:,} bytes, and than it says")
            target.write(block)
    return written
