"""Much output, slow readers, and a server whose memory does not grow with either."""

import hashlib
import multiprocessing
import re
import threading
import time
from types import SimpleNamespace

from harness import EndToEnd, PATIENCE, lines, long_only, wait_until, workflow
from raw import Raw, request_text
from streams import Follower, open_body, stream_path
from websocket import WebSocket

MEBIBYTE = 1 << 20
SEQ = re.compile(rb'"seq":(\d+),')
MESSAGE = re.compile(rb'"message":"(\d+)"')


class Tally:
    """What a stream of numbered lines came to, kept cheaply."""

    def __init__(self):
        self.seq = self.number = 0
        self.ordered = True
        self.digest = hashlib.sha256()

    def take(self, text):
        if not (found := SEQ.search(text)):
            return
        self.ordered = self.ordered and int(found[1]) == self.seq + 1
        self.seq = int(found[1])
        if message := MESSAGE.search(text):
            self.ordered = self.ordered and int(message[1]) == self.number + 1
            self.number = int(message[1])
        self.digest.update(text + b"\n")

    def result(self, ended_well):
        return self.seq, self.number, self.ordered, self.digest.hexdigest(), ended_well


def count_frames(host, port, path, report):
    tally = Tally()
    with WebSocket(SimpleNamespace(host=host, port=port, authority=f"{host}:{port}"), path, timeout=600) as ws:
        while (text := ws.receive()) is not None:
            tally.take(text.encode())
        report.put(tally.result(ws.close_code == 1000))


def count_lines(host, port, path, report):
    tally = Tally()
    server = SimpleNamespace(host=host, port=port, authority=f"{host}:{port}")
    raw, _, _, body = open_body(server, path, {"Accept": "application/x-ndjson"}, timeout=600)
    with raw:
        for line in body:
            tally.take(line)
        report.put(tally.result(body.whole))


class Big(EndToEnd):
    def watch_memory(self):
        """Samples the server's memory in the background; the returned function ends that and gives the samples."""
        samples, stop = [], threading.Event()

        def sample():
            while not stop.wait(0.1):
                samples.append(self.server.memory())

        thread = threading.Thread(target=sample, daemon=True)
        thread.start()

        def end():
            stop.set()
            thread.join()
            return samples

        return end

    def in_process(self, target, run):
        report = multiprocessing.Queue()
        process = multiprocessing.Process(target=target, daemon=True,
                                          args=(self.server.host, self.server.port, stream_path(run), report))
        process.start()
        return report

    def test_a_step_of_a_million_lines_arrives_whole_and_in_order_at_two_clients_with_the_memory_flat(self):
        hold, release = self.gate()
        run = self.server.run(workflow(("flood", f"{hold}; seq 1 1000000")))
        self.server.wait_for(run, "running")
        before = self.server.memory()
        memory = self.watch_memory()
        reports = [self.in_process(count_frames, run), self.in_process(count_lines, run)]
        release()
        results = [report.get(timeout=600) for report in reports]
        peak = max(memory())
        total = 1_000_000 + 4
        for seq, number, ordered, _, ended_well in results:
            self.assertEqual((seq, number, ordered, ended_well), (total, 1_000_000, True, True))
        self.assertEqual(results[0][3], results[1][3], "the two clients saw different texts")
        self.assert_memory_less(peak - before, 160 * MEBIBYTE, f"memory grew from {before >> 20} to {peak >> 20} MiB")
        again = self.in_process(count_lines, run).get(timeout=600)
        self.assertEqual(again, results[1], "what is told afterwards differs from what was told live")
        page = self.server.get(f"/runs/{run}/logs", tail=2).json()["items"]
        self.assertEqual([item["message"] for item in page], ["999999", "1000000"])

    def test_a_client_that_reads_nothing_for_a_while_gets_everything_and_costs_nobody(self):
        hold, release = self.gate()
        run = self.server.run(workflow(("flood", f"{hold}; seq 1 100000; seq 100001 100010")))
        slow = WebSocket(self.server, stream_path(run), receive_buffer=4096)
        self.addCleanup(slow.close)
        quick = Follower(self.server, run, "websocket").attached()
        before = self.server.memory()
        release()
        self.assertEqual(self.server.wait_for(run)["status"], "succeeded")
        self.assertEqual(quick.result().seqs, list(range(1, 100_015)))
        self.assert_memory_less(self.server.memory() - before, 160 * MEBIBYTE)
        seqs = []
        while (text := slow.receive()) is not None:
            if found := SEQ.search(text.encode()):
                seqs.append(int(found[1]))
        self.assertEqual(seqs, list(range(1, 100_015)))
        self.assertEqual(slow.close_code, 1000)

    def test_many_slow_clients_are_served_within_bounded_memory(self):
        hold, release = self.gate()
        run = self.server.run(workflow(("flood", f"{hold}; seq 1 50000")))
        slow = [WebSocket(self.server, stream_path(run), receive_buffer=4096) for _ in range(50)]
        for ws in slow:
            self.addCleanup(ws.close)
        before = self.server.memory()
        release()
        self.server.wait_for(run)
        self.assert_memory_less(self.server.memory() - before, 300 * MEBIBYTE)
        for ws in slow[:3]:
            count = 0
            while (text := ws.receive()) is not None:
                count += '"seq":' in text
            self.assertEqual((count, ws.close_code), (50_004, 1000))

    def test_a_chatty_step_does_not_keep_other_runs_from_going_on(self):
        flood = self.server.run(workflow(("flood", "yes chatter | head -n 400000")))
        quick = self.server.finish(workflow(("a", "echo a"), ("b", "echo b", ["a"])))
        self.assertEqual(quick["status"], "succeeded")
        self.server.cancel(flood)
        self.server.wait_for(flood)

    def test_a_cancel_ends_a_step_that_never_stops_talking(self):
        run = self.server.run(workflow(("flood", "yes")))
        wait_until(lambda: len(self.server.get(f"/runs/{run}/logs", limit=1000).json()["items"]) == 1000, "some lines")
        self.server.cancel(run)
        self.assertEqual(self.server.wait_for(run)["status"], "cancelled")
        events = self.server.get(f"/runs/{run}/events", limit=1000).json()["items"]
        self.assertEqual([e["seq"] for e in events], list(range(1, 1001)))

    def test_one_event_that_is_larger_than_the_send_buffer_goes_alone(self):
        big = "for i in 1 2 3; do head -c 1048000 /dev/zero | tr '\\0' x; echo; done"
        run = self.server.finish(workflow(("a", big)))
        for form in ("websocket", "sse", "ndjson"):
            got = Follower(self.server, run["id"], form).result()
            sizes = [len(e["payload"]["message"]) for e in got.events if e["type"] == "step_log"]
            self.assertEqual(sizes, [1_048_000] * 3, form)

    def test_plain_text_of_a_big_log_is_streamed_whole(self):
        run = self.server.finish(lines(200_000))["id"]
        before = self.server.memory()
        answer = self.server.get(f"/runs/{run}/logs", {"Accept": "text/plain"})
        self.assertEqual(answer.body, b"".join(b"%d\n" % n for n in range(1, 200_001)))
        self.assert_memory_less(self.server.memory() - before, 64 * MEBIBYTE)

    def test_a_thousand_clients_follow_one_run(self):
        hold, release = self.gate()
        run = self.server.run(workflow(("say", f"{hold}; seq 1 20")))
        raws = []
        for _ in range(1000):
            raw = Raw(self.server)
            raw.send(request_text(self.server, "GET", f"/runs/{run}/stream", {"Accept": "application/x-ndjson"}))
            raws.append(raw)
        release()
        bodies = set()
        for raw in raws:
            status, _, body = raw.receive()
            self.assertEqual(status, 200)
            bodies.add(tuple(line for line in body.splitlines() if b'"seq":' in line))
            raw.close()
        self.assertEqual(len(bodies), 1)
        self.assertEqual(len(bodies.pop()), 24)

    @long_only
    def test_a_client_that_takes_no_byte_for_half_a_minute_is_cut_off_and_the_run_is_unharmed(self):
        hold, release = self.gate()
        run = self.server.run(workflow(("flood", f"{hold}; seq 1 300000")))
        stuck = WebSocket(self.server, stream_path(run), receive_buffer=4096, timeout=120)
        self.addCleanup(stuck.close)
        before = self.server.descriptors()
        release()
        self.assertEqual(self.server.wait_for(run, timeout=PATIENCE * 2)["status"], "succeeded")
        wait_until(lambda: self.server.descriptors() < before, "the stuck client to be cut off", 90)
        count = 0
        try:
            while stuck.receive() is not None:
                count += 1
        except ConnectionError:
            pass
        self.assertIn(stuck.close_code, (1013, None))
        self.assertLess(count, 300_000)

    @long_only
    def test_memory_comes_to_rest_after_many_big_runs(self):
        peaks = []
        for _ in range(8):
            run = self.server.run(lines(200_000))
            Follower(self.server, run, "websocket").result(PATIENCE * 3)
            time.sleep(0.5)
            peaks.append(self.server.memory())
        self.assert_memory_less(peaks[-1] - peaks[2], 32 * MEBIBYTE, [p >> 20 for p in peaks])
