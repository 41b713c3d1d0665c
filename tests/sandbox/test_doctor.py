"""The doctor finds what there is, and says what to do about what there is not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from autograder.cli.app import main
from autograder.errors import SandboxUnavailableError
from autograder.sandbox import doctor
from autograder.sandbox.availability import run_inside
from autograder.sandbox.bwrap import find_bwrap
from autograder.sandbox.doctor import State, _strays, is_ready, run_checks
from helpers.places import DATA

if TYPE_CHECKING:
    from pathlib import Path

TOPICS = ("Python", "bubblewrap", "namespaces", "system calls", "control groups", "limits")
TOPICS += ("fonts", "data", "disk", "solutions")


def findings(course: Path) -> dict[str, doctor.Check]:
    return {finding.topic: finding for finding in run_checks(course)}


@pytest.fixture
def fake_bwrap(tmp_path, monkeypatch):
    """Put a program called bwrap first on the path, one that says something and fails."""

    def put(words: str) -> None:
        program = tmp_path / "bwrap"
        program.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 1\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    return put


def test_a_host_that_can_cage_is_found_to(tmp_path):
    try:
        run_inside(["/usr/bin/env", "true"])
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
    found = findings(tmp_path)
    assert tuple(found) == TOPICS
    for topic in ("Python", "bubblewrap", "namespaces", "system calls", "fonts"):
        assert found[topic].state is State.OK, found[topic]
    assert str(find_bwrap()) in found["bubblewrap"].found


def test_a_sandbox_says_what_is_seen_inside():
    try:
        assert run_inside(["/bin/sh", "-c", "echo $HOME; ls /scratch"]) == "/tmp/home"
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
    with pytest.raises(SandboxUnavailableError, match="no such thing"):
        run_inside(["/bin/sh", "-c", "echo no such thing; exit 3"])


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("bwrap: No permissions to create a new namespace", "sysctl user.max_user_namespaces"),
        ("bwrap: execvp /usr/bin/setpriv: No such file", "util-linux"),
        ("bwrap: something else", "--unsafe"),
    ],
)
def test_a_host_that_cannot_is_told_what_to_do(tmp_path, fake_bwrap, words, advice):
    fake_bwrap(words)
    found = findings(tmp_path)
    assert found["sandbox"].state is State.MISSING
    assert words in found["sandbox"].found
    assert advice in found["sandbox"].advice
    assert "of the system" in found["bubblewrap"].found
    assert not is_ready(found.values())


def test_missing_data_is_a_command_away(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert findings(tmp_path)["data"].state is State.MISSING
    assert "python -m helpers.data mnist" in findings(tmp_path)["data"].advice


def test_a_full_disk_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "ROOM_MB", 1 << 40)
    assert findings(tmp_path)["disk"].state is State.MISSING


def test_another_system_is_refused_with_the_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    found = findings(tmp_path)
    assert found["sandbox"].state is State.MISSING
    assert "Linux" in found["sandbox"].advice


def test_the_status_says_whether_anything_is_missing(capsys, fake_bwrap):
    ready = is_ready(run_checks(DATA))
    assert main(["--course", str(DATA), "doctor"]) == (0 if ready else 1)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0].split(maxsplit=1)[1] for line in lines if line[0] != " "] == [
        *TOPICS
    ]
    fake_bwrap("bwrap: broken")
    assert main(["--course", str(DATA), "doctor"]) == 1
    assert "missing  sandbox: bwrap: broken" in capsys.readouterr().out


def test_what_no_submission_gets_to_see_is_named(tmp_path):
    folder = tmp_path / "solutions" / "a1"
    (folder / ".ipynb_checkpoints").mkdir(parents=True)
    for name in ("a1.ipynb", "a1.py", "run.toml", "points.csv"):
        (folder / name).touch()
    (folder / "a1.ipynb~").touch()
    finding = _strays(tmp_path)
    assert finding.state is State.NOTE
    assert "'a1/.ipynb_checkpoints', 'a1/a1.ipynb~'" in finding.found
    assert "points.csv" not in finding.found
