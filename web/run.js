import { cancelRun, decideStep, getRun, rerunFailed, startRun } from './api.js';
import { approvalBox } from './approval.js';
import { agoText, durationText, el, hasEnded, showRows, statusPill, toast } from './dom.js';
import { Graph } from './graph.js';
import { LogPane } from './log-pane.js';
import { RunState } from './run-state.js';
import { stepDetail } from './step-detail.js';
import { RunStream } from './stream.js';

// All but the log lines: these are the log pane's.
const LIFECYCLE = [
  'run_start',
  'step_start',
  'step_progress',
  'step_retry',
  'step_complete',
  'cancel_requested',
  'approval_requested',
  'approval_decided',
  'child_started',
  'matrix_expanded',
  'run_complete',
].join(',');
const RETRY_MS = 2000;
const TICK_MS = 500;

function showTitle(run) {
  document.title = `${run.workflow} ${run.status} · runcast`;
}

// The page of one run.
export class RunPage {
  constructor(id, root, linkState) {
    this.id = id;
    this.root = root;
    this.linkState = linkState;
    this.visibility = () => (document.hidden ? this.rest() : this.load());
    document.addEventListener('visibilitychange', this.visibility);
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.load();
  }

  // Reads the run as it is now and follows it from there; also after a gap, and when the page is looked at again.
  async load() {
    this.rest();
    try {
      const run = await getRun(this.id);
      if (this.closed) return;
      showTitle(run);
      if (document.hidden) return; // to be looked at loads it again
      this.rest(); // another load() may have come first
      this.state = new RunState(run);
      this.show();
    } catch (error) {
      if (this.closed) return;
      if (error.status === 404) {
        this.root.replaceChildren(el('p', { class: 'empty', text: `There is no run ${this.id}.` }));
      } else {
        this.linkState('reconnecting');
        clearTimeout(this.retry);
        if (!document.hidden) this.retry = setTimeout(() => this.load(), RETRY_MS);
      }
    }
  }

  show() {
    const { run } = this.state;
    if (this.graph) this.graph.show(this.state);
    else this.build();
    this.log.showStepNames(this.state.steps);
    this.showHead();
    this.showStep();
    this.followFrom(run.lastSeq);
  }

  followFrom(seq) {
    const { feed } = this.log;
    feed.ended = this.state.ended;
    feed.resume();
    if (this.state.ended) {
      this.linkState('ended');
      return;
    }
    this.stream = new RunStream(
      this.id,
      seq,
      { types: LIFECYCLE },
      {
        event: (event) => this.take(event),
        gap: () => this.load(),
        refused: () => this.load(),
        state: this.linkState,
      },
    );
  }

  take(event) {
    const step = this.state.apply(event);
    if (step) {
      this.graph.update(step);
      this.log.showStepNames(this.state.steps);
      if (step.id === this.log.step) this.showStep();
      if (step.approval) this.showApprovals();
    }
    this.log.feed.ended = this.state.ended;
    if (!step) this.showHead();
  }

  build() {
    const button = (text, onclick) => el('button', { class: 'button', type: 'button', text, onclick });
    this.pill = el('span');
    this.facts = el('p', { class: 'facts muted' });
    this.fault = el('p', { class: 'fault' });
    this.cancel = button('Cancel', () => this.askCancel());
    this.rerun = button('Rerun failed', () => this.startAnother(this.rerun, () => rerunFailed(this.id)));
    this.again = button('Run again', () => {
      const { definition, inputs } = this.state.run;
      this.startAnother(this.again, () => startRun(definition, inputs ?? {}));
    });
    this.boxes = new Map();
    this.approvals = el('section', { class: 'approvals', hidden: true, 'aria-label': 'Decisions' });
    this.graph = new Graph(this.state, (step) => this.selectStep(step));
    this.detail = el('section', { class: 'pane detail', hidden: true, 'aria-label': 'The chosen step' });
    this.log = new LogPane(this.id, {
      onStep: (id) => this.selectStep(id),
      linkState: (state) => {
        if (!this.state.ended) this.linkState(state);
      },
    });
    const head = el('div', {}, el('h1', {}, this.state.run.workflow, ' ', this.pill), this.facts, this.fault);
    this.root.replaceChildren(
      el('section', { class: 'run-head' }, head, el('div', { class: 'actions' }, this.cancel, this.rerun, this.again)),
      this.approvals,
      el('section', { class: 'pane graph-pane', 'aria-label': 'Steps' }, this.graph.element),
      this.detail,
      this.log.element,
    );
  }

  showHead() {
    const { run, ended } = this.state;
    this.pill.replaceChildren(statusPill(run.status));
    this.fault.textContent = run.error ?? '';
    this.cancel.hidden = ended;
    this.cancel.disabled = Boolean(run.cancelling);
    this.cancel.textContent = run.cancelling ? 'Cancelling…' : 'Cancel';
    this.again.hidden = !ended || !run.definition;
    this.rerun.hidden = !ended || run.status === 'succeeded';
    this.showApprovals();
    showTitle(run);
    this.tick();
  }

  // What grows older without an event.
  tick() {
    if (!this.state || document.hidden) return;
    this.showFacts();
    this.graph.tick();
    if (this.state.steps.get(this.log.step)?.status === 'running') this.showStep();
  }

  showFacts() {
    const { run } = this.state;
    const steps = [...this.state.steps.values()];
    const words = [run.id];
    if (run.startedAt) {
      const until = hasEnded(run.status) ? run.endedAt : Date.now();
      words.push(`started ${agoText(run.startedAt)}`, durationText(until - run.startedAt));
    }
    words.push(`${steps.filter((step) => hasEnded(step.status)).length} of ${steps.length} steps`);
    this.facts.textContent = words.join(' · ');
  }

  selectStep(id) {
    this.graph.select(id);
    this.log.selectStep(id);
    this.showStep();
  }

  showStep() {
    const step = this.state.steps.get(this.log.step);
    this.detail.hidden = !step;
    if (step) this.detail.replaceChildren(...stepDetail(step));
  }

  // A box for each step that waits for a decision. One that is there stays: somebody may be writing in it.
  showApprovals() {
    const { waiting } = this.state;
    showRows(this.approvals, this.boxes, waiting, {
      keyOf: (step) => step.id,
      add: (step) => approvalBox(step, (approved, comment) => this.decide(step.id, approved, comment)),
      fill: () => {},
    });
    this.approvals.hidden = waiting.length === 0;
  }

  async decide(step, approved, comment) {
    try {
      await decideStep(this.id, step, approved, comment);
      return true;
    } catch (error) {
      toast(`The decision was not taken: ${error.message}`);
      return false;
    }
  }

  // `call()` makes another run. A second click on its button meanwhile makes none.
  async startAnother(button, call) {
    button.disabled = true;
    try {
      const made = await call();
      if (!this.closed) location.hash = `#/runs/${made.id}`;
    } catch (error) {
      toast(`The run could not be started: ${error.message}`);
      button.disabled = false;
    }
  }

  async askCancel() {
    this.cancel.disabled = true;
    try {
      await cancelRun(this.id);
      this.state.run.cancelling = true;
    } catch (error) {
      toast(`The run could not be cancelled: ${error.message}`);
    }
    if (!this.closed) this.showHead();
  }

  focusSearch() {
    this.log?.search.focus();
  }

  // While nobody looks, no connection is held: a browser has only a few for each server.
  rest() {
    clearTimeout(this.retry);
    this.stream?.close();
    this.stream = null;
    this.log?.feed.pause();
  }

  close() {
    this.closed = true;
    this.rest();
    this.log?.close();
    clearInterval(this.timer);
    document.removeEventListener('visibilitychange', this.visibility);
  }
}
