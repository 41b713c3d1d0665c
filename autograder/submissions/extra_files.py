"""Files handed in beside a notebook: which of them go into the folder that it runs in.

A notebook may read a list of words or import a module that came with it. What goes along is kinds
of files that are data or source text, few and small, and nothing that would take the place of a
module which the course, Python or a library has.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

from autograder.sandbox.staging import DATA_SUFFIXES, stageable
from autograder.submissions.entries import ExtraFile, printable, reason_of

SOURCE_SUFFIXES = frozenset({".py", ".ipynb"})
"""Of files that a notebook imports, or runs by ``%run``."""

MAX_FILES = 50
"""Most files that go along with one notebook."""

MAX_FILE_BYTES = 1 << 20
"""Longest of them."""

MAX_TOTAL_BYTES = 2 << 20
"""All of one notebook's together."""

MANY_BYTES = 100_000
"""Of all together; as with code of so many characters, a person should look what they hold."""

COURSE_MODULES = frozenset({"helpers", "autograder"})
"""Packages that notebooks of the course import."""

HOOKS = frozenset({"sitecustomize", "usercustomize"})
"""Modules that Python imports by itself."""


@dataclass
class FilesTaken:
    """What goes along with a notebook, and why others do not.

    Attributes
    ----------
    files : list of ExtraFile
        By name.
    left_out : dict of str to str
        The reason, by name.
    """

    files: list[ExtraFile] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """All files' sizes together."""
        return sum(file.size for file in self.files)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the submission's row."""
        notes = []
        if self.files:
            notes.append(f"handed in with it: {_names([file.name for file in self.files])}")
        if self.bytes > MANY_BYTES:
            notes.append(
                f"{self.bytes} bytes of files handed in with it, more than {MANY_BYTES}: "
                "do they hold data that others may not use?"
            )
        reasons = list(self.left_out.items())
        notes += [f"{name} was handed in too and left out: {why}" for name, why in reasons[:SHOWN]]
        if len(reasons) > SHOWN:
            notes.append(f"and {len(reasons) - SHOWN} more files were left out")
        return tuple(notes)


SHOWN = 10
"""How many names of files a note holds."""


def take_files(folder: Path, names: list[str], course: Path | None = None) -> FilesTaken:
    """Choose what goes along with a notebook.

    Parameters
    ----------
    folder : Path
        Where the notebook lies.
    names : list of str
        Paths below it of plain files, the notebook itself left out.
    course : Path, optional
        The assignment's own folder: what it puts beside a notebook is not replaced.

    Returns
    -------
    FilesTaken
    """
    own = {name.partition("/")[0] for _, name in stageable(course)} if course else set()
    taken = FilesTaken()
    for name in sorted(names):
        why = _unfit(name, own)
        if why is None:
            why = _add(folder / name, name, taken)
        if why is not None:
            taken.left_out[printable(name)] = why
    return taken


def _unfit(name: str, own: set[str]) -> str | None:
    """Return why a file may not go along by its name; None if it may."""
    parts = PurePosixPath(name).parts
    suffixes = tuple(DATA_SUFFIXES | SOURCE_SUFFIXES)
    if not name.isprintable() or not _is_utf8(name):
        return "its name holds what cannot be printed"
    if not parts[-1].casefold().endswith(suffixes):
        return "no kind of file that goes along; expected data or .py"
    if parts[0] in own:
        return "the course's own stands there"
    module = parts[0].partition(".")[0]
    imported = len(parts) > 1 or parts[0].casefold().endswith(tuple(SOURCE_SUFFIXES))
    if imported and module in known_modules():
        return f"it would hide the module {module}"
    return None


def _add(path: Path, name: str, taken: FilesTaken) -> str | None:
    """Add a file; return why not, where there are too many or it cannot be read."""
    if len(taken.files) >= MAX_FILES:
        return f"more than {MAX_FILES} files"
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        return f"cannot be read: {reason_of(error)}"
    if size > MAX_FILE_BYTES:
        return f"longer than {MAX_FILE_BYTES} bytes"
    if taken.bytes + size > MAX_TOTAL_BYTES:
        return f"all together are longer than {MAX_TOTAL_BYTES} bytes"
    taken.files.append(ExtraFile(name, path, size))
    return None


@cache
def known_modules() -> frozenset[str]:
    """Return the top names that Python, installed libraries and the course can import."""
    folders = {Path(sysconfig.get_path(kind)) for kind in ("purelib", "platlib")}
    installed = {entry.name.partition(".")[0] for one in folders for entry in one.iterdir()}
    return frozenset(sys.stdlib_module_names | installed | COURSE_MODULES | HOOKS)


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _names(names: list[str]) -> str:
    more = [f"and {len(names) - SHOWN} more"] if len(names) > SHOWN else []
    return ", ".join(names[:SHOWN] + more)
