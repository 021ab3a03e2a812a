import { agoText, durationText, el, setText, statusPill } from './dom.js';
import { endOf, isLive } from './system-state.js';

// One job in the table.
export class JobRow {
  // `actions`: toggle(id), cancel(id).
  constructor(job, { toggle, cancel }) {
    this.status = el('td', { class: 'c-status' });
    this.open = el('button', { class: 'row-open', type: 'button', 'aria-expanded': 'false', text: job.name });
    this.type = el('span', { class: 'muted job-type', text: job.job_type === job.name ? '' : job.job_type });
    this.bar = el('progress', { max: 1, 'aria-label': `Progress of ${job.name}` });
    this.action = el('span', { class: 'job-action' });
    this.priority = el('td', { class: 'c-priority' });
    this.worker = el('td', { class: 'c-worker' });
    this.age = el('td', { class: 'c-age' });
    this.stop = el('button', {
      class: 'button',
      type: 'button',
      text: 'Cancel',
      'aria-label': `Cancel ${job.name}`,
      onclick: () => cancel(job.id),
    });
    this.element = el(
      'tr',
      {
        'data-job': job.id,
        onclick: (event) => {
          if (!event.target.closest('a') && event.target !== this.stop && !String(getSelection())) toggle(job.id);
        },
      },
      this.status,
      el('td', { class: 'c-name' }, this.open, this.type),
      el('td', { class: 'c-progress' }, this.bar, this.action),
      this.priority,
      this.worker,
      this.age,
      el('td', { class: 'c-stop' }, this.stop),
    );
  }

  update(job, now) {
    if (this.element.dataset.status !== job.status) {
      this.status.replaceChildren(statusPill(job.status));
      this.element.dataset.status = job.status;
      this.stop.hidden = !isLive(job);
      this.stop.disabled = false;
      this.bar.hidden = job.status === 'pending' || !isLive(job);
    }
    if (this.bar.value !== job.progress) this.bar.value = job.progress;
    setText(this.action, this.words(job));
    this.action.classList.toggle('fault', job.status === 'failed');
    setText(this.priority, job.priority ? String(job.priority) : '');
    setText(this.worker, job.worker_id ?? '');
    setText(this.age, this.ageOf(job, now));
  }

  words(job) {
    if (job.status === 'failed') return job.error ?? '';
    if (job.status !== 'active') return '';
    return `${Math.round(job.progress * 100)} %${job.action ? ` · ${job.action}` : ''}`;
  }

  ageOf(job, now) {
    if (isLive(job)) return agoText(job.created_at, now);
    const took = job.started_at ? `${durationText(endOf(job) - job.started_at)}, ` : '';
    return `${took}${agoText(endOf(job), now)}`;
  }

  setOpen(open) {
    this.open.setAttribute('aria-expanded', open);
  }

  // It was asked for: until the log says that it is so, it cannot be asked for again.
  setCancelling(on) {
    this.stop.disabled = on;
  }
}
