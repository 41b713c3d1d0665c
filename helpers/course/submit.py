"""Write what is handed in: the notebook as it was saved, under a name that says whose it is.

``96%_s05.ipynb`` also claims what the capstone's estimate was, in whole percent, rounded down.
Beside it lies a receipt.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from helpers.capstone import TIERS_FILE
from helpers.course.check import check_notebook
from helpers.course.errors import StudentNameError
from helpers.course.folder import SUFFIX
from helpers.course.report import State, missing
from helpers.files import replace_together, sha256
from helpers.metric_file import METRIC_FILE, named_metric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from helpers.course.report import Report

HANDED_IN = "handed-in"
"""Folder of what is handed in, in the folder of a student's notebooks."""

EARLIER = "earlier"
"""Folder in it, of what was written before and counts no more."""

RECEIPT = "receipt.txt"
"""Name of the receipt."""

MOST_BESIDE = 10_000_000
"""Bytes of a file beside the notebook that still goes into a zip file."""

_NAME = re.compile(r"\w[\w.-]*")

# what whoever collects takes for the name of a copy, or of a notebook
_MISREAD = re.compile(r"(copy|kopie|kopia|copie|copia|duplicate|checkpoint|ipynb|\.\w+)$", re.I)


@dataclass(frozen=True)
class HandedIn:
    """What was written to be handed in.

    Attributes
    ----------
    file, receipt : Path
        Of what to hand in, and of the receipt.
    report : Report
        What the check found.
    text : str
        The receipt.
    """

    file: Path
    receipt: Path
    report: Report
    text: str


def check_student(name: str) -> str:
    """Return a student's name as it was given, if whoever collects reads it so.

    Parameters
    ----------
    name : str
        As the course knows the student.

    Returns
    -------
    str

    Raises
    ------
    StudentNameError
        If it would be read as something else.

    Examples
    --------
    >>> check_student("s05")
    's05'
    >>> check_student("s05-copy")
    Traceback (most recent call last):
    helpers.course.errors.StudentNameError: student 's05-copy': expected ...
    """
    if not _NAME.fullmatch(name) or _MISREAD.search(name):
        raise StudentNameError(name)
    return name


def submit_notebook(
    path: Path,
    student: str,
    *,
    packed: bool = False,
    on_cell: Callable[[int, int], object] = lambda _done, _of: None,
) -> HandedIn:
    """Check a notebook as it is saved, and write the very same bytes under the name that counts.

    Parameters
    ----------
    path : Path
        The notebook.
    student : str
        Whose it is.
    packed : bool, default False
        Whether to write a zip file, with the student's own files beside the notebook.
    on_cell : callable, optional
        Called before each cell with how many are done, and of how many.

    Returns
    -------
    HandedIn

    Raises
    ------
    StudentNameError
        If the name cannot be read from a file's name.
    NotANotebookError
        If the file is none.
    """
    check_student(student)
    content = path.read_bytes()
    report = check_notebook(path, content=content, on_cell=on_cell)
    claim = "" if report.estimate is None else f"{report.estimate.percent}%_"
    name = f"{claim}{student}{SUFFIX}"
    parts = {name: content} | (dict(_beside(path)) if packed else {})
    folder = _folder_for(path) / report.assignment
    file = folder / (f"{claim}{student}.zip" if packed else name)
    _keep_earlier(folder, student)
    written = _zip(parts) if packed else content
    replace_together({file: written})
    text = _receipt(report, student, file, tuple(parts))
    receipt = folder / RECEIPT
    replace_together({receipt: text.encode()})
    return HandedIn(file, receipt, report, text)


def _folder_for(path: Path) -> Path:
    """Return where to write: in the repository, outside of what the build makes."""
    notebooks = path.resolve().parent.parent
    if (notebooks.parent / "nbgrader_config.py").is_file():
        return notebooks.parent / "work" / HANDED_IN
    return notebooks / HANDED_IN


def _keep_earlier(folder: Path, student: str) -> None:
    """Move what was written before out of the way: one file is to be handed in, not two."""
    (folder / EARLIER).mkdir(parents=True, exist_ok=True)
    stamp = datetime.now().astimezone().strftime("%Y-%m-%d_%H-%M-%S")
    written = re.compile(rf"(\d+%_)?{re.escape(student)}\.(ipynb|zip)")
    for old in folder.iterdir():
        if old.is_file() and (old.name == RECEIPT or written.fullmatch(old.name)):
            old.replace(folder / EARLIER / f"{stamp}_{old.name}")


def _beside(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the student's own files beside the notebook; what the course put there is known."""
    course = {TIERS_FILE, *([METRIC_FILE] if named_metric(path.parent) else [])}
    for other in sorted(path.parent.iterdir()):
        foreign = other.suffix == SUFFIX or other.name.startswith(".") or other.name in course
        if other.is_file() and not foreign and other.stat().st_size <= MOST_BESIDE:
            yield other.name, other.read_bytes()


def _zip(parts: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _receipt(report: Report, student: str, file: Path, parts: tuple[str, ...]) -> str:
    done = sum(one.state in (State.PASSES, State.WRITTEN) for one in report.findings)
    lines = {
        "assignment": report.assignment,
        "student": student,
        "written": datetime.now().astimezone().isoformat(timespec="seconds"),
        "file": file.name,
        "sha256": sha256(file),
        "contains": ", ".join(parts),
        "notebook": f"{report.size} bytes with sha256 {report.sha256}",
        "exercises": f"{done} of {len(report.findings)} done",
    }
    if report.estimate is not None:
        lines["claims"] = f"{report.estimate.percent} %, the estimate rounded down"
    width = max(map(len, lines))
    told = [f"{key:<{width}}  {value}" for key, value in lines.items()]
    return "\n".join([*told, *(f"missing: {one}" for one in missing(report))]) + "\n"
