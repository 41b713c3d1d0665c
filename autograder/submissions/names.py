"""Read whose a file or folder is from its name.

Systems compose letters and accents differently, and add words to copies: ``s12 (1).ipynb``,
``Copy of s12.ipynb`` and ``s12-Copy1.ipynb`` are all handed in by s12. What is no work of a
student's, but left beside it by a system, an editor or Jupyter, is told apart here, too.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograder.submissions.entries import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTEBOOK_SUFFIX = ".ipynb"
"""How the name of a notebook ends."""

TEXT_SUFFIXES = (".json", ".txt", ".js", ".html")
"""What mail programs and browsers put behind that, or in its place."""

BACKUP_SUFFIXES = ("~", ".bak", ".orig", ".old", ".save", ".swp")
"""How editors name what a file was before."""

WORK_SUFFIXES = frozenset(
    {
        *(".zip", ".rar", ".7z", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst"),
        *(".py", ".r", ".rmd", ".qmd", ".m", ".java", ".md", ".tex", ".txt", ".html", ".htm"),
        *(".pdf", ".doc", ".docx", ".odt", ".rtf", ".pages", ".ppt", ".pptx", ".key", ".odp"),
        *(".png", ".jpg", ".jpeg", ".heic", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".svg"),
        *(".mp4", ".mov", ".mp3", ".webarchive", ".mhtml", ".mht", ".url", ".webloc", ".lnk"),
        *(".gdoc", ".eml", ".msg", ".crdownload", ".part", ".download", ".partial", ".icloud"),
    }
)
"""Of files by which somebody may have meant to hand in work that was asked for as a notebook."""

TABLE_SUFFIXES = frozenset(
    {".xlsx", ".xls", ".ods", ".csv", ".tsv", ".db", ".sqlite", ".log", ".xml", ".yml", ".yaml"}
    | {".toml", ".ini", ".cfg", ".sh", ".bat", ".ps1"}
)
"""Of files that are rather the course's: lists, tables, settings."""

NOBODY = frozenset({"readme", "license", "grades", "roster", "index", "class", "students"})
"""First names of files that whoever collects a class leaves beside it."""

_LEFTOVERS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "left by macOS": re.compile(
            r"__MACOSX|\._.*|\.DS_Store|\.AppleDouble|\.Spotlight-V100|\.Trashes|\.fseventsd|Icon\r",
            re.DOTALL,
        ),
        "left by Windows": re.compile(
            r"(?:eh)?thumbs\.db|desktop\.ini|\$RECYCLE\.BIN|System Volume Information|~\$.*"
            r"|.*:Zone\.Identifier",
            re.IGNORECASE | re.DOTALL,
        ),
        "Jupyter's checkpoints": re.compile(r"\.ipynb_checkpoints"),
        "Python's own": re.compile(r"__pycache__|.*\.pyc"),
        "left by a file system": re.compile(r"lost\+found|@eaDir|#recycle|\.nfs.*"),
        "hidden": re.compile(r"\..*", re.DOTALL),
        "an editor's back-up": re.compile(r"#.*#", re.DOTALL),
    }
)
"""Names of what nobody handed in, by what it is; the first that fits holds."""

_COPY_BEFORE = re.compile(
    r"(?:(?:copy(?: \(?\d+\)?)? of|kopie von|kopie av|copie de|copia de|c\u00f3pia de)\s+"
    r"|\uc0ac\ubcf8\s*-\s*)",  # Korean
    re.IGNORECASE,
)

_COPY_BEHIND = re.compile(
    r"(?:\s*\(\d{1,3}\)|\s*\[\d{1,3}\]"
    r"|\uc758 \uc0ac\ubcf8|\s*\u306e\u30b3\u30d4\u30fc"  # Korean, Japanese
    r"|[\s_-]+(?:copy|kopie|copie|copia|c\u00f3pia|duplicate|\ubcf5\uc0ac\ubcf8|\u30b3\u30d4\u30fc)"
    r"(?:[\s_-]*\(?\d{1,3}\)?)?|-checkpoint)$",
    re.IGNORECASE,
)

_CLAIM = re.compile(r"(?P<claim>\d{1,3}(?:\.\d+)?)[%\uff05]_(?P<rest>.+)", re.ASCII | re.DOTALL)


@dataclass(frozen=True)
class Name:
    """What the name of an entry says.

    Attributes
    ----------
    student : str or None
        Whose it is; None if the name says nothing that can be used.
    claim : Fraction or None
        Accuracy that it claims, 0 to 1.
    suffix : str
        Kind of file, in lower case; several where one follows the other.
    copied : bool
        Whether it is named as a copy.
    backup : bool
        Whether it is named as what an editor or Jupyter keeps of an earlier state.
    remarks : tuple of str
        What its reader should know.
    """

    student: str | None
    claim: Fraction | None = None
    suffix: str = ""
    copied: bool = False
    backup: bool = False
    remarks: tuple[str, ...] = ()


def leftover(name: str) -> str | None:
    """Return what an entry is that nobody handed in; None for any other.

    Examples
    --------
    >>> leftover("._s12.ipynb")
    'left by macOS'
    >>> leftover("s12.ipynb")
    """
    return next((what for what, names in _LEFTOVERS.items() if names.fullmatch(name)), None)


def read_name(name: str, *, folder: bool = False) -> Name:
    """Read whose an entry of a class's folder is.

    Parameters
    ----------
    name : str
        As the folder has it.
    folder : bool, default False
        Whether it is a folder: its name has no suffix, but for a notebook's.

    Returns
    -------
    Name

    Examples
    --------
    >>> read_name("96%_s05 (1).ipynb").student
    's05'
    >>> read_name("Copy of s11.ipynb.txt").suffix
    '.ipynb.txt'
    """
    stem, suffix, backup = _split(same_text(name), folder=folder)
    bare, copied = _without_copy(stem)
    claimed = _CLAIM.fullmatch(bare)
    claim = Fraction(claimed["claim"]) / 100 if claimed else None
    if claimed and claim is not None and claim <= 1:
        bare, again = _without_copy(claimed["rest"])
        copied |= again
    else:
        claim = None
    checkpoint = stem.casefold().endswith("-checkpoint")
    student = None if bare in ("", ".", "..") or leftover(bare) else bare
    remarks = tuple(_remarks(name, stem, copied=copied))
    return Name(student, claim, suffix, copied, backup or checkpoint, remarks)


def same_text(name: str) -> str:
    """Return a name as all systems would write it: composed, without spaces that nobody sees.

    Names that differ in nothing else are one person's.
    """
    text = unicodedata.normalize("NFC", printable(name))
    seen = "".join(letter for letter in text if letter not in "\u200b\u2060\ufeff\u00ad")
    return " ".join(seen.split(" ")).replace("\u00a0", " ").strip(" ")


def _split(name: str, *, folder: bool) -> tuple[str, str, bool]:
    """Part a name into stem, suffix and whether an editor keeps it."""
    backup, suffix = False, ""
    while (found := _last_suffix(name, folder=folder)) and len(name) > len(found):
        name = name[: -len(found)]
        if found in BACKUP_SUFFIXES:
            backup = True
        else:
            suffix = found + suffix
    return name.rstrip(" "), suffix, backup


def _last_suffix(name: str, *, folder: bool) -> str:
    lower = name.casefold()
    known = (NOTEBOOK_SUFFIX,) if folder else (NOTEBOOK_SUFFIX, *TEXT_SUFFIXES, *BACKUP_SUFFIXES)
    found = next((suffix for suffix in known if lower.endswith(suffix)), "")
    if not found and not folder:
        found = next((s for s in WORK_SUFFIXES | TABLE_SUFFIXES if lower.endswith(s)), "")
    return found


def _without_copy(stem: str) -> tuple[str, bool]:
    """Take off what systems add to the name of a copy, however often."""
    before = stem
    while True:
        shorter = _COPY_BEHIND.sub("", _COPY_BEFORE.sub("", stem, count=1).strip(" ")).strip(" ")
        if shorter in ("", stem):
            return stem, stem != before
        stem = shorter


def _remarks(name: str, stem: str, *, copied: bool) -> list[str]:
    shown = printable(name)
    remarks = [f"named {shown!r}, as a copy is"] if copied else []
    if same_text(name) != unicodedata.normalize("NFC", shown):
        remarks.append(f"named {name!a}, with spaces that nobody sees")
    if shown != name:
        remarks.append(f"its name is no UTF-8; shown as {stem!r}")
    return remarks
