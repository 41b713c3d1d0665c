"""One class as eight platforms export it: the same students, the same work."""

from __future__ import annotations

import io
import shutil
import unicodedata
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import nbformat
import yaml
from nbconvert import HTMLExporter

from tests.support.course import NAME, submission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

LATE, TWICE, PAGE, SCRIPT, EMPTY, ABSENT = "s07", "s11", "s13", "s17", "s19", "s23"
"""Who is late, handed in twice, as a page, as a script, an empty file, and nothing."""

TIMES = {False: "2026-03-01 22:00:00 UTC", True: "2026-03-02 01:30:00 UTC"}
"""When work was handed in, by whether that was late; due at midnight."""

HEADER = "id,name,email,canvas_id,moodle_id,github,section"


@dataclass(frozen=True)
class Pupil:
    """A student, and what they handed in.

    Attributes
    ----------
    id, name : str
        In the gradebook, and on the platforms.
    number : int
        Of the platforms.
    files : mapping of str to bytes
        By name.
    earlier : mapping of str to bytes
        Of an earlier attempt.
    """

    id: str
    name: str
    number: int
    files: Mapping[str, bytes]
    earlier: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def late(self) -> bool:
        """Whether it was handed in after the due date."""
        return self.id == LATE

    @property
    def row(self) -> str:
        """Line of the roster."""
        return (
            f"{self.id},{self.name},{self.id}@example.org,{self.number},,git-{self.id},"
            f"{1 + self.number % 2}"
        )


def make_class(size: int) -> list[Pupil]:
    """Return a class; names are composed for some, decomposed for others."""
    return [_pupil(number) for number in range(1, size + 1)]


def _pupil(number: int) -> Pupil:
    who = f"s{number:02}"
    word = ("학생", "学生", "Étudiant", "Student")[number % 4]
    name = unicodedata.normalize("NFD" if number % 3 else "NFC", f"{word} No{number:02}")
    nb = submission(double=f"def double(x):\n    return 2 * x  # {who}")
    text = nbformat.writes(nb).encode()
    files, earlier = {f"{NAME}.ipynb": text}, {}
    if who == TWICE:
        old = submission(double=f"def double(x):\n    return 3 * x  # {who}")
        earlier = {f"{NAME}.ipynb": nbformat.writes(old).encode()}
    elif who == PAGE:
        files = {
            f"{NAME}.html": HTMLExporter(template_name="lab").from_notebook_node(nb)[0].encode()
        }
    elif who == SCRIPT:
        files = {f"{NAME}.py": b"def double(x):\n    return 2 * x\n"}
    elif who == EMPTY:
        files = {f"{NAME}.ipynb": b""}
    elif who == ABSENT:
        files = {}
    return Pupil(who, name, 1000 + number, files, earlier)


def write_roster(pupils: list[Pupil], path: Path) -> Path:
    """Write who is in the class."""
    path.write_text("\n".join([HEADER, *(pupil.row for pupil in pupils)]), encoding="utf-8")
    return path


def nbgrader_layout(pupils: list[Pupil]) -> Iterator[tuple[str, bytes]]:
    """``submitted/<student>/<assignment>/``."""
    for pupil in pupils:
        for name, content in pupil.files.items():
            yield f"{pupil.id}/{NAME}/{name}", content
            yield f"{pupil.id}/{NAME}/timestamp.txt", TIMES[pupil.late].encode()


def exchange(pupils: list[Pupil]) -> Iterator[tuple[str, bytes]]:
    """``inbound/<student>+<assignment>+<time>+<random>/``."""
    for pupil in pupils:
        for when, files in (("2026-02-01 10:00:00 UTC", pupil.earlier), (None, pupil.files)):
            time = when or TIMES[pupil.late]
            for name, content in files.items():
                folder = f"{pupil.id}+{NAME}+{time}+0123abcd"
                yield f"{folder}/{name}", content
                yield f"{folder}/timestamp.txt", time.encode()
    yield f"s01+other+{TIMES[False]}+0123abcd/other.ipynb", b"{}"


def moodle(pupils: list[Pupil]) -> Iterator[tuple[str, bytes]]:
    """*Download all submissions*, in folders."""
    for pupil in pupils:
        start = f"{pupil.name}_{70_000 + pupil.number}_assignsubmission"
        for name, content in pupil.files.items():
            yield f"{start}_file_/{name}", content
        if pupil.number % 5 == 0:
            yield f"{start}_onlinetext_/onlinetext.html", b"<p>Hello</p>"


def moodle_flat(pupils: list[Pupil]) -> Iterator[tuple[str, bytes]]:
    """The same without folders."""
    for name, content in moodle(pupils):
        yield name.replace("_/", "_"), content


def canvas(pupils: list[Pupil]) -> Iterator[tuple[str, bytes]]:
    """*Download Submissions*: flat, the last name first, later attempts numbered."""
    for pupil in pupils:
        first, last = pupil.name.split()
        late = "LATE_" if pupil.late else ""
        start = f"{last}{first}_{late}{pupil.number}".lower()
        start = start.replace("late_", "LATE_")
        for files, attempt in ((pupil.earlier, ""), (pupil.files, "-1" if pupil.earlier else "")):
            for name, content in files.items():
                stem, _, suffix = name.rpartition(".")
                yield f"{start}_{88_000 + pupil.number}_{stem}{attempt}.{suffix}", content


def gradescope(pupils: list[Pupil]) -> Iterator[tuple[str, bytes]]:
    """*Export submissions*."""
    told = {}
    for pupil in pupils:
        folder = f"submission_{5_000 + pupil.number}"
        for name, content in pupil.files.items():
            yield f"assignment_1_export/{folder}/{name}", content
            who = {":name": pupil.name, ":sid": pupil.id, ":email": f"{pupil.id}@example.org"}
            time = TIMES[pupil.late].replace(" UTC", ".000000000 Z")
            told[folder] = {":submitters": [who], ":created_at": time}
    yield "assignment_1_export/submission_metadata.yml", yaml.safe_dump(told).encode()


def github(pupils: list[Pupil]) -> Iterator[tuple[str, bytes]]:
    """Clones of GitHub Classroom."""
    for pupil in pupils:
        for name, content in pupil.files.items():
            yield f"digits-{NAME}-submissions/digits-{NAME}-git-{pupil.id}/{name}", content
            yield f"digits-{NAME}-submissions/digits-{NAME}-git-{pupil.id}/.git/HEAD", b"ref: x"


def drive(pupils: list[Pupil]) -> Iterator[tuple[str, bytes]]:
    """A Drive folder of ``96%_<student>.ipynb``, copies and full-width signs among them."""
    for pupil in pupils:
        sign = "\uff05" if pupil.number % 2 else "%"
        copied = " (1)" if pupil.number % 7 == 0 else ""
        for name, content in pupil.files.items():
            yield f"96{sign}_{pupil.id}{copied}.{name.rpartition('.')[2]}", content


def zips(pupils: list[Pupil]) -> Iterator[tuple[str, bytes]]:
    """A zip file for each student."""
    for pupil in pupils:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in pupil.files.items():
                archive.writestr(f"{NAME}/{name}", content)
        if pupil.files:
            yield f"{pupil.id}.zip", buffer.getvalue()


EXPORTS: dict[str, Callable[[list[Pupil]], Iterator[tuple[str, bytes]]]] = {
    "nbgrader": nbgrader_layout,
    "exchange": exchange,
    "moodle": moodle,
    "moodle-flat": moodle_flat,
    "canvas": canvas,
    "gradescope": gradescope,
    "github": github,
    "drive": drive,
    "zips": zips,
}
"""By name."""

ZIPPED = {"moodle", "moodle-flat", "canvas", "gradescope", "drive"}
"""What arrives as one zip file."""


def write_export(name: str, pupils: list[Pupil], folder: Path) -> Path:
    """Write an export as it arrives; return the zip file or the folder."""
    content = folder / "class"
    shutil.rmtree(content, ignore_errors=True)
    entries = list(EXPORTS[name](pupils))
    if name in ZIPPED:
        with zipfile.ZipFile(folder / "class.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for path, data in entries:
                archive.writestr(path, data)
        return folder / "class.zip"
    for path, data in entries:
        (content / path).parent.mkdir(parents=True, exist_ok=True)
        (content / path).write_bytes(data)
    return content
