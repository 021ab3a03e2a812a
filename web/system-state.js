const BUCKETS = {
  pending: 'pending_jobs',
  assigned: 'active_jobs',
  active: 'active_jobs',
  completed: 'completed_jobs',
  failed: 'failed_jobs',
  cancelled: 'cancelled_jobs',
};
const ENDS = ['completed', 'failed', 'cancelled'];
const KEPT_ENDED = 200; // of each end, beside those that were asked for

export const isLive = (job) => !ENDS.includes(job.status);

// Jobs, workers and machines as a monitor's snapshot and the events after it tell them. To be told of an event once
// more changes nothing.
export class SystemState {
  constructor() {
    this.live = new Map();
    this.ended = new Map(ENDS.map((status) => [status, new Map()])); // the newest end last
    this.workers = new Map();
    this.machines = new Map();
    this.stats = {};
    this.askedFor = 0;
  }

  takeSnapshot(data) {
    this.live.clear();
    for (const jobs of this.ended.values()) jobs.clear();
    for (const job of [...data.jobs.active, ...data.jobs.pending]) this.live.set(job.id, job);
    for (const job of [...data.jobs.completed, ...data.jobs.failed]) this.ended.get(job.status).set(job.id, job);
    this.workers = new Map(Object.entries(data.workers));
    this.machines = new Map(data.machines.map((machine) => [machine.machine_id, machine]));
    this.stats = { ...data.system_stats };
  }

  find(id) {
    return this.live.get(id) ?? ENDS.map((status) => this.ended.get(status).get(id)).find(Boolean);
  }

  apply(message) {
    const { type, timestamp } = message;
    if (type === 'system_stats') this.stats = { ...message.stats };
    else if (type === 'worker_connected') this.workers.set(message.worker_id, message.worker_data);
    else if (type === 'worker_disconnected') this.workers.delete(message.worker_id);
    else if (type === 'worker_status_changed') this.setWorker(message.worker_id, message.new_status);
    else if (type === 'machine_registered') this.machines.set(message.machine_id, message.machine_data);
    else if (type === 'machine_disconnected') this.setMachine(message.machine_id, 'offline');
    else if (type === 'machine_status_changed') this.setMachine(message.machine_id, message.new_status);
    else if (type === 'job_submitted') this.addJob({ ...message.job_data, progress: 0 });
    else this.changeJob(this.find(message.job_id), message, timestamp);
  }

  setWorker(id, status) {
    const worker = this.workers.get(id);
    if (worker) worker.status = status;
  }

  setMachine(id, status) {
    const machine = this.machines.get(id);
    if (machine) machine.status = status;
  }

  addJob(job) {
    const before = this.find(job.id);
    this.count(before?.status, job.status);
    if (!before) this.stats.total_jobs += 1;
    else if (!isLive(before)) this.ended.get(before.status).delete(job.id);
    this.live.set(job.id, job);
  }

  changeJob(job, message, time) {
    if (!job) return;
    if (message.type === 'job_assigned') {
      Object.assign(job, { worker_id: message.worker_id, assigned_at: message.assigned_at });
    } else if (message.type === 'job_status_changed') {
      this.setStatus(job, message.new_status, time);
    } else if (message.type === 'job_progress') {
      job.progress = message.progress;
      job.action = message.action ?? job.action;
    } else if (message.type === 'job_completed') {
      Object.assign(job, { progress: 1, result: message.result });
    } else if (message.type === 'job_failed') {
      job.error = message.error;
    }
  }

  setStatus(job, status, time) {
    const wasLive = isLive(job);
    this.count(job.status, status);
    if (!wasLive) this.ended.get(job.status).delete(job.id);
    job.status = status;
    if (status === 'pending') {
      Object.assign(job, { worker_id: undefined, assigned_at: undefined, started_at: undefined });
      Object.assign(job, { progress: 0, action: undefined });
    } else if (status === 'active') {
      job.started_at ??= time;
    }
    if (isLive(job)) {
      if (!wasLive) this.live.set(job.id, job);
      return;
    }
    job[status === 'completed' ? 'completed_at' : 'failed_at'] = time;
    this.live.delete(job.id);
    this.keepEnded(job);
  }

  keepEnded(job) {
    const jobs = this.ended.get(job.status);
    jobs.set(job.id, job);
    if (jobs.size > KEPT_ENDED + this.askedFor) jobs.delete(jobs.keys().next().value);
  }

  // Jobs that ended before the newest, as /api/jobs has them.
  addEarlier(status, items) {
    const jobs = this.ended.get(status);
    const earlier = items
      .filter((job) => job.status === status && !jobs.has(job.id))
      .map((job) => ({
        ...job,
        job_type: job.type,
        worker_id: job.workerId,
        workflow_id: job.runId === job.id ? undefined : job.runId,
        created_at: job.createdAt,
        started_at: job.startedAt,
        [status === 'completed' ? 'completed_at' : 'failed_at']: job.endedAt,
        progress: job.progress / 100,
        logs: undefined,
        payload: undefined,
      }));
    this.askedFor += earlier.length;
    const all = [...earlier, ...jobs.values()].sort((a, b) => endOf(a) - endOf(b));
    this.ended.set(status, new Map(all.map((job) => [job.id, job])));
  }

  count(from, to) {
    if (from) this.stats[BUCKETS[from]] -= 1;
    this.stats[BUCKETS[to]] += 1;
  }

  // The ids of the jobs that each worker has, the oldest first.
  jobsByWorker() {
    const all = new Map();
    for (const job of this.live.values()) {
      if (!job.worker_id) continue;
      if (!all.has(job.worker_id)) all.set(job.worker_id, []);
      all.get(job.worker_id).push(job);
    }
    return all;
  }

  jobTypes() {
    const types = new Set();
    for (const job of this.live.values()) types.add(job.job_type);
    for (const jobs of this.ended.values()) for (const job of jobs.values()) types.add(job.job_type);
    return [...types].sort();
  }
}

export const endOf = (job) => job.completed_at ?? job.failed_at;
