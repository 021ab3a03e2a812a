"""HTTP/1.1 over a bare socket, for what no well-behaved client would send."""

import socket

from harness import PATIENCE


class Raw:
    def __init__(self, server, timeout=None):
        self.socket = socket.create_connection((server.host, server.port), timeout or PATIENCE)
        self.file = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)
        return self

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def receive(self, head=False):
        """The next response as (status, headers, body), or None where the connection has ended."""
        status, headers = self.receive_head()
        if status is None:
            return None
        return status, headers, b"" if head else self.receive_body(status, headers)

    def receive_head(self):
        try:
            line = self.file.readline()
        except ConnectionError:
            line = b""
        if not line:
            return None, {}
        headers = {}
        while (field := self.file.readline().strip()):
            name, _, value = field.decode("latin-1").partition(":")
            headers.setdefault(name.lower(), value.strip())
        return int(line.split()[1]), headers

    def receive_body(self, status, headers):
        if status in (204, 304) or 100 <= status < 200:
            return b""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.file.readline().split(b";")[0], 16):
                body += self.file.read(size)
                self.file.readline()
            self.file.readline()
            return body
        if "content-length" in headers:
            return self.file.read(int(headers["content-length"]))
        return self.file.read()

    def ended(self):
        """Whether the other end has closed; waits for it."""
        try:
            return self.file.read(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def request_text(server, method, target, headers=None, body=b""):
    fields = {"Host": server.authority, **(headers or {})}
    if body and "Content-Length" not in fields and "Transfer-Encoding" not in fields:
        fields["Content-Length"] = str(len(body))
    head = "".join(f"{k}: {v}\r\n" for k, v in fields.items() if v is not None)
    return f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body
