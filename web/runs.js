import { el } from './dom.js';
import { StatusChips, searchBox } from './filters.js';
import { RunList } from './run-list.js';

const STATUSES = ['running', 'succeeded', 'failed', 'cancelled', 'pending'];

const none = ({ status, workflow }) =>
  status || workflow ? 'No run matches.' : 'No run yet. Start one here, or with: runcast submit FILE --follow';

// All runs, by status and workflow.
export class RunsPage {
  constructor(root, linkState) {
    document.title = 'Runs · runcast';
    this.filter = { status: '', workflow: '' };
    this.chips = new StatusChips(STATUSES, (status) => this.setFilter({ status }));
    this.search = searchBox({
      placeholder: 'Workflow',
      label: 'Workflow name',
      onSearch: (text) => this.setFilter({ workflow: text.trim() }),
    });
    this.list = new RunList({ filter: this.filter, none, linkState });
    root.replaceChildren(
      el('h1', { class: 'hidden-title', text: 'Runs' }),
      el('div', { class: 'tools list-tools' }, this.chips.element, this.search),
      this.list.element,
    );
  }

  setFilter(filter) {
    this.filter = { ...this.filter, ...filter };
    this.chips.press(this.filter.status);
    this.list.setFilter(this.filter);
  }

  focusSearch() {
    this.search.focus();
  }

  close() {
    this.list.close();
  }
}
