import { getRun, listRuns } from './api.js';
import { agoText, durationText, el, hasEnded, showRows, statusPill } from './dom.js';

const HEADINGS = ['Status', 'Workflow', 'Started', 'Duration', 'Run'];
const BUSY_MS = 1500;
const IDLE_MS = 4000;
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
    this.visibility = () => (document.hidden ? clearTimeout(this.timer) : this.refresh());
    document.addEventListener('visibilitychange', this.visibility);
    this.refresh();
  }

  setFilter(filter) {
    this.filter = filter;
    this.runs.clear();
    this.cursor = undefined;
    this.refresh();
  }

  // The newest page again, and what is still going on below it.
  async refresh() {
    clearTimeout(this.timer);
    const asked = this.filter;
    try {
      const page = await listRuns(asked);
      if (this.closed || asked !== this.filter) return;
      const fresh = new Set(page.items.map((run) => run.id));
      const older = [...this.runs.values()].filter((run) => !fresh.has(run.id) && !hasEnded(run.status));
      for (const run of page.items) this.runs.set(run.id, run);
      for (const run of await Promise.all(older.slice(0, REFRESHED_AT_MOST).map((each) => getRun(each.id)))) {
        this.keep(run);
      }
      if (this.closed || asked !== this.filter) return;
      if (this.cursor === undefined) this.cursor = page.nextCursor ?? null;
      this.linkState('live');
    } catch {
      if (this.closed) return;
      this.linkState('reconnecting');
    }
    this.draw();
    const busy = [...this.runs.values()].some((run) => !hasEnded(run.status));
    if (!document.hidden) this.timer = setTimeout(() => this.refresh(), busy ? BUSY_MS : IDLE_MS);
  }

  // A run that changed its status may belong to the filtered list no longer.
  keep(run) {
    if (!this.filter.status || this.filter.status === run.status) this.runs.set(run.id, run);
    else this.runs.delete(run.id);
  }

  async loadMore() {
    const page = await listRuns({ ...this.filter, cursor: this.cursor }).catch(() => null);
    if (!page || this.closed) return;
    for (const run of page.items) this.runs.set(run.id, run);
    this.cursor = page.nextCursor ?? null;
    this.draw();
  }

  draw() {
    // Ids sort by time.
    const runs = [...this.runs.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
    showRows(this.list, this.rows, runs, {
      keyOf: (run) => run.id,
      add: (run) => this.row(run),
      fill: (row, run) => this.fill(row, run),
    });
    this.empty.hidden = runs.length > 0;
    this.empty.textContent = this.none(this.filter);
    this.more.hidden = !this.cursor;
  }

  row(run) {
    const cell = (name) => el('td', { class: name });
    return el(
      'tr',
      {
        onclick: (event) => {
          if (!event.target.closest('a')) location.hash = `#/runs/${run.id}`;
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
    const [status, , start, time] = row.children;
    if (row.dataset.status !== run.status) status.replaceChildren(statusPill(run.status));
    row.dataset.status = run.status;
    const begun = run.startedAt ?? run.createdAt;
    start.textContent = begun ? agoText(begun) : '';
    const until = run.endedAt ?? (hasEnded(run.status) ? begun : Date.now());
    time.textContent = run.startedAt ? durationText(run.durationMs ?? until - run.startedAt) : '';
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    document.removeEventListener('visibilitychange', this.visibility);
  }
}
