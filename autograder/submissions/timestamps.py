"""Read when a submission was handed in, and never guess.

nbgrader writes ``2026-03-01 23:59:59.123456 UTC``; learning platforms and people write a lot else.
nbgrader itself takes 1/3/2026 for the third of January, and PST for UTC. What can be read in two
ways is no time here.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import parser

from autograder.errors import TimestampError
from autograder.submissions.entries import reason_of

if TYPE_CHECKING:
    from pathlib import Path

TIMESTAMP_FILE = "timestamp.txt"
"""nbgrader's file beside a notebook."""

SECRET_FILE = "submission_secret.txt"  # noqa: S105  # a name
"""Another one: whoever has it gets the feedback out of nbgrader's exchange."""

EXCHANGE_FILES = (TIMESTAMP_FILE, SECRET_FILE)
"""What nbgrader's exchange puts beside a notebook, and looks for when feedback goes back."""

SHOWN = 40
"""Characters of a text that are shown."""

_ZONE = re.compile(r"\s+(?P<zone>[A-Z][A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+)$")

_SECONDS = re.compile(r"1\d{9}(?:\.\d+)?|1\d{12}")
"""Seconds, or thousandths, since 1970, for any date from 2001 to 2033."""

_YEAR_FIRST = re.compile(r"\d{4}[-/.\d]")
"""After it the month follows, in every language."""

_OFFSET_NAMED = re.compile(r"\b(?:UTC|GMT)\s*[+-]\s*\d")

_DEFAULTS = (datetime(2000, 1, 1, 1, 1), datetime(2004, 2, 2, 2, 2))
"""What takes the place of whatever a text lacks: if both give the same time, it lacks nothing."""


def read_timestamp(folder: Path) -> tuple[str | None, tuple[str, ...]]:
    """Return when a submission was handed in, in UTC as nbgrader writes it, and what is odd there.

    Parameters
    ----------
    folder : Path
        Where the notebook lies; a link there is not followed.

    Returns
    -------
    timestamp : str or None
        None if there is none that can be read for certain.
    notes : tuple of str
        Why not, or what was taken for granted.
    """
    path = folder / TIMESTAMP_FILE
    try:
        if path.is_symlink() or not path.is_file():
            return None, ()
        with path.open("rb") as file:
            content = file.read(400)
    except OSError as error:
        return None, (f"{TIMESTAMP_FILE} cannot be read: {reason_of(error)}",)
    text = _decoded(content).strip()
    try:
        found, notes = parse_timestamp(text)
    except TimestampError as error:
        return None, (f"{TIMESTAMP_FILE} holds {text[:SHOWN]!r}, {error}",)
    return as_text(found), tuple(f"{TIMESTAMP_FILE} holds {text!r}: {note}" for note in notes)


def as_text(time: datetime) -> str:
    """Write a time in UTC as nbgrader does."""
    time = time if time.tzinfo is None else time.astimezone(UTC)
    return f"{time.replace(tzinfo=None).isoformat(' ')} UTC"


def parse_timestamp(text: str) -> tuple[datetime, tuple[str, ...]]:
    """Read a date and a time that can be read in one way only.

    Parameters
    ----------
    text : str
        In nbgrader's form, in ISO 8601, or in any other that leaves no choice.

    Returns
    -------
    time : datetime
        With its zone.
    notes : tuple of str
        What was taken for granted: that a time without a zone is UTC, as nbgrader has it.

    Raises
    ------
    TimestampError
        If it is no time, or could be several; the message says what was expected.
    """
    if _SECONDS.fullmatch(text):
        seconds = float(text) / (1000 if len(text.partition(".")[0]) == 13 else 1)
        return datetime.fromtimestamp(seconds, UTC), ("taken for seconds since 1970",)
    text = re.sub(r"[\u5e74\u6708]", "-", text).replace("\u65e5", "")  # 2026年3月1日
    named = _ZONE.search(text)
    zone = _zone(named["zone"]) if named else None
    times = _readings(text[: named.start()] if named else text)
    if len(times) > 1:
        shown = " or ".join(f"{time:%Y-%m-%d %H:%M}" for time in sorted(times))
        raise TimestampError(f"which may be {shown}; expected one like {as_text(max(times))}")
    (time,) = times
    if time.tzinfo is None and zone is not None:
        return _placed(time, zone), ()
    if time.tzinfo is None:
        return time.replace(tzinfo=UTC), ("it names no time zone and is read as UTC",)
    return time, ()


def _decoded(content: bytes) -> str:
    marks = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    return content.decode(marks.get(content[:2], "utf-8-sig"), errors="replace")


def _readings(text: str) -> set[datetime]:
    """Return each time that a text may mean, where it lacks nothing."""
    expected = "expected a date and a time"
    if _OFFSET_NAMED.search(text):
        raise TimestampError("whose sign is read in two ways; expected a zone like +01:00")
    try:
        orders = _ORDERS[:1] if _YEAR_FIRST.match(text) else _ORDERS
        read = [[_parse(text, default, order) for default in _DEFAULTS] for order in orders]
    except TimestampError:
        raise
    except (ValueError, OverflowError, TypeError, IndexError, AttributeError) as error:
        raise TimestampError(expected) from error
    if any(first != second for first, second in read):
        raise TimestampError(expected + ", the year included")
    return {first for first, _ in read}


_ZONES = "expected UTC, an offset like +01:00, or a name like Europe/Berlin"

_ORDERS = ((False, False), (True, False), (False, True), (True, True))
"""Whether the day comes before the month, and whether a year of two digits comes first."""


def _parse(text: str, default: datetime, order: tuple[bool, bool]) -> datetime:
    day_first, year_first = order
    time: datetime = parser.parse(
        text, default=default, dayfirst=day_first, yearfirst=year_first, tzinfos=_known
    )
    return time


def _known(name: str | None, offset: int | None) -> tzinfo | int | None:
    """Let dateutil know UTC alone: other abbreviations are used by several zones."""
    if offset is not None:
        return offset
    if name in ("UTC", "GMT", "Z", "z"):
        return UTC
    if name is None:
        return None
    raise TimestampError(f"whose zone {name} is that of several places; {_ZONES}")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise TimestampError(f"whose zone {name} is unknown; {_ZONES}") from error


def _placed(time: datetime, zone: ZoneInfo) -> datetime:
    """Return a local time in its zone, if its clocks showed it once."""
    first, second = (time.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        apart = abs((first.utcoffset() or timedelta()) - (second.utcoffset() or timedelta()))
        raise TimestampError(f"when clocks changed by {apart}: it was twice, or never; {_ZONES}")
    return first
