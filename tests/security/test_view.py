"""What a submission sees: nothing of the host, the grader or another submission."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from autograder.sandbox.policy import VISIBLE
from autograder.sandbox.syscalls import DENIED, numbers
from tests.security.grader import SECRET, Kernel
from tests.support import ROOT

STATUS = "dict(line.split(':\\t') for line in open('/proc/self/status').read().splitlines())"
TRY = """
import os
def attempt(action):
    try:
        action()
    except Exception as error:
        return type(error).__name__
"""


def test_no_privilege_is_left(kernel):
    status = kernel.ask(STATUS)
    assert {status[f"Cap{name}"] for name in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {"0" * 16}
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


def test_the_user_is_not_root_and_cannot_become_root(kernel):
    assert 0 not in kernel.ask("[*os.getresuid(), *os.getresgid(), *os.getgroups()]")
    attempts = "[attempt(lambda: os.setuid(0)), attempt(lambda: os.setgroups([0]))]"
    assert kernel.ask(attempts, TRY) in (["PermissionError"] * 2, ["OSError", "PermissionError"])


def test_a_warm_kernel_was_forked_for_an_ordinary_user_too(kernel):
    parent = 0 if kernel.name.startswith("sandbox-warm") else 1  # 0: outside the sandbox
    assert kernel.ask("os.getppid()") == parent


def test_each_denied_system_call_is_denied(kernel):
    calls = (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "def errno_of(number):\n"
        "    ctypes.set_errno(0)\n"
        "    libc.syscall(ctypes.c_long(number), *[ctypes.c_long(0)] * 6)\n"
        "    return ctypes.get_errno()"
    )
    table = numbers(DENIED, os.uname().machine)
    found = kernel.ask(f"{{n: errno_of(c) for n, c in {table}.items()}}", calls)
    assert found == dict.fromkeys(table, 1)


def test_no_setuid_program_and_no_device_counts(kernel):
    mounts = kernel.ask("[line.split()[3].split(',') for line in open('/proc/mounts')]")
    assert all("nosuid" in options for options in mounts)
    points = kernel.ask("[l.split()[1] for l in open('/proc/mounts') if 'nodev' not in l]")
    assert all(point.startswith("/dev") for point in points)


def test_only_three_folders_can_be_written(kernel):
    walk = TRY + (
        "def writes(folder):\n"
        "    path = f'{folder}/.probe'\n"
        "    if attempt(lambda: open(path, 'w').close()) is None:\n"
        "        os.unlink(path)\n        return True\n"
        "places = ['/', '/dev', '/etc', '/usr', '/usr/lib', '/course', '/course/helpers', '/proc',"
        " '/proc/sys', '/proc/sys/kernel', '/sys', '/run', '/var', '/home', '/opt', '/root',"
        " '/holdout', '/data', sys.prefix, sys.base_prefix, '/scratch', '/tmp', '/dev/shm']\n"
    )
    assert kernel.ask("list(filter(writes, places))", walk) == ["/scratch", "/tmp", "/dev/shm"]


def test_no_kernel_setting_can_be_written(kernel):
    walk = (
        "def writable():\n"
        "    for folder, _, files in os.walk('/proc/sys'):\n"
        "        for path in (f'{folder}/{name}' for name in files):\n"
        "            try:\n                os.close(os.open(path, os.O_WRONLY))\n"
        "            except OSError:\n                continue\n"
        "            yield path\n"
    )
    assert kernel.ask("list(writable())", walk) == []
    assert kernel.ask("attempt(lambda: open('/proc/sysrq-trigger', 'w'))", TRY)


def test_devices_are_the_usual_few(kernel):
    usual = {"console", "core", "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr"}
    usual |= {"stdin", "stdout", "tty", "urandom", "zero"}
    assert set(kernel.ask("os.listdir('/dev')")) <= usual


@pytest.mark.parametrize("path", ["/proc/kcore", "/proc/kmsg", "/proc/keys", "/proc/key-users"])
def test_the_kernels_own_files_are_closed(kernel, path):
    assert kernel.ask(f"attempt(lambda: open({path!r}, 'rb').read(1))", TRY)


def test_there_is_no_sysfs_and_no_control_group_to_change(kernel):
    mounted = kernel.ask("sorted({line.split()[2] for line in open('/proc/mounts')})")
    assert not {"sysfs", "cgroup", "cgroup2", "debugfs", "securityfs", "bpf"} & set(mounted)


def hosts_files() -> list[str]:
    names = ["solutions", "notebooks", "tests", "work", "benchmarks", "nbgrader_config.py"]
    places = ["/etc/shadow", "/etc/hosts", "/etc/machine-id", "/etc/ssh", "/var/log", "/boot"]
    return [*(str(ROOT / name) for name in names), *places, "/var/lib", "/sys/class", "/mnt"]


def test_no_file_of_the_course_or_the_host_is_there(kernel, tmp_path):
    (tmp_path / "gradebook.db").touch()
    paths = [*hosts_files(), str(tmp_path), str(tmp_path / "gradebook.db"), str(Path.home())]
    assert any(Path(path).exists() for path in paths)
    homes = (str(Path.home()), "/mnt")  # as parents of the interpreter they may be there, empty
    found = kernel.ask(f"[p for p in {paths} if os.path.exists(p)]")
    assert not [path for path in found if path not in homes]


def test_of_the_grader_only_what_kernels_import_is_there(kernel):
    assert kernel.ask("sorted(os.listdir('/course/autograder'))") == sorted(VISIBLE)


def test_no_answer_is_anywhere(kernel):
    walk = (
        "def walk():\n"
        "    for folder, folders, files in os.walk('/'):\n"
        "        if folder in ('/proc', '/usr', sys.prefix, sys.base_prefix):\n"
        "            folders.clear()\n"
        "        yield from (f'{folder}/{n}' for n in files if n.endswith(('.ipynb', '.db')))\n"
    )
    assert kernel.ask("list(walk())", walk) == []


def test_the_graders_environment_and_arguments_are_nowhere(kernel):
    read = TRY + (
        "def read(path):\n"
        "    return open(path, 'rb').read().decode('latin-1') if attempt("
        "lambda: open(path).close()) is None else ''\n"
        "texts = [read(f'/proc/{p}/{f}') for p in os.listdir('/proc') if p.isdigit()"
        " for f in ('environ', 'cmdline', 'comm', 'mountinfo', 'cgroup')] + [str(os.environ)]"
    )
    texts = kernel.ask("texts", read)
    assert any(texts)
    for secret in (
        SECRET,
        "security.runner",
        "--ro-bind",
        "--seccomp",
        "JPY_",
        "submitted",
        "gradebook",
    ):
        assert not any(secret in text for text in texts), secret


def test_only_the_sandboxes_own_processes_are_there(kernel):
    names = kernel.ask(
        "sorted(open(f'/proc/{p}/comm').read().strip() for p in os.listdir('/proc') if p.isdigit())"
    )
    assert set(names) <= {"bwrap", "cat", "python", Path(os.sys.executable).resolve().name}
    assert len(names) <= 3


def test_descriptors_lead_nowhere(kernel):
    links = kernel.ask(
        "[os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')"
        " if os.path.lexists(f'/proc/self/fd/{n}')]"
    )
    harmless = ("socket:", "pipe:", "anon_inode:", "/dev/null", "/proc/", "/tmp/home/")
    assert all(link.startswith(harmless) for link in links), links


CONNECT = """
import socket
def connect(family, address):
    with socket.socket(family) as one:
        one.settimeout(3)
        try:
            one.connect(address)
        except OSError as error:
            return type(error).__name__
"""


def test_no_network_is_reached(kernel):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert kernel.ask(f"connect(socket.AF_INET, ('127.0.0.1', {port}))", CONNECT)
    assert kernel.ask("connect(socket.AF_INET, ('192.0.2.1', 80))", CONNECT)
    assert kernel.ask("connect(socket.AF_INET6, ('2001:db8::1', 80))", CONNECT)
    names = "attempt(lambda: socket.getaddrinfo('example.org', 80))"
    assert kernel.ask(names, TRY + "import socket") == "gaierror"
    assert kernel.ask("[name for _, name in socket.if_nameindex()]", CONNECT) == ["lo"]


def test_no_socket_of_the_host_is_reached(kernel):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0a-service-of-the-host")
        server.listen()
        address = r"'\0a-service-of-the-host'"
        assert kernel.ask(f"connect(socket.AF_UNIX, {address})", CONNECT)


def test_shared_memory_of_system_v_and_keyrings_are_closed(kernel):
    closed = (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "found = [libc.shmget(1, 4096, 0o1666), libc.msgget(1, 0o1666), libc.semget(1, 1, 0o1666)]"
    )
    assert kernel.ask("found", closed) == [-1] * 3


SPREAD = """
import os, signal, socket, subprocess
for folder in ("/scratch", "/tmp", "/dev/shm"):
    open(f"{folder}/left_by_one", "w").close()
unix = socket.socket(socket.AF_UNIX); unix.bind("\\0left_by_one"); unix.listen()
tcp = socket.socket(); tcp.bind(("127.0.0.1", 45678)); tcp.listen()
child = subprocess.Popen(["sleep", "61.25"])
"""
LOOK = """
import os, socket
def reaches(family, address):
    with socket.socket(family) as one:
        return one.connect_ex(address) == 0
def commands():
    for process in filter(str.isdigit, os.listdir("/proc")):
        yield open(f"/proc/{process}/cmdline").read()
seen = {
    "files": [f for d in ("/scratch", "/tmp", "/dev/shm") for f in os.listdir(d) if "left" in f],
    "abstract": reaches(socket.AF_UNIX, "\\0left_by_one"),
    "tcp": reaches(socket.AF_INET, ("127.0.0.1", 45678)),
    "process": any("61.25" in command for command in commands()),
}
"""


def test_two_at_once_see_nothing_of_each_other(cage):
    one, two = cage.start(), cage.start()
    assert one.run(SPREAD).outcome == "finished"
    assert one.ask("seen", LOOK) == {
        "files": ["left_by_one"] * 3,
        "abstract": True,
        "tcp": True,
        "process": True,
    }
    assert two.ask("seen", LOOK) == {"files": [], "abstract": False, "tcp": False, "process": False}
    different = [set(_namespaces(kernel)) for kernel in (one, two)]
    assert not different[0] & different[1]
    uids = [kernel.ask("os.getuid()") for kernel in (one, two)]
    assert uids[0] != uids[1] or not cage.is_root
    one.end()
    two.end()


def _namespaces(kernel: Kernel) -> list[str]:
    kinds = ("mnt", "pid", "net", "ipc", "uts", "cgroup")
    return kernel.ask(f"[os.readlink(f'/proc/self/ns/{{kind}}') for kind in {kinds}]")
