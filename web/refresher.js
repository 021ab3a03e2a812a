import { hangUp, monitorSocketUrl } from './api.js';

const EVERY_MS = 4000; // for what no event tells of, and where no socket can be had
const BETWEEN_MS = 250;

// Reads again what is shown whenever a run begins or ends, and now and then besides; not while nobody looks.
export class Refresher {
  // `read` is not called again before what it returns is settled, and `between` ms later, however much happens.
  constructor(read, between = BETWEEN_MS) {
    this.read = read;
    this.between = between;
    this.readAt = -Infinity;
    this.visibility = () => (document.hidden ? this.rest() : this.hurry());
    document.addEventListener('visibilitychange', this.visibility);
    this.turn();
  }

  // Something has changed; what is being read may not hold it yet.
  hurry() {
    this.owed = true;
    if (!this.reading) this.wait(this.between - (performance.now() - this.readAt));
  }

  async turn() {
    if (this.reading || this.closed || document.hidden) return;
    clearTimeout(this.timer);
    if (!this.socket) this.connect();
    this.owed = false;
    this.reading = true;
    await this.read();
    this.reading = false;
    this.readAt = performance.now();
    if (!document.hidden && !this.closed) this.wait(this.owed ? this.between : EVERY_MS);
  }

  wait(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.turn(), ms);
  }

  connect() {
    this.socket = new WebSocket(monitorSocketUrl());
    this.socket.onmessage = ({ data }) => {
      if (JSON.parse(data).type === 'connected') this.socket.send('{"type":"subscribe","topics":["runs"]}');
      this.hurry();
    };
    this.socket.onclose = () => (this.socket = null);
  }

  rest() {
    clearTimeout(this.timer);
    if (this.socket) hangUp(this.socket);
    this.socket = null;
  }

  close() {
    this.closed = true;
    this.rest();
    document.removeEventListener('visibilitychange', this.visibility);
  }
}
