"""A student's first command, `start.py` of the handout: it installs once, and hands on the rest."""

from __future__ import annotations

import subprocess
import sys
import zipfile

import pytest

from autograder.authoring.handout import STARTER, make_handout
from tests.support import ROOT
from tests.support.student_environment import environment_of, make_environment


@pytest.fixture(scope="module")
def libraries(tmp_path_factory):
    """Return a folder with what the course's wheel requires, and without the course."""
    folder = tmp_path_factory.mktemp("libraries")
    make_environment(folder / "env")
    (site,) = folder.glob("env/lib/python3.*/site-packages")
    return site


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Return the handout's zip file."""
    return make_handout(ROOT, tmp_path_factory.mktemp("handout")).archive


@pytest.fixture
def folder(archive, tmp_path):
    """Return an unpacked handout."""
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path)
    return tmp_path / "digits-course"


def start(folder, libraries, *words):
    """Start it from the folder above; pip installs the wheel alone, for there is no network."""
    given = {"PYTHONPATH": str(libraries), "PIP_NO_DEPS": "1"}
    return subprocess.run(
        [sys.executable, f"{folder.name}/{STARTER}", *words],
        cwd=folder.parent,
        env=environment_of(folder / ".venv" / "bin" / "python", **given),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_installs_once_and_runs_a_command_in_its_own_folder(folder, libraries):
    first = start(folder, libraries, "status")
    assert first.returncode == 0, first.stderr
    assert "03 Support vector machines, pipelines and grid search: 0 of 14" in first.stdout
    assert "Installing" in first.stdout
    (there,) = folder.glob(".venv/lib/python3.*/site-packages/helpers")
    assert there.is_dir()
    second = start(folder, libraries, "check", "99_none")
    assert (second.returncode, second.stdout) == (1, "")
    assert "no notebook '99_none'" in second.stderr


def test_what_was_cut_short_or_handed_out_anew_is_installed_again(folder, libraries):
    requirements = folder / "requirements.txt"
    right = requirements.read_text()
    requirements.write_text("./no-such-file.whl\n")
    failed = start(folder, libraries, "status")
    assert failed.returncode == 1
    assert "no-such-file.whl" in failed.stderr
    assert "Then start this again." in failed.stderr
    requirements.write_text(right)
    again = start(folder, libraries, "status")
    assert again.returncode == 0, again.stderr
    assert "Installing" in again.stdout


def test_a_python_that_will_not_do_is_told_so_and_nothing_is_installed(folder, libraries):
    path = folder / STARTER
    path.write_text(path.read_text().replace("OLDEST = (3, 11)", "OLDEST = (4, 0)"))
    done = start(folder, libraries)
    assert done.returncode == 1
    assert "the course needs 3.11, 3.12 or 3.13" in done.stderr
    assert not (folder / ".venv").exists()
