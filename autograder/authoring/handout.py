"""Make what students receive, and nothing else: a zip file to unpack, and the wheel in it.

The notebooks are those that nbgrader released, so no answer and no hidden test is in them; it is
looked for all the same, before anything is written.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

from autograder.authoring.release import forbidden_files
from autograder.authoring.wheel import build_wheel, library_of
from autograder.errors import HandoutError
from helpers.course.install import ADDRESS
from helpers.course.start_page import START_FILE, write_start
from helpers.files import replace_together

FOLDER = "digits-course"
"""Folder that the zip file unpacks into."""

STARTER = "start.py"
"""Script in it that installs the course, once, and opens it: a student's first command."""

TEMPLATES = Path(__file__).with_name("templates")
"""Folder of what goes into a handout as it is, or nearly."""

_SECRET = re.compile(rb"(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)")

_GITHUB = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)(?:@(?P<branch>[\w./-]+))?")

_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Handout:
    """What was written.

    Attributes
    ----------
    archive, wheel : Path
        The zip file with everything, and the wheel by itself.
    files : tuple of str
        What is in the zip file.
    """

    archive: Path
    wheel: Path
    files: tuple[str, ...]


@dataclass(frozen=True)
class Published:
    """Where a handout is published, unpacked, on GitHub.

    Attributes
    ----------
    name, branch : str
        Of the repository, such as ``"somebody/digits"``, and its branch.
    """

    name: str
    branch: str

    def raw(self, path: str) -> str:
        """Return the address of a file's bytes."""
        return f"https://raw.githubusercontent.com/{self.name}/{self.branch}/{path}"

    def badges(self, notebook: str) -> str:
        """Return links that open a notebook on Colab, Kaggle and Binder, with their pictures."""
        colab = (
            f"https://colab.research.google.com/github/{self.name}/blob/{self.branch}/{notebook}"
        )
        kaggle = f"https://kaggle.com/kernels/welcome?src={self.raw(notebook)}"
        binder = f"https://mybinder.org/v2/gh/{self.name}/{self.branch}?labpath={notebook}"
        pictures = {
            ("Colab", colab): "https://colab.research.google.com/assets/colab-badge.svg",
            ("Kaggle", kaggle): "https://kaggle.com/static/images/open-in-kaggle.svg",
            ("Binder", binder): "https://mybinder.org/badge_logo.svg",
        }
        return " ".join(f"[![{place}]({svg})]({link})" for (place, link), svg in pictures.items())


def make_handout(root: Path, output: Path, github: str = "") -> Handout:
    """Write the zip file and the wheel.

    Parameters
    ----------
    root : Path
        The course.
    output : Path
        Folder to write into; made if need be.
    github : str, optional
        Where the unpacked zip file is going to be published, ``OWNER/NAME`` or
        ``OWNER/NAME@BRANCH``: first cells then know where the wheel is, and README has badges.

    Returns
    -------
    Handout

    Raises
    ------
    HandoutError
        If there is no released notebook, or one with an answer or a hidden test in it, or a file
        that students must not get, such as ``maker.py``, or `github` is no such name.
    """
    published = _read_github(github)
    with tempfile.TemporaryDirectory(prefix="handout-") as name:
        wheel = build_wheel(root, Path(name))
        files = _gather(root, Path(name) / "start", wheel, published)
        _refuse_secrets(files)
        output.mkdir(parents=True, exist_ok=True)
        archive, copy = output / f"{FOLDER}.zip", output / wheel.name
        replace_together({archive: _zip(files, Path(name)), copy: wheel.read_bytes()})
    return Handout(archive, copy, tuple(files))


def _read_github(named: str) -> Published | None:
    if not named:
        return None
    found = _GITHUB.fullmatch(named)
    if found is None:
        raise HandoutError(f"github {named!r}, expected OWNER/NAME or OWNER/NAME@BRANCH")
    return Published(found["name"], found["branch"] or "main")


def _gather(
    root: Path, scratch: Path, wheel: Path, published: Published | None
) -> dict[str, bytes]:
    """Return the files of the handout by their paths in it."""
    released = sorted(path for path in root.glob("notebooks/*/*") if path.is_file())
    files = {
        path.relative_to(root / "notebooks").as_posix(): path.read_bytes() for path in released
    }
    notebooks = [name for name in files if name.endswith(".ipynb")]
    for folder in sorted({path.parent for path in released}):
        if forbidden := forbidden_files(folder):
            raise HandoutError(f"in {folder}: {', '.join(forbidden)} must not be released")
    if not notebooks:
        raise HandoutError(f"no notebook in {root / 'notebooks'}, expected what `build` makes")
    files[START_FILE] = _start_page(files, scratch)
    if published is not None:
        for name in (*notebooks, START_FILE):
            files[name] = _with_address(files[name], published.raw(wheel.name))
    files |= {f"data/sample/{path.name}": path.read_bytes() for path in _sample(library_of(root))}
    files |= {
        wheel.name: wheel.read_bytes(),
        "LICENSE": (library_of(root) / "LICENSE").read_bytes(),
    }
    files["requirements.txt"] = f"./{wheel.name}\n".encode()
    files[STARTER] = (TEMPLATES / STARTER).read_bytes()
    files["README.md"] = _readme(wheel.name, notebooks, published)
    return dict(sorted(files.items()))


def _sample(root: Path) -> list[Path]:
    return sorted((root / "data" / "sample").glob("*.gz"))


def _start_page(files: dict[str, bytes], scratch: Path) -> bytes:
    """Make the start page of a student who has done nothing yet."""
    for name, content in files.items():
        path = scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return write_start(scratch).read_bytes()


def _with_address(content: bytes, address: str) -> bytes:
    """Put a cell with the address before the first one of code."""
    notebook = nbformat.reads(content.decode(), as_version=4)
    first = next(n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    cell = new_code_cell(ADDRESS.format(address=address), id="address")
    notebook.cells.insert(first, cell)
    text: str = nbformat.writes(notebook)
    return f"{text}\n".encode()


def _readme(wheel: str, notebooks: list[str], published: Published | None) -> bytes:
    badges = ""
    if published is not None:
        lines = (f"- `{name}` {published.badges(name)}" for name in notebooks)
        badges = "\n".join(["", *lines, ""])
    text = (TEMPLATES / "handout.md").read_text(encoding="utf-8")
    return text.replace("{badges}", badges).replace("{wheel}", wheel).encode()


def _refuse_secrets(files: dict[str, bytes]) -> None:
    told = [name for name, content in files.items() if _SECRET.search(content)]
    if told:
        raise HandoutError(f"marks of an answer or a hidden test in {', '.join(told)}")


def _zip(files: dict[str, bytes], scratch: Path) -> bytes:
    path = scratch / "handout.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(f"{FOLDER}/{name}", _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return path.read_bytes()
