"""An environment as a student has it: everything but the course, which is installed from its wheel.

What is in this environment, other than the course, is linked into the new one: nothing has to be
downloaded, and nothing of the repository can be imported.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

_OURS = ("digits_course", "__editable__", "_virtualenv", "a1_coverage", "__pycache__")


def make_environment(folder: Path) -> Path:
    """Make an environment without the course.

    Parameters
    ----------
    folder : Path
        Where to make it.

    Returns
    -------
    Path
        Of its interpreter.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    (site,) = folder.glob("lib/python3.*/site-packages")
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(_OURS):
            (site / entry.name).symlink_to(entry)
    # where Jupyter finds its pages, its settings, and Python's kernel
    for name in ("share", "etc"):
        (folder / name).symlink_to(Path(sys.prefix) / name)
    return python


def install(python: Path, wheel: Path) -> None:
    """Install a wheel alone, by pip and without a network."""
    command = [python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheel]
    subprocess.run(command, check=True, env=environment_of(python), stdin=subprocess.DEVNULL)


def environment_of(python: Path, **more: str) -> dict[str, str]:
    """Return environment variables by which nothing of the repository is found."""
    left_out = {"PYTHONPATH", "COURSE_DATA", "VIRTUAL_ENV", "JUPYTER_DEFAULT_PROVISIONER_NAME"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    path = f"{python.parent}{os.pathsep}{kept['PATH']}"
    return kept | {"PATH": path, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INDEX": "1"} | more
