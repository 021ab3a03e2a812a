import { cancelJob, listJobs } from './api.js';
import { el, setText, toast } from './dom.js';
import { StatusChips, searchBox } from './filters.js';
import { JobDetail } from './job-detail.js';
import { JobRow } from './job-row.js';
import { selectJobs } from './job-selection.js';

const STATUSES = ['active', 'pending', 'completed', 'failed', 'cancelled'];
const HEADINGS = ['Status', 'Job', 'Progress', 'Priority', 'Worker', 'Age', ''];
const STEP = 100; // rows that are shown, and with each wish for more

const count = (number) => number.toLocaleString();

// The table of jobs: of however many there are, the first that match, and one of them open.
export class JobList {
  constructor(state, changed) {
    this.state = state;
    this.changed = changed;
    this.filter = { status: '', type: '', text: '' };
    this.most = STEP;
    this.rows = new Map();
    this.cursors = new Map(); // of earlier ends, by what was asked for; null: there are no more
    this.build();
  }

  build() {
    this.chips = new StatusChips(STATUSES, (status) => this.setFilter({ status }));
    this.types = el('select', { 'aria-label': 'Type', onchange: () => this.setFilter({ type: this.types.value }) });
    this.search = searchBox({
      placeholder: 'Name, worker or id  /',
      label: 'Search the jobs',
      onSearch: (text) => this.setFilter({ text: text.trim() }),
    });
    const head = el('tr', {}, ...HEADINGS.map((text) => el('th', { scope: 'col', text: text || undefined })));
    this.body = el('tbody');
    this.empty = el('p', { class: 'empty' });
    this.rest = el('p', { class: 'muted rest' });
    this.more = el('button', { class: 'button', type: 'button', text: 'More', onclick: () => this.showMore() });
    this.earlier = el('button', {
      class: 'button',
      type: 'button',
      text: 'Earlier jobs',
      onclick: () => this.loadEarlier(),
    });
    this.element = el(
      'section',
      { class: 'list', 'aria-label': 'Jobs' },
      el('div', { class: 'tools list-tools' }, this.chips.element, this.types, this.search),
      el('div', { class: 'pane' }, el('table', { class: 'runs jobs' }, el('thead', {}, head), this.body), this.empty),
      el('div', { class: 'tools' }, this.rest, this.more, this.earlier),
    );
  }

  setFilter(filter) {
    this.filter = { ...this.filter, ...filter };
    this.chips.press(this.filter.status);
    this.most = STEP;
    if (this.filter.status === 'cancelled' && !this.cursors.has(this.asked)) this.loadEarlier();
    this.changed();
  }

  // What the server is asked to filter by.
  get asked() {
    return `${this.filter.status} ${this.filter.type}`;
  }

  // A new snapshot has none of the jobs that were asked for beside it.
  forgetEarlier() {
    this.cursors.clear();
    this.state.askedFor = 0;
    if (this.filter.status === 'cancelled') this.loadEarlier();
  }

  showMore() {
    this.most += STEP;
    this.changed();
  }

  async loadEarlier() {
    const { asked } = this;
    const { status, type } = this.filter;
    try {
      const page = await listJobs({ status, type, limit: STEP, cursor: this.cursors.get(asked) });
      this.cursors.set(asked, page.nextCursor ?? null);
      this.state.addEarlier(status, page.items);
      this.most += page.items.length;
      this.changed();
    } catch (error) {
      toast(`Earlier jobs could not be read: ${error.message}`);
    }
  }

  draw(now) {
    const { jobs, total } = selectJobs(this.state, this.filter, this.most, this.detail?.id);
    const shown = new Set(jobs.map((job) => job.id));
    for (const [id, row] of this.rows) {
      if (shown.has(id)) continue;
      row.element.remove();
      this.rows.delete(id);
      if (this.detail?.id === id) this.closeDetail();
    }
    let next = this.body.firstElementChild;
    for (const job of jobs) {
      const row = this.rows.get(job.id) ?? this.addRow(job);
      row.update(job, now);
      next = this.place(row.element, next);
      if (this.detail?.id === job.id) {
        this.detail.update(job, this.isUnserved(job));
        next = this.place(this.detail.element, next);
      }
    }
    this.showRest(jobs.length, total);
    this.showTypes();
  }

  // Leaves what is in its place where it is, and with it the focus.
  place(element, next) {
    if (element !== next) this.body.insertBefore(element, next);
    return element === next ? next.nextElementSibling : next;
  }

  addRow(job) {
    const row = new JobRow(job, { toggle: (id) => this.toggle(id), cancel: (id) => this.cancel(id) });
    this.rows.set(job.id, row);
    return row;
  }

  showRest(shown, total) {
    const { status, type, text } = this.filter;
    const left = total - shown;
    this.empty.hidden = total > 0;
    setText(
      this.empty,
      status || type || text
        ? 'No job matches.'
        : 'No job yet. Submit one with POST /api/jobs, or give a workflow a step of kind job.',
    );
    setText(this.rest, left ? `The first ${count(shown)} are shown; ${count(left)} more match.` : '');
    this.more.hidden = !left;
    const ended = ['completed', 'failed', 'cancelled'].includes(status);
    this.earlier.hidden = !ended || left > 0 || Boolean(text) || this.cursors.get(this.asked) === null;
  }

  showTypes() {
    const types = ['', ...this.state.jobTypes()];
    const { options } = this.types;
    if (options.length === types.length && types.every((type, i) => options[i].value === type)) return;
    if (!types.includes(this.filter.type)) types.push(this.filter.type);
    this.types.replaceChildren(...types.map((value) => el('option', { value, text: value || 'All types' })));
    this.types.value = this.filter.type;
  }

  isUnserved(job) {
    const takes = (worker) => !worker.job_types?.length || worker.job_types.includes(job.job_type);
    return job.status === 'pending' && ![...this.state.workers.values()].some(takes);
  }

  toggle(id) {
    const open = this.detail?.id !== id;
    this.closeDetail();
    if (open) {
      this.rows.get(id).setOpen(true);
      this.detail = new JobDetail(this.state.find(id), HEADINGS.length);
    }
    this.changed();
  }

  closeDetail() {
    this.rows.get(this.detail?.id)?.setOpen(false);
    this.detail?.close();
    this.detail = null;
  }

  async cancel(id) {
    this.rows.get(id).setCancelling(true);
    try {
      await cancelJob(id);
    } catch (error) {
      this.rows.get(id)?.setCancelling(false);
      toast(`The job could not be cancelled: ${error.message}`);
    }
  }

  focusSearch() {
    this.search.focus();
  }

  pause() {
    this.detail?.pause();
  }

  resume() {
    this.detail?.resume();
  }

  close() {
    this.closeDetail();
  }
}
