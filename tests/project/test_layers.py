"""import-linter keeps the layers of .importlinter; `make test` runs it before anything else."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT

TOP_LEVEL = {
    *("__init__", "__main__", "assignment", "workdir", "score", "arrays", "outcome", "errors")
}
"""Modules that belong to no package: settings, paths, and what everybody may import."""


def lint(folder):
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.fixture
def copy(tmp_path):
    """Return a copy of both packages with their contracts, to break."""
    for name in ("autograder", "helpers"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("scoring/tiers", "import autograder.grading.pipeline", "each layer imports only those"),
        ("kernel_side/codec", "import autograder.evidence.log", "knows nothing of the grader"),
        ("execution/runner", "import nbgrader.api", "nbgrader is known to"),
        ("grading/diff", "import autograder.grading.finalize", None),
        ("sandbox/seccomp", "import autograder.execution.runner", "each layer imports only those"),
    ],
)
def test_an_import_that_runs_the_wrong_way_is_found(copy, module, line, contract):
    path = copy / "autograder" / f"{module}.py"
    path.write_text(f"{path.read_text()}\n\n{line}\n")
    done = lint(copy)
    assert done.returncode == (0 if contract is None else 1), done.stdout + done.stderr
    if contract is not None:
        _, _, broken = done.stdout.partition("Broken contracts")
        assert contract in " ".join(broken.split()), done.stdout


def test_a_cycle_between_neighbours_is_found(copy):
    for one, other in (("uids", "cgroups"), ("cgroups", "uids")):
        path = copy / "autograder" / "sandbox" / f"{one}.py"
        path.write_text(f"{path.read_text()}\n\nimport autograder.sandbox.{other}\n")
    assert lint(copy).returncode == 1


def test_the_package_has_no_loose_modules():
    assert {path.stem for path in (ROOT / "autograder").glob("*.py")} <= TOP_LEVEL
