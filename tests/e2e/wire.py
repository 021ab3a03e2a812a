"""A wire between a client and a server that can be cut, and mended."""

import contextlib
import select
import socket
import threading


class Wire:
    """Listens on a port of its own and passes everything on, both ways."""

    def __init__(self, server):
        self.target = (server.host, server.port)
        self.lock = threading.Lock()
        self.whole = True
        self.pairs = set()
        self.listener = socket.create_server((server.host, 0))
        self.url = f"http://{server.host}:{self.listener.getsockname()[1]}"
        self.accepting = threading.Thread(target=self.accept)

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.connect, args=(near,), daemon=True).start()

    def connect(self, near):
        with self.lock:
            if not self.whole:
                near.close()
                return
            far = socket.create_connection(self.target)
            self.pairs.add((near, far))
        with near, far, contextlib.suppress(OSError):
            self.carry(near, far)
        with self.lock:
            self.pairs.discard((near, far))

    def carry(self, near, far):
        other = {near: far, far: near}
        while True:
            for ready in select.select([near, far], [], [])[0]:
                piece = ready.recv(65536)
                if not piece:
                    return
                other[ready].sendall(piece)

    def cut(self):
        """Ends all connections, and those that are tried from now on."""
        with self.lock:
            self.whole = False
            for pair in self.pairs:
                for end in pair:
                    with contextlib.suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)

    def mend(self):
        with self.lock:
            self.whole = True

    def __enter__(self):
        self.accepting.start()
        return self

    def __exit__(self, *_):
        self.cut()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.accepting.join()
