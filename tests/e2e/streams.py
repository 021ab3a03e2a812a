"""The three forms of a run's stream, read the way a plain client would, each into the same Transcript."""

import base64
import hashlib
import http.client
import json
import os
import socket
import struct
import threading

from harness import PATIENCE, with_query

FORMS = ("websocket", "sse", "ndjson")


class Transcript:
    """What one client was sent."""

    def __init__(self):
        self.status = None  # of the HTTP answer; 101 for a WebSocket
        self.headers = {}
        self.open = None  # the stream_open message
        self.texts = []  # the JSON text of each event, as it was sent
        self.notices = []  # messages without a seq of their own but stream_open: gap, position
        self.ids = []  # SSE: the id that came with each event
        self.names = []  # SSE: the event name that came with each event, None where it had none
        self.comments = 0  # SSE comments and NDJSON empty lines
        self.close_code = None
        self.body = b""  # of a refusal
        self.whole = False  # the body or the WebSocket was ended properly

    def take(self, text, name=None, event_id=None):
        message = json.loads(text)
        if message.get("type") == "stream_open":
            assert self.open is None and not self.texts, "stream_open is the first message, once"
            self.open = message
        elif "seq" in message:
            self.texts.append(text)
            self.ids.append(event_id)
            self.names.append(name)
        else:
            self.notices.append(message)
        return message

    @property
    def events(self):
        return [json.loads(text) for text in self.texts]

    @property
    def seqs(self):
        return [event["seq"] for event in self.events]

    @property
    def types(self):
        return [event["type"] for event in self.events]

    @property
    def gaps(self):
        return [n for n in self.notices if n["type"] == "gap"]

    @property
    def positions(self):
        return [n["upTo"] for n in self.notices if n["type"] == "position"]


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

    def send_frame(self, opcode, payload=b"", fin=True, masked=True, rsv=0):
        length = len(payload)
        head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
        flag = 0x80 if masked else 0
        if length < 126:
            head += bytes([flag | length])
        elif length < 65536:
            head += bytes([flag | 126]) + struct.pack(">H", length)
        else:
            head += bytes([flag | 127]) + struct.pack(">Q", length)
        if masked:
            mask = os.urandom(4)
            repeated = (mask * (length // 4 + 1))[:length]
            payload = mask + (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(length, "big")
        self.socket.sendall(head + payload)

    def _exactly(self, count):
        data = self.file.read(count)
        if len(data) != count:
            raise ConnectionError("the connection ended within a frame")
        return data

    def receive(self):
        """The next text message, or None after the close. Pings are answered on the way."""
        parts = []
        while True:
            head = self.file.read(2)
            if len(head) < 2:
                return None
            opcode, length = head[0] & 15, head[1] & 127
            assert not head[1] & 128, "a server does not mask"
            assert not head[0] & 0x70, "no extension was negotiated"
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
            else:
                parts.append(payload)
                if head[0] & 0x80:
                    return b"".join(parts).decode("utf-8")

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def stream_path(run, short=False, **query):
    return with_query(f"/runs/{run}/stream" if short else f"/api/v2/workflows/runs/{run}/stream", query)


def read_websocket(server, path, transcript, headers=None, until=None):
    with WebSocket(server, path, headers) as ws:
        transcript.status, transcript.headers, transcript.body = ws.status, ws.headers, ws.body
        while ws.status == 101 and (text := ws.receive()) is not None:
            message = transcript.take(text)
            if until and until(message):
                return
        transcript.close_code = ws.close_code
        transcript.whole = ws.close_code is not None


def read_sse(server, path, transcript, headers=None, until=None):
    def take(answer):
        name = event_id = None
        data = []
        for raw in answer:
            line = raw.decode("utf-8").rstrip("\n").rstrip("\r")
            if line == "":
                if data and until and until(transcript.take("\n".join(data), name, event_id)):
                    return True
                if data and not until:
                    transcript.take("\n".join(data), name, event_id)
                name, event_id, data = None, None, []
            elif line.startswith(":"):
                transcript.comments += 1
            else:
                field, _, value = line.partition(":")
                value = value[1:] if value.startswith(" ") else value
                if field == "data":
                    data.append(value)
                elif field == "event":
                    name = value
                elif field == "id":
                    event_id = value
        return False

    read_body(server, path, transcript, {"Accept": "text/event-stream", **(headers or {})}, take)


def read_ndjson(server, path, transcript, headers=None, until=None):
    def take(answer):
        for raw in answer:
            line = raw.decode("utf-8").rstrip("\n")
            if not line:
                transcript.comments += 1
            elif (message := transcript.take(line)) and until and until(message):
                return True
        return False

    read_body(server, path, transcript, {"Accept": "application/x-ndjson", **(headers or {})}, take)


def read_body(server, path, transcript, headers, take):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        transcript.status = answer.status
        transcript.headers = {k.lower(): v for k, v in answer.getheaders()}
        if answer.status != 200:
            transcript.body = answer.read()
            return
        try:
            if not take(answer):
                transcript.whole = answer.isclosed()
        except (http.client.IncompleteRead, ConnectionError):
            transcript.whole = False
    finally:
        connection.close()


READERS = {"websocket": read_websocket, "sse": read_sse, "ndjson": read_ndjson}


def follow(server, run, form="ndjson", headers=None, until=None, short=False, **query):
    """Follows a run to the end of its stream, or until the predicate holds for a message."""
    transcript = Transcript()
    READERS[form](server, stream_path(run, short, **query), transcript, headers, until)
    return transcript


class Follower(threading.Thread):
    """Follows in the background; `result()` waits for the end."""

    def __init__(self, server, run, form="ndjson", **more):
        super().__init__(daemon=True)
        self.transcript = Transcript()
        self.error = None
        self.opened = threading.Event()
        headers, until, short = more.pop("headers", None), more.pop("until", None), more.pop("short", False)

        def watch(message):
            self.opened.set()
            return until(message) if until else False

        self.read = lambda: READERS[form](server, stream_path(run, short, **more), self.transcript, headers, watch)
        self.start()

    def run(self):
        try:
            self.read()
        except Exception as error:  # told to whoever asks for the result
            self.error = error
        finally:
            self.opened.set()

    def attached(self):
        """Waits for the first message."""
        assert self.opened.wait(PATIENCE), "no first message came"
        return self

    def result(self, timeout=None):
        self.join(timeout or PATIENCE)
        assert not self.is_alive(), "the stream did not end"
        if self.error:
            raise self.error
        return self.transcript
