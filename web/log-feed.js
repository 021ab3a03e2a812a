import { getLogs, mayPass } from './api.js';
import { RunStream } from './stream.js';

const PAGE = 500;
const KEPT = 20000; // lines in memory; older and newer ones are fetched again when they are scrolled to
const FLOOD = 5000; // lines between two frames: more is not read by anyone, so skip to the end
const RETRY_MS = 2000;
const RANKS = { debug: 0, info: 1, warn: 2, error: 3 };

// A bounded window of a run's log lines: its end follows the run live, its start reaches back on demand. `lines` is in
// seq order without holes. `changed({ prepended, dropped, reset })` is told after each change, at most once a frame.
// `failed(error)` is told of the first reading that fails of a row of them.
export class LogFeed {
  constructor(run, { changed, state, failed }) {
    this.run = run;
    this.changed = changed;
    this.state = state;
    this.failed = failed;
    this.filter = { step: '', level: '', q: '' };
    this.lines = [];
    this.waiting = [];
    this.generation = 0;
    this.ended = false;
    this.whole = false; // the end of the log was read when the run had ended: no line can have come since
  }

  setFilter(filter) {
    this.filter = { ...this.filter, ...filter };
    this.restart();
  }

  // Loads the end of the log and goes on live from there.
  async restart() {
    if (this.closed) return;
    this.stop();
    const { ended } = this;
    const page = await this.page({ tail: PAGE }, () => this.restart());
    if (!page) return;
    this.begun = true;
    this.whole = ended;
    this.lines = page.items;
    this.hasEarlier = page.items.length === PAGE;
    this.hasLater = false;
    this.changed({ reset: true });
    this.listen();
  }

  listen() {
    if (this.hasLater || this.stream || document.hidden) return;
    if (this.ended) {
      this.hasLater = !this.whole;
      this.loadLater();
      return;
    }
    const parameters = { types: 'step_log', step: this.filter.step, level: this.filter.level };
    this.stream = new RunStream(this.run, this.lines.at(-1)?.seq ?? 0, parameters, {
      event: (event) => this.take(event),
      gap: () => this.restart(),
      refused: () => (this.ended ? this.resume() : this.stream.open()),
      state: (state) => this.state(state),
    });
  }

  // While nobody looks: keeps the window, takes nothing in. The next stream begins at the last line that is kept.
  pause() {
    clearTimeout(this.retry);
    this.stream?.close();
    this.stream = null;
    this.waiting = [];
  }

  resume() {
    if (!this.begun || (this.ended && this.following)) {
      this.restart();
    } else if (this.ended) {
      this.pause();
      this.hasLater = true;
    } else {
      this.listen();
    }
  }

  stop() {
    this.pause();
    this.generation += 1;
    this.begun = false;
    this.busy = false;
  }

  close() {
    this.closed = true;
    this.stop();
  }

  take({ type, seq, payload }) {
    if (type !== 'step_log' || (this.filter.q && !payload.message.includes(this.filter.q))) return;
    if (this.filter.level && RANKS[payload.level] < RANKS[this.filter.level]) return;
    this.waiting.push({ seq, ...payload });
    if (this.waiting.length === 1) requestAnimationFrame(() => this.flush());
  }

  flush() {
    if (!this.stream) return;
    if (this.waiting.length > FLOOD) {
      this.skipAhead();
      return;
    }
    const last = this.lines.at(-1)?.seq ?? 0;
    this.lines.push(...this.waiting.filter((line) => line.seq > last));
    this.waiting = [];
    const dropped = Math.max(0, this.lines.length - KEPT);
    if (dropped && !this.following) {
      // Somebody reads at the start of the window: let the end go instead, and fetch it when they come to it.
      this.lines.length = KEPT;
      this.hasLater = true;
      this.pause();
      this.changed({});
      return;
    }
    this.lines.splice(0, dropped);
    this.hasEarlier = this.hasEarlier || dropped > 0;
    this.changed({ dropped });
  }

  skipAhead() {
    if (this.following) {
      this.restart();
      return;
    }
    this.hasLater = true;
    this.pause();
    this.changed({});
  }

  async loadEarlier() {
    if (!this.hasEarlier || this.busy) return;
    const page = await this.page({ before: this.lines[0]?.seq, tail: PAGE }, () => this.loadEarlier());
    if (!page) return;
    this.hasEarlier = page.items.length === PAGE;
    this.lines.unshift(...page.items);
    if (this.lines.length > KEPT) {
      this.lines.length = KEPT;
      this.hasLater = true;
      this.pause();
    }
    this.changed({ prepended: page.items.length });
  }

  async loadLater() {
    if (!this.hasLater || this.busy) return;
    const { ended } = this;
    const page = await this.page({ after: this.lines.at(-1)?.seq, limit: PAGE }, () => this.loadLater());
    if (!page) return;
    this.whole = ended;
    this.lines.push(...page.items);
    const dropped = Math.max(0, this.lines.length - KEPT);
    this.lines.splice(0, dropped);
    this.hasEarlier = this.hasEarlier || dropped > 0;
    this.hasLater = page.nextCursor !== null && page.nextCursor !== undefined;
    this.changed({ dropped });
    this.listen();
  }

  // Null where it cannot be had, or is wanted no longer; `again` is called later where that may help.
  async page(range, again) {
    const { generation } = this;
    this.busy = true;
    let page = null;
    try {
      page = await getLogs(this.run, { ...this.filter, ...range });
    } catch (error) {
      if (generation !== this.generation) return null;
      if (!this.failing) this.failed(error);
      if (mayPass(error) && !document.hidden) this.retry = setTimeout(again, RETRY_MS);
    }
    if (generation !== this.generation) return null;
    this.failing = !page;
    this.busy = false;
    return page;
  }
}
