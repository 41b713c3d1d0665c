"""Hand in assignment 03 by three ways, and print what each takes: steps, seconds, what blocks.

    python -m benchmarks.speed.handing_in [--wheels FOLDER] [--ways ours nbgrader otter]

The ways are ours, nbgrader's quickstart and otter's tutorial; `student_ways` names the pages, and
`instructor_ways` has what an instructor does before. Each is walked in an empty folder and a fresh
environment, from what the student receives to a handed-in 03.

What counts as a step: a command typed, a cell run or a click that the documents prescribe, or that
is needed though no document says so. What fails is a stumbling block: it is no step, what is needed
then is. Of two ways that a document offers the shorter one is taken, and what it calls optional is
left out, except the check, which all three have. Not counted: Python and, for nbgrader and otter,
an environment, which neither document mentions, and the libraries of the notebook itself, which
ours brings, TensorFlow among them, and theirs do not: they are lent to these, in no time.
Clicks and uploads are not walked, and have no seconds: JupyterLab is started until its page
answers. The notebook is filled with the reference's answers, and runs with `quick = True`.

With ``--wheels`` pip takes packages from a folder, which is filled first if it is not there:
seconds are then those of a machine, and not of a network.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.speed import instructor_ways, student_ways
from benchmarks.speed.walk import Place, Walked, walk
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TOOLS = ("nbgrader", "otter-grader", "jupyterlab")
"""Packages whose versions are printed."""


def required() -> list[str]:
    """Return what the course's wheel requires."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return list(project["dependencies"])


def download(wheels: Path) -> None:
    """Fill a folder with all packages of the three ways."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(wheels)]
    subprocess.run([*pip, *TOOLS], check=True)
    subprocess.run([*pip, *required()], check=True)


def walk_both(way: str, folder: Path, wheels: Path | None) -> tuple[list[Walked], list[Walked]]:
    """Walk an instructor's way and then a student's.

    Parameters
    ----------
    way : str
        A key of `student_ways.WAYS`.
    folder : Path
        An empty one.
    wheels : Path or None
        Where pip finds packages.

    Returns
    -------
    tuple of list of Walked
        The instructor's, the student's.
    """
    student = folder / "student"
    student.mkdir()
    (folder / "instructor").mkdir()
    instructor = instructor_ways.make_place(way, folder / "instructor", wheels)
    before = walk(instructor_ways.WAYS[way], instructor)
    if way != "ours":
        venv.create(student / "env", with_pip=True)
    place = Place(student, student / "env" / "bin", wheels)
    place.prepare()
    after = walk(student_ways.WAYS[way], place)
    print(f"\n{way}: {', '.join(_versions(student))}")
    return before, after


def _versions(folder: Path) -> Iterator[str]:
    """Yield what was installed of the tools, with versions."""
    for path in sorted(folder.rglob("site-packages/*.dist-info")):
        name, _, version = path.stem.partition("-")
        if name.replace("_", "-") in TOOLS:
            yield f"{name} {version}"


def table(way: str, walked: Sequence[Walked]) -> Iterator[str]:
    """Yield the lines of a way's table, in Markdown."""
    yield f"| {way} | | command or click | s | CPU s | stumbling block |"
    yield "|---|---|---|---|---|---|"
    number = 0
    for one in walked:
        number += one.counted
        shown = str(number) if one.counted else ""
        both = (one.seconds, one.cpu)
        took = " | ".join("" if seconds is None else f"{seconds:.1f}" for seconds in both)
        yield f"| {shown} | {one.step.what} | `{one.step.typed}` | {took} | {one.block} |"


def summary(way: str, before: Sequence[Walked], after: Sequence[Walked]) -> str:
    """Return a way's row of the table that compares the three."""
    return "| " + " | ".join([way, *_totals(after), *_totals(before)]) + " |"


def _totals(walked: Sequence[Walked]) -> tuple[str, str, str, str]:
    """Return steps, stumbling blocks, seconds and CPU seconds."""
    seconds = sum(one.seconds or 0 for one in walked)
    cpu = sum(one.cpu or 0 for one in walked)
    steps, blocks = sum(one.counted for one in walked), sum(bool(one.block) for one in walked)
    return str(steps), str(blocks), f"{seconds:.0f}", f"{cpu:.0f}"


def main() -> None:
    """Walk, and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--wheels", type=Path, help="folder that pip installs from, filled if new")
    ways = student_ways.WAYS
    parser.add_argument("--ways", nargs="*", choices=ways, default=list(ways))
    options = parser.parse_args()
    wheels = options.wheels and options.wheels.resolve()
    if wheels is not None and not wheels.is_dir():
        download(wheels)
    print(f"Python {platform.python_version()}, load average {os.getloadavg()[0]:.1f}", flush=True)
    rows = []
    for way in options.ways:
        print(f"{way}:", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="handing-in-") as folder:
            before, after = walk_both(way, Path(folder), wheels)
        print("\n".join(["", *table(way, after)]), flush=True)
        rows.append(summary(way, before, after))
    kinds = " steps | blocks | s | CPU s |"
    print(f"\n| |{kinds} instructor:{kinds}\n|{'---|' * 9}")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
