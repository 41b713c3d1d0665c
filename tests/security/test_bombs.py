"""What a submission may use up: each resource bomb hits its limit, and nothing else."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

CAUGHT = """
import errno, os
def caught(action):
    try:
        action()
    except (OSError, MemoryError, RuntimeError) as error:
        return errno.errorcode.get(getattr(error, "errno", None), type(error).__name__)
"""


def test_one_process_runs_into_its_own_memory(small):
    kernel = small()
    cell = kernel.run("blocks = []\nwhile True:\n    blocks.append(bytearray(1 << 24))")
    assert cell.outcome == "out of memory"
    assert cell.errors[0].startswith("MemoryError")
    assert kernel.ask("len(blocks) > 4", "blocks = blocks[:5]") is True


SUM = """
import os, time
children = []
for _ in range(8):
    if (child := os.fork()) == 0:
        try:
            block = bytearray(os.urandom(1 << 20)) * 120
            time.sleep(5)
            os._exit(0)
        finally:
            os._exit(3)
    children.append(child)
ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
assert not any(ended), ended
"""


def test_all_processes_together_run_into_the_sum(small, cage):
    if reason := cage.grader.do("groups"):
        pytest.skip(f"the sum is not bounded for this user: {reason}")
    cell = small(memory_mb=500).run(SUM)
    assert cell.outcome == "out of memory"


def test_a_process_ended_for_the_sum_does_not_count_for_later_cells(small, cage):
    if reason := cage.grader.do("groups"):
        pytest.skip(f"the sum is not bounded for this user: {reason}")
    kernel = small(memory_mb=500)
    assert kernel.run(SUM.replace("not any(ended)", "any(ended)")).outcome == "finished"
    assert kernel.run("1 / 0").outcome == "student error"


def test_a_kernel_that_is_ended_for_the_sum_is_out_of_memory(small, cage):
    if reason := cage.grader.do("groups"):
        pytest.skip(f"the sum is not bounded for this user: {reason}")
    # shared memory counts for the sum alone: the kernel itself is the largest process
    grow = "import mmap\nkept = [mmap.mmap(-1, 1 << 24) for _ in range(36)]\n"
    touch = "for one in kept:\n    for page in range(0, 1 << 24, 4096):\n        one[page] = 1"
    cell = small(memory_mb=500).run(grow + touch)
    assert cell.dead
    assert cell.outcome == "out of memory"


FORKS = """
import os, signal
children, refused = [], None
while refused is None and len(children) < 500:
    try:
        child = os.fork()
    except OSError as error:
        refused = type(error).__name__
        break
    if child == 0:
        while True:
            signal.pause()
    children.append(child)
for child in children:  # the kernel itself needs a thread now and then
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


def test_a_fork_bomb_runs_into_the_number_of_processes(small):
    kernel = small(processes=60)
    assert kernel.run(FORKS).outcome == "finished"
    count, refused = kernel.ask("[len(children), refused]")
    assert refused == "BlockingIOError"
    assert 10 < count < 60


ENDLESS_FORKS = """
import os, time
if os.fork() == 0:
    while True:
        try:
            os.fork()
        except OSError:
            pass
latest = time.monotonic() + 25
while len([p for p in os.listdir("/proc") if p.isdigit()]) < 25:
    assert time.monotonic() < latest
    time.sleep(0.1)
"""


def test_a_fork_bomb_that_goes_on_ends_with_its_kernel(small):
    kernel = small(processes=60)
    assert kernel.run(ENDLESS_FORKS, 40).outcome == "finished"
    assert kernel.end() < 10


def test_a_thread_bomb_runs_into_the_number_of_processes(small):
    kernel = small(processes=60)
    source = (
        "import threading\nstop = threading.Event()\n"
        "def start():\n    threading.Thread(target=stop.wait, daemon=True).start()\n"
        "n, why = 0, None\n"
        "while why is None and n < 500:\n    why = caught(start); n += 1\n"
    )
    assert kernel.run(CAUGHT + source).outcome == "finished"
    assert kernel.ask("[why, 10 < n < 60]") == ["RuntimeError", True]
    assert kernel.run("stop.set()").outcome == "finished"


@pytest.mark.parametrize("folder", ["/scratch", "/tmp", "/dev/shm"])
def test_a_disk_bomb_runs_into_the_folders_size(small, folder):
    kernel = small(scratch_mb=8, tmp_mb=8, shm_mb=8)
    source = (
        "block, total = bytes(1 << 20), 0\n"
        "def fill():\n    global total\n"
        f"    for n in range(40):\n        with open(f'{folder}/bomb{{n}}', 'wb') as file:\n"
        "            file.write(block)\n            total += 1\n"
    )
    assert kernel.ask("caught(fill)", CAUGHT + source) == "ENOSPC"
    assert 4 <= kernel.ask("total") <= 8
    assert kernel.run("1").outcome == "finished"


def test_a_big_file_runs_into_its_size(small):
    kernel = small(file_mb=2)
    source = (
        "def write():\n    with open('/scratch/big', 'wb') as f:\n        f.write(bytes(3 << 20))"
    )
    assert kernel.ask("caught(write)", CAUGHT + source) == "EFBIG"
    sparse = "def write():\n    os.truncate('/scratch/big', 1 << 40)"
    assert kernel.ask("caught(write)", CAUGHT + sparse) == "EFBIG"


def test_open_files_run_into_their_number(small):
    kernel = small(open_files=200)
    source = (
        "files = []\n"
        "def fill():\n    while len(files) < 999:\n        files.append(open('/dev/null'))\n"
        "why = caught(fill)\ncount = len(files)\nfiles.clear()"
    )
    assert kernel.ask("[why, 50 < count < 200]", CAUGHT + source) == ["EMFILE", True]


def test_endless_computing_runs_into_the_cpu_time(small):
    began = time.monotonic()
    cell = small(cpu_seconds=5).run("while True: pass", seconds=60)
    assert cell.dead
    assert cell.outcome != "finished"
    assert time.monotonic() - began < 60


def test_a_kernel_that_ignores_interrupts_times_out_and_ends(small):
    kernel = small()
    ignore = (
        "import signal, time\nfor s in (2, 15): signal.signal(s, signal.SIG_IGN)\n"
        "while True: time.sleep(1)"
    )
    cell = kernel.run(ignore, seconds=1)
    assert cell.outcome == "time-out"
    assert cell.seconds < 40
    assert kernel.end() < 10


@pytest.mark.parametrize(
    "flood",
    [
        "for _ in range(1000): print('x' * (1 << 20))",
        "import os\nfor _ in range(1000): os.write(1, b'x' * (1 << 20))",
        "from IPython.display import display\n"
        "for _ in range(100): display({'text/plain': 'x' * (10 << 20)}, raw=True)",
    ],
    ids=["print", "write", "display"],
)
def test_a_flood_of_output_fills_nobodys_memory(small, flood):
    # much for the kernel itself, where most of the flood waits: else that limit comes first
    cell = small(memory_mb=4096).run(flood, seconds=60)
    assert cell.outcome == "output flood"
    assert len(cell.text) <= 1 << 20
    assert cell.grown_mb < 50


def test_a_kernel_killed_from_inside_is_the_students_error(small):
    kernel = small()
    cell = kernel.run("import os, signal\nos.kill(os.getppid(), 9)\nos.kill(-1, 9)")
    assert cell.outcome in ("finished", "student error")
    cell = kernel.run("os._exit(0)")
    assert cell.dead
    assert cell.outcome == "student error"


LEAVE = """
import os, signal, subprocess, sys
source = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(77.125)"
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv(sys.executable, [sys.executable, "-c", source])
    os._exit(0)
subprocess.Popen(["/bin/sh", "-c", "sleep 77.125"], start_new_session=True)
"""


def processes_with(marker: str) -> list[Path]:
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if marker in command.read_text():
                found.append(command.parent)
        except OSError:
            continue
    return found


def test_no_process_survives_its_kernel(small):
    kernel = small()
    assert kernel.run(LEAVE).outcome == "finished"
    latest = time.monotonic() + 20
    while len(processes_with("77.125")) < 2:
        assert time.monotonic() < latest
        time.sleep(0.05)
    kernel.end()
    assert not processes_with("77.125")


def test_no_file_survives_its_kernel(small):
    kernel = small()
    leave = "\n".join(
        f"open('{folder}/left-behind-77', 'w').close()" for folder in ("/scratch", "/tmp")
    )
    assert kernel.run(leave).outcome == "finished"
    kernel.end()
    found = [folder for folder, _, files in os.walk("/tmp") if "left-behind-77" in files]
    assert found == []
    assert small().ask("os.listdir('/scratch')") == []
