"""An ipykernel that listens on sockets it was handed, so that it needs no path to bind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import zmq
from ipykernel.heartbeat import Heartbeat
from ipykernel.kernelapp import IPKernelApp

if TYPE_CHECKING:
    from collections.abc import Mapping


class HandedSocketsApp(IPKernelApp):
    """`IPKernelApp` without connection file, parent to watch, or address of its own."""

    _handed: Mapping[int, int]
    _connection: Any

    def hand(self, connection: dict[str, Any], sockets: Mapping[str, int]) -> None:
        """Take what a connection file would say, and the listening socket of each channel."""
        self._connection = connection
        self._handed = {connection[f"{name}_port"]: fd for name, fd in sockets.items()}

    def initialize(self, argv: list[str] | None = None) -> None:
        """Set the kernel up; its sockets then accept what the client already sent."""
        super().initialize(argv)  # type: ignore[no-untyped-call]  # ipykernel's, decorated
        # meant for a debugger: it would look ten times a second for a path that is not here
        self.debug_shell_socket.disconnect(self.shell_socket.last_endpoint)

    def parse_command_line(self, argv: list[str] | None = None) -> None:
        """Take no options: making a parser for none is a tenth of a kernel's start."""

    def init_connection_file(self) -> None:
        """Read the connection that was handed over."""
        self.load_connection_info(self._connection)

    def write_connection_file(self, **kwargs: Any) -> None:
        """Write none: the client has it."""

    def cleanup_connection_file(self) -> None:
        """Remove none."""

    def init_heartbeat(self) -> None:
        """Beat on the handed socket, as the other channels do."""
        address = (self.transport, self.ip, self.hb_port)
        self.heartbeat = _HandedHeartbeat(self._handed, address)
        self.heartbeat.start()

    def _try_bind_socket(self, s: zmq.Socket[bytes], port: int) -> int:
        _listen(s, port, self._handed)
        return port


class _HandedHeartbeat(Heartbeat):
    def __init__(self, handed: Mapping[int, int], address: tuple[str, str, int]) -> None:
        super().__init__(zmq.Context(), address)  # type: ignore[no-untyped-call]  # ipykernel's
        self.handed = handed

    def _try_bind_socket(self) -> None:
        _listen(self.socket, self.port, self.handed)


def _listen(channel: zmq.Socket[bytes], port: int, handed: Mapping[int, int]) -> None:
    channel.setsockopt(zmq.USE_FD, handed[port])
    channel.bind(f"ipc:///handed-{port}")  # never created: the descriptor is bound already
