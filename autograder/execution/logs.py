"""Write what the grader does to ``work/grader.log``, and with ``-v`` to the terminal.

Every module that acts has a logger of its own below ``autograder``; this one alone says where
their records go. Each process of a class appends to the same file by itself, a record at a time:
no queue that a killed process could leave locked, and none that ends before its last record.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

from autograder.errors import AutograderError
from autograder.execution.tracebacks import clean, format_error, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_BYTES = 5 << 20
"""Of the file. It then becomes ``grader.log.1``, in place of the one before."""

MOST_NAME = 100
"""Characters of a submission's name that are written."""

_about: ContextVar[str] = ContextVar("_about", default="")

_LOGGER = logging.getLogger("autograder")


class LogFormatter(logging.Formatter):
    """One line a record, and below it, indented, an exception's traceback and the versions."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text; nobody's name or message can make another line of it."""
        moment = datetime.fromtimestamp(record.created).astimezone()
        head = f"{moment.isoformat(timespec='milliseconds')} {record.levelname} {record.name}"
        where = " ".join(filter(None, (str(record.process), shorten(_about.get(), MOST_NAME))))
        lines = [clean(f"{head} [{where}]: {shorten(record.getMessage())}")]
        if record.exc_info and record.exc_info[1] is not None:
            lines += [f"    {line}" for line in format_error(record.exc_info[1])]
            lines.append(f"    versions: {_versions()}")
        return "\n".join(lines)


class LogFile(logging.Handler):
    """Appends records to a file that several processes write.

    Parameters
    ----------
    path : Path
        The file; only its owner may read it.
    makes_folder : bool, default True
        Whether to make the folder; else nothing is written where there is none.
    tells : bool, default True
        Whether to say on stderr, once, that the file cannot be written.
    """

    def __init__(self, path: Path, *, makes_folder: bool = True, tells: bool = True) -> None:
        super().__init__(logging.INFO)
        self.path, self._makes_folder, self._tells = path, makes_folder, tells
        self.setFormatter(LogFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        """Append a record; a file that cannot be written stops nothing."""
        try:
            if self._makes_folder:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.parent.is_dir():
                self._append(f"{self.format(record)}\n".encode())
        except OSError as error:
            self._tell(error)
        except Exception:  # noqa: BLE001 - no record is worth a grade; stderr says what failed
            self.handleError(record)

    def _append(self, data: bytes) -> None:
        written = False
        while not written:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            descriptor = os.open(self.path, flags, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)  # two must not put it aside, one after other
                size = os.fstat(descriptor).st_size
                written = size == 0 or size + len(data) <= MOST_BYTES
                if written:
                    os.write(descriptor, data)
                else:
                    self._put_aside(descriptor)
            finally:
                os.close(descriptor)

    def _put_aside(self, descriptor: int) -> None:
        if os.path.samestat(os.fstat(descriptor), self.path.stat()):  # else another just did
            self.path.replace(self.path.with_name(f"{self.path.name}.1"))

    def _tell(self, error: OSError) -> None:
        if self._tells:
            self._tells = False
            what = f"the log {self.path} cannot be written: {error.strerror or error}"
            print(f"autograder: {what}; going on without it", file=sys.stderr)


class Terminal(logging.StreamHandler[TextIO]):
    """Writes records to stderr, above the progress bar if there is one."""

    def __init__(self, level: int) -> None:
        super().__init__()
        self.setLevel(level)
        self.setFormatter(LogFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; tqdm draws its bar again below."""
        if (tqdm := sys.modules.get("tqdm")) is None:
            super().emit(record)
        else:
            with tqdm.tqdm.external_write_mode(file=self.stream):
                super().emit(record)


@contextmanager
def log_to_terminal(verbosity: int) -> Iterator[None]:
    """Write what is done to stderr meanwhile: 1 for what, 2 for details too, 0 for nothing."""
    level = logging.INFO if verbosity == 1 else logging.DEBUG
    with _handler(Terminal(level) if verbosity else logging.NullHandler()):
        yield


@contextmanager
def log_to_file(path: Path, *, makes_folder: bool = True) -> Iterator[None]:
    """Append what is done to a file meanwhile, and what ends the block if that is an error."""
    with _handler(LogFile(path, makes_folder=makes_folder)):
        try:
            yield
        except Exception as error:
            where = log_fault(_LOGGER, error, "the command ended with an error")
            if not isinstance(error, AutograderError):  # those say all that anybody can act on
                error.add_note(where)
            raise
        except KeyboardInterrupt as error:
            _LOGGER.warning("the command was interrupted, by signal %s", *(error.args or (2,)))
            raise


@contextmanager
def log_about(name: str) -> Iterator[None]:
    """Name in each record meanwhile the submission that it is about."""
    token = _about.set(name)
    try:
        yield
    finally:
        _about.reset(token)


@contextmanager
def _handler(handler: logging.Handler) -> Iterator[None]:
    _add(handler)
    try:
        yield
    finally:
        _LOGGER.removeHandler(handler)
        _set_level()


def _add(handler: logging.Handler) -> None:
    _LOGGER.addHandler(handler)
    _set_level()


def _set_level() -> None:
    """Let through what some handler takes; without one, what Python does by itself."""
    levels = [handler.level for handler in _LOGGER.handlers if handler.level]
    _LOGGER.setLevel(min(levels, default=logging.NOTSET))


@dataclass(frozen=True)
class LogSettings:
    """Where records go, as plain data for another process.

    Attributes
    ----------
    file : Path or None
        The file, if any.
    terminal : int or None
        From which level on they go to stderr, if at all.
    """

    file: Path | None
    terminal: int | None


def log_settings() -> LogSettings:
    """Return where this process's records go."""
    file = next((one.path for one in _LOGGER.handlers if isinstance(one, LogFile)), None)
    level = next((one.level for one in _LOGGER.handlers if isinstance(one, Terminal)), None)
    return LogSettings(file, level)


def adopt_log_settings(settings: LogSettings) -> None:
    """Let this process's records go where its parent's go."""
    _add(logging.NullHandler())  # else warnings would be printed, which the parent's are not
    if settings.file is not None:
        _add(LogFile(settings.file, tells=False))
    if settings.terminal is not None:
        _add(Terminal(settings.terminal))


def log_fault(logger: logging.Logger, error: BaseException, message: str, *args: object) -> str:
    """Log an exception of ours with its whole traceback.

    Returns
    -------
    str
        Where it stands, for a reader who sees only what came of it: an id, which holds when the
        file has become another.
    """
    entry = secrets.token_hex(4)
    logger.error(f"entry {entry}: {message}", *args, exc_info=error)
    file = log_settings().file
    return f"{'log' if file is None else file.name}, entry {entry}"


def _versions() -> str:
    # takes 50 modules, which a command that meets no error does without
    from autograder.execution.versions import versions

    try:
        return ", ".join(f"{name} {version}" for name, version in versions().items())
    except ImportError as error:  # not installed: `version` finds no such package
        return str(error)
