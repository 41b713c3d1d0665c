"""What a student's code may send on its kernel's own sockets: too much, too heavy, or forged."""

from __future__ import annotations

NONSENSE = """
kernel = get_ipython().kernel
session, parent = kernel.session, kernel.get_parent()
def forge(kind, content, parent=parent, **header):
    header = {**session.msg_header(kind), **header}
    text = content if isinstance(content, bytes) else session.pack(content)
    parts = [session.pack(header), session.pack(parent), b"{}", text]
    return [b"<IDS|MSG>", session.sign(parts), *parts]
def output(*forged, **header):
    kernel.iopub_socket.send_multipart(forge(*forged, **header))
def other(socket, *forged, **header):
    socket.send_multipart([*kernel._parent_ident["shell"], *forge(*forged, **header)])
"""
"""Code that forges messages: `output` on the channel of outputs, `other` on any other socket."""

SOCKETS = """
import os, select, socket, stat, struct, time
def connections():
    for name in os.listdir('/proc/self/fd'):
        try:
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                found = socket.socket(fileno=os.dup(int(name)))
                listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
                if not listens and '/k-' in str(found.getsockname()):
                    yield found
        except OSError:
            pass
def send(connection, data, end):
    view = memoryview(data)
    while view and time.monotonic() < end:
        try:
            view = view[os.write(connection.fileno(), view):]
        except BlockingIOError:
            select.select([], [connection], [], 1)
def flood(frame, most=3 << 30):
    data = frame * max(1, (1 << 20) // len(frame))
    for connection in connections():
        end, sent = time.monotonic() + 60, 0
        try:
            while sent < most and time.monotonic() < end:
                send(connection, data, end)
                sent += len(data)
        except OSError:
            pass
    time.sleep(30)
"""

"""Code that writes on the sockets themselves: `flood` sends a frame again and again."""

FRAMES = {
    "long frames": "b'\\x03' + (1 << 18).to_bytes(8, 'big') + bytes(1 << 18)",
    "frames of a kilobyte": "b'\\x03' + (1 << 10).to_bytes(8, 'big') + bytes(1 << 10)",
    "short frames": "b'\\x01\\xff' + bytes(255)",
    "tiny frames": "b'\\x01\\x08' + bytes(8)",
    "empty frames": "b'\\x01\\x00'",
}
"""Frames of a message that goes on, as ZeroMQ writes them: one more, its length, its content."""

HEAVY = {
    "lists": "b'[' + b'[],' * 20_000_000 + b'[]]'",
    "numbers": "b'[' + b'1,' * 25_000_000 + b'1]'",
    "objects": "b'[' + b'{},' * 15_000_000 + b'1]'",
    "keys": "b'{' + b','.join(b'\"%d\":1' % i for i in range(4_000_000)) + b'}'",
    "a wide character": "('{\"status\": \"' + '\\U0001f600' + 'x' * 60_000_000 + '\"}').encode()",
}
"""Answers of some 60 MB that take many times as much once they are read."""
