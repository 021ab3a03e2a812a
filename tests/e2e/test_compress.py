"""permessage-deflate, on a server that was started with --compress: everybody's clients, and what is broken."""

import test_clients
from stream_case import StreamCase
from streams import follow, stream_path
from websocket import WebSocket, deflated

OFFER = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}


class CompressedClients(test_clients.Clients):
    """The same clients: Python's websockets, Node's ws and the browser offer it by themselves."""

    server_args = ("--compress",)


class Compression(StreamCase):
    server_args = ("--compress",)

    def texts(self, run, headers, **query):
        with WebSocket(self.server, stream_path(run, **query), headers) as ws:
            texts = []
            while (text := ws.receive()) is not None:
                texts.append(text)
            self.assertEqual(ws.close_code, 1000)
            return [text for text in texts if '"seq":' in text], ws

    def test_what_is_sent_is_the_same_text_in_fewer_bytes(self):
        plain, one = self.texts(self.ended, {})
        packed, other = self.texts(self.ended, OFFER)
        self.assertEqual(packed, plain)
        self.assertEqual(plain, follow(self.server, self.ended).texts)
        self.assertEqual(one.compressed, 0)
        self.assertGreater(other.compressed, len(packed) / 2)
        self.assertLess(other.bytes, one.bytes * 0.9)

    def test_the_answer_says_what_was_agreed(self):
        for offer, answer in {
            "permessage-deflate": "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
            "permessage-deflate; server_max_window_bits=8": None,
            "permessage-deflate; nonsense": None,
            "x-webkit-deflate-frame": None,
        }.items():
            with WebSocket(self.server, stream_path(self.ended), {"Sec-WebSocket-Extensions": offer}) as ws:
                self.assertEqual(ws.status, 101)
                self.assertEqual(ws.headers.get("sec-websocket-extensions"), answer, offer)

    def test_filters_and_positions_hold_for_compressed_events(self):
        for query in ({"after": 3}, {"tail": 2}, {"types": "step_log"}, {"level": "warn"}, {"step": "build"}):
            self.assertEqual(self.texts(self.ended, OFFER, **query)[0], self.texts(self.ended, {}, **query)[0], query)

    def test_a_client_may_compress_what_it_sends_within_the_same_bounds(self):
        run, release = self.held()
        with WebSocket(self.server, stream_path(run), OFFER) as ws:
            ws.send_frame(1, deflated(b"hello " * 20), rsv=4)
            ws.send_frame(9, b"still here")
            self.assertEqual(ws.receive_pong(), b"still here")
            release()
            while ws.receive() is not None:
                pass
            self.assertEqual(ws.close_code, 1000)
        for payload, code in ((deflated(bytes(10 << 20)), 1009), (b"\x07\x00", 1007), (deflated(b"\xff" * 50), 1007)):
            run, release = self.held()
            with WebSocket(self.server, stream_path(run), OFFER) as ws:
                ws.send_frame(1, payload[:4000], rsv=4)
                while ws.receive() is not None:
                    pass
                self.assertEqual(ws.close_code, code)
            release()
