"""Open the course in JupyterLab; the first time, install what it needs into the folder .venv.

    python start.py                 opens the start page
    python start.py check 03_svc    any command of `course`, without activating an environment

Needs Python alone, on Windows, macOS and Linux.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
"""Where the course was unpacked."""

ENVIRONMENT = FOLDER / ".venv"
"""Folder of its environment."""

REQUIREMENTS = FOLDER / "requirements.txt"
"""What is installed there."""

INSTALLED = ENVIRONMENT / "installed.txt"
"""What was installed; written last, so that what was cut short is done again."""

OLDEST = (3, 11)
"""First version of Python that will do."""

TOO_NEW = (3, 14)
"""First one that will not, later."""


def python_of_course() -> Path:
    """Return the path of the environment's own Python."""
    windows = sys.platform == "win32"
    return ENVIRONMENT / ("Scripts/python.exe" if windows else "bin/python")


def what_to_install() -> str:
    """Say what is to be installed: the wheels beside this file, their sizes, and where it all is.

    An environment knows its own place, so one that was moved has to be made anew; another
    handout's wheel has another name or size.
    """
    wheels = sorted(FOLDER.glob("*.whl"))
    lines = [f"{wheel.name} {wheel.stat().st_size}" for wheel in wheels]
    return "\n".join([str(FOLDER), *lines, REQUIREMENTS.read_text(encoding="utf-8")])


def install(wanted: str) -> None:
    """Make the environment, and install into it."""
    print("Installing what the notebooks need, about 1 GB to download. This happens once.")
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    pip = [str(python_of_course()), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "--requirement", str(REQUIREMENTS)], check=True, cwd=FOLDER)
    INSTALLED.write_text(wanted, encoding="utf-8")


def run(words: list[str]) -> int:
    """Run a command of `course` in this folder; return its exit status."""
    command = [str(python_of_course()), "-m", "helpers.course", *words]
    with subprocess.Popen(command, cwd=FOLDER) as course:
        # whoever ends this means the command
        signal.signal(signal.SIGTERM, lambda *_: course.terminate())
        while True:
            try:
                return course.wait()
            except KeyboardInterrupt:  # the command gets it, too, and may ask before it ends
                continue


def main() -> int | str:
    """Install if need be, then open the start page or run a command; return the exit status."""
    if not OLDEST <= sys.version_info[:2] < TOO_NEW:
        return f"This is Python {sys.version.split()[0]}; the course needs 3.11, 3.12 or 3.13."
    wanted = what_to_install()
    if not INSTALLED.is_file() or INSTALLED.read_text(encoding="utf-8") != wanted:
        try:
            install(wanted)
        except subprocess.CalledProcessError as error:
            return f"Not installed: {error}\nThe lines above may say why. Then start this again."
    return run(sys.argv[1:] or ["lab"])


if __name__ == "__main__":
    sys.exit(main())
