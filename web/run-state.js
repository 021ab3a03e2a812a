import { hasEnded } from './dom.js';

// A run as its document and its later events tell it.
export class RunState {
  constructor(run) {
    this.run = run;
    this.steps = new Map(run.steps.map((step) => [step.id, step]));
    this.layer();
  }

  get ended() {
    return hasEnded(this.run.status);
  }

  // The steps that wait for somebody's decision.
  get waiting() {
    if (this.ended) return [];
    const waits = (step) => step.status === 'running' && step.approval && step.approval.approved === undefined;
    return [...this.steps.values()].filter(waits);
  }

  // The longest path from a root, where the server has not said it yet: a run that has not started.
  layer() {
    const visit = (step) => {
      if (step.layer !== undefined) return step.layer;
      step.layer = 0;
      const needs = (step.needs ?? []).map((id) => this.steps.get(id)).filter(Boolean);
      step.layer = needs.reduce((deepest, need) => Math.max(deepest, visit(need) + 1), 0);
      return step.layer;
    };
    this.steps.forEach(visit);
  }

  // The step that the event changed; null where it was the run as a whole, or nothing.
  apply(event) {
    const { payload, timestamp } = event;
    if (event.type === 'run_start') {
      this.run.status = 'running';
      this.run.startedAt = timestamp;
      return null;
    }
    if (event.type === 'run_complete') {
      Object.assign(this.run, {
        status: payload.status,
        endedAt: timestamp,
        durationMs: payload.durationMs,
        error: payload.error,
      });
      return null;
    }
    if (event.type === 'cancel_requested' && !payload.stepId) this.run.cancelling = true;
    if (!payload?.stepId) return null;
    const step = this.step(payload.stepId);
    if (event.type === 'step_start') {
      Object.assign(step, {
        status: 'running',
        attempt: payload.attempt,
        name: payload.name,
        kind: payload.kind,
        layer: payload.layer,
        startedAt: timestamp,
        progress: undefined,
        progressText: undefined,
        exitCode: undefined,
        signal: undefined,
      });
    } else if (event.type === 'step_progress') {
      Object.assign(step, { progress: payload.progress, progressText: payload.text });
    } else if (event.type === 'approval_requested') {
      step.approval = { message: payload.message };
    } else if (event.type === 'approval_decided') {
      step.approval = { ...step.approval, approved: payload.approved, by: payload.by, comment: payload.comment };
    } else if (event.type === 'step_retry') {
      Object.assign(step, { status: 'pending', error: payload.error ?? payload.reason, progress: undefined });
    } else if (event.type === 'step_complete') {
      Object.assign(step, { ...payload, endedAt: timestamp, error: payload.error, progress: undefined });
    } else if (event.type === 'matrix_expanded') {
      // All at once: with each step that appears the page draws its graph anew.
      payload.instances.forEach((matrix, i) => {
        Object.assign(this.step(`${step.id}[${i}]`), { name: step.name, layer: step.layer, matrix });
      });
    }
    return step;
  }

  // A matrix's instances are not in the definition.
  step(id) {
    if (!this.steps.has(id)) this.steps.set(id, { id, name: id, needs: [], status: 'pending', attempt: 0, layer: 0 });
    return this.steps.get(id);
  }
}

export function stepDuration(step, now = Date.now()) {
  if (step.status === 'running' && step.startedAt) return Math.max(0, now - step.startedAt);
  return step.attempt > 0 ? step.durationMs : undefined;
}
