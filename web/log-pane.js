import { getLogText } from './api.js';
import { clockText, el, toast } from './dom.js';
import { searchBox } from './filters.js';
import { LogFeed } from './log-feed.js';
import { LogView } from './log-view.js';

const LEVELS = [
  ['', 'All levels'],
  ['info', 'Info and above'],
  ['warn', 'Warnings and errors'],
  ['error', 'Errors'],
];

// The log of a run with its filters, and a place where one line is shown in full.
export class LogPane {
  // `onStep(stepId | null)`: a step was chosen here.
  constructor(run, { onStep, linkState }) {
    this.run = run;
    this.feed = new LogFeed(run, {
      changed: (change) => this.view.changed(change),
      state: linkState,
      failed: (error) => toast(`The log could not be read: ${error.message}`),
    });
    this.steps = el('select', { 'aria-label': 'Step', onchange: () => onStep(this.steps.value || null) });
    this.steps.append(el('option', { value: '', text: 'All steps' }));
    this.follow = this.button('Follow', () => this.view.setFollowing(true));
    this.detail = el('div', { class: 'line-detail', hidden: true });
    this.view = new LogView(this.feed, {
      onFollow: (on) => {
        this.follow.classList.toggle('on', on);
        this.follow.setAttribute('aria-pressed', on);
      },
      onOpen: (line) => this.openLine(line),
    });
    const save = this.button('Download', () => this.download());
    this.search = searchBox({
      placeholder: 'Search  /',
      label: 'Search the log',
      onSearch: (q) => this.feed.setFilter({ q }),
    });
    this.element = el(
      'section',
      { class: 'pane log-pane', 'aria-label': 'Log' },
      el('div', { class: 'tools' }, this.steps, this.levelSelect(), this.search, this.follow, save),
      this.view.element,
      this.detail,
    );
  }

  button(text, onclick) {
    return el('button', { class: 'button', type: 'button', text, onclick });
  }

  levelSelect() {
    const onchange = () => this.feed.setFilter({ level: select.value });
    const select = el('select', { 'aria-label': 'Least level', onchange });
    for (const [value, text] of LEVELS) select.append(el('option', { value, text }));
    return select;
  }

  get step() {
    return this.feed.filter.step;
  }

  showStepNames(steps) {
    if (this.steps.options.length === steps.size + 1) return;
    this.steps.length = 1;
    for (const id of steps.keys()) this.steps.append(el('option', { value: id, text: id }));
    this.steps.value = this.step;
  }

  selectStep(id) {
    this.steps.value = id ?? '';
    this.feed.setFilter({ step: id ?? '' });
  }

  openLine(line) {
    if (!line) return;
    const head = `${line.stepId} · ${line.level} · ${clockText(line.timestamp)} · event ${line.seq}`;
    const close = this.button('Close', () => {
      this.detail.hidden = true;
    });
    this.detail.hidden = false;
    this.detail.replaceChildren(
      el('div', { class: 'line-detail-head' }, el('span', { class: 'muted', text: head }), close),
      el('pre', { text: line.message }),
    );
  }

  async download() {
    try {
      const url = URL.createObjectURL(await getLogText(this.run, this.feed.filter));
      el('a', { href: url, download: `${this.step || 'run'}-${this.run}.log` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    } catch (error) {
      toast(`The log could not be read: ${error.message}`);
    }
  }

  close() {
    this.feed.close();
    this.view.close();
  }
}
