// A small HTTP client over kept connections, one request at a time on each: what Node's own costs a request would be
// most of the figure.
import net from "node:net";

export class Pool {
  constructor(port) {
    this.port = port;
    this.idle = [];
  }

  async post(path, body) {
    const connection = this.idle.pop() ?? new Connection(this.port);
    const answer = await connection.post(path, JSON.stringify(body));
    this.idle.push(connection);
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.body}`);
    return answer.body;
  }
}

class Connection {
  constructor(port) {
    this.head = `Host: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: `;
    this.socket = net.connect({ host: "127.0.0.1", port, noDelay: true });
    this.text = "";
    this.socket.setEncoding("latin1");
    this.socket.on("data", (data) => this.take(data));
    this.socket.on("error", (error) => this.reject?.(error));
  }

  post(path, body) {
    return new Promise((resolve, reject) => {
      Object.assign(this, { resolve, reject });
      this.socket.write(`POST ${path} HTTP/1.1\r\n${this.head}${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
  }

  take(data) {
    this.text += data;
    const end = this.text.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(this.text.slice(0, end))?.[1] ?? 0);
    if (this.text.length < end + 4 + length) return;
    const answer = { status: Number(this.text.slice(9, 12)), body: this.text.slice(end + 4, end + 4 + length) };
    this.text = this.text.slice(end + 4 + length);
    this.resolve(answer);
  }
}
