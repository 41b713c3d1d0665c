"""Read a TOML file strictly: every key is known, and every value is of the kind expected there.

A *check* takes a value and its key and returns the value, or raises `SettingError`; checks of
tables and lists are made of those of what is inside.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from helpers._errors import SettingError

if TYPE_CHECKING:
    from pathlib import Path

Check: TypeAlias = Callable[[Any, str], Any]

LARGEST = 2**63 - 1
"""What TOML promises of whole numbers; Python reads larger ones, and nothing else would."""

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def read_toml(path: Path, check: Check, where: str | None = None) -> Any:
    """Read a TOML file as `parse_toml` does; `where` names it, by its path if left out."""
    where = str(path) if where is None else where
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for
            raise SettingError("a folder or a device", "a file", where)
        content = path.read_bytes()
    except OSError as error:
        raise SettingError(error.strerror, "a file that can be read", where) from error
    return parse_toml(content, check, where)


def parse_toml(content: str | bytes, check: Check, where: str) -> Any:
    """Read TOML text.

    Parameters
    ----------
    content : str or bytes
        Bytes have to be UTF-8, without a byte order mark.
    check : callable
        Of the table that is the whole file.
    where : str
        The file, as errors name it.

    Returns
    -------
    Any
        What `check` returns.

    Raises
    ------
    SettingError
        If the text is no TOML, or what `check` raises; it names the file and the key.

    Examples
    --------
    >>> parse_toml("size = 7", table({"size": whole(1)}), "run.toml")
    {'size': 7}
    >>> parse_toml("size = 0", table({"size": whole(1)}), "run.toml")
    Traceback (most recent call last):
    helpers._errors.SettingError: run.toml: size: found 0, expected a whole number from 1 up
    """
    try:
        return check(_parse(content), "")
    except RecursionError as error:
        raise SettingError("tables or lists nested too deep", "fewer levels", where) from error
    except SettingError as error:
        place = f"{where}: {error.where}" if error.where else where
        raise SettingError(error.found, error.expected, place) from error


def table(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Return the check of a table with these keys and no others."""
    known = {**required, **(optional or {})}
    expected = _describe(required, optional or {})

    def check(value: Any, key: str) -> dict[str, Any]:
        _check_table(value, key, expected)
        for name in sorted(value.keys() - known):  # first: it may be a missing one, misspelt
            raise SettingError(f"unknown key {_shown(name)}", expected, key)
        for name in sorted(required.keys() - value):
            raise SettingError(f"missing key {name}", expected, key)
        there = [name for name in known if name in value]
        return {name: known[name](value[name], _below(key, name)) for name in there}

    return check


def table_of(check: Check, expected: str) -> Check:
    """Return the check of a table whose keys are names of the author's own."""

    def check_all(value: Any, key: str) -> dict[str, Any]:
        _check_table(value, key, expected)
        return {name: check(part, _below(key, name)) for name, part in value.items()}

    return check_all


def list_of(check: Check, expected: str, least: int = 0) -> Check:
    """Return the check of a list of at least so many values."""

    def check_all(value: Any, key: str) -> list[Any]:
        if not isinstance(value, list) or len(value) < least:
            raise SettingError(value, expected, key)
        return [check(item, f"{key}[{number}]") for number, item in enumerate(value)]

    return check_all


def text(value: Any, key: str) -> str:
    """Check a text, which may be empty."""
    if not isinstance(value, str):
        raise SettingError(value, "a text in quotes", key)
    return value


def truth(value: Any, key: str) -> bool:
    """Check a truth value."""
    if not isinstance(value, bool):
        raise SettingError(value, "true or false", key)
    return value


def one_of(names: Sequence[str]) -> Check:
    """Return the check of a text that is one of some."""

    def check(value: Any, key: str) -> str:
        if not isinstance(value, str) or value not in names:
            raise SettingError(value, f"one of {', '.join(map(repr, names))}", key)
        return value

    return check


def whole(least: int, most: int = LARGEST) -> Check:
    """Return the check of a whole number."""
    expected = f"a whole number from {least} " + ("up" if most == LARGEST else f"to {most}")

    def check(value: Any, key: str) -> int:
        # type() and not isinstance(): true and false are ints in Python
        if type(value) is not int or not least <= value <= most:
            raise SettingError(value, expected, key)
        return value

    return check


def number(most: int) -> Check:
    """Return the check of a number above 0, whole or not."""

    def check(value: Any, key: str) -> float:
        # nan is in no order with others
        if type(value) not in (int, float) or not 0 < value <= most:
            raise SettingError(value, f"a number above 0, at most {most}", key)
        checked: float = value
        return checked

    return check


def moment(value: Any, key: str) -> datetime:
    """Check a date and time that is one everywhere: it has an offset from UTC."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        expected = "a date and time with its offset, such as 2026-12-01T23:59:00+09:00"
        raise SettingError(value, expected, key)
    return value


def _parse(content: str | bytes) -> dict[str, Any]:
    content = _decode(content) if isinstance(content, bytes) else content
    if content.startswith("\ufeff"):
        raise SettingError("a byte order mark", "UTF-8 without one", "")
    try:
        return tomllib.loads(content)
    except ValueError as error:  # also of a number of thousands of digits
        raise SettingError(str(error), "valid TOML", "") from error


def _decode(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = content[error.start : error.start + 4]
        raise SettingError(found, "text in UTF-8", f"line {line}") from error


def _check_table(value: Any, key: str, expected: str) -> None:
    if not isinstance(value, dict):
        raise SettingError(value, expected, key)


def _describe(required: Mapping[str, Check], optional: Mapping[str, Check]) -> str:
    if not optional:
        return f"a table with exactly the keys {', '.join(sorted(required))}"
    if not required:
        return f"a table with no other keys than {', '.join(sorted(optional))}"
    needed, others = ", ".join(sorted(required)), ", ".join(sorted(optional))
    return f"a table with the keys {needed} and optionally {others}"


def _below(key: str, name: str) -> str:
    return f"{key}.{_shown(name)}" if key else _shown(name)


def _shown(name: str) -> str:
    """Show a key as one writes it: in quotes only where it needs them."""
    return name if _BARE.fullmatch(name) else repr(name)
