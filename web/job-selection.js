import { endOf } from './system-state.js';

// What is worked on first, then what waits in the order in which it will be claimed, then the newest ends.
const byStart = (a, b) => (a.assigned_at ?? 0) - (b.assigned_at ?? 0) || (a.id < b.id ? -1 : 1);
const byTurn = (a, b) => b.priority - a.priority || a.created_at - b.created_at || (a.id < b.id ? -1 : 1);
const byEnd = (a, b) => endOf(b) - endOf(a) || (a.id < b.id ? 1 : -1);

const GROUPS = [
  { status: 'active', order: byStart, of: (state) => live(state, (job) => job.status !== 'pending') },
  { status: 'pending', order: byTurn, of: (state) => live(state, (job) => job.status === 'pending') },
  { status: '', order: byEnd, of: (state) => [...state.ended.values()].flatMap((jobs) => [...jobs.values()]) },
  ...['completed', 'failed', 'cancelled'].map((status) => ({
    status,
    order: byEnd,
    of: (state) => [...state.ended.get(status).values()],
  })),
];

function live(state, wanted) {
  return [...state.live.values()].filter(wanted);
}

function groupsOf(status) {
  return status ? GROUPS.filter((group) => group.status === status) : GROUPS.slice(0, 3);
}

// The first `most` of the jobs that match, in order, and how many match in all. Job `open` is not left out for others.
export function selectJobs(state, { status, type, text }, most, open) {
  const wanted = text.toLowerCase();
  const matches = (job) =>
    (!type || job.job_type === type) &&
    (!wanted || [job.name, job.id, job.worker_id].some((word) => word?.toLowerCase().includes(wanted)));
  const jobs = [];
  let total = 0;
  for (const { order, of } of groupsOf(status)) {
    const found = of(state).filter(matches);
    total += found.length;
    const first = jobs.length < most ? found.sort(order).slice(0, most - jobs.length) : [];
    jobs.push(...first, ...found.filter((job) => job.id === open && !first.includes(job)));
  }
  return { jobs, total };
}
