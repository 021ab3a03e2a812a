import { el, setText } from './dom.js';
import { JobList } from './job-list.js';
import { MonitorFeed } from './monitor-feed.js';
import { SystemState } from './system-state.js';
import { WorkerList } from './worker-list.js';

const TICK_MS = 1000;
const SHARE = 10; // drawing takes at most one part of so many of the time
const VIEWS = { jobs: JobList, workers: WorkerList };
const TITLES = { jobs: 'Jobs', workers: 'Workers' };

const FIGURES = [
  ['Active', (state) => state.stats.active_jobs],
  ['Pending', (state) => state.stats.pending_jobs],
  ['Completed', (state) => state.stats.completed_jobs],
  ['Failed', (state) => state.stats.failed_jobs],
  ['Cancelled', (state) => state.stats.cancelled_jobs],
  ['Workers', (state) => state.workers.size],
  ['Busy workers', (state) => [...state.workers.values()].filter((worker) => worker.status === 'busy').length],
];

// What the whole system does: figures above, and below them the jobs or the workers. It is a monitor.
export class SystemPage {
  constructor(view, root, linkState) {
    this.root = root;
    this.linkState = linkState;
    this.state = new SystemState();
    this.build();
    this.show(view);
    linkState('connecting');
    this.feed = new MonitorFeed({
      snapshot: (data) => {
        this.state.takeSnapshot(data);
        this.view.forgetEarlier?.();
        this.changed();
      },
      event: (message) => {
        this.state.apply(message);
        this.changed();
      },
      state: (state) => this.showLink(state),
    });
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.visibility = () => (document.hidden ? this.rest() : this.wake());
    document.addEventListener('visibilitychange', this.visibility);
    this.online = () => this.feed.hurry();
    addEventListener('online', this.online);
  }

  build() {
    this.title = el('h1', { class: 'hidden-title' });
    this.figures = FIGURES.map(() => el('dd', { text: '–' }));
    this.awayText = el('span');
    this.away = el(
      'div',
      { class: 'away', role: 'status', hidden: true },
      this.awayText,
      el('button', { class: 'button', type: 'button', text: 'Try now', onclick: () => this.feed.hurry() }),
    );
    this.place = el('div', { class: 'list', hidden: true });
    this.root.replaceChildren(
      this.title,
      this.away,
      el(
        'dl',
        { class: 'figures' },
        ...FIGURES.map(([name], i) => el('div', {}, el('dt', { text: name }), this.figures[i])),
      ),
      this.place,
    );
  }

  show(name) {
    this.view?.close();
    this.view = new VIEWS[name](this.state, () => this.changed());
    this.title.textContent = TITLES[name];
    document.title = `${TITLES[name]} · runcast`;
    this.place.replaceChildren(this.view.element);
    this.changed();
  }

  showLink(state) {
    this.link = state;
    this.linkState(state);
    if (state !== 'reconnecting') this.asOf = null;
    else this.asOf ??= Date.now();
    this.tick();
  }

  // Said once as it begins, not with each second: it is read aloud.
  tick() {
    const away = this.link === 'reconnecting';
    this.away.hidden = !away;
    this.root.classList.toggle('stale', away);
    if (away) {
      const time = new Date(this.asOf).toLocaleTimeString();
      const known = this.place.hidden ? 'The server does not answer.' : `What is shown was so at ${time}.`;
      setText(this.awayText, `Not connected. ${known}`);
    }
    this.changed();
  }

  // However much happens, it is drawn once a frame at most, and more seldom where there is much to draw.
  changed() {
    if (this.waiting) return;
    this.waiting = true;
    const wait = Math.max(0, (this.restUntil ?? 0) - performance.now());
    const frame = () => requestAnimationFrame(() => this.draw());
    this.pause = wait > 16 ? setTimeout(frame, wait) : frame();
  }

  draw() {
    this.waiting = false;
    if (this.closed || this.feed?.last === undefined) return;
    const begin = performance.now();
    this.place.hidden = false;
    FIGURES.forEach(([, of], i) => setText(this.figures[i], (of(this.state) ?? 0).toLocaleString()));
    this.view.draw(this.asOf ?? Date.now());
    this.restUntil = performance.now() + (performance.now() - begin) * (SHARE - 1);
  }

  focusSearch() {
    this.view.focusSearch();
  }

  rest() {
    this.feed.rest();
    this.view.pause?.();
    this.showLink('reconnecting');
  }

  wake() {
    this.feed.hurry();
    this.view.resume?.();
  }

  close() {
    this.closed = true;
    this.feed.rest();
    this.view.close();
    clearInterval(this.timer);
    clearTimeout(this.pause);
    this.root.classList.remove('stale');
    document.removeEventListener('visibilitychange', this.visibility);
    removeEventListener('online', this.online);
  }
}
