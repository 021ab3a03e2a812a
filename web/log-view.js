import { clockText, el } from './dom.js';

const ROW = 20; // px, as in style.css
const OVERSCAN = 12;
const SHOWN = 4000; // characters of one line in the list; the detail has them all
// Terminal escapes: colours, cursor movements, titles.
const ESCAPES = /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])/g;

// A list of which only the visible rows exist, however long it is.
export class LogView {
  constructor(feed, { onFollow, onOpen }) {
    this.feed = feed;
    this.onFollow = onFollow;
    this.onOpen = onOpen;
    this.rows = new Map();
    this.current = NaN; // the index of the line that the keys have chosen
    this.canvas = el('div', { class: 'log-canvas' });
    this.notice = el('p', { class: 'log-notice muted' });
    this.element = el(
      'div',
      {
        class: 'log',
        tabindex: '0',
        role: 'log',
        'aria-live': 'off',
        'aria-label': 'Log lines',
        onscroll: () => this.scrolled(),
        onclick: (event) => this.clicked(event),
        onkeydown: (event) => this.pressed(event),
      },
      this.notice,
      this.canvas,
    );
    this.resize = new ResizeObserver(() => (feed.following ? this.toEnd() : this.render()));
    this.resize.observe(this.element);
    this.setFollowing(true);
  }

  setFollowing(on) {
    this.feed.following = on;
    this.onFollow(on);
    if (on && this.feed.hasLater) this.feed.restart();
    if (on) this.toEnd();
  }

  toEnd() {
    this.element.scrollTop = this.element.scrollHeight;
    this.lastTop = this.element.scrollTop;
    this.render();
  }

  changed({ prepended = 0, dropped = 0, reset = false }) {
    if (reset || prepended || dropped) this.forget();
    this.current += prepended - dropped;
    if (reset) {
      this.current = NaN;
      this.feed.following = true;
      this.onFollow(true);
    }
    this.canvas.style.height = `${this.feed.lines.length * ROW}px`;
    if (this.feed.following) this.toEnd();
    else if (prepended || dropped) this.element.scrollTop += (prepended - dropped) * ROW;
    this.render();
  }

  forget() {
    for (const row of this.rows.values()) row.remove();
    this.rows.clear();
  }

  scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.element;
    const atEnd = scrollTop + clientHeight >= scrollHeight - ROW && !this.feed.hasLater;
    const up = scrollTop < this.lastTop;
    this.lastTop = scrollTop;
    if (atEnd !== this.feed.following && (atEnd || up)) {
      this.feed.following = atEnd;
      this.onFollow(atEnd);
    }
    if (scrollTop < 40 * ROW) this.feed.loadEarlier();
    if (scrollTop + clientHeight > scrollHeight - 40 * ROW) this.feed.loadLater();
    this.render();
  }

  render() {
    const { lines } = this.feed;
    const first = Math.max(0, Math.floor(this.element.scrollTop / ROW) - OVERSCAN);
    const last = Math.min(
      lines.length,
      Math.ceil((this.element.scrollTop + this.element.clientHeight) / ROW) + OVERSCAN,
    );
    for (const [index, row] of this.rows) {
      if (index < first || index >= last) {
        row.remove();
        this.rows.delete(index);
      }
    }
    for (let index = first; index < last; index += 1) {
      if (!this.rows.has(index)) this.rows.set(index, this.row(lines[index], index));
    }
    this.notice.textContent = lines.length ? '' : this.emptyText();
  }

  emptyText() {
    const { level, q } = this.feed.filter;
    return level || q ? 'No line matches.' : 'Nothing has been logged yet.';
  }

  row(line, index) {
    const text = line.message.slice(0, SHOWN).replace(ESCAPES, '');
    const row = el(
      'div',
      { class: `line ${line.level} ${index === this.current ? 'current' : ''}`, 'data-index': index },
      el('time', { class: 'line-time', text: clockText(line.timestamp) }),
      el('span', { class: 'line-step', text: line.stepId, title: line.stepId }),
      el('span', { class: 'line-text' }, ...this.marked(text)),
    );
    row.style.top = `${index * ROW}px`;
    this.canvas.append(row);
    return row;
  }

  // The text with what is searched for marked in it.
  marked(text) {
    const { q } = this.feed.filter;
    if (!q) return [text];
    const pieces = text.split(q);
    return pieces.flatMap((piece, i) => (i === 0 ? [piece] : [el('mark', { text: q }), piece]));
  }

  clicked(event) {
    const row = event.target.closest('.line');
    if (row && !String(getSelection())) this.onOpen(this.feed.lines[Number(row.dataset.index)]);
  }

  // The list keeps the focus: its rows come and go.
  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter') this.onOpen(this.feed.lines[this.current]);
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.choose(this.rows.has(this.current) ? this.current + step : this.outermost(step));
  }

  // Of the lines in view the first, for who goes down, or the last.
  outermost(step) {
    const { scrollTop, clientHeight } = this.element;
    return step > 0 ? Math.ceil(scrollTop / ROW) : Math.floor((scrollTop + clientHeight) / ROW) - 1;
  }

  choose(index) {
    const { scrollTop, clientHeight } = this.element;
    this.rows.get(this.current)?.classList.remove('current');
    this.current = Math.max(0, Math.min(index, this.feed.lines.length - 1));
    const top = this.current * ROW;
    this.element.scrollTop = Math.max(top + ROW - clientHeight, Math.min(top, scrollTop));
    this.render();
    this.rows.get(this.current)?.classList.add('current');
  }

  close() {
    this.resize.disconnect();
  }
}
