"""A machine for the few instructions that a system call filter consists of."""

from __future__ import annotations

import struct


def run(program: bytes, architecture: int, number: int, *arguments: int) -> int:
    """Return what the filter returns for one call, as Linux would."""
    padded = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("=IIQ6Q", number, architecture, 0, *padded)
    code = list(struct.iter_unpack("=HBBI", program))
    at, accumulator = 0, 0
    while True:
        operation, if_true, if_false, value = code[at]
        at += 1
        match operation:
            case 0x20:  # load a word of the call's data
                (accumulator,) = struct.unpack_from("=I", data, value)
            case 0x54:  # and
                accumulator &= value
            case 0x06:  # return
                return value
            case 0x15 | 0x25 | 0x35:
                tests = {0x15: accumulator == value, 0x25: accumulator > value}
                at += if_true if tests.get(operation, accumulator >= value) else if_false
            case _:
                raise ValueError(f"instruction {operation:#x}")
