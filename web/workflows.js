import { listWorkflows } from './api.js';
import { agoText, el, setText, showRows, statusPill, untilText } from './dom.js';
import { searchBox } from './filters.js';
import { Refresher } from './refresher.js';
import { nextStart } from './schedule.js';
import { startDialog } from './start-dialog.js';

const HEADINGS = ['Workflow', 'Last run', 'Next run', 'Version', ''];
const MOST = 1000; // workflows that are shown
const BETWEEN_MS = 2000; // a reading is of all of them

// The workflows that the server keeps.
export class WorkflowsPage {
  constructor(root, linkState) {
    document.title = 'Workflows · runcast';
    this.linkState = linkState;
    this.text = '';
    this.workflows = [];
    this.rows = new Map();
    this.search = searchBox({
      placeholder: 'Workflow',
      label: 'Workflow name',
      onSearch: (text) => {
        this.text = text.trim().toLowerCase();
        this.draw();
      },
    });
    this.list = el('tbody');
    this.empty = el('p', { class: 'empty', hidden: true });
    const head = el('tr', {}, ...HEADINGS.map((text) => el('th', { scope: 'col', text: text || undefined })));
    root.replaceChildren(
      el('h1', { class: 'hidden-title', text: 'Workflows' }),
      el('div', { class: 'tools list-tools' }, this.search),
      el(
        'section',
        { class: 'pane' },
        el('table', { class: 'runs workflows' }, el('thead', {}, head), this.list),
        this.empty,
      ),
    );
    this.refresher = new Refresher(() => this.read(), BETWEEN_MS);
  }

  async read() {
    try {
      const all = [];
      let cursor;
      do {
        const page = await listWorkflows({ limit: MOST, cursor });
        all.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor && all.length < MOST);
      if (this.closed) return;
      this.workflows = all;
      this.known = true;
      this.linkState('live');
    } catch {
      if (this.closed) return;
      this.linkState('reconnecting');
    }
    this.draw();
  }

  draw() {
    const shown = this.workflows.filter(({ name }) => name.toLowerCase().includes(this.text));
    showRows(this.list, this.rows, shown, {
      keyOf: ({ name }) => name,
      add: (workflow) => this.row(workflow),
      fill: (row, workflow) => this.fill(row, workflow),
    });
    this.empty.hidden = shown.length > 0 || !this.known;
    this.empty.textContent = this.text
      ? 'No workflow matches.'
      : 'No workflow is stored yet. Store one with New run, or with: runcast workflow store FILE';
  }

  row({ name }) {
    const place = `#/workflows/${name}`;
    const run = () => startDialog(this.workflows.find((each) => each.name === name));
    return el(
      'tr',
      {
        'data-workflow': name,
        onclick: (event) => {
          if (!event.target.closest('a, button') && !String(getSelection())) location.hash = place;
        },
      },
      el('td', { class: 'c-name' }, el('a', { href: place, text: name })),
      el('td', { class: 'c-last' }),
      el('td', { class: 'c-next' }),
      el('td', { class: 'c-version' }),
      el('td', { class: 'c-stop' }, el('button', { class: 'button', type: 'button', text: 'Run', onclick: run })),
    );
  }

  fill(row, { version, lastRun, schedules }) {
    const [, last, next, number] = row.children;
    const key = lastRun ? `${lastRun.id} ${lastRun.status}` : '';
    if (last.dataset.key !== key) {
      last.dataset.key = key;
      last.replaceChildren(
        ...(lastRun
          ? [el('a', { href: `#/runs/${lastRun.id}` }, statusPill(lastRun.status)), el('span', { class: 'muted' })]
          : [el('span', { class: 'muted', text: 'never' })]),
      );
    }
    if (lastRun) setText(last.lastChild, agoText(lastRun.createdAt));
    const start = nextStart(schedules);
    setText(next, start ? untilText(start.nextAt) : '');
    next.title = start ? `${start.cron} ${start.timezone}` : '';
    setText(number, String(version));
  }

  focusSearch() {
    this.search.focus();
  }

  close() {
    this.closed = true;
    this.refresher.close();
  }
}
