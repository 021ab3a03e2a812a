import { listEvents, monitorStreamUrl } from './api.js';

const EVERY_MS = 2000;
const PAGE = 1000;
const MOST_PAGES = 20; // whoever is further behind begins anew
const SNAPSHOT_MS = 10_000;

// A monitor's messages by asking again and again, for where no WebSocket comes through.
export class EventPoll {
  // Begins after event `after`; undefined: with a snapshot. `handlers`: snapshot(data, event, time), event(message),
  // upTo(event) when all up to there is told, failed().
  constructor(after, topics, handlers) {
    this.after = after;
    this.topics = topics.join(',');
    this.handlers = handlers;
    this.turn();
  }

  async turn() {
    try {
      if (this.after === undefined) await this.readSnapshot();
      await this.readEvents();
    } catch {
      if (!this.closed) this.handlers.failed();
    }
    if (!this.closed) this.timer = setTimeout(() => this.turn(), EVERY_MS);
  }

  async readEvents() {
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const page = await listEvents({ after: this.after, limit: PAGE, topics: this.topics });
      if (this.closed) return;
      if (page.lastEventId < this.after) break; // the server was put back to an earlier state
      for (const message of page.items) this.handlers.event(message);
      this.after = page.lastEventId;
      if (page.hasMore) continue;
      this.handlers.upTo(this.after);
      return;
    }
    this.after = undefined;
  }

  // The monitors' stream begins with one.
  async readSnapshot() {
    const message = await new Promise((resolve, reject) => {
      this.source = new EventSource(monitorStreamUrl({ topics: this.topics }));
      this.source.onmessage = ({ data }) => resolve(JSON.parse(data));
      this.source.onerror = reject;
      setTimeout(reject, SNAPSHOT_MS);
    }).finally(() => this.source.close());
    if (this.closed) return;
    this.after = message.event_id;
    this.handlers.snapshot(message.data, message.event_id, message.timestamp);
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.source?.close();
  }
}
