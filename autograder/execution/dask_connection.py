"""Talk to a Dask cluster: the one module that knows `distributed`, and imports it when it is asked.

Where a job runs is decided by `autograder.execution.dask_cluster`; here a call goes to one worker.
Dask itself sends it nowhere else: whether a lost one may run again elsewhere is not its to say.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograder.errors import DaskMissingError, PlainTransportError, SchedulerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 10.0
"""How long a scheduler may take to answer."""

FETCH_SECONDS = 60.0
"""How long a result may take that is there."""

_LOUD = ("distributed", "distributed.client", "distributed.core", "tornado.application")
"""Loggers that write tracebacks to the terminal when a connection ends."""

_NOBODYS = "not on any worker"
"""A resource of Dask that no worker has."""

TLS = "tls://"
"""How the address of a scheduler begins that nobody can listen to."""


@dataclass(frozen=True)
class SchedulerAddress:
    """Where a scheduler of Dask is, and by what both know each other.

    Attributes
    ----------
    address : str
        Such as ``"tls://host:8786"``.
    ca, cert, key : Path or None
        Files of certificates, for TLS; by default those of Dask's own configuration.
    wanted : int
        How many workers a cluster that adapts is asked for as long as there are jobs; 0 to leave
        it to what the jobs at hand make it start.
    """

    address: str
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    wanted: int = 0

    @property
    def encrypted(self) -> bool:
        """Whether all that is sent is encrypted."""
        return self.address.startswith(TLS)

    def require_private(self) -> None:
        """Make sure that nobody can listen to what is sent.

        Raises
        ------
        PlainTransportError
            If the address is not one of TLS.
        """
        if not self.encrypted:
            raise PlainTransportError(self.address)


@dataclass(frozen=True)
class Answer:
    """What came of a call.

    Attributes
    ----------
    value : object
        What it returned.
    error : BaseException or None
        What it raised, or why nothing came back.
    lost : bool
        Whether nothing came back: its worker, or the way to it, is gone.
    """

    value: Any = None
    error: BaseException | None = None
    lost: bool = False


class DaskConnection:
    """A connection to a scheduler, made anew when it was lost.

    Parameters
    ----------
    scheduler : SchedulerAddress
        Where it is.

    Raises
    ------
    DaskMissingError
        If Dask is not installed.
    SchedulerError
        If nothing answers there.
    """

    def __init__(self, scheduler: SchedulerAddress) -> None:
        self.scheduler = scheduler
        self._client = self._connect()

    def _connect(self) -> Any:
        try:
            from distributed import Client, Security
            from distributed.versions import VersionMismatchWarning
        except ImportError as error:
            raise DaskMissingError(str(error)) from error
        for name in _LOUD:  # what matters of it is told by who asks, in one line
            logging.getLogger(name).setLevel(logging.CRITICAL)
        files = {
            "tls_ca_file": self.scheduler.ca,
            "tls_client_cert": self.scheduler.cert,
            "tls_client_key": self.scheduler.key,
        }
        named = {name: str(path) for name, path in files.items() if path is not None}
        options: dict[str, Any] = {"timeout": CONNECT_SECONDS, "set_as_default": False}
        try:
            if self.scheduler.encrypted:
                options["security"] = Security(require_encryption=True, **named)
            with warnings.catch_warnings():
                # of versions that differ: each worker proves its own, and is told by name
                warnings.simplefilter("ignore", VersionMismatchWarning)
                return Client(self.scheduler.address, direct_to_workers=False, **options)
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            raise SchedulerError(why, self.scheduler.address) from error

    @property
    def dashboard(self) -> str:
        """Address of Dask's own page about the cluster."""
        return str(self._client.dashboard_link)

    def workers(self) -> dict[str, int] | None:
        """Return how many jobs each worker takes at a time; None while there is no connection."""
        if self._client.status == "closed":
            try:
                self._client = self._connect()
            except SchedulerError as error:
                logger.info("still no scheduler", exc_info=error)
                return None
        if self._client.status != "running":
            return None
        try:
            found = self._client.sync(
                self._client.scheduler.ncores, callback_timeout=CONNECT_SECONDS
            )
        except Exception as error:  # of whatever kind, of many layers
            logger.info("the scheduler does not answer", exc_info=error)
            return None
        return dict(found)

    def call(self, worker: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Let one worker, and no other, call a function; return the future, Dask's own."""
        key = f"{function.__name__}-{secrets.token_hex(8)}"  # tells nobody's name
        return self._client.submit(
            function,
            *arguments,
            key=key,
            workers=[worker],
            allow_other_workers=False,
            pure=False,
            retries=0,
        )

    def call_later(
        self, done: Callable[[Answer], None], worker: str, function: Callable[..., Any], *args: Any
    ) -> Any:
        """Do the same, and call `done` with the answer, from another thread."""
        future = self.call(worker, function, *args)
        future.add_done_callback(lambda found: done(_answer_of(found)))
        return future

    def want(self, count: int, function: Callable[..., Any]) -> list[Any]:
        """Let a cluster that adapts see so many calls of a function that wait for a worker.

        They never run: each asks for a resource that no worker has. Dask's `Adaptive` starts
        workers by how many calls wait, and by how long those of the same function took; what is
        given to one worker, as by `call`, waits for no other.

        Returns
        -------
        list
            Dask's futures; whoever lets them go wants no worker any more.
        """
        keys = [f"{function.__name__}-wanted-{secrets.token_hex(8)}" for _ in range(count)]
        nowhere = {"resources": {_NOBODYS: 1}, "pure": False, "retries": 0}
        return [self._client.submit(function, key=key, **nowhere) for key in keys]

    def ask(
        self, seconds: float, worker: str, function: Callable[..., Any], *arguments: Any
    ) -> Any:
        """Let one worker call a function, and wait for what it returns, or raise what it raises."""
        return self.call(worker, function, *arguments).result(timeout=seconds)

    def close(self) -> None:
        """End the connection; what runs for it is given up by the cluster."""
        with contextlib.suppress(Exception):  # there may be none any more
            self._client.close(timeout=CONNECT_SECONDS)


def _answer_of(future: Any) -> Answer:
    from distributed.scheduler import KilledWorker

    try:
        if future.status == "error":
            error = future.exception(timeout=FETCH_SECONDS)
            return Answer(error=error, lost=isinstance(error, KilledWorker))
        return Answer(future.result(timeout=FETCH_SECONDS))
    except Exception as error:  # noqa: BLE001  # of whatever kind: nothing came
        return Answer(error=error, lost=True)


def start_thread(name: str, function: Callable[..., None], *arguments: Any) -> threading.Thread:
    """Start a thread that does not keep the process from its end."""
    thread = threading.Thread(target=function, name=name, args=arguments, daemon=True)
    thread.start()
    return thread
