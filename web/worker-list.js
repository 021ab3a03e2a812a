import { listMachines, listWorkers } from './api.js';
import { agoText, el, setText, statusPill } from './dom.js';

const HEADINGS = ['Status', 'Worker', 'Takes', 'Has', 'Last seen'];
const MOST = 200; // workers that are shown
const REGISTRY_MS = 10_000;

const typesOf = (worker) => (worker.job_types?.length ? worker.job_types.join(', ') : 'all types');

function capabilitiesText(capabilities = {}) {
  return Object.entries(capabilities)
    .map(([name, value]) => (value === true ? name : `${name}: ${JSON.stringify(value)}`))
    .join(', ');
}

// Machines with their workers. Who is here is told by the monitor's feed; when each was last heard of, and who has
// gone, is asked of the registry now and then.
export class WorkerList {
  constructor(state, changed) {
    this.state = state;
    this.changed = changed;
    this.registry = { workers: new Map(), machines: new Map() };
    this.groups = new Map();
    this.rows = new Map();
    this.table = el(
      'table',
      { class: 'runs workers' },
      el('thead', {}, el('tr', {}, ...HEADINGS.map((text) => el('th', { scope: 'col', text })))),
    );
    this.empty = el('p', {
      class: 'empty',
      text: 'No worker has come yet. Start one with: runcast worker --type TYPE -- COMMAND',
    });
    this.rest = el('p', { class: 'muted rest' });
    this.element = el(
      'section',
      { class: 'list', 'aria-label': 'Workers' },
      el('div', { class: 'pane' }, this.table, this.empty),
      this.rest,
    );
    this.readRegistry();
  }

  async readRegistry() {
    try {
      const [workers, machines] = await Promise.all([listWorkers(), listMachines()]);
      this.registry.workers = new Map(workers.items.map((worker) => [worker.id, worker]));
      this.registry.machines = new Map(machines.items.map((machine) => [machine.id, machine]));
    } catch {
      // The page tells that the server is away.
    }
    if (this.closed) return;
    this.changed();
    this.timer = setTimeout(() => this.readRegistry(), REGISTRY_MS);
  }

  // By machine: those that are here, then those that were.
  machines() {
    const here = this.state.workers;
    const gone = [...this.registry.workers.values()]
      .filter((worker) => !here.has(worker.id))
      .map((worker) => ({ ...worker, machine_id: worker.machineId, job_types: worker.types, status: 'offline' }));
    const all = [...here.values(), ...gone].slice(0, MOST);
    const machines = new Map();
    const group = (id) => {
      if (!machines.has(id)) machines.set(id, []);
      return machines.get(id);
    };
    for (const id of this.state.machines.keys()) group(id);
    for (const worker of all) group(worker.machine_id ?? '').push(worker);
    return { machines, hidden: here.size + gone.length - all.length };
  }

  draw(now) {
    const { machines, hidden } = this.machines();
    const jobs = this.state.jobsByWorker();
    const shown = new Set();
    for (const [id, workers] of machines) {
      const group = this.groups.get(id) ?? this.addMachine(id);
      this.updateMachine(group, id, workers);
      for (const worker of workers) {
        shown.add(worker.id);
        const row = this.rows.get(worker.id) ?? this.addWorker(worker);
        if (row.parentNode !== group) group.append(row);
        this.updateWorker(row, worker, jobs.get(worker.id) ?? [], now);
      }
    }
    for (const [id, row] of this.rows) {
      if (shown.has(id)) continue;
      row.remove();
      this.rows.delete(id);
    }
    for (const [id, group] of this.groups) {
      if (machines.has(id)) continue;
      group.remove();
      this.groups.delete(id);
    }
    this.empty.hidden = machines.size > 0;
    setText(this.rest, hidden ? `${hidden.toLocaleString()} more workers are not shown.` : '');
  }

  addMachine(id) {
    const group = el(
      'tbody',
      { 'data-machine': id },
      el('tr', { class: 'machine' }, el('th', { scope: 'rowgroup', colspan: HEADINGS.length })),
    );
    this.groups.set(id, group);
    this.table.append(group);
    return group;
  }

  updateMachine(group, id, workers) {
    const machine = this.state.machines.get(id);
    const name = machine?.hostname || id || 'no machine';
    const status = machine?.status ?? 'offline';
    const count = `${workers.length} ${workers.length === 1 ? 'worker' : 'workers'}`;
    const key = [name, status, count].join();
    if (group.dataset.key === key) return;
    group.dataset.key = key;
    const more = name === id ? count : `${id} · ${count}`;
    group.rows[0].cells[0].replaceChildren(name, ' ', statusPill(status), el('span', { class: 'muted', text: more }));
  }

  addWorker(worker) {
    const cells = ['c-status', 'c-name', 'c-takes', 'c-has', 'c-age'].map((name) => el('td', { class: name }));
    const row = el('tr', { 'data-worker': worker.id }, ...cells);
    cells[1].append(el('strong', { text: worker.id }));
    this.rows.set(worker.id, row);
    return row;
  }

  updateWorker(row, worker, jobs, now) {
    const [status, , takes, has, seen] = row.cells;
    if (row.dataset.status !== worker.status) status.replaceChildren(statusPill(worker.status));
    row.dataset.status = worker.status;
    const able = capabilitiesText(worker.capabilities);
    setText(takes, `${typesOf(worker)}${able ? ` · ${able}` : ''}`);
    const names = jobs.slice(0, 3).map((job) => job.name);
    const more = jobs.length > names.length ? ` and ${jobs.length - names.length} more` : '';
    const named = names.length ? `: ${names.join(', ')}${more}` : '';
    setText(has, worker.status === 'offline' ? '' : `${jobs.length} of ${worker.concurrency}${named}`);
    const last = this.registry.workers.get(worker.id)?.lastSeenAt;
    setText(seen, last ? agoText(last, now) : 'just now');
  }

  focusSearch() {}

  close() {
    this.closed = true;
    clearTimeout(this.timer);
  }
}
