"""A cluster without a worker starts some when a class is there, and ends them after it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from autograder.cli.app import main
from autograder.cli.exit_codes import ExitCode
from autograder.execution.dask_cluster import DaskCluster
from autograder.execution.dask_connection import DaskConnection, SchedulerAddress
from autograder.execution.job import Result
from autograder.execution.pool import run_all
from tests.support import ROOT
from tests.support.dask_cluster import make_certificates
from tests.support.jobs import job as job_of
from tests.support.jobs import notebook
from tests.support.processes import wait_for

pytestmark = pytest.mark.usefixtures("sandbox")

MOST = 2


@pytest.fixture
def adaptive(tmp_path):
    files = make_certificates(tmp_path)
    command = [sys.executable, "-m", "tests.support.adaptive_cluster"]
    process = subprocess.Popen(
        [*command, str(files.cert), str(files.key), str(MOST)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        address = process.stdout.readline().strip()
        yield SchedulerAddress(address, files.cert, files.cert, files.key, wanted=MOST)
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def test_a_cluster_grows_for_a_class_and_shrinks_after_it(adaptive, tmp_path):
    watch = DaskConnection(adaptive)
    assert watch.workers() == {}
    jobs = [(f"s{n:02d}", job_of(notebook(f"x = {n}"), tmp_path)) for n in range(6)]
    most = 0
    with DaskCluster(adaptive) as far:
        for _, result in run_all(jobs, None, far.open_pool):
            assert isinstance(result, Result)
            most = max(most, len(watch.workers()))
    assert most >= 1
    wait_for(lambda: watch.workers() == {}, pause=0.2)
    watch.close()


def test_to_adapt_needs_a_scheduler(capsys):
    assert main(["grade", "03_svc", "--adaptive", "2"]) == ExitCode.USAGE
    assert "name its --scheduler" in capsys.readouterr().err
