"""A command imports what it needs: hashing one file takes no notebook, no database, no kernel."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import pytest

from autograder.evidence.log import open_log
from autograder.workdir import WorkDir
from tests.support import ROOT

RUN = """
import json, sys
from autograder.cli.app import main
status = main(sys.argv[1:])
print(json.dumps([status, sorted(sys.modules)]))
"""


def imported(*words: str) -> list[str]:
    """Return every module that there is when a command has ended well."""
    command = [sys.executable, "-c", RUN, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    status, modules = json.loads(done.stdout.splitlines()[-1])
    assert status == 0, done.stderr
    return modules


def biggest(modules: list[str]) -> str:
    """Say which packages have most modules."""
    counts = Counter(name.partition(".")[0] for name in modules).most_common(12)
    return f"{len(modules)} modules: {', '.join(f'{name} {n}' for name, n in counts)}"


@pytest.fixture
def work(tmp_path):
    """A work folder with evidence about 03_svc, as far as `verify` looks at it."""
    with open_log(WorkDir(tmp_path).evidence("03_svc")) as log:
        log.append({"kind": "run"})
    return tmp_path


def test_help_needs_at_most_200_modules():
    modules = imported("--help")
    assert len(modules) <= 200, biggest(modules)


def test_verify_needs_at_most_450_modules(work):
    modules = imported("--course", str(ROOT), "verify", "03_svc", "--work", str(work))
    assert len(modules) <= 450, biggest(modules)


def test_verify_needs_nothing_that_runs_or_reads_a_notebook(work):
    modules = imported("--course", str(ROOT), "verify", "03_svc", "--work", str(work))
    heavy = {"nbformat", "nbgrader", "papermill", "scipy", "PIL", "sqlalchemy", "zmq"}
    assert not heavy & set(modules), biggest(modules)
