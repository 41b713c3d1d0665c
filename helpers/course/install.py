"""Install what the course needs in a kernel that somebody else provides, and change nothing there.

Colab and Kaggle come with versions of their own of numpy, TensorFlow and others. What is there
stays; only what is missing altogether is installed. ``python -m helpers.course.install`` does it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata

DISTRIBUTION = "digits_course"
"""What the wheel is called."""

SERVERS = frozenset({"jupyterlab", "ipykernel", "jsonschema"})
"""What a kernel that runs already has no use for."""

SETUP = """\
# Where the course is not installed, as on Colab or Kaggle, this installs it from its wheel.
# Elsewhere it only offers %check and %submit.
import importlib.util

if importlib.util.find_spec("helpers") is None:
    import subprocess
    import sys
    from pathlib import Path

    places = [Path.cwd(), Path.cwd().parent, *Path("/kaggle/input").glob("*")]
    wheels = sorted(str(file) for place in places for file in place.glob("digits_course-*.whl"))
    source = wheels[-1] if wheels else globals().get("course_address", "")
    assert source, "put the course's digits_course-....whl beside this notebook, and run this again"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", source]
    subprocess.run(pip, check=True)
    subprocess.run([sys.executable, "-m", "helpers.course.install"], check=True)
    importlib.invalidate_caches()

from helpers.course import magics

magics.load()"""
"""The first cell of every notebook of the course, the same in all."""

ADDRESS = """\
# Where the course is published.
course_address = {address!r}"""
"""A cell before that one, in the copies that are published. The first cell itself stays as it was
released: what differs in it would count as a student's own."""


def missing_requirements(distribution: str = DISTRIBUTION) -> list[str]:
    """Return what a distribution needs and nobody has installed in any version.

    Parameters
    ----------
    distribution : str
        The course's own, or any other.

    Returns
    -------
    list of str
        Requirements, as pip takes them; those of extras and of servers are left out.
    """
    needed = [one for one in metadata.requires(distribution) or () if "extra ==" not in one]
    return [one for one in needed if _name(one) not in SERVERS and not _installed(_name(one))]


def install_missing() -> int:
    """Install what is missing.

    Returns
    -------
    int
        For the shell: 0 if all is there now.
    """
    needed = missing_requirements()
    if not needed:
        return 0
    pip = [sys.executable, "-m", "pip", "install", "--quiet", *needed]
    return subprocess.run(pip, check=False).returncode


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    return found[0] if found else requirement


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(install_missing())
