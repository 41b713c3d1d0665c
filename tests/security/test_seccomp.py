"""The filter of system calls: by its tables for both architectures, and in force on this one."""

from __future__ import annotations

import errno
import json
import os
import platform
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.errors import SandboxUnavailableError
from autograder.sandbox.seccomp import (
    AUDIT_ARCHITECTURE,
    CONDITIONS,
    RETURN_ALLOW,
    RETURN_ERROR,
    RETURN_KILL,
    program,
)
from autograder.sandbox.syscalls import ALLOWED, ARCHITECTURES, CONDITIONAL, DENIED, numbers
from tests.security import bpf

BOTH = pytest.mark.parametrize("machine", ARCHITECTURES)
HERE = platform.machine()
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
RENAMED = {"fadvise64_64": "fadvise64"}
SIOCGIFNAME, TIOCSTI, TCGETS, FIONBIO = 0x8910, 0x5412, 0x5401, 0x5421
RAW = socket.SOCK_RAW
NONBLOCKING = socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC


def verdict(machine: str, number: int, *arguments: int) -> int | str:
    """Return 0 for an allowed call, else its error, or "killed"."""
    result = bpf.run(program(machine), AUDIT_ARCHITECTURE[machine], number, *arguments)
    if result == RETURN_ALLOW:
        return 0
    return "killed" if result == RETURN_KILL else result - RETURN_ERROR


def call(machine: str, name: str, *arguments: int) -> int | str:
    return verdict(machine, numbers(CONDITIONAL, machine)[name], *arguments)


@BOTH
def test_every_listed_call_meets_its_verdict(machine):
    assert {verdict(machine, n) for n in numbers(ALLOWED, machine).values()} == {0}
    assert {verdict(machine, n) for n in numbers(DENIED, machine).values()} == {errno.EPERM}


@BOTH
def test_every_other_number_is_unknown(machine):
    known = {n for t in (ALLOWED, CONDITIONAL, DENIED) for n in numbers(t, machine).values()}
    others = set(range(700)) - known
    assert {verdict(machine, n) for n in [*others, 2**31, 2**32 - 1]} == {errno.ENOSYS}


@BOTH
def test_clone3_is_unknown_so_that_the_c_library_falls_back(machine):
    assert verdict(machine, 435) == errno.ENOSYS


@BOTH
def test_no_call_is_in_two_tables(machine):
    tables = [numbers(table, machine) for table in (ALLOWED, CONDITIONAL, DENIED)]
    found = [number for table in tables for number in table.values()]
    assert len(found) == len(set(found)) == len({name for table in tables for name in table})
    assert set(numbers(CONDITIONAL, machine)) == set(CONDITIONS)


@BOTH
def test_the_numbers_are_those_of_the_headers(machine):
    header = HEADERS[machine]
    if not header.exists():
        pytest.skip(f"{header} is not installed (Debian: linux-libc-dev)")
    lines = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text())
    official = {RENAMED.get(name, name): int(number) for name, number in lines}
    for table in (ALLOWED, CONDITIONAL, DENIED):
        for name, number in numbers(table, machine).items():
            assert official.get(name, number) == number, name
    ours = {n for t in (ALLOWED, CONDITIONAL, DENIED) for n in numbers(t, machine)}
    newer_than_some_headers = ours - set(official)
    assert len(newer_than_some_headers) < 15, newer_than_some_headers


@BOTH
def test_a_number_from_another_architectures_table_kills(machine):
    i386, mine = 0x4000_0003, program(machine)
    for number in range(500):
        assert bpf.run(mine, i386, number) == RETURN_KILL
    other = {"x86_64": "aarch64", "aarch64": "x86_64"}[machine]
    assert bpf.run(mine, AUDIT_ARCHITECTURE[other], 0) == RETURN_KILL


def test_x32_is_unknown():
    calls = numbers(ALLOWED, "x86_64").values()
    assert {verdict("x86_64", 0x4000_0000 | n) for n in calls} == {errno.ENOSYS}


NAMESPACES = (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)
THREAD = 0x3D0F00  # what pthread_create asks for
VFORK = 0x4111  # what subprocess asks for


@BOTH
@pytest.mark.parametrize("flags", [signal.SIGCHLD, THREAD, VFORK])
def test_forks_and_threads_pass(machine, flags):
    assert call(machine, "clone", flags) == 0


@BOTH
@pytest.mark.parametrize("flag", NAMESPACES)
def test_a_clone_with_a_new_namespace_is_denied(machine, flag):
    assert call(machine, "clone", flag) == errno.EPERM
    assert call(machine, "clone", flag | signal.SIGCHLD) == errno.EPERM


@BOTH
def test_requests_to_devices_and_interfaces_are_denied(machine):
    denied = [TIOCSTI, *range(0x8900, 0x8A00), 0x541C, 0x4040_9409]
    assert {call(machine, "ioctl", 3, request) for request in denied} == {errno.ENOTTY}


@BOTH
def test_requests_to_terminals_pass_by_their_lower_half(machine):
    passing = [TCGETS, FIONBIO, TCGETS | 7 << 32]
    assert {call(machine, "ioctl", 0, request) for request in passing} == {0}


SOCKETS = [
    ((socket.AF_UNIX, socket.SOCK_STREAM | NONBLOCKING, 0), True),
    ((socket.AF_UNIX, socket.SOCK_SEQPACKET, 0), True),
    ((socket.AF_INET, socket.SOCK_STREAM | NONBLOCKING, 0), True),
    ((socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP), True),
    ((socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_UDP), True),
    ((socket.AF_NETLINK, RAW, 0), True),
    ((socket.AF_NETLINK, RAW, 12), False),  # netfilter
    ((socket.AF_NETLINK, RAW, 16), False),  # generic
    ((socket.AF_INET, RAW, socket.IPPROTO_ICMP), False),
    ((socket.AF_INET, socket.SOCK_STREAM, 132), False),  # SCTP
    ((socket.AF_INET, socket.SOCK_STREAM, 262), False),  # MPTCP
    ((socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP), False),
    ((socket.AF_PACKET, RAW, 0), False),
    ((38, socket.SOCK_SEQPACKET, 0), False),  # AF_ALG: the kernel's cryptography
    ((40, socket.SOCK_STREAM, 0), False),  # AF_VSOCK: the virtual machine's host
    ((44, RAW, 0), False),  # AF_XDP
    ((21, socket.SOCK_DGRAM, 0), False),  # AF_RDS
]


@BOTH
@pytest.mark.parametrize(("arguments", "passes"), SOCKETS)
def test_sockets_by_family_type_and_protocol(machine, arguments, passes):
    assert call(machine, "socket", *arguments) == (0 if passes else errno.EAFNOSUPPORT)


@BOTH
def test_pairs_are_of_unix_sockets(machine):
    assert call(machine, "socketpair", socket.AF_UNIX, socket.SOCK_STREAM) == 0
    assert call(machine, "socketpair", 30, socket.SOCK_STREAM) == errno.EAFNOSUPPORT  # AF_TIPC


@BOTH
def test_a_personality_can_be_asked_for_and_not_changed(machine):
    assert call(machine, "personality", 0xFFFF_FFFF) == 0
    assert call(machine, "personality", 0x0040_0000) == errno.EPERM  # READ_IMPLIES_EXEC


def test_an_unknown_machine_is_named():
    with pytest.raises(SandboxUnavailableError, match="'vax'"):
        program("vax")


UNDER_FILTER = """
import ctypes, json, mmap, sys
from autograder.sandbox.namespaces import _prctl
from autograder.sandbox.namespaces import filter_calls
from autograder.sandbox.seccomp import program
libc = ctypes.CDLL(None, use_errno=True)
def errno_of(number, *arguments):
    ctypes.set_errno(0)
    padded = [ctypes.c_long(n) for n in (*arguments, 0, 0, 0, 0, 0, 0)[:6]]
    return ctypes.get_errno() if libc.syscall(ctypes.c_long(number), *padded) < 0 else 0
filtered = program()
_prctl(38, 1)  # no_new_privs
filter_calls(filtered)
"""


def under_filter(source: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run some Python with the filter loaded and, as root, with every capability kept."""
    return subprocess.run(
        [sys.executable, "-c", UNDER_FILTER + source],
        capture_output=True,
        text=True,
        env=dict(os.environ, **environment),
        start_new_session=True,
        check=False,
    )


def test_each_denied_call_is_denied_in_force():
    """As root too, who would be allowed most of them otherwise."""
    calls = numbers(DENIED, HERE)
    done = under_filter(f"print(json.dumps({{n: errno_of(c) for n, c in {calls}.items()}}))")
    assert json.loads(done.stdout) == dict.fromkeys(calls, errno.EPERM), done.stderr


def test_conditions_are_in_force():
    socket_, ioctl, clone = (numbers(CONDITIONAL, HERE)[n] for n in ("socket", "ioctl", "clone"))
    done = under_filter(
        f"print(json.dumps([errno_of({socket_}, 17, 3, 0), errno_of({ioctl}, 0, {SIOCGIFNAME}),"
        f" errno_of({clone}, 0x10000011), errno_of(435), errno_of({socket_}, 1, 1, 0)]))"
    )
    errors = [errno.EAFNOSUPPORT, errno.ENOTTY, errno.EPERM, errno.ENOSYS, 0]
    assert json.loads(done.stdout) == errors, done.stderr


@pytest.mark.skipif(HERE != "x86_64", reason="only x86-64 has a second table of calls, i386's")
def test_the_i386_table_kills_in_force():
    getpid = r"b'\xb8\x14\x00\x00\x00\xcd\x80\xc3'"  # mov eax, 20; int 0x80; ret
    done = under_filter(
        "page = mmap.mmap(-1, 4096, prot=7)\n"
        f"page.write({getpid})\n"
        "address = ctypes.addressof(ctypes.c_char.from_buffer(page))\n"
        "print('alive', flush=True)\n"
        "ctypes.CFUNCTYPE(ctypes.c_int)(address)()\n"
        "print('still alive')"
    )
    assert done.stdout == "alive\n"
    assert done.returncode == -signal.SIGSYS
