#!/usr/bin/python3
"""The worst clients: abusers.py KIND HOST PORT PATH COUNT SECONDS keeps COUNT of them busy on a run's stream at PATH.

Each is one socket that never blocks this process. Who is thrown out comes back at once, in bounded numbers a turn.
"""

import base64
import os
import random
import resource
import socket
import struct
import sys
import time

from frames import frame

TCP_REPAIR = 19
REQUEST = ("GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n")


def broken():
    """One of the ways to break RFC 6455."""
    return random.choice([
        frame(1, b"not masked", masked=False), frame(1, b"\xff\xfe"), frame(1, b"a", rsv=random.randint(1, 7)),
        frame(3), frame(11), frame(0, b"of nothing"), frame(9, bytes(126)), frame(9, b"p", fin=False),
        frame(8, b"\x03"), frame(8, struct.pack(">H", 1005)), frame(8, struct.pack(">H", 999)),
        frame(8, b"\x03\xe8\xff"), b"\x81\xfe\x00\x05" + bytes(9), b"\x81\xff" + b"\xff" * 8 + bytes(40),
        frame(1, b"a", fin=False) + frame(1, b"b"), os.urandom(200)])


class Kind:
    """What one kind of client sends and takes once it has asked; the default is one that is merely there."""

    request = True  # whether it asks for the stream at all
    receive_buffer = None
    reads = False

    def more(self):
        """Bytes to send now, as often as the socket takes them; none: it has nothing to say."""
        return b""

    def after_attach(self, connection):
        """Called once, when the request was sent."""


class NeverReads(Kind):
    receive_buffer = 4096


class ByteASecond(Kind):
    receive_buffer = 4096

    def __init__(self):
        self.next_byte = 0.0

    def turn(self, connection):
        if time.monotonic() >= self.next_byte:
            self.next_byte = time.monotonic() + 1
            connection.recv(1)


class Messages(Kind):
    reads = True

    def more(self):
        return frame(1, b"hello") * 100


class Pings(Kind):
    reads = True

    def more(self):
        return frame(9, b"ping") * 100


class PingsUnread(Pings):
    reads = False
    receive_buffer = 4096


class Fragments(Kind):
    reads = True

    def more(self):
        return frame(0 if random.random() < 0.999 else 1, b"x", fin=False) * 50


class EmptyFragments(Kind):
    reads = True

    def __init__(self):
        self.begun = False

    def more(self):
        first, self.begun = not self.begun, True
        return frame(1, b"", fin=False) if first else frame(0, b"", fin=False) * 50


class EndlessFrame(Kind):
    reads = True

    def __init__(self):
        self.begun = False

    def more(self):
        first, self.begun = not self.begun, True
        return frame(2, b"", claim=1 << 40) if first else bytes(4096)


class Broken(Kind):
    reads = True

    def more(self):
        return broken()


class HalfRequest(Kind):
    request = False

    def __init__(self):
        self.sent = False

    def more(self):
        first, self.sent = not self.sent, True
        return b"GET /runs/half HTTP/1.1\r\nHost: 127" if first else b""


class SlowRequest(Kind):
    """A byte of its head now and then, for ever."""

    request = False

    def __init__(self):
        self.next_byte = 0.0

    def more(self):
        if time.monotonic() < self.next_byte:
            return b""
        self.next_byte = time.monotonic() + 1
        return b"X"


class Vanishes(Kind):
    """Goes without a FIN or a reset, as a machine does that loses its power; needs the right to set TCP_REPAIR."""

    def after_attach(self, connection):
        try:
            connection.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
        except PermissionError:
            pass
        raise ConnectionError("gone")


class ConnectsAndLeaves(Kind):
    def after_attach(self, connection):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise ConnectionError("gone")


KINDS = {"never-reads": NeverReads, "byte-a-second": ByteASecond, "messages": Messages, "pings": Pings,
         "pings-unread": PingsUnread, "fragments": Fragments, "empty-fragments": EmptyFragments,
         "endless-frame": EndlessFrame, "broken": Broken, "half-request": HalfRequest, "slow-request": SlowRequest,
         "vanishes": Vanishes, "connects-and-leaves": ConnectsAndLeaves}


class Crowd:
    """`count` clients of one kind."""

    NEW_A_TURN = 200  # connections; a server that throws them out at once must not keep us from the others

    def __init__(self, kind, host, port, path, count):
        self.kind, self.address, self.path, self.count = KINDS[kind], (host, port), path, count
        self.clients = {}

    def open(self):
        kind = self.kind()
        connection = socket.socket()
        if kind.receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, kind.receive_buffer)
        try:
            connection.connect(self.address)
            connection.setblocking(False)
            if kind.request:
                key = base64.b64encode(os.urandom(16)).decode()
                connection.send(REQUEST.format(path=self.path, host=self.address[0], port=self.address[1],
                                               key=key).encode())
            kind.after_attach(connection)
        except OSError:
            connection.close()
            return
        self.clients[connection] = kind

    def turn(self):
        for _ in range(min(self.NEW_A_TURN, self.count - len(self.clients))):
            self.open()
        for connection, kind in list(self.clients.items()):
            try:
                if kind.reads:
                    self.drain(connection)
                if hasattr(kind, "turn"):
                    kind.turn(connection)
                if data := kind.more():
                    connection.send(data)
            except BlockingIOError:
                pass
            except OSError:
                self.drop(connection)

    @staticmethod
    def drain(connection):
        try:
            if connection.recv(65536) == b"":
                raise ConnectionError("closed")
        except BlockingIOError:
            pass

    def drop(self, connection):
        del self.clients[connection]
        connection.close()


def main():
    kind, host, port, path, count, seconds = sys.argv[1:]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = Crowd(kind, host, int(port), path, int(count))
    end = time.monotonic() + float(seconds)
    crowd.turn()
    print("ready", flush=True)
    while time.monotonic() < end:
        crowd.turn()
        time.sleep(0.01)


if __name__ == "__main__":
    main()
