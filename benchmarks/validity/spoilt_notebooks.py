"""Spoil a notebook by chance: bytes of it, or values in its JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

BYTES = 0.3
"""Share of notebooks of which bytes are changed, without regard to JSON."""

ODD = (None, True, -1, 1e300, "", "\ud800", [], {}, [[]], {"a": {}}, "x" * 10_000)
"""What takes the place of a value."""


def spoil(right: bytes, chance: random.Random) -> bytes:
    """Change bytes, or some values anywhere in the JSON.

    Parameters
    ----------
    right : bytes
        A notebook.
    chance : random.Random
        Decides what is changed.

    Returns
    -------
    bytes
    """
    if chance.random() < BYTES:
        return _with_other_bytes(right, chance)
    table = json.loads(right)
    for _ in range(chance.randint(1, 3)):
        _change(table, chance)
    return json.dumps(table).encode()


def _with_other_bytes(right: bytes, chance: random.Random) -> bytes:
    spoilt = bytearray(right)
    for _ in range(chance.randint(1, 20)):
        spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
    return bytes(spoilt[: chance.choice([len(spoilt), chance.randrange(len(spoilt))])])


def _change(value: object, chance: random.Random) -> None:
    """Replace or remove something at a chance place below a list or a table."""
    keys: list[object] = list(value) if isinstance(value, dict) else []
    keys = list(range(len(value))) if isinstance(value, list) else keys
    if not keys:
        return
    key = chance.choice(keys)
    inner = value[key]  # type: ignore[index]  # it is a list or a table
    if isinstance(inner, dict | list) and inner and chance.random() < 0.7:
        _change(inner, chance)
    elif chance.random() < 0.4:
        del value[key]  # type: ignore[attr-defined]  # so too
    else:
        value[key] = chance.choice(ODD)  # type: ignore[index]  # so too
