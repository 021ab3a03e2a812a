import { getRun, listRuns } from './api.js';
import { agoText, durationText, el, hasEnded, setText, showRows, statusPill, toast } from './dom.js';
import { Refresher } from './refresher.js';

const HEADINGS = ['Status', 'Workflow', 'Started', 'Duration', 'Run'];
const TICK_MS = 1000;
const REFRESHED_AT_MOST = 20; // runs further down the list that are still going on

// A table of the runs that match, newest first, kept up to date.
export class RunList {
  // `filter`: {status, workflow}; `none`: what is said where there is no run, whatever the filter.
  constructor({ filter, none, linkState }) {
    this.filter = filter;
    this.none = none;
    this.linkState = linkState;
    this.runs = new Map();
    this.rows = new Map();
    this.list = el('tbody');
    this.empty = el('p', { class: 'empty', hidden: true });
    this.more = el('button', {
      class: 'button',
      type: 'button',
      text: 'Earlier runs',
      hidden: true,
      onclick: () => this.loadMore(),
    });
    const head = el('tr', {}, ...HEADINGS.map((text) => el('th', { scope: 'col', text })));
    this.element = el(
      'div',
      { class: 'list' },
      el('section', { class: 'pane' }, el('table', { class: 'runs' }, el('thead', {}, head), this.list), this.empty),
      this.more,
    );
    this.refresher = new Refresher(() => this.read());
    this.ticking = setInterval(() => this.tick(), TICK_MS);
  }

  setFilter(filter) {
    this.filter = filter;
    this.runs.clear();
    this.known = false;
    this.extended = false;
    this.cursor = null;
    this.refresher.hurry();
  }

  // The newest page again, and some of what is still going on below it.
  async read() {
    const asked = this.filter;
    try {
      const page = await listRuns(asked);
      if (this.closed || asked !== this.filter) return;
      const fresh = new Set(page.items.map((run) => run.id));
      const isOpen = (run) => !fresh.has(run.id) && !hasEnded(run.status);
      const older = [...this.runs.values()].filter(isOpen).slice(0, REFRESHED_AT_MOST);
      // Below a page that does not reach down to what is shown there are runs that no page told of.
      const meets = !page.nextCursor || page.items.some((run) => this.runs.has(run.id));
      if (!this.extended || !meets) {
        this.runs = new Map(older.map((run) => [run.id, run]));
        this.extended = false;
        this.cursor = page.nextCursor ?? null;
      }
      for (const run of page.items) this.runs.set(run.id, run);
      const now = await Promise.all(older.map((run) => this.readAgain(run)));
      if (this.closed || asked !== this.filter) return;
      now.forEach((run) => this.keep(run));
      this.known = true;
      this.linkState('live');
    } catch {
      if (this.closed) return;
      this.linkState('reconnecting');
    }
    this.draw();
  }

  // A run that is gone has no status.
  async readAgain({ id }) {
    try {
      return await getRun(id);
    } catch (error) {
      if (error.status !== 404) throw error;
      return { id };
    }
  }

  // A run that changed its status may belong to the filtered list no longer. If it does, others are read again first.
  keep(run) {
    this.runs.delete(run.id);
    if (run.status && (!this.filter.status || this.filter.status === run.status)) this.runs.set(run.id, run);
  }

  async loadMore() {
    const { filter, cursor } = this;
    this.extended = true;
    try {
      const page = await listRuns({ ...filter, cursor });
      if (this.closed || filter !== this.filter || cursor !== this.cursor) return;
      for (const run of page.items) this.runs.set(run.id, run);
      this.cursor = page.nextCursor ?? null;
      this.draw();
    } catch (error) {
      if (!this.closed) toast(`Earlier runs could not be read: ${error.message}`);
    }
  }

  draw() {
    // Ids sort by time.
    const runs = [...this.runs.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
    showRows(this.list, this.rows, runs, {
      keyOf: (run) => run.id,
      add: (run) => this.row(run),
      fill: (row, run) => this.fill(row, run),
    });
    this.empty.hidden = runs.length > 0 || !this.known;
    this.empty.textContent = this.none(this.filter);
    this.more.hidden = !this.cursor;
  }

  // Times go on, whether or not there is news.
  tick() {
    if (document.hidden) return;
    for (const [id, row] of this.rows) {
      const run = this.runs.get(id);
      if (run) this.fillTimes(row, run);
    }
  }

  row(run) {
    const cell = (name) => el('td', { class: name });
    return el(
      'tr',
      {
        onclick: (event) => {
          if (!event.target.closest('a') && !String(getSelection())) location.hash = `#/runs/${run.id}`;
        },
      },
      cell('c-status'),
      el('td', { class: 'c-name' }, el('a', { href: `#/runs/${run.id}`, text: run.workflow })),
      cell('c-start'),
      cell('c-time'),
      el('td', { class: 'c-id' }, el('code', { text: run.id })),
    );
  }

  fill(row, run) {
    if (row.dataset.status !== run.status) row.firstChild.replaceChildren(statusPill(run.status));
    row.dataset.status = run.status;
    this.fillTimes(row, run);
  }

  fillTimes(row, run) {
    const [, , start, time] = row.children;
    const begun = run.startedAt ?? run.createdAt;
    setText(start, begun ? agoText(begun) : '');
    const until = run.endedAt ?? (hasEnded(run.status) ? begun : Date.now());
    setText(time, run.startedAt ? durationText(run.durationMs ?? until - run.startedAt) : '');
  }

  close() {
    this.closed = true;
    clearInterval(this.ticking);
    this.refresher.close();
  }
}
