"""Keep all that goes through a connection, as whoever listens on the way would have it."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"


class Wire:
    """A port of loopback that leads to another one.

    Parameters
    ----------
    port : int
        Where it leads.

    Attributes
    ----------
    port : int
        Where it begins.
    seen : bytearray
        All that went through, in both directions.
    """

    def __init__(self, port: int) -> None:
        self._target, self.seen = port, bytearray()
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # it is closed at the end
            while True:
                ours, _ = self._listener.accept()
                threading.Thread(target=self._connect, args=(ours,), daemon=True).start()

    def _connect(self, ours: socket.socket) -> None:
        with ours, socket.create_connection((HOST, self._target)) as theirs:
            back = threading.Thread(target=self._carry, args=(theirs, ours), daemon=True)
            back.start()
            self._carry(ours, theirs)
            back.join()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                self.seen += data
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()


@contextlib.contextmanager
def wire(port: int) -> Iterator[Wire]:
    """Lead a new port to another one meanwhile."""
    found = Wire(port)
    try:
        yield found
    finally:
        found.close()
