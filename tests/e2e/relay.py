"""A network between a client and a server that fails when it is told to."""

import contextlib
import socket
import threading

PASS = "pass"  # to and fro
DROP = "drop"  # closed before anything reaches the server
MUTE = "mute"  # the server gets what is sent, the client loses the connection when the server answers


class Relay:
    """Passes connections on; the first ones fare as `fates` says, one after the other."""

    def __init__(self, server, *fates):
        self.server = server
        self.fates = list(fates)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self.listener.accept()
                fate = self.fates.pop(0) if self.fates else PASS
                threading.Thread(target=self.connect, args=(client, fate), daemon=True).start()

    def connect(self, client, fate):
        with client, contextlib.suppress(OSError):
            if fate == DROP:
                return
            with socket.create_connection((self.server.host, self.server.port)) as server:
                sending = threading.Thread(target=self.copy, args=(client, server), daemon=True)
                sending.start()
                if fate == PASS:
                    self.copy(server, client)
                else:
                    server.recv(1)
                client.shutdown(socket.SHUT_RDWR)
                sending.join()

    @staticmethod
    def copy(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
