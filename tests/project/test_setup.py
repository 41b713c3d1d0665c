"""The set-up that `make` does before there is a .venv."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

MAKEFILE = (ROOT / "Makefile").read_text()
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())


def find_python(*arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(ROOT / ".ci" / "find-python"), *arguments],
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def command(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_shim_that_does_not_run_is_passed_over(tmp_path):
    command(tmp_path, "python3", 'echo "python3: no such version" >&2; exit 127')
    command(tmp_path, "python3.13", f'exec {sys.executable} "$@"')
    found = find_python(path=f"{tmp_path}:{os.environ['PATH']}")
    assert found.returncode == 0
    version = subprocess.check_output(
        [found.stdout.strip(), "-c", "import sys; print(sys.version_info[:2])"], text=True
    )
    assert version.strip() == str(sys.version_info[:2])


def test_the_python_of_a_venv_is_not_used_to_make_it_anew():
    found = find_python(sys.executable, path=os.environ["PATH"])
    is_base = "import sys; print(sys.prefix == sys.base_prefix)"
    assert subprocess.check_output([found.stdout.strip(), "-c", is_base], text=True) == "True\n"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'shim: command not found' >&2; exit 127", "command not found"),
        ("echo 'is Python 3.10' >&2; exit 1", "is Python 3.10"),
        (f"exec {sys.executable} -S -E -c 'raise SystemExit(3)'", ""),
    ],
)
def test_what_was_tried_and_what_is_missing_is_said(tmp_path, script, reason):
    chosen = command(tmp_path, "mine", script)
    found = find_python(str(chosen), path=os.environ["PATH"])
    assert found.returncode == 1
    assert found.stdout == ""
    assert "No Python 3.11, 3.12 or 3.13" in found.stderr
    assert f"{chosen}: {reason}" in found.stderr


def test_every_target_for_people_is_in_the_help():
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE).group(1).split()
    said = subprocess.check_output(["make", "--no-print-directory", "help"], cwd=ROOT, text=True)
    assert [line.split()[1] for line in said.splitlines()] == phony
    assert all(len(line.split()) > 3 for line in said.splitlines())


def test_the_demo_ends_with_what_to_do_next():
    said = subprocess.check_output(["make", "-n", "demo"], cwd=ROOT, text=True)
    assert re.search(r'"Next: \. \.venv/bin/activate, then docs/instructor\.md', said[-200:])


@pytest.mark.parametrize("page", ["README.md", "docs/instructor.md"])
def test_a_page_activates_the_environment_before_the_first_command_of_ours(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert 0 < text.index(". .venv/bin/activate") < text.index("\nautograder ")


def test_ci_calls_the_targets_that_people_call():
    steps = WORKFLOW["jobs"]["make"]["steps"]
    commands = [step["run"] for step in steps if step.get("run", "").startswith("make")]
    assert commands == ["make test", "make demo"]
    assert "exec make test" in (ROOT / ".ci" / "run").read_text()


def test_ci_runs_every_supported_python_and_pins_its_actions():
    versions = WORKFLOW["jobs"]["make"]["strategy"]["matrix"]["python"]
    assert versions == ["3.11", "3.12", "3.13"]
    uses = [step["uses"] for step in WORKFLOW["jobs"]["make"]["steps"] if "uses" in step]
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action) for action in uses)
