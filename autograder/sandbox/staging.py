"""Choose what a notebook may read beside itself, of all that lies in the author's folder.

An author's folder holds more than the assignment: solutions, hidden tests, settings of grading, and
what editors leave there, checkpoints and back-ups, which hold the same once more. So kinds of files
are named that are data, and everything else stays outside. Of code there is one file: the course's
own metric, by which the score is measured beside the notebook.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from helpers.metric_file import METRIC_FILE, named_metric

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATA_SUFFIXES = frozenset(
    {
        *(".csv", ".tsv", ".txt", ".md", ".json", ".jsonl", ".toml", ".yaml", ".yml", ".xml"),
        *(".npy", ".npz", ".gz", ".zip", ".parquet", ".h5", ".hdf5", ".keras", ".pgm", ".ppm"),
        *(".png", ".jpg", ".jpeg", ".gif", ".bmp", ".svg", ".tif", ".tiff", ".wav", ".pdf"),
        *(".html", ".css", ".mplstyle", "-ubyte"),
    }
)
"""How names of files end that notebooks read."""

NEVER_STAGED = frozenset({"run.toml", "hints.toml"})
"""Files of these kinds that are the grader's own: how a submission is run."""


def stageable(folder: Path) -> list[tuple[Path, str]]:
    """List what a notebook may read beside itself.

    A link is never followed, nor is anything whose name begins with a dot: checkpoints lie there.

    Parameters
    ----------
    folder : Path
        The assignment's own.

    Returns
    -------
    list of (Path, str)
        Files, and folders of which all is data; each with its path below `folder`. The course's
        own metric is among them, if ``tiers.toml`` names it.
    """
    metric = named_metric(folder)
    found = [*_data_in(folder), *([] if metric is None else [metric])]
    return [(path, path.relative_to(folder).as_posix()) for path in sorted(found)]


MOST_FILES = 200
"""Of a folder in which somebody just happens to stand."""


def stageable_files(folder: Path) -> list[tuple[Path, str]]:
    """List the data that lie in a folder itself, for a kernel that was started there by its name.

    Nobody said that this folder belongs to a notebook, so nothing below it is shown: a course's
    own, say, has held-out labels there.

    Parameters
    ----------
    folder : Path
        Where the tool stands that starts the kernel.

    Returns
    -------
    list of (Path, str)
        Files, each with its name.
    """
    files = (path for path in sorted(folder.iterdir()) if not path.is_dir() and _is_data(path))
    return [(path, path.name) for path in islice(files, MOST_FILES)]


def left_out(folder: Path) -> list[str]:
    """List what lies in an assignment's folder and is neither its own nor staged.

    Parameters
    ----------
    folder : Path
        The assignment's own.

    Returns
    -------
    list of str
        Paths below `folder`, in order.
    """
    own = {f"{folder.name}.ipynb", f"{folder.name}.py", "maker.py", *NEVER_STAGED}
    if named_metric(folder) is not None:
        own.add(METRIC_FILE)
    return sorted(name for name in _stray_in(folder, folder) if name not in own)


def _stray_in(folder: Path, top: Path) -> Iterator[str]:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink() and not entry.name.startswith("."):
            yield from _stray_in(entry, top)
        elif not _is_data(entry):
            yield entry.relative_to(top).as_posix()


def _data_in(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and not entry.is_symlink() and not entry.name.startswith("."):
            # a folder as a whole where that is possible: it may hold thousands of images
            if all(_is_data(inner) for inner in entry.rglob("*")):
                yield entry
            else:
                yield from _data_in(entry)
        elif _is_data(entry) and entry.is_file():
            yield entry


def _is_data(path: Path) -> bool:
    if path.is_symlink() or path.name.startswith(".") or path.name in NEVER_STAGED:
        return False
    return path.is_dir() or (path.is_file() and path.name.lower().endswith(tuple(DATA_SUFFIXES)))
