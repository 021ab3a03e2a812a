"""A WebSocket client that does only what it is told, so that a test can behave badly."""

import base64
import hashlib
import os
import socket
import struct
import zlib

from frames import frame
from harness import PATIENCE


def inflated(message):
    return zlib.decompressobj(-12).decompress(message + b"\x00\x00\xff\xff")


def deflated(message):
    compressor = zlib.compressobj(wbits=-15)
    return (compressor.compress(message) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


class WebSocket:
    """A WebSocket client that does only what it is told, so that a test can behave badly."""

    def __init__(self, server, path, headers=None, timeout=None, receive_buffer=None):
        self.socket = socket.socket(socket.AF_INET6 if ":" in server.host else socket.AF_INET)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout or PATIENCE)
        self.socket.connect((server.host, server.port))
        key = base64.b64encode(os.urandom(16)).decode()
        fields = {"Host": server.authority, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": key,
                  "Sec-WebSocket-Version": "13", **(headers or {})}
        head = "".join(f"{k}: {v}\r\n" for k, v in fields.items() if v is not None)
        self.socket.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        self.file = self.socket.makefile("rb", buffering=1 << 16)
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        while (line := self.file.readline().strip()):
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()
        self.body = b""
        if self.status != 101:
            self.body = self.file.read(int(self.headers.get("content-length", 0)))
        else:
            accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
            assert self.headers.get("sec-websocket-accept") == accept.decode(), self.headers
        self.close_code = None
        self.pongs = []
        self.pings = 0
        self.deflate = "permessage-deflate" in self.headers.get("sec-websocket-extensions", "")
        self.compressed = self.bytes = 0  # messages that came so, and bytes of payload as they came

    def send_frame(self, opcode, payload=b"", fin=True, masked=True, rsv=0):
        self.socket.sendall(frame(opcode, payload, fin, rsv, masked, mask=os.urandom(4)))

    def _exactly(self, count):
        data = self.file.read(count)
        if len(data) != count:
            raise ConnectionError("the connection ended within a frame")
        return data

    def receive_pong(self):
        """The next pong's payload, or None after the close; messages before it are dropped."""
        answered = len(self.pongs)
        while len(self.pongs) == answered:
            if self.receive(or_pong=True) is None:
                return None
        return self.pongs[answered]

    def receive(self, or_pong=False):
        """The next text message, or None after the close. Pings are answered on the way. A pong can end it with ""."""
        parts = []
        inflate = False
        while True:
            head = self.file.read(2)
            if len(head) < 2:
                return None
            opcode, length = head[0] & 15, head[1] & 127
            assert not head[1] & 128, "a server does not mask"
            assert not head[0] & (0x30 if self.deflate else 0x70), "no extension was negotiated"
            if length == 126:
                length = struct.unpack(">H", self._exactly(2))[0]
            elif length == 127:
                length = struct.unpack(">Q", self._exactly(8))[0]
            payload = self._exactly(length)
            if opcode == 8:
                self.close_code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005
                try:
                    self.send_frame(8, payload[:2])
                except OSError:
                    pass  # the other end may be gone already
                return None
            if opcode == 9:
                self.pings += 1
                self.send_frame(10, payload)
            elif opcode == 10:
                self.pongs.append(payload)
                if or_pong:
                    return ""
            else:
                inflate = inflate or bool(head[0] & 0x40)
                parts.append(payload)
                if head[0] & 0x80:
                    message = b"".join(parts)
                    self.bytes += len(message)
                    self.compressed += inflate
                    # A decompressor for each message: the server has said that none leans on another.
                    return (inflated(message) if inflate else message).decode("utf-8")

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
