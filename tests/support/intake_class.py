"""A class's folder as people really have it, and the table of what becomes of each entry.

    python -m tests.support.intake_class

prints the table that docs/reference/intake.md holds; a test compares the two.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from autograder.submissions.collect import find_submissions
from autograder.submissions.release import Release
from tests.support.course import ANSWERS, NAME, author_notebook, submission

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode

    from autograder.submissions.entries import Entry, Intake


def released() -> NotebookNode:
    """Return the notebook as it is handed out."""
    nb = author_notebook()
    for cell in nb.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in ANSWERS:
            cell.source = f"# your answer to {name}"
    return nb


def release() -> Release:
    """Return what the class was handed."""
    nb = released()
    marked = [cell for cell in nb.cells if "nbgrader" in cell.metadata]
    return Release(nb, {cell.metadata.nbgrader.grade_id: cell.source for cell in marked})


DONE = nbformat.writes(submission())
OTHER = nbformat.writes(submission(double="def double(x):\n    return x + x"))
PART = nbformat.writes(submission(predict="# your answer to predict"))
STUB = nbformat.writes(released())

FILES: dict[str, str] = {
    **dict.fromkeys((".DS_Store", "._s12.ipynb", "__MACOSX/._s12.ipynb", "grades.xlsx"), "-"),
    **dict.fromkeys(("s01.zip", "s02.py", "s03.html", "s04.pdf"), "-"),
    **dict.fromkeys(("s05.IPYNB", "s06.ipynb.txt", "s07.ipynb.json", "s08.json", "s09"), DONE),
    **dict.fromkeys(("s10.ipynb", "96%_s11.ipynb", "s12 (1).ipynb", "s12.ipynb"), DONE),
    **dict.fromkeys(("Copy of s13.ipynb", "s14-Copy1.ipynb", "s15_copy.ipynb"), DONE),
    **dict.fromkeys(("Kopie von s16.ipynb", "s17[1].ipynb", "s18 - Copy (2).ipynb"), DONE),
    "s19/submission.zip": "-",
    "s20/a1.ipynb": DONE,
    "s20/._a1.ipynb": "-",
    "s21/attempt.ipynb": DONE,
    "s22/a1/a1-Copy1.ipynb": DONE,
    "s22/a1/.ipynb_checkpoints/a1-checkpoint.ipynb": DONE,
    "s23/homework/a1.ipynb": DONE,
    "s24/a1/a1/a1.ipynb": DONE,
    "s25/a2/a2.ipynb": DONE,
    "s26/a1.IPYNB": DONE,
    "s27/a1/a1.ipynb": STUB,
    "s27/a1/a1_final.ipynb": DONE,
    "s28/a1.ipynb": DONE,
    "s28/data.csv": "-",
    "s28/my_tools.py": "-",
    "s29/a1.ipynb/a1.ipynb": DONE,
    "s30.ipynb.ipynb": DONE,
    "s31/a1.ipynb": DONE,
    "s31/numpy.py": "-",
    "s31/model.pkl": "-",
    **dict.fromkeys(("Thumbs.db", "desktop.ini", "~$s32.docx", "lost+found/x", ".git/HEAD"), "-"),
    **dict.fromkeys(("s32.docx", "s33.tar.gz", "s34.png", "s35.ipynb.crdownload"), "-"),
    **dict.fromkeys(("s36.txt", "README.md", "notes"), "-"),
    "s37.ipynb": DONE,
    "s37 - Copy.ipynb": OTHER,
    "s38.ipynb": DONE,
    "s38.pdf": "-",
    "s39.ipynb": STUB,
    "s39.zip": "-",
    "s40.ipynb": STUB,
    "s40 (1).ipynb": DONE,
    "s41.ipynb": PART,
    "s41_copy.ipynb": DONE,
    "s42.ipynb": DONE,
    "S42.ipynb": OTHER,
    "s\u00e943.ipynb": DONE,
    "se\u030143.ipynb": DONE,
    "s44.ipynb": DONE,
    "s44.ipynb~": OTHER,
    "s45\u00a0.ipynb": DONE,
    "s46/x.ipynb": DONE,
    "s46/y.ipynb": OTHER,
    "s47/a1/a1.ipynb": DONE,
    "s47/a1/draft.ipynb": OTHER,
    "s48/table.csv": "-",
    "s49/a1/a1.ipynb": DONE,
    "s49/a1/timestamp.txt": "2026-03-01 10:00:00 UTC",
    "s50.ipynb": DONE,
    "s50/a1/a1.ipynb": OTHER,
    "s51 (1)/a1.ipynb": DONE,
    "s52.ipynb.bak": DONE,
    "96%_..ipynb": DONE,
    "999%_s54.ipynb": DONE,
    os.fsdecode(b"s55\xe9.ipynb"): DONE,
}
"""What lies in the folder, by path."""


def make_class(folder: Path) -> Path:
    """Write the class's folder; links, a pipe and an empty folder are in it."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "s56").mkdir()
    (folder / "s57").mkdir()
    (folder / "s57" / "a1.ipynb").symlink_to(folder / "s10.ipynb")
    (folder / "s58.ipynb").symlink_to(folder / "s10.ipynb")
    os.mkfifo(folder / "s59.ipynb")
    return folder


def table_of(intake: Intake) -> Iterator[str]:
    """Yield a row of Markdown for each entry."""
    by_student = {one.student: one for one in intake.submissions}
    yield "| entry | what becomes of it | the student's row |"
    yield "|---|---|---|"
    for entry in intake.entries:
        one = by_student.get(entry.student or "")
        row = "none" if one is None else "graded" if one.path else str(one.outcome)
        yield f"| `{_shown(entry.path)}` | {_shown(_what(entry))} | {row} |"


def _what(entry: Entry) -> str:
    return str(entry).removeprefix(f"{entry.path}: ")


def _shown(text: str) -> str:
    """Show letters that look alike, and keep what Markdown would take for its own."""
    letters = text.replace("\u0301", r"\u0301").replace("\u00a0", r"\xa0")
    return letters.replace("|", r"\|").replace("<", "&lt;")


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        intake = find_submissions(make_class(Path(folder)), NAME, release())
        print(*table_of(intake), sep="\n")


if __name__ == "__main__":
    main()
