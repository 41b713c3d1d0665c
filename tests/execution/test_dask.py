"""A real cluster on loopback, over TLS, gives what this machine gives, whatever is lost of it."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from autograder.cli.app import main
from autograder.cli.exit_codes import ExitCode
from autograder.errors import (
    InfrastructureError,
    NoWorkersError,
    PlainTransportError,
    SchedulerError,
    WorkerLostError,
)
from autograder.evidence.log import read_log
from autograder.execution import dask_cluster, pool
from autograder.execution.dask_cluster import DaskCluster
from autograder.execution.dask_connection import DaskConnection, SchedulerAddress
from autograder.execution.job import Result
from autograder.execution.pool import run_all
from autograder.outcome import Outcome
from autograder.workdir import WorkDir
from helpers.data import load_sample
from tests.support import ROOT
from tests.support.course import NAME, hand_in, knowing, make_course, submission
from tests.support.dask_cluster import HOST, real_cluster
from tests.support.jobs import job as job_of
from tests.support.jobs import notebook
from tests.support.processes import tree, wait_for
from tests.support.wire import wire

pytestmark = pytest.mark.usefixtures("sandbox")

CLASS = {
    "s01": {"predict": knowing()},
    "s02": {"predict": knowing(wrong=range(9))},
    "s03": {"double": "def double(x):\n    return 3 * x", "predict": knowing(wrong=range(40))},
    "s04": {"double": "import os; os._exit(3)"},
}
"""What each student answers."""

SECRET = "twice two is four"
"""A part of each notebook, and so of each job."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Two workers, of one job at a time."""
    with real_cluster(tmp_path_factory.mktemp("cluster")) as running:
        running.workers = [running.start_worker(), running.start_worker()]
        yield running


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    for student, answers in CLASS.items():
        hand_in(course, student, submission(**answers))
    return course


def at(running, port: int | None = None) -> SchedulerAddress:
    files = running.certificates
    address = f"tls://{HOST}:{port or running.port}"
    return SchedulerAddress(address, files.cert, files.cert, files.key)


def grade(course, work, *options: str) -> int:
    if not work.exists():
        shutil.copytree(course / "work" / "holdout", work / "holdout")
    return main([*words(course, work), *options])


def words(course, work) -> list[str]:
    chosen = ["--work", str(work), "--submitted", str(course / "in"), "--quiet"]
    return ["--course", str(course), "grade", NAME, *chosen]


def bodies(work) -> list[dict]:
    entries = read_log(WorkDir(work).evidence(NAME)).entries
    return [dict(entry.body) for entry in entries if entry.body["kind"] == "submission"]


def results(work) -> dict[str, tuple]:
    """Return what came of each submission: outcome, points of each cell, score and answers."""
    facts = ("outcome", "points", "max_points", "cells", "score", "notes")
    return {body["student"]: tuple(body[name] for name in facts) for body in bodies(work)}


def table(work) -> str:
    return (work / "report" / "grades.csv").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def local(course, tmp_path_factory):
    """The class as this machine grades it."""
    work = tmp_path_factory.mktemp("local") / "work"
    assert grade(course, work, "--workers", "2") == ExitCode.DONE
    return work


@pytest.fixture(scope="module")
def far(course, cluster, tmp_path_factory):
    """The class as the cluster grades it, and all that went between it and the grader."""
    work = tmp_path_factory.mktemp("far") / "work"
    with wire(cluster.port) as between:
        address = ["--scheduler", f"tls://{HOST}:{between.port}"]
        status = grade(course, work, *address, *cluster.certificates.options)
    assert status == ExitCode.DONE
    return work, bytes(between.seen)


def test_a_cluster_gives_the_grades_that_this_machine_gives(local, far):
    assert results(far[0]) == results(local)
    assert table(far[0]) == table(local)


def test_nobody_on_the_way_sees_a_label_or_a_notebook(far):
    """The answers of s01, who has all labels by heart, come back this way, too."""
    _, seen = far
    labels = load_sample()[3]
    assert len(seen) > 10_000
    for secret in (
        SECRET.encode(),
        labels.tobytes()[:32],
        str(labels.tolist()[:12]).encode()[1:-1],
    ):
        assert secret not in seen


def test_who_listens_to_a_plain_scheduler_sees_what_is_sent(tmp_path):
    """Else the test above would find nothing whatever was sent."""
    with real_cluster(tmp_path / "plain", encrypted=False) as plain, wire(plain.port) as between:
        connection = DaskConnection(SchedulerAddress(f"tcp://{HOST}:{between.port}"))
        call = connection.call("tcp://127.0.0.1:1", len, SECRET)
        wait_for(lambda: SECRET.encode() in between.seen)
        del call
        connection.close()


def test_labels_go_nowhere_in_plain_text(course, tmp_path, capsys):
    """No scheduler listens at that address: nothing was asked there before the refusal."""
    work = tmp_path / "work"
    assert grade(course, work, "--scheduler", "tcp://127.0.0.1:1") == ExitCode.ERROR
    assert "held-out labels go over TLS alone" in capsys.readouterr().err
    assert not WorkDir(work).evidence(NAME).exists()


def test_a_cluster_refuses_a_job_with_labels_by_itself(tmp_path):
    job = job_of(notebook(), tmp_path, holdout=tmp_path)
    with pytest.raises(PlainTransportError):
        DaskCluster(SchedulerAddress("tcp://127.0.0.1:1")).submit(job, 1)


def test_a_scheduler_that_nobody_reaches_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.execution.dask_connection.CONNECT_SECONDS", 0.5)
    with pytest.raises(SchedulerError, match=r"tcp://127\.0\.0\.1:1 is out of reach"):
        DaskConnection(SchedulerAddress("tcp://127.0.0.1:1"))


def sleeping(folder, seconds: str):
    source = f"import subprocess; subprocess.run(['sleep', '{seconds}'])"
    return job_of(notebook(source), folder)


def host_of(seconds: str, workers):
    """Return the worker below which a sleeper of so many seconds runs, if there is one."""
    for worker in workers:
        if any(one.words == ("sleep", seconds) for one in tree(worker.pid).values()):
            return worker
    return None


def test_a_job_whose_worker_is_killed_runs_on_another(cluster, tmp_path, caplog):
    results = {}
    with DaskCluster(at(cluster)) as far:
        jobs = run_all([("s01", sleeping(tmp_path, "6.5"))], None, far.open_pool)
        victims = []

        def kill():
            victims.append(wait_for(lambda: host_of("6.5", cluster.workers)))
            victims[0].kill()

        with _beside(kill):
            results = dict(jobs)
    assert isinstance(results["s01"], Result)
    assert results["s01"].outcome is Outcome.FINISHED
    assert not results["s01"].died
    cluster.workers.remove(victims[0])
    cluster.workers.append(cluster.start_worker())


def _beside(action):
    """Do something in a thread meanwhile, and raise here what it raises."""
    from concurrent.futures import ThreadPoolExecutor
    from contextlib import contextmanager

    @contextmanager
    def doing():
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(action)
            yield
            done.result()

    return doing()


POISON = """
import os, pathlib
pid = os.getpid()
while "distributed.cli.dask_worker" not in pathlib.Path(f"/proc/{pid}/cmdline").read_text():
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    pid = int(stat.rpartition(")")[2].split()[1])
os.kill(pid, 9)
"""
"""Ends the worker that it runs on, as no submission in a sandbox could."""


def test_a_job_that_ends_each_of_its_workers_cannot_end_them_all(
    tmp_path, tmp_path_factory, monkeypatch
):
    monkeypatch.setattr(pool, "RETRY_AFTER", (0.0,))
    with real_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        workers = [cluster.start_worker() for _ in range(4)]
        with DaskCluster(at(cluster)) as far:
            jobs = [("s01", job_of(notebook("x = 1"), tmp_path))]
            jobs.append(("s02", job_of(notebook(POISON), tmp_path, sandboxed=False)))
            jobs += [(f"s{n:02d}", job_of(notebook("x = 1"), tmp_path)) for n in range(3, 6)]
            results = dict(run_all(jobs, None, far.open_pool))
        assert sum(worker.poll() is None for worker in workers) == 1
    assert isinstance(results.pop("s02"), WorkerLostError)
    assert sorted(results) == ["s01", "s03", "s04", "s05"]
    assert {result.outcome for result in results.values()} == {Outcome.FINISHED}


def test_a_worker_with_another_version_takes_no_job_and_is_told_by_name(
    tmp_path, tmp_path_factory, monkeypatch
):
    monkeypatch.setattr(dask_cluster, "REFUSED_SECONDS", 0.1)
    fake = tmp_path / "other" / "numpy-0.0.1.dist-info"
    fake.mkdir(parents=True)
    (fake / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 0.0.1\n")
    told = []
    with real_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        cluster.start_worker(PYTHONPATH=f"{fake.parent}{os.pathsep}{ROOT}")
        with DaskCluster(at(cluster), told.append) as far:
            job = job_of(notebook("x = 1"), tmp_path)
            ((_, result),) = run_all([("s01", job)], None, far.open_pool)
        assert isinstance(result, NoWorkersError)
        assert "numpy 0.0.1, expected" in str(result)
        assert any("takes no job: numpy 0.0.1, expected" in line for line in told)
        # one that comes later proves itself too, and runs what waits
        cluster.start_worker()
        with DaskCluster(at(cluster)) as far:
            monkeypatch.setattr(dask_cluster, "REFUSED_SECONDS", 300.0)
            ((_, result),) = run_all([("s01", job)], None, far.open_pool)
        assert isinstance(result, Result)


def test_a_scheduler_that_is_killed_and_comes_back_costs_nothing(
    tmp_path, tmp_path_factory, monkeypatch
):
    with real_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        worker = cluster.start_worker()
        with DaskCluster(at(cluster)) as far:
            jobs = run_all([("s01", sleeping(tmp_path, "7.5"))], None, far.open_pool)

            def kill_and_restart():
                wait_for(lambda: host_of("7.5", [worker]))
                scheduler = cluster.processes[0]
                scheduler.kill()
                scheduler.wait()
                worker.wait()  # a worker of Dask's ends with its scheduler
                cluster.start_scheduler(cluster.port)
                cluster.start_worker()

            with _beside(kill_and_restart):
                ((_, result),) = jobs
            assert isinstance(result, Result)
            assert result.outcome is Outcome.FINISHED
            # and now for good: what runs is nobody's fault, and nothing else waits for ever
            monkeypatch.setattr(dask_cluster, "GONE_SECONDS", 0.1)
            cluster.processes[-2].kill()
            jobs = [(f"s{n}", job_of(notebook("x = 1"), tmp_path)) for n in range(5)]
            gone = dict(run_all(jobs, None, far.open_pool))
    assert {type(one) for one in gone.values()} <= {SchedulerError, WorkerLostError}
    assert len(gone) == len(jobs)


def test_a_killed_grader_goes_on_where_it_was_and_enters_each_once(
    course, cluster, local, tmp_path
):
    work = tmp_path / "work"
    shutil.copytree(course / "work" / "holdout", work / "holdout")
    options = ["--scheduler", cluster.address, *cluster.certificates.options]
    command = [sys.executable, "-m", "autograder.cli.app", *words(course, work), *options]
    grader = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    wait_for(lambda: _recorded(work) >= 1 or grader.poll() is not None)
    grader.send_signal(signal.SIGKILL)
    grader.wait()
    before = _recorded(work)
    assert before >= 1
    assert grade(course, work, *options) == ExitCode.DONE
    assert results(work) == results(local)
    assert table(work) == table(local)
    students = [body["student"] for body in bodies(work)]
    assert sorted(students) == sorted(CLASS)  # nobody ran again who was on record
    assert main(["--course", str(course), "verify", NAME, "--work", str(work)]) == ExitCode.DONE
    with closing(sqlite3.connect(work / "gradebook.db")) as book:
        assert book.execute("SELECT COUNT(*) FROM submitted_assignment").fetchone() == (4,)


def _recorded(work) -> int:
    try:
        return len(bodies(work))
    except (InfrastructureError, OSError, ValueError, KeyError):  # not there, or being written
        return 0
