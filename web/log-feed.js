import { getLogs } from './api.js';
import { RunStream } from './stream.js';

const PAGE = 500;
const KEPT = 20000; // lines in memory; older and newer ones are fetched again when they are scrolled to
const FLOOD = 5000; // lines between two frames: more is not read by anyone, so skip to the end
const RANKS = { debug: 0, info: 1, warn: 2, error: 3 };

// A bounded window of a run's log lines: its end follows the run live, its start reaches back on demand. `lines` is in
// seq order without holes. `changed({ prepended, dropped, reset })` is told after each change, at most once a frame.
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
    return this.restart();
  }

  // Loads the end of the log and goes on live from there.
  async restart() {
    this.stop();
    const generation = this.generation;
    const { ended } = this;
    const page = await this.page({ tail: PAGE });
    if (!page || generation !== this.generation) return;
    this.whole = ended;
    this.lines = page.items;
    this.hasEarlier = page.items.length === PAGE;
    this.hasLater = false;
    this.changed({ reset: true });
    this.listen();
  }

  listen() {
    if (this.hasLater || this.stream) return;
    if (this.ended) {
      this.hasLater = !this.whole;
      this.loadLater();
      return;
    }
    const parameters = { types: 'step_log', step: this.filter.step, level: this.filter.level };
    this.stream = new RunStream(this.run, this.lines.at(-1)?.seq ?? 0, parameters, {
      event: (event) => this.take(event),
      gap: () => this.restart(),
      state: (state) => this.state(state),
    });
  }

  // While nobody looks: keeps the window, takes nothing in.
  pause() {
    this.stream?.close();
    this.stream = null;
  }

  resume() {
    if (this.ended) this.hasLater = true;
    else this.listen();
  }

  stop() {
    this.pause();
    this.generation += 1;
    this.waiting = [];
    this.busy = false;
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
    this.waiting = [];
    this.hasLater = true;
    this.pause();
    this.changed({});
  }

  async loadEarlier() {
    if (!this.hasEarlier || this.busy) return;
    const generation = this.generation;
    const page = await this.page({ before: this.lines[0]?.seq, tail: PAGE });
    if (!page || generation !== this.generation) return;
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
    const generation = this.generation;
    const { ended } = this;
    const page = await this.page({ after: this.lines.at(-1)?.seq, limit: PAGE });
    if (!page || generation !== this.generation) return;
    this.whole = ended;
    this.lines.push(...page.items);
    const dropped = Math.max(0, this.lines.length - KEPT);
    this.lines.splice(0, dropped);
    this.hasEarlier = this.hasEarlier || dropped > 0;
    this.hasLater = page.nextCursor !== null && page.nextCursor !== undefined;
    this.changed({ dropped });
    this.listen();
  }

  async page(range) {
    this.busy = true;
    try {
      return await getLogs(this.run, { ...this.filter, ...range });
    } catch (error) {
      this.failed(error);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
