"""Build the notebooks: percent script, executed solution, student version.

``solutions/NAME/*.py`` is the only thing an author edits. From it come the executed
``solutions/NAME/*.ipynb`` and the student version in ``notebooks/NAME/``, the same bytes from the
same input. Everything is made in a scratch folder first, so a build that fails changes nothing.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbformat import NotebookNode
from tqdm import tqdm

from autograder.authoring import execute as build_solution
from autograder.authoring import release as build_release
from autograder.authoring.compare import outputs_close
from autograder.errors import ReleaseError, StaleError, UnknownAssignmentError
from autograder.gradebook.config import load_config
from autograder.holdout.dataset import OWN_MAKER
from autograder.sandbox.staging import left_out
from helpers.files import replacing
from helpers.metric_file import METRIC_FILE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from traitlets.config import Config

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Built:
    """What one assignment's scripts make.

    Attributes
    ----------
    assignment : str
        The assignment's name.
    files : dict
        Path relative to the course's root to the file's bytes.
    """

    assignment: str
    files: dict[str, bytes]


_NO_SCRIPTS = (OWN_MAKER, METRIC_FILE)


def assignments(root: Path) -> tuple[str, ...]:
    """Return the names of all folders in ``root/solutions`` that hold a script."""
    return tuple(sorted(f.name for f in root.glob("solutions/*") if f.is_dir() and scripts(f)))


def scripts(folder: Path) -> list[Path]:
    """Return the percent scripts of an assignment; what makes its images or its score is none."""
    return sorted(path for path in folder.glob("*.py") if path.name not in _NO_SCRIPTS)


def make(root: Path, assignment: str, *, run: bool = True) -> Built:
    """Make one assignment's notebooks in a scratch folder.

    Parameters
    ----------
    root : Path
        The course: holds solutions/ and nbgrader_config.py.
    assignment : str
        Name of a folder in solutions/.
    run : bool, optional
        False: run no cell and take the outputs that are committed. Then a check says nothing
        about outputs; the tests, which run every cell in nbval anyway, compare them there.

    Returns
    -------
    Built
        Every file that belongs into solutions/ and notebooks/.

    Raises
    ------
    BuildError
        See :mod:`autograder.errors`.
    """
    if assignment not in assignments(root):
        raise UnknownAssignmentError(assignment, assignments(root))
    source = root / "solutions" / assignment
    config = load_config(root)
    with tempfile.TemporaryDirectory(prefix="build-") as name:
        scratch = Path(name).resolve()
        author = scratch / "course" / "solutions" / assignment
        build_release.copy_author_files(source, author, config)
        notebooks = _execute_all(source, scratch / "run", config) if run else _recall_all(source)
        for stem, notebook in notebooks.items():
            _write(author / f"{stem}.ipynb", _to_bytes(notebook))
        released = build_release.generate_release(scratch / "course", assignment, config)
        if leaks := build_release.find_leaks(notebooks, released):
            raise ReleaseError(assignment, tuple(leaks))
        return Built(assignment, _collect(assignment, author, notebooks, released))


def write_built(root: Path, built: Built) -> list[str]:
    """Write what was built, each file at once. Nothing is deleted; `differences` names strays.

    A cell keeps its outputs while this run's are `outputs_close`: those who build a notebook on
    several processors would else change it to and fro.

    Returns
    -------
    list of str
        The files that changed, relative to ``root``.
    """
    changed = []
    for name, data in built.files.items():
        committed = _read(root / name)
        if _difference(committed, data, name):
            _write(root / name, _with_good_outputs(committed, data, name))
            changed.append(name)
    return changed


def differences(root: Path, built: Built) -> list[str]:
    """Compare the committed files with what was built.

    Bytes must agree, but for outputs: `autograder.authoring.compare` says how far those may differ,
    because processors round differently.

    Returns
    -------
    list of str
        One line a file, with the first cell that differs.
    """
    found = [
        f"{name}: {difference}"
        for name, data in built.files.items()
        if (difference := _difference(_read(root / name), data, name))
    ]
    return found + [f"{name}: no script makes it, remove it" for name in _strays(root, built)]


def orphans(root: Path) -> list[str]:
    """Return released assignments for which there is no script."""
    released = {path.name for path in root.glob("notebooks/*") if path.is_dir()}
    return [
        f"notebooks/{name}: no script makes it, remove it"
        for name in sorted(released - {*assignments(root)})
    ]


def build(root: Path, names: Sequence[str] = (), *, check: bool = False) -> None:
    """Build the named assignments, or all, and publish or compare them.

    Parameters
    ----------
    root : Path
        The course.
    names : sequence of str, optional
        Assignments; all if empty.
    check : bool, optional
        Write nothing and compare.

    Raises
    ------
    StaleError
        If ``check`` and anything differs.
    BuildError
        If anything cannot be built.
    """
    stale = [] if names else orphans(root)
    for name in names or assignments(root):
        logger.info("builds %s", name)
        built = make(root, name)
        if check:
            stale += differences(root, built)
        else:
            changed = write_built(root, built)
            print(f"{name}: {', '.join(changed) or 'unchanged'}")
        for stray in left_out(root / "solutions" / name):
            print(f"{name}: no submission gets to see {stray!r}", file=sys.stderr)
    if check and stale:
        raise StaleError(tuple(stale))


def _execute_all(source: Path, scratch: Path, config: Config) -> dict[str, NotebookNode]:
    _warm_font_cache()
    notebooks = {}
    for script in scripts(source):
        notebook = build_solution.read_script(script)
        # A copy, so that files a notebook writes reach neither the repository nor the students.
        folder = scratch / script.stem
        build_release.copy_author_files(source, folder, config)
        cells = sum(cell.cell_type == "code" for cell in notebook.cells)
        with tqdm(total=cells, desc=script.stem, unit="cell", disable=None) as bar:
            notebooks[script.stem] = build_solution.execute(
                notebook, folder, script.name, on_cell=bar.update
            )
    return notebooks


def _recall_all(source: Path) -> dict[str, NotebookNode]:
    notebooks = {}
    for script in scripts(source):
        notebook = build_solution.read_script(script)
        committed = script.with_suffix(".ipynb")
        if committed.exists():
            notebook = build_solution.recall(notebook, nbformat.read(committed, as_version=4))
        notebooks[script.stem] = notebook
    return notebooks


def _warm_font_cache() -> None:
    """Let matplotlib list the fonts now: in a kernel it would say on stderr that it does."""
    import matplotlib.font_manager  # noqa: F401  # importing it lists them


def _collect(
    assignment: str, author: Path, notebooks: dict[str, NotebookNode], released: Path
) -> dict[str, bytes]:
    files = {
        f"solutions/{assignment}/{stem}.ipynb": (author / f"{stem}.ipynb").read_bytes()
        for stem in notebooks
    }
    for path in sorted(released.rglob("*")):
        if path.is_file():
            files[f"notebooks/{assignment}/{path.relative_to(released).as_posix()}"] = (
                path.read_bytes()
            )
    return files


def _strays(root: Path, built: Built) -> list[str]:
    """Files in the places we write to that this build did not make."""
    there = [
        *root.glob(f"solutions/{built.assignment}/*.ipynb"),
        *(path for path in root.glob(f"notebooks/{built.assignment}/**/*") if path.is_file()),
    ]
    names = {path.relative_to(root).as_posix() for path in there}
    return sorted(name for name in names - {*built.files} if ".ipynb_checkpoints" not in name)


def _difference(committed: bytes | None, built: bytes, name: str) -> str | None:
    if committed == built:
        return None
    if committed is None:
        return "missing"
    if not name.endswith(".ipynb"):
        return "differs"
    try:
        old = nbformat.reads(committed.decode(), as_version=4)
    except (ValueError, nbformat.ValidationError) as error:
        return f"not a notebook: {error}"
    new = nbformat.reads(built.decode(), as_version=4)
    _keep_good_outputs(old, new)
    for cell_old, cell_new in zip(old.cells, new.cells, strict=False):
        if cell_old != cell_new:
            fields = [key for key in cell_new if cell_new[key] != cell_old.get(key)]
            return f"cell {cell_new.id!r} differs in {', '.join(fields) or 'its metadata'}"
    if len(old.cells) != len(new.cells):
        return f"{len(old.cells)} cells, expected {len(new.cells)}"
    return None if _to_bytes(new) == committed else "differs outside its cells"


def _with_good_outputs(committed: bytes | None, built: bytes, name: str) -> bytes:
    """Return a file as it was built, a notebook with those committed outputs that are as good."""
    if committed is None or not name.endswith(".ipynb"):
        return built
    try:
        old = nbformat.reads(committed.decode(), as_version=4)
    except (ValueError, nbformat.ValidationError):  # whatever it is, it has no outputs to keep
        return built
    new = nbformat.reads(built.decode(), as_version=4)
    _keep_good_outputs(old, new)
    return _to_bytes(new)


def _keep_good_outputs(old: NotebookNode, new: NotebookNode) -> None:
    """Put a notebook's committed outputs back where they may stand for those that were built."""
    # by text: a cell more changes the ids of all after it
    before = {cell.source: cell for cell in old.cells if "outputs" in cell}
    for cell in new.cells:
        if cell.source in before and _as_good(before[cell.source], cell):
            cell.outputs = before[cell.source].outputs


def _as_good(committed: NotebookNode, built: NotebookNode) -> bool:
    """Whether a cell's committed outputs may stand for those that were built."""
    if build_solution.STORED in built.metadata.get("tags", []):
        kinds = [[output.output_type for output in cell.outputs] for cell in (committed, built)]
        return kinds[0] == kinds[1]
    return outputs_close(committed.outputs, built.get("outputs"))


def _to_bytes(notebook: NotebookNode) -> bytes:
    text: str = nbformat.writes(notebook)
    return (text.rstrip("\n") + "\n").encode()


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(data)
