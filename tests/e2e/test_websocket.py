"""The WebSocket itself: refusals, pings, closes, broken frames."""

from stream_case import StreamCase
from streams import Follower, stream_path
from websocket import WebSocket

UNKNOWN = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


class WebSockets(StreamCase):
    def test_a_refusal_before_the_upgrade_is_plain_http(self):
        with WebSocket(self.server, stream_path(UNKNOWN)) as ws:
            self.assertEqual(ws.status, 404)
        with WebSocket(self.server, stream_path(self.ended), {"Origin": "http://evil.example"}) as ws:
            self.assertEqual(ws.status, 403)
        with WebSocket(self.server, stream_path(self.ended), {"Origin": self.server.url}) as ws:
            self.assertEqual(ws.status, 101)

    def test_a_ping_is_answered_with_its_own_payload_while_the_run_is_quiet(self):
        run, release = self.held()
        with WebSocket(self.server, stream_path(run)) as ws:
            ws.send_frame(9, b"are you there")
            ws.send_frame(1, b'{"type":"whatever"}')
            self.assertEqual(ws.receive_pong(), b"are you there")
            release()

    def test_a_message_that_is_too_big_is_closed_with_1009(self):
        run, release = self.held()
        with WebSocket(self.server, stream_path(run)) as ws:
            try:
                ws.send_frame(2, b"x" * (16 << 20))
            except OSError:
                pass  # closed while we were still sending
            try:
                while ws.receive() is not None:
                    pass
            except OSError:
                pass
            self.assertIn(ws.close_code, (1009, None))
        release()
        self.assertEqual(self.server.wait_for(run)["status"], "succeeded")

    def test_a_client_s_close_is_answered(self):
        run, release = self.held()
        with WebSocket(self.server, stream_path(run)) as ws:
            ws.receive()
            ws.send_frame(8, b"\x03\xe8bye")
            while ws.receive() is not None:
                pass
            self.assertEqual(ws.close_code, 1000)
        release()

    def test_broken_frames_end_the_connection_and_harm_nobody_else(self):
        run, release = self.held()
        witness = Follower(self.server, run, "websocket").attached()
        bad = [("unmasked", dict(opcode=1, payload=b"x", masked=False)), ("reserved opcode", dict(opcode=3)),
               ("reserved control", dict(opcode=11)), ("rsv1", dict(opcode=1, payload=b"x", rsv=4)),
               ("fragmented ping", dict(opcode=9, payload=b"x", fin=False)),
               ("long ping", dict(opcode=9, payload=b"x" * 126)), ("bad utf-8", dict(opcode=1, payload=b"\xff\xfe")),
               ("short close", dict(opcode=8, payload=b"\x03")), ("close 1005", dict(opcode=8, payload=b"\x03\xed")),
               ("close 999", dict(opcode=8, payload=b"\x03\xe7")), ("lone continuation", dict(opcode=0, payload=b"x"))]
        for what, frame in bad:
            with self.subTest(what), WebSocket(self.server, stream_path(run)) as ws:
                ws.receive()
                ws.send_frame(**frame)
                try:
                    while ws.receive() is not None:
                        pass
                except ConnectionError:
                    pass
                self.assertIn(ws.close_code, (None, 1002, 1007))
        release()
        self.assertEqual(witness.result().types[-1], "run_complete")
