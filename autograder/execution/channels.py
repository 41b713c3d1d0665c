"""The grader's end of a kernel's channels: bounded, and ready as soon as the kernel is.

ZeroMQ reads what a kernel sends in a thread of its own, long before anyone asks for it, so only the
sockets' own options can keep a flood out of the grader's memory.
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from queue import Empty
from typing import Any, cast

import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.manager import AsyncKernelManager
from traitlets import Int, Type, default
from zmq.utils.monitor import recv_monitor_message

from autograder.kernel_side.codec import MAX_BYTES as LONGEST_ANSWER

ENVELOPE = 1 << 16
"""Room for a message's headers, in bytes."""

MOST_VALUES = 1_000_000
"""Most lists, dictionaries and their entries in a message; each takes Python some 100 bytes."""

MOST_WIDE = 16 << 20
"""Longest message with other than ASCII characters, in bytes: one of these makes all four wide."""

WAITING_MESSAGES = 2
"""How many messages of a channel wait in the grader; further ones wait in the kernel's memory."""


class BoundedKernelManager(AsyncKernelManager):
    """A kernel manager with bounded clients."""

    output_bytes = Int(LONGEST_ANSWER, help="longest message on the output channel")

    @default("client_factory")
    def _bounded_client(self) -> type[BoundedKernelClient]:
        return BoundedKernelClient

    # jupyter_client's own overrides a blocking one by an asynchronous one, and ignores it too
    def client(self, **kwargs: Any) -> BoundedKernelClient:  # type: ignore[override]  # see above
        """Return a client; `disconnect` from it at the end."""
        context = zmq.asyncio.Context()
        context.setsockopt(zmq.RCVHWM, WAITING_MESSAGES)
        # nobody waits for a kernel that reads nothing of what it is sent
        context.setsockopt(zmq.SNDTIMEO, 0)
        # a peer that sends a longer one loses its connection, and gets a new one
        context.setsockopt(zmq.MAXMSGSIZE, LONGEST_ANSWER + ENVELOPE)
        bounds = {"context": context, "output_bytes": self.output_bytes}
        client = super().client(**bounds, **kwargs)
        assert isinstance(client, BoundedKernelClient)  # by `_bounded_client`
        return client


class StrictChannel(AsyncZMQSocketChannel):
    """A channel that drops malformed messages: a student's code reaches the kernel's sockets."""

    kinds: frozenset[str] | None = None
    """Of messages that are no surprise here; None for any."""

    async def get_msg(  # type: ignore[override]  # as jupyter_client's own asynchronous one
        self,
        timeout: float | None = None,  # noqa: ASYNC109  # as jupyter_client's
    ) -> dict[str, Any]:
        """Return the next message.

        Raises
        ------
        queue.Empty
            If none comes within ``timeout`` seconds, or these are over already.
        """
        latest = float("inf") if timeout is None else time.monotonic() + timeout
        while (left := latest - time.monotonic()) > 0:
            # where messages wait, nothing below does: in a flood of them no time limit would act
            await asyncio.sleep(0)
            if not await self.socket.poll(None if timeout is None else math.ceil(left * 1000)):
                continue
            parts = await self.socket.recv_multipart()
            try:
                if not all(map(is_light, parts)):
                    continue
                message = self.session.deserialize(self.session.feed_identities(parts)[1])
                if _is_sound(message, self.kinds):
                    return message
            except MemoryError:  # ours: it may have been a sound one
                raise
            except Exception:  # noqa: BLE001, S112  # whatever reading nonsense may come to
                continue
        raise Empty


_NEEDED = {"execute_reply": "status", "input_request": "prompt"}


class ShellChannel(StrictChannel):
    """What a kernel answers: a question in its place would be taken for the answer."""

    kinds = frozenset({"execute_reply", "kernel_info_reply"})


class StdinChannel(StrictChannel):
    """What a kernel asks."""

    kinds = frozenset({"input_request"})


def is_light(part: bytes) -> bool:
    """Whether a part of a message takes little more memory once it is read.

    Examples
    --------
    >>> is_light(b'{"prompt": "' + b"," * 2_000_000 + b'"}')
    True
    >>> is_light(b"[" + b"1," * 2_000_000 + b"1]")
    False
    """
    if len(part) > MOST_WIDE and not part.isascii():
        return False
    return _values(part) <= MOST_VALUES or _has_few_values(part)


def _values(text: bytes) -> int:
    return sum(map(text.count, (b",", b"[", b"{")))


def _has_few_values(text: bytes) -> bool:
    """Count once more, without what stands in strings, and no further than it matters."""
    found, begin = 0, 0
    for string in _STRING.finditer(text):
        found += 1 + _values(text[begin : string.start()])
        if found > MOST_VALUES:
            return False
        begin = string.end()
    return found + _values(text[begin:]) <= MOST_VALUES


_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


def _is_sound(message: dict[str, Any], kinds: frozenset[str] | None) -> bool:
    """Whether the parts that are relied on unseen are of the kinds that are expected.

    Raises
    ------
    Exception
        Of any kind, if it is not.
    """
    kind, content = message["msg_type"], message["content"]
    if kinds is not None and kind not in kinds:
        return False
    if not (isinstance(message["parent_header"], dict) and isinstance(content, dict)):
        return False
    if kind in _NEEDED:
        str.encode(content[_NEEDED[kind]])  # half a character could not be sent on
    return True


class BoundedKernelClient(AsyncKernelClient):
    """A kernel client of which a student's code can fill neither memory nor time."""

    iopub_channel_class = Type(StrictChannel)
    shell_channel_class = Type(ShellChannel)
    stdin_channel_class = Type(StdinChannel)
    output_bytes = Int(LONGEST_ANSWER, help="longest message on the output channel")
    _introduction: Any = None  # asyncio's socket, which pyzmq annotates as another

    def start_channels(self, *args: Any, **kwargs: Any) -> None:
        """Connect all but two: its manager knows whether a kernel lives, and controls it."""
        super().start_channels(*args, **{**kwargs, "hb": False, "control": False})

    def connect_iopub(self, identity: bytes | None = None) -> zmq.Socket[bytes]:
        """Connect the output channel, with its own limit."""
        usual = self.context.getsockopt(zmq.MAXMSGSIZE)
        self.context.setsockopt(zmq.MAXMSGSIZE, self.output_bytes + ENVELOPE)
        try:
            channel: zmq.Socket[bytes] = super().connect_iopub(identity)
            return channel
        finally:
            self.context.setsockopt(zmq.MAXMSGSIZE, usual)

    def connect_stdin(self, identity: bytes | None = None) -> zmq.Socket[bytes]:
        """Connect the channel of a kernel's questions, and notice when the kernel knows of it."""
        socket = self.context.socket(zmq.DEALER)
        if identity:
            socket.identity = identity
        self._introduction = socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
        socket.connect(self._make_url("stdin"))
        return cast("zmq.Socket[bytes]", socket)  # what jupyter_client calls it

    def disconnect(self) -> None:
        """Close all channels with the context that they share.

        One that is left to the garbage collector may keep this process waiting for ever: it ends
        the context first, and that waits for sockets which are garbage themselves.
        """
        self.context.destroy(linger=0)

    def stop_channels(self) -> None:
        """Close all channels for good: nbclient does so if a kernel dies before it answers."""
        self.disconnect()

    async def wait_for_ready(
        self,
        timeout: float | None = None,  # noqa: ASYNC109  # as jupyter_client's
    ) -> None:
        """Wait until the kernel answers, its output arrives, and it can ask questions.

        Unlike jupyter_client's own, it does not go on to wait 0.2 seconds for silence: nbclient
        tells the messages of a cell from older ones anyway.

        Raises
        ------
        RuntimeError
            If the kernel dies, or does not answer within ``timeout`` seconds.
        """
        latest = time.monotonic() + (float("inf") if timeout is None else timeout)
        while True:
            self.kernel_info()
            # heard of only once the kernel knows that this client listens; else ask again
            answers = await _next(self.shell_channel, 1)
            if answers and await _next(self.iopub_channel, 0.05) and await self._introduced():
                return
            if not await self.is_alive():
                raise RuntimeError("the kernel died before it answered")
            if time.monotonic() > latest:
                raise RuntimeError(f"the kernel did not answer in {timeout} seconds")

    async def _introduced(self) -> bool:
        """Wait for the stdin channel: a question asked before it is connected goes to nobody.

        A kernel that binds its sockets while this client connects gets each of them at another
        time, as a refused one is tried again after 0.1 to 0.2 seconds.
        """
        if self._introduction is not None:
            if not await self._introduction.poll(1000):
                return False
            self.stdin_channel.socket.disable_monitor()
            self._introduction.close()
            self._introduction = None
        return True

    async def output_was_cut(self) -> None:
        """Return once the output channel lost its connection, as after a message too long."""
        socket = self.iopub_channel.socket
        monitor = socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        try:
            await recv_monitor_message(monitor)
        finally:
            socket.disable_monitor()

    def forget(self) -> None:
        """Leave all channels: what came of messages is dropped here, half ones too."""
        for name in ("iopub", "shell", "stdin"):
            channel = getattr(self, f"{name}_channel")
            channel.socket.disconnect(self._make_url(name))

    def forget_output(self) -> None:
        """Connect the output channel anew: what waits in the kernel's memory is dropped there."""
        socket = self.iopub_channel.socket
        address = self._make_url("iopub")
        socket.disconnect(address)
        socket.connect(address)


async def _next(channel: Any, seconds: float) -> Any:
    try:
        return await channel.get_msg(timeout=seconds)
    except Empty:
        return None
