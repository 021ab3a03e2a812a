import { getWorkflow, removeWorkflow } from './api.js';
import { agoText, el, setText, toast, untilText } from './dom.js';
import { Graph } from './graph.js';
import { RunList } from './run-list.js';
import { RunState } from './run-state.js';
import { nextStart } from './schedule.js';
import { startDialog } from './start-dialog.js';
import { factsList } from './step-detail.js';

const RETRY_MS = 2000;
const TICK_MS = 1000;
const SETTLE_MS = 3000; // until a schedule that was due is asked for its next time, and between two such questions

const KINDS = ['run', 'http', 'delay', 'job', 'workflow', 'approval'];

// The steps of a definition as a run that has not begun has them; `note` stands where a run tells their status.
function stepsOf(definition) {
  return definition.steps.map((step) => ({
    id: step.id,
    name: step.name ?? step.id,
    needs: [step.needs ?? step.depends_on ?? []].flat(),
    status: 'pending',
    attempt: 0,
    note: KINDS.find((kind) => kind in step) + (step.matrix ? ', matrix' : ''),
  }));
}

const scheduleText = ({ cron, timezone, nextAt }) =>
  `${cron} ${timezone} · ${nextAt ? `next ${untilText(nextAt)}` : 'never again'}`;

// One stored workflow: its steps, what starts it, and its runs.
export class WorkflowPage {
  // `edit(definition)` lets the user change it.
  constructor(name, root, linkState, edit) {
    this.name = name;
    this.root = root;
    this.linkState = linkState;
    this.edit = edit;
    document.title = `${name} · runcast`;
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.load();
  }

  async load() {
    this.readAt = Date.now();
    try {
      const workflow = await getWorkflow(this.name);
      if (this.closed) return;
      const same = workflow.updatedAt === this.workflow?.updatedAt;
      this.workflow = workflow;
      if (!same) this.show(workflow);
      this.tick();
    } catch (error) {
      if (this.closed) return;
      if (error.status === 404) {
        this.root.replaceChildren(el('p', { class: 'empty', text: `There is no workflow ${this.name}.` }));
        return;
      }
      this.linkState('reconnecting');
      this.retry = setTimeout(() => this.load(), RETRY_MS);
    }
  }

  show(workflow) {
    const { name, definition } = workflow;
    const button = (text, onclick, kind = '') =>
      el('button', { class: `button ${kind}`, type: 'button', text, onclick });
    const remove = button('Remove', () => this.remove(remove));
    const text = el('pre', { class: 'definition', text: JSON.stringify(definition, null, 2), tabindex: 0 });
    const graph = new Graph(new RunState({ steps: stepsOf(definition) }), () => {});
    this.facts = el('p', { class: 'facts muted' });
    this.list?.close();
    this.list = new RunList({
      filter: { workflow: name },
      none: () => 'It has not run yet.',
      linkState: this.linkState,
    });
    this.root.replaceChildren(
      el(
        'section',
        { class: 'run-head' },
        el(
          'div',
          {},
          el('h1', { text: name }),
          this.facts,
          definition.description && el('p', { text: definition.description }),
        ),
        el(
          'div',
          { class: 'actions' },
          button('Run', () => startDialog(workflow), 'primary'),
          button('Edit', () => this.edit(definition)),
          remove,
        ),
      ),
      el('section', { class: 'pane graph-pane', 'aria-label': 'Steps' }, graph.element),
      ...this.triggers(workflow),
      this.list.element,
      el('details', {}, el('summary', { text: 'Definition' }), text),
    );
  }

  triggers({ name, definition, schedules = [] }) {
    const facts = schedules.map((schedule) => ['Schedule', scheduleText(schedule)]);
    if (definition.on?.webhook) facts.push(['Webhook', `POST /api/v2/workflows/${name}/webhook`]);
    if (facts.length === 0) return [];
    const list = factsList(facts);
    this.starts = list.querySelectorAll('dd');
    return [el('section', { class: 'pane triggers', 'aria-label': 'What starts it' }, list)];
  }

  // Times go on, whether or not there is news.
  tick() {
    if (!this.workflow || document.hidden) return;
    const { version, updatedAt, schedules = [] } = this.workflow;
    setText(this.facts, `version ${version} · stored ${agoText(updatedAt)}`);
    schedules.forEach((schedule, i) => setText(this.starts[i], scheduleText(schedule)));
    const due = nextStart(schedules)?.nextAt;
    if (due && Date.now() - Math.max(due, this.readAt) > SETTLE_MS) this.load();
  }

  // The second click within a moment is the one that removes.
  async remove(button) {
    if (button.textContent === 'Remove') {
      button.textContent = 'Really remove?';
      setTimeout(() => (button.textContent = 'Remove'), 4000);
      return;
    }
    try {
      await removeWorkflow(this.name);
      location.hash = '#/workflows';
    } catch (error) {
      toast(`The workflow could not be removed: ${error.message}`);
    }
  }

  focusSearch() {}

  close() {
    this.closed = true;
    clearTimeout(this.retry);
    clearInterval(this.timer);
    this.list?.close();
  }
}
