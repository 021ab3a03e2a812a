import { getJob } from './api.js';
import { clockText, el } from './dom.js';
import { LogFeed } from './log-feed.js';
import { LogView } from './log-view.js';
import { factsList } from './step-detail.js';
import { endOf, isLive } from './system-state.js';

// What is known of one job, and its log as it grows.
export class JobDetail {
  constructor(job, columns) {
    this.id = job.id;
    this.assigned = job.assigned_at;
    this.facts = el('div', { class: 'job-facts' });
    this.log = el('div', { class: 'job-log' });
    this.element = el('tr', { class: 'job-detail' }, el('td', { colspan: columns }, this.facts, this.log));
    this.load();
  }

  async load() {
    try {
      await this.read();
    } catch (error) {
      this.log.replaceChildren(el('p', { class: 'fault', text: `The job could not be read: ${error.message}` }));
      return;
    }
    if (this.closed) return;
    this.feed = new LogFeed(this.whole.runId, {
      changed: (change) => this.view.changed(change),
      state: () => {},
      failed: () => {}, // the page tells that the server is away; the stream goes on by itself
    });
    this.view = new LogView(this.feed, { onFollow: () => {}, onOpen: () => {} });
    this.log.replaceChildren(this.view.element);
    this.feed.ended = Boolean(this.shown) && !isLive(this.shown);
    this.feed.setFilter({ step: this.whole.stepId });
  }

  // Its place in a run is told by the API alone, and so are its payload and its attempt.
  async read() {
    const { assigned } = this;
    const whole = await getJob(this.id);
    if (assigned === this.assigned) this.attempt = whole.attempt;
    this.whole ??= whole;
    if (this.shown && !this.closed) this.update(this.shown, this.unserved);
  }

  // A worker was given it, or lost it.
  readAgain(assigned) {
    this.assigned = assigned;
    this.attempt = undefined;
    this.read().catch(() => {}); // the page tells that the server is away
  }

  // `unserved`: it waits, and no worker that is here takes its type.
  update(job, unserved) {
    if (job.assigned_at !== this.assigned) this.readAgain(job.assigned_at);
    const { status, worker_id: worker, started_at: started, error } = job;
    const hasResult = job.result !== undefined; // it is told after the end that it came with
    const key = [status, worker, started, this.attempt, error, hasResult, unserved, Boolean(this.whole)].join();
    if (key === this.key) return;
    this.key = key;
    if (this.feed && !this.feed.ended && !isLive(job)) this.end();
    this.shown = job;
    this.unserved = unserved;
    const time = (at) => at && clockText(at);
    const json = (value) => (value && Object.keys(value).length ? JSON.stringify(value) : undefined);
    const run = job.workflow_id ?? job.id;
    const parts = [
      factsList([
        ['Job', job.id],
        ['Worker', job.worker_id],
        ['Attempt', this.attempt],
        ['Requires', json(job.requirements)],
        ['Submitted', time(job.created_at)],
        ['Started', time(job.started_at)],
        ['Ended', isLive(job) ? undefined : time(endOf(job))],
        ['Payload', json(this.whole?.payload)],
        ['Result', json(job.result)],
      ]),
      el('a', { href: `#/runs/${run}`, text: 'Open its run' }),
    ];
    if (job.error) parts.push(el('p', { class: 'fault', text: job.error }));
    if (unserved) parts.push(el('p', { class: 'hint', text: `No worker that is here takes ${job.job_type} jobs.` }));
    this.facts.replaceChildren(...parts);
  }

  // The last lines may have come with the end.
  end() {
    this.feed.ended = true;
    this.feed.resume();
  }

  pause() {
    this.feed?.pause();
  }

  resume() {
    this.feed?.resume();
  }

  close() {
    this.closed = true;
    this.feed?.close();
    this.view?.close();
    this.element.remove();
  }
}
