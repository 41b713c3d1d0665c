"""The system call filter of sandboxed processes, as a program for the kernel's seccomp.

An allow-list.
What `ALLOWED` names passes; what `CONDITIONAL` names passes with the arguments of `CONDITIONS`;
what `DENIED` names fails with EPERM, as it would for want of a privilege; and anything else fails
with ENOSYS, as on a kernel that is too old for it.
So a call that Linux gains next year is closed before anybody has heard of it, and the C library
does what it does on an older kernel: for ``clone3``, whose flags a filter cannot read, it falls
back to ``clone``, whose flags it can.
The list holds all that numpy, scikit-learn, TensorFlow, joblib, matplotlib and IPython call.

It is written here rather than left to libseccomp, because a library of the system's is one more
thing that can be missing, and the filter is needed where there is no system to ask: in the fork
server's cage.

Numbers of another architecture's table (i386 on x86-64, say) end the process; those of x32 are
not on the list.
The kernel remembers which calls pass unconditionally, so the list's length costs nothing.
"""

from __future__ import annotations

import errno
import functools
import platform
import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from autograder.errors import SandboxUnavailableError
from autograder.sandbox.syscalls import ALLOWED, ARCHITECTURES, CONDITIONAL, DENIED, numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

AUDIT_ARCHITECTURE = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
"""What ``linux/audit.h`` calls the architecture whose table a call's number is from."""

# linux/bpf_common.h; every jump is forward, by as many instructions as its two fields say
_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06

_JUMP_IF_EQUAL, _JUMP_IF_GREATER, _JUMP_IF_AT_LEAST = 0x15, 0x25, 0x35

RETURN_ALLOW, RETURN_ERROR, RETURN_KILL = 0x7FFF_0000, 0x0005_0000, 0x8000_0000
"""What a filter may return, from ``linux/seccomp.h``."""

# linux/seccomp.h: where the call's number, the architecture and the arguments lie
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

_NEW_NAMESPACES = 0x7E02_0000  # every CLONE_NEW* flag that `clone` takes

_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16

_STREAM, _DATAGRAM, _KIND = 1, 2, 0xF

_TCP, _UDP, _NETLINK_ROUTE = 6, 17, 0

_TERMINAL = (
    *range(0x5401, 0x5406),  # TCGETS to TCSETSF, TCGETA
    *range(0x5409, 0x540C),  # TCSBRK, TCXONC, TCFLSH
    *range(0x540E, 0x5412),  # TIOCSCTTY, TIOCGPGRP, TIOCSPGRP, TIOCOUTQ; not 0x5412, TIOCSTI
    *range(0x5413, 0x5415),  # TIOCGWINSZ, TIOCSWINSZ
    *(0x5422, 0x5429, 0x5441),  # TIOCNOTTY, TIOCGSID, TIOCGPTPEER
    *(0x8004_5430, 0x4004_5431),  # TIOCGPTN, TIOCSPTLCK
    *(0x802C_542A, *range(0x402C_542B, 0x402C_542E)),  # TCGETS2, TCSETS2 to TCSETSF2
)

_DESCRIPTOR = (0x541B, 0x5421, 0x5450, 0x5451, 0x5452)  # FIONREAD, FIONBIO, FIO(N)CLEX, FIOASYNC


@dataclass(frozen=True)
class Argument:
    """What one argument of a call must be, by its lower 32 bits.

    Attributes
    ----------
    position : int
        From 0.
    values : tuple of int
        Any of these.
    mask : int
        Bits that count.
    """

    position: int
    values: tuple[int, ...]
    mask: int = 0xFFFF_FFFF


CONDITIONS: Mapping[str, tuple[int, tuple[tuple[Argument, ...], ...]]] = {
    "clone": (errno.EPERM, ((Argument(0, (0,), _NEW_NAMESPACES),),)),
    # a socket lists the interfaces of the network it was accepted from: no SIOC*
    "ioctl": (errno.ENOTTY, ((Argument(1, (*_TERMINAL, *_DESCRIPTOR)),),)),
    # asking which one it is, and the usual one
    "personality": (errno.EPERM, ((Argument(0, (0xFFFF_FFFF, 0)),),)),
    # a family or protocol that is not loaded yet would be: no module of the host's is of use here
    "socket": (
        errno.EAFNOSUPPORT,
        (
            (Argument(0, (_UNIX,)),),
            (
                Argument(0, (_INET, _INET6)),
                Argument(1, (_STREAM,), _KIND),
                Argument(2, (0, _TCP)),
            ),
            (
                Argument(0, (_INET, _INET6)),
                Argument(1, (_DATAGRAM,), _KIND),
                Argument(2, (0, _UDP)),
            ),
            # tells the interfaces of its own network, `lo`; without it ZeroMQ aborts
            (Argument(0, (_NETLINK,)), Argument(2, (_NETLINK_ROUTE,))),
        ),
    ),
    "socketpair": (errno.EAFNOSUPPORT, ((Argument(0, (_UNIX,)),),)),
}
"""For each conditional call its error, and the combinations of arguments that pass."""


@dataclass(frozen=True)
class _Instruction:
    code: int
    value: int
    if_true: int = 0
    if_false: int = 0


@functools.cache
def program(machine: str = platform.machine()) -> bytes:
    """Return the filter, as an array of ``struct sock_filter``.

    Parameters
    ----------
    machine : str, optional
        One of `ARCHITECTURES`; by default this machine's.

    Returns
    -------
    bytes
        Eight for each instruction.

    Raises
    ------
    SandboxUnavailableError
        If there is no table for the machine.
    """
    if machine not in ARCHITECTURES:
        expected = " or ".join(ARCHITECTURES)
        raise SandboxUnavailableError(f"no system call filter for {machine!r}, only for {expected}")
    code = [
        _Instruction(_LOAD, _ARCHITECTURE),
        _Instruction(_JUMP_IF_EQUAL, AUDIT_ARCHITECTURE[machine], if_true=1),
        _Instruction(_RETURN, RETURN_KILL),
        _Instruction(_LOAD, _NUMBER),
        *_ranges(numbers(ALLOWED, machine).values(), RETURN_ALLOW),
        *_conditions(machine),
        *_ranges(numbers(DENIED, machine).values(), RETURN_ERROR | errno.EPERM),
        _Instruction(_RETURN, RETURN_ERROR | errno.ENOSYS),
    ]
    return b"".join(struct.pack("=HBBI", i.code, i.if_true, i.if_false, i.value) for i in code)


def _ranges(calls: Iterable[int], result: int) -> Iterator[_Instruction]:
    """Return a result for any of these numbers, and fall through for others."""
    for first, last in _runs(sorted(calls)):
        yield _Instruction(_JUMP_IF_AT_LEAST, first, if_false=2)
        yield _Instruction(_JUMP_IF_GREATER, last, if_true=1)
        yield _Instruction(_RETURN, result)


def _runs(ordered: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Join neighbouring numbers.

    Examples
    --------
    >>> list(_runs([0, 1, 2, 7]))
    [(0, 2), (7, 7)]
    """
    gaps = [i for i, (a, b) in enumerate(pairwise(ordered), 1) if b - a > 1]
    for start, end in pairwise([0, *gaps, len(ordered)]):
        yield ordered[start], ordered[end - 1]


def _conditions(machine: str) -> Iterator[_Instruction]:
    for name, number in numbers(CONDITIONAL, machine).items():
        error, combinations = CONDITIONS[name]
        block = [i for combination in combinations for i in _combination(combination)]
        block.append(_Instruction(_RETURN, RETURN_ERROR | error))
        yield _Instruction(_JUMP_IF_EQUAL, number, if_false=len(block))
        yield from block


def _combination(arguments: Sequence[Argument]) -> list[_Instruction]:
    """Allow the call if every argument fits, else fall through."""
    code = [_Instruction(_RETURN, RETURN_ALLOW)]
    for argument in reversed(arguments):
        code = [*_argument(argument, otherwise=len(code)), *code]
    return code


def _argument(argument: Argument, otherwise: int) -> Iterator[_Instruction]:
    """Fall through if the argument fits, else jump over that many instructions more."""
    # the lower half comes first: both architectures are little-endian
    yield _Instruction(_LOAD, _ARGUMENTS + 8 * argument.position)
    yield _Instruction(_AND, argument.mask)
    for left, value in zip(range(len(argument.values) - 1, -1, -1), argument.values, strict=True):
        yield _Instruction(_JUMP_IF_EQUAL, value, left, 0 if left else otherwise)
