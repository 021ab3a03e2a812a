// The server's HTTP interface.

export class ApiError extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `the server answered ${status}`);
    this.status = status;
    this.errors = problem.errors ?? [];
  }
}

// Whether the same request may be answered a little later.
export const mayPass = ({ status }) => status === undefined || status === 429 || status >= 500;

// Whoever is not signed in any more is asked to.
async function send(path, options) {
  const answer = await fetch(path, options);
  if (answer.ok) return answer;
  if (answer.status === 401) location.assign('/sign-in');
  throw new ApiError(answer.status, await answer.json().catch(() => ({})));
}

async function request(method, path, body) {
  const options = { method, headers: { Accept: 'application/json' } };
  if (body !== undefined) {
    options.headers['Content-Type'] = 'application/json';
    options.body = JSON.stringify(body);
  }
  const answer = await send(path, options);
  return answer.status === 204 ? null : answer.json();
}

function query(parameters) {
  const filled = Object.entries(parameters).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  );
  return filled.length ? `?${new URLSearchParams(filled)}` : '';
}

const RUNS = '/api/v2/workflows/runs';

export const listRuns = (parameters) => request('GET', RUNS + query(parameters));
export const getRun = (id) => request('GET', `${RUNS}/${id}`);
export const getLogs = (id, parameters) => request('GET', `${RUNS}/${id}/logs${query(parameters)}`);
export const startRun = (workflow, inputs) => request('POST', RUNS, { workflow, inputs });
export const getSession = () => request('GET', '/api/v2/session');
export const rerunFailed = (id) => request('POST', `${RUNS}/${id}/rerun`, { from: 'failed' });
export const decideStep = (id, step, approved, comment) =>
  request('POST', `${RUNS}/${id}/steps/${encodeURIComponent(step)}/${approved ? 'approve' : 'reject'}`, {
    ...(comment && { comment }),
  });
export const cancelRun = (id) => request('POST', `${RUNS}/${id}/cancel`);
export const validate = (workflow) => request('POST', '/api/v2/workflows/validate', workflow);
export const streamUrl = (id, parameters) => `/runs/${id}/stream${query(parameters)}`;

const WORKFLOWS = '/api/v2/workflows';
const workflowPath = (name) => `${WORKFLOWS}/${encodeURIComponent(name)}`;

export const listWorkflows = (parameters) => request('GET', WORKFLOWS + query(parameters));
export const getWorkflow = (name) => request('GET', workflowPath(name));
export const storeWorkflow = (definition) => request('PUT', workflowPath(definition.name), definition);
export const removeWorkflow = (name) => request('DELETE', workflowPath(name));
export const startStored = (name, inputs) => request('POST', `${workflowPath(name)}/runs`, { inputs });

const JOBS = '/api/jobs';

export const listJobs = (parameters) => request('GET', JOBS + query(parameters));
export const getJob = (id) => request('GET', `${JOBS}/${encodeURIComponent(id)}`);
export const cancelJob = (id) => request('POST', `${JOBS}/cancel`, { id });
export const listWorkers = () => request('GET', '/api/workers?limit=1000');
export const listMachines = () => request('GET', '/api/machines?limit=1000');
export const listEvents = (parameters) => request('GET', `/api/events${query(parameters)}`);
export const monitorStreamUrl = (parameters) => `/api/events/monitor${query(parameters)}`;

// A monitor that has no id yet is given one.
export function monitorSocketUrl(id) {
  const url = new URL(id ? `/ws/monitor/${encodeURIComponent(id)}` : '/ws/monitor', location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

// Closes a socket of which nothing more is to be heard, not even that it is closed.
export function hangUp(socket) {
  socket.onmessage = null;
  socket.onclose = null;
  socket.close();
}

// The bare lines of a log as a file's worth of bytes.
export async function getLogText(id, parameters) {
  const answer = await send(`${RUNS}/${id}/logs${query(parameters)}`, { headers: { Accept: 'text/plain' } });
  return answer.blob();
}
