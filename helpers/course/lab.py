"""Start JupyterLab for a student: the start page, and nothing that is for those who grade.

Where nbgrader is installed its menus are for instructors, and its Validate button keeps Jupyter's
server from answering anybody while a notebook runs. The sandbox's kernels are the grader's.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.course.catalogue import load_catalogue
from helpers.course.folder import SUFFIX, list_notebooks
from helpers.course.start_page import write_start
from helpers.files import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PAGE_CONFIG = {
    "disabledExtensions": {
        "@jupyter/nbgrader": True,
        "@jupyterlab/apputils-extension:announcements": True,  # asks for news, over the page
    }
}
"""Settings of JupyterLab's page: what a student has no use for."""

SERVER_EXTENSIONS = {
    "autograder.gradebook.formgrader": False,
    "nbgrader.server_extensions.assignment_list": False,
    "nbgrader.server_extensions.course_list": False,
    "nbgrader.server_extensions.formgrader": False,
    "nbgrader.server_extensions.validate_assignment": False,
}
"""Settings of Jupyter's server, for the same reason."""


def prepare_folder(folder: Path, source: Path | None) -> Path:
    """Make a folder ready to work in: notebooks that are missing are copied, none is replaced.

    Parameters
    ----------
    folder : Path
        Of the student's notebooks.
    source : Path or None
        Where notebooks as they were handed out are; None if they are in `folder` itself.

    Returns
    -------
    Path
        Of the start page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for original in _originals(source):
        copy = folder / original.parent.name / original.name
        if not copy.exists():
            copy.parent.mkdir(exist_ok=True)
            with replacing(copy) as file:
                file.write(original.read_bytes())
    return write_start(folder)


def _originals(source: Path | None) -> Iterator[Path]:
    for notebook in () if source is None else list_notebooks(source).values():
        yield notebook
        yield from (path for path in notebook.parent.glob("*.toml") if path.is_file())


def lab_command(start: Path, options: Sequence[str]) -> list[str]:
    """Return the command that opens a start page.

    Parameters
    ----------
    start : Path
        Of the page; its folder is the root of what JupyterLab shows.
    options : sequence of str
        More options for JupyterLab.

    Returns
    -------
    list of str
        Program and arguments.
    """
    return [
        *(sys.executable, "-m", "jupyterlab", start.name),
        f"--ServerApp.root_dir={start.parent}",
        "--KernelSpecManager.allowed_kernelspecs=python3",
        f"--ServerApp.jpserver_extensions={SERVER_EXTENSIONS}",
        *(["--allow-root"] if _is_root() else []),
        *options,
    ]


def open_lab(start: Path, options: Sequence[str]) -> int:
    """Open a start page in JupyterLab, and wait until that is closed.

    Parameters
    ----------
    start : Path
        Of the page.
    options : sequence of str
        More options for JupyterLab.

    Returns
    -------
    int
        JupyterLab's exit status.
    """
    settings = Path(tempfile.mkdtemp(prefix="course-lab-"))
    try:
        write_settings(settings)
        paths = [str(settings), os.environ.get("JUPYTER_CONFIG_PATH", "")]
        environment = {
            "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, paths)),
            "PATH": _path_with_course(),
        }
        with subprocess.Popen(
            lab_command(start, options), cwd=start.parent, env=os.environ | environment
        ) as server:
            # whoever ends this means the server
            signal.signal(signal.SIGTERM, lambda *_: server.terminate())
            return _wait(server)
    finally:
        shutil.rmtree(settings, ignore_errors=True)


def write_settings(folder: Path) -> None:
    """Write the page's settings where JupyterLab looks for them."""
    (folder / "labconfig").mkdir(parents=True)
    (folder / "labconfig" / "page_config.json").write_text(json.dumps(PAGE_CONFIG))


def _wait(server: subprocess.Popen[bytes]) -> int:
    """Leave Ctrl-C to the server, which gets it as well and asks before it ends."""
    while True:
        try:
            return server.wait()
        except KeyboardInterrupt:
            continue


def _path_with_course() -> str:
    """Let JupyterLab's terminals find the command `course`, whoever started this and how."""
    own = str(Path(sys.executable).parent)
    return os.pathsep.join([own, *filter(None, [os.environ.get("PATH")])])


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def notebooks_to_copy(folder: Path) -> Path | None:
    """Return where a clone of the course has its notebooks, if `folder` is in one."""
    for place in (folder, *folder.parents):
        handed_out = place / "notebooks"
        names = load_catalogue()
        if any((handed_out / name / f"{name}{SUFFIX}").is_file() for name in names):
            return handed_out
    return None
