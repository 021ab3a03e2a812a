"""The three forms of a run's stream, read the way a plain client would, each into the same Transcript."""

import json
import threading

from harness import PATIENCE, with_query
from raw import Raw, request_text
from websocket import WebSocket

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
    def take(body):
        name = event_id = None
        data = []
        for raw in body:
            line = raw.decode("utf-8").rstrip("\r")
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
    def take(body):
        for raw in body:
            line = raw.decode("utf-8")
            if not line:
                transcript.comments += 1
            elif (message := transcript.take(line)) and until and until(message):
                return True
        return False

    read_body(server, path, transcript, {"Accept": "application/x-ndjson", **(headers or {})}, take)


class Body:
    """The lines of an HTTP answer's body as they come. `whole` tells afterwards whether it was ended properly."""

    def __init__(self, file, headers):
        self.file = file
        self.chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        self.whole = False

    def chunks(self):
        if not self.chunked:
            while data := self.file.read1(1 << 16):
                yield data
            self.whole = True
            return
        while head := self.file.readline():
            size = int(head.split(b";")[0], 16)
            data = self.file.read(size + 2)
            if len(data) < size + 2:
                return
            if size == 0:
                self.whole = True
                return
            yield data[:-2]

    def __iter__(self):
        rest = b""
        try:
            for data in self.chunks():
                lines = (rest + data).split(b"\n")
                rest = lines.pop()
                yield from lines
        except ConnectionError:
            pass  # cut off: not whole


def open_body(server, path, headers, timeout=None):
    """Asks for a stream with a body: (connection, status, headers, Body)."""
    raw = Raw(server, timeout)
    raw.send(request_text(server, "GET", path, headers))
    status, fields = raw.receive_head()
    return raw, status, fields, Body(raw.file, fields)


def read_body(server, path, transcript, headers, take):
    raw, transcript.status, transcript.headers, body = open_body(server, path, headers)
    with raw:
        if transcript.status != 200:
            transcript.body = raw.receive_body(transcript.status, transcript.headers)
        elif not take(body):
            transcript.whole = body.whole


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
