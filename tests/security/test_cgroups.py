"""Control groups: found where the host has them, and in force where it does."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.assignment import Limits
from autograder.errors import InfrastructureError, NoCgroupsError
from autograder.execution.executor import RunRecord, SubmissionExecutor
from autograder.execution.session import KernelSession
from autograder.execution.timing import cpu_seconds
from autograder.outcome import Outcome
from autograder.sandbox import cgroups, provisioner
from autograder.sandbox.cgroups import Group, Hierarchy, locate
from autograder.sandbox.policy import Policy
from tests.support.processes import wait_for

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1 << 20
V1 = "4:memory:/jobs/7\n3:cpu,cpuacct:/\n2:pids:/\n0::/\n"


def v1_mounts(top: Path) -> str:
    return "".join(
        f"{number} 31 0:30 {root} {top}/{name} rw,relatime - cgroup cgroup rw,{name}\n"
        for number, (name, root) in enumerate((("memory", "/jobs"), ("pids", "/")), 40)
    )


def v2_mounts(top: Path, root: str = "/") -> str:
    return f"30 23 0:26 {root} {top} rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"


def group(folder: Path, controllers: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cgroup.procs").touch()
    (folder / "cgroup.subtree_control").write_text(controllers)
    return folder


def test_version_1_is_found_by_its_mounts(tmp_path):
    (tmp_path / "memory" / "7").mkdir(parents=True)
    (tmp_path / "pids").mkdir()
    found = locate(V1, v1_mounts(tmp_path))
    assert found.version == 1
    assert found.parents["memory"].samefile(tmp_path / "memory" / "7")
    assert found.parents["pids"].samefile(tmp_path / "pids")


def test_version_1_without_a_folder_is_refused(tmp_path):
    with pytest.raises(NoCgroupsError, match=r"memory/7 is not writable"):
        locate(V1, v1_mounts(tmp_path))


def test_version_1_shares_the_processor_where_it_can(tmp_path):
    for name in ("memory/7", "pids", "cpu"):
        (tmp_path / name).mkdir(parents=True)
    mounts = f"{v1_mounts(tmp_path)}45 31 0:30 / {tmp_path}/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
    assert locate(V1, mounts).parents["cpu"].samefile(tmp_path / "cpu")


def test_version_2_shares_the_processor_where_it_can(tmp_path):
    above = group(tmp_path / "app.slice", "cpu memory pids")
    group(above / "run-1.scope")
    found = locate("0::/app.slice/run-1.scope\n", v2_mounts(tmp_path))
    assert found.parents["cpu"] == above


BUSY = "import os\nos.sched_setaffinity(0, [0])\nwhile True:\n    pass"


def test_many_busy_processes_get_no_more_than_one(tmp_path):
    try:
        hierarchy = cgroups.find_hierarchy()
    except NoCgroupsError as error:
        pytest.skip(str(error))
    if "cpu" not in hierarchy.parents:
        pytest.skip("no control group shares the processor out here")
    names = {"many": 12, "one": 1}
    groups = {n: Group(hierarchy, f"test-{os.getpid()}-{n}", 512 * MIB, 50) for n in names}
    processes = {n: [] for n in names}
    try:
        for name, number in names.items():
            for _ in range(number):
                process = subprocess.Popen([sys.executable, "-S", "-c", BUSY])
                groups[name].add(process.pid)
                processes[name].append(process)
        wait_for(lambda: _used(processes["many"]) > 1.5)
        assert _used(processes["one"]) > _used(processes["many"]) / 3
    finally:
        for one in groups.values():
            one.remove()
        for process in (p for found in processes.values() for p in found):
            process.wait()


def _used(processes):
    """Return the processor time of some processes together."""
    return sum(cpu_seconds(process.pid) or 0 for process in processes)


def test_version_2_is_found_above_the_groups_that_have_processes(tmp_path):
    group(tmp_path, "cpu memory pids")
    above = group(tmp_path / "app.slice", "memory pids")
    group(above / "run-1.scope")
    found = locate("0::/app.slice/run-1.scope\n", v2_mounts(tmp_path))
    assert found.version == 2
    assert found.folders == (above,)


def test_version_2_in_a_container_is_found_below_its_own_root(tmp_path):
    group(tmp_path)
    above = group(tmp_path / "a", "memory pids")
    group(above / "b")
    assert locate("0::/pod/a/b\n", v2_mounts(tmp_path, "/pod")).folders == (above,)


def test_version_2_that_offers_too_little_is_refused_with_a_hint(tmp_path):
    group(tmp_path, "cpu")
    group(tmp_path / "session.scope")
    with pytest.raises(NoCgroupsError, match=r"offers memory and pids.*systemd-run"):
        locate("0::/session.scope\n", v2_mounts(tmp_path))


def test_a_host_without_any_is_refused():
    with pytest.raises(NoCgroupsError, match="neither"):
        locate("0::/\n", "22 1 254:0 / / rw - ext4 /dev/vda rw\n")


@pytest.fixture
def made():
    try:
        hierarchy = cgroups.find_hierarchy()
    except NoCgroupsError as error:
        pytest.skip(str(error))
    made = Group(hierarchy, f"grader-test{os.getpid()}.one", 64 * MIB, 12)
    yield made
    made.remove()
    assert not any(folder.exists() for folder in made._folders.values())


@pytest.fixture
def short(monkeypatch):
    """A hierarchy that has less memory, 600 MiB, than the groups that are made in it may use."""
    try:
        hierarchy = cgroups.find_hierarchy()
    except NoCgroupsError as error:
        pytest.skip(str(error))
    above = Group(hierarchy, f"grader-test{os.getpid()}.above", 600 * MIB, 200)
    if hierarchy.version == 2:
        (above._folders["memory"] / "cgroup.subtree_control").write_text("+memory +pids")
    short = Hierarchy(hierarchy.version, above._folders)
    monkeypatch.setattr(provisioner, "find_hierarchy", lambda: short)
    yield short
    above.remove()


ENTER = "import os, sys\nfor fd in map(int, sys.argv[1:]): os.write(fd, b'0')\n"


def inside(made: Group, source: str) -> subprocess.Popen[str]:
    descriptors = made.open()
    process = subprocess.Popen(
        [sys.executable, "-c", ENTER + source, *map(str, descriptors)],
        pass_fds=descriptors,
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )
    for descriptor in descriptors:
        os.close(descriptor)
    return process


GROW = "blocks = [bytearray(os.urandom(1 << 20)) for _ in range({})]\n"


def test_the_sum_of_memory_is_bounded_and_the_kill_is_counted(made):
    # 4 processes of about 30 MiB; each waits for the others to have as much
    source = f"import time\nos.fork(); os.fork()\n{GROW.format(24)}time.sleep(5)"
    assert (made.memory_kills(), made.ran_out()) == (0, False)
    inside(made, source).communicate(timeout=30)
    assert made.memory_kills() > 0
    assert made.ran_out()
    made.watch_memory()
    assert (made.memory_kills(), made.ran_out()) == (0, False)


def test_a_kill_for_want_of_memory_above_is_told_from_its_own(short):
    below = Group(short, "below", 900 * MIB, 12)
    try:
        process = inside(below, GROW.format(700))
        process.communicate(timeout=30)
        assert process.returncode == -9
        assert below.memory_kills() == 1
        assert not below.ran_out()
    finally:
        below.remove()


@pytest.mark.parametrize(
    ("memory_mb", "grow_mb", "host_lacks_it"), [(400, 500, False), (800, 700, True)]
)
def test_a_kernel_that_the_host_ends_for_memory_is_nobodys_fault(
    short, memory_mb, grow_mb, host_lacks_it
):
    # shared memory counts for the sum alone
    source = f"import mmap\nkept = mmap.mmap(-1, {grow_mb} << 20)\n"
    touch = f"for page in range(0, {grow_mb} << 20, 4096): kept[page] = 1"
    policy = Policy(memory_mb=memory_mb, scratch_mb=16, tmp_mb=16, shm_mb=16)

    async def main():
        async with KernelSession("sandbox-warm", 1.0, {"policy": policy}) as kernel:
            return await kernel.execute(new_code_cell(source + touch), 60)

    if host_lacks_it:
        with pytest.raises(InfrastructureError, match="this host ran out of memory"):
            asyncio.run(main())
    else:
        assert asyncio.run(main()) is Outcome.OUT_OF_MEMORY


def test_an_idle_kernel_that_the_host_ends_for_memory_is_nobodys_fault(short):
    policy = Policy(memory_mb=800, scratch_mb=16, tmp_mb=16, shm_mb=16)
    other = Group(short, "other", 900 * MIB, 12)

    async def main():
        async with KernelSession("sandbox-warm", 1.0, {"policy": policy}) as kernel:
            before = await kernel.execute(new_code_cell("kept = b'x' * (400 << 20)"), 60)
            inside(other, GROW.format(300)).communicate(timeout=30)
            return before, await kernel.execute(new_code_cell("len(kept)"), 60)

    try:
        with pytest.raises(InfrastructureError, match="this host ran out of memory"):
            print(asyncio.run(main()))
    finally:
        other.remove()


def test_a_survey_that_the_host_has_no_memory_for_costs_no_grade(short):
    grow = (
        "import mmap\n"
        "def grow(*args, **kwargs):\n"
        "    kept = mmap.mmap(-1, 700 << 20)\n"
        "    for page in range(0, 700 << 20, 4096): kept[page] = 1\n"
        "get_ipython().display_pub.publish = grow"  # the survey shows what it found
    )
    policy = Policy(memory_mb=800, scratch_mb=16, tmp_mb=16, shm_mb=16)
    nb, record = new_notebook(cells=[new_code_cell(grow)]), RunRecord()
    executor = SubmissionExecutor(nb, "sandbox-warm", Limits(), record)
    asyncio.run(executor.execute({"policy": policy}, {"policy": policy}, survey=True))
    assert executor.student.dead
    assert (record.outcome, record.loaded, record.faults) == (Outcome.FINISHED, None, [])


def test_one_process_that_fits_lives(made):
    process = inside(made, GROW.format(24))
    assert process.wait(30) == 0
    assert (made.memory_kills(), made.ran_out()) == (0, False)
    process.communicate()


def test_the_number_of_processes_is_bounded(made):
    source = (
        "n = 0\n"
        "try:\n"
        "    while n < 50:\n"
        "        if os.fork() == 0:\n            import time; time.sleep(60)\n"
        "        n += 1\n"
        "except BlockingIOError:\n    pass\n"
        "print(n, flush=True)\n"
        "os.killpg(0, 9)"
    )
    process = inside(made, "os.setpgrp()\n" + source)
    assert process.communicate(timeout=30)[0] == "11\n"


def test_removing_ends_what_is_left(made):
    process = inside(made, "print('in', flush=True)\ninput()")
    assert process.stdout is not None
    assert process.stdout.readline() == "in\n"
    made.remove()
    assert process.wait(10) == -9
    process.communicate()


def test_a_group_that_cannot_be_removed_is_named(tmp_path):
    (tmp_path / "busy" / "child").mkdir(parents=True)
    with pytest.raises(InfrastructureError, match="busy cannot be removed"):
        cgroups.remove(tmp_path / "busy", seconds=0.01)
