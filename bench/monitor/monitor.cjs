// node bench/monitor/monitor.cjs BINARY: how soon monitors see what workers report, how many bytes that costs beside
// asking for the whole state each two seconds, and how the server answers while 10,000 jobs wait. See bench/README.md.
const {spawn} = require('child_process');
const fs = require('fs');
const http = require('http');
const os = require('os');
const path = require('path');
const WebSocket = require('ws');

const ACTIVE_JOBS = 100;
const MONITORS = 50;
const UPDATES_PER_SECOND = Number(process.env.UPDATES ?? 100);
const SECONDS = Number(process.env.SECONDS ?? 20);
const WAITING_JOBS = 10_000;
const ENDED_JOBS = 100;  // of each fate: as many as a full state shows

const agent = new http.Agent({keepAlive: true, maxSockets: 64});
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const now = () => performance.now();

function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

const times = (values) => ({
  count: values.length,
  p50: Number(percentile(values, 0.5).toFixed(2)),
  p99: Number(percentile(values, 0.99).toFixed(2)),
  max: Number(percentile(values, 1).toFixed(2)),
});

class Server {
  constructor(binary) {
    this.data = fs.mkdtempSync(path.join(os.tmpdir(), 'runcast-bench-'));
    this.process = spawn(binary, ['serve', '--listen', '127.0.0.1:0', '--data', this.data],
                         {stdio: ['ignore', 'pipe', 'pipe']});
    this.listening = new Promise((resolve, reject) => {
      let said = '';
      const take = (bytes) => {
        said += bytes;
        const found = said.match(/listening on http:\/\/127\.0\.0\.1:(\d+)/);
        if (found) resolve(Number(found[1]));
      };
      this.process.stdout.on('data', take);
      this.process.stderr.on('data', take);
      this.process.on('exit', () => reject(new Error(said)));
    });
  }

  async start() {
    this.port = await this.listening;
    return this;
  }

  call(method, target, body) {
    return new Promise((resolve, reject) => {
      const request = http.request({port: this.port, method, path: target, agent,
                                    headers: body ? {'Content-Type': 'application/json'} : {}}, (answer) => {
        let text = '';
        answer.on('data', (part) => { text += part; });
        answer.on('end', () => {
          if (answer.statusCode < 300) resolve(text && JSON.parse(text));
          else reject(new Error(`${target}: ${answer.statusCode} ${text}`));
        });
      });
      request.on('error', reject);
      request.end(body && JSON.stringify(body));
    });
  }

  stop() {
    this.process.kill('SIGTERM');
    this.process.on('exit', () => fs.rmSync(this.data, {recursive: true, force: true}));
  }
}

// Counts what it is sent, and tells of each progress.
class Monitor {
  constructor(server, id, onProgress) {
    this.bytes = 0;
    this.messages = 0;
    this.socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws/monitor/${id}`, {perMessageDeflate: false});
    this.ready = new Promise((resolve) => {
      this.socket.on('message', (data) => {
        const message = JSON.parse(data);
        if (message.type === 'connected') this.say({type: 'monitor_connect'});
        if (message.type === 'full_state_snapshot') {
          this.snapshotBytes = data.length;
          this.say({type: 'subscribe', topics: ['workers', 'jobs', 'system_stats']});
          resolve(this);
        } else if (message.event_id) {
          this.bytes += data.length;
          this.messages += 1;
          if (message.type === 'job_progress') onProgress(message);
        }
      });
    });
  }

  say(message) { this.socket.send(JSON.stringify(message)); }
}

async function inParallel(count, width, work) {
  let next = 0;
  await Promise.all(Array.from({length: width}, async () => {
    while (next < count) await work(next++);
  }));
}

// What a system that has worked for a while shows besides: jobs that have ended well, and jobs that have failed.
async function past(server) {
  await server.call('POST', '/api/workers/past/register', {concurrency: ENDED_JOBS, types: ['past']});
  for (const [fate, answer] of [['complete', {result: {ok: true}}], ['fail', {error: 'it did not work'}]]) {
    await inParallel(ENDED_JOBS, 16, (n) => server.call('POST', '/api/jobs', {name: `Past ${n}`, type: 'past'}));
    for (let ended = 0; ended < ENDED_JOBS;) {
      const {jobs} = await server.call('POST', '/api/workers/past/claim', {max: ENDED_JOBS, waitMs: 5000});
      await Promise.all(jobs.map(({id, token}) =>
          server.call('POST', `/api/workers/past/jobs/${id}/${fate}`, {token, ...answer})));
      ended += jobs.length;
    }
  }
}

async function updates(server) {
  await inParallel(ACTIVE_JOBS, 16, (n) => server.call('POST', '/api/jobs', {name: `Job ${n}`, type: 'active'}));
  await server.call('POST', '/api/workers/bench/register', {concurrency: ACTIVE_JOBS, types: ['active']});
  const jobs = [];
  while (jobs.length < ACTIVE_JOBS) {
    jobs.push(...(await server.call('POST', '/api/workers/bench/claim', {max: ACTIVE_JOBS, waitMs: 5000})).jobs);
  }
  const sent = new Map();
  const latencies = [];
  const onProgress = ({action}) => latencies.push(now() - sent.get(action));
  const monitors = await Promise.all(
      Array.from({length: MONITORS}, (_, n) => new Monitor(server, `m${n}`, onProgress).ready));
  const total = UPDATES_PER_SECOND * SECONDS;
  const begin = now();
  const stored = [];
  const pending = [];
  for (let n = 0; n < total; ++n) {
    const due = begin + (n * 1000) / UPDATES_PER_SECOND;
    if (due > now()) await sleep(due - now());
    const job = jobs[n % jobs.length];
    const action = `update ${n}`;
    const at = now();
    sent.set(action, at);
    pending.push(server.call('POST', `/api/workers/bench/jobs/${job.id}/progress`,
                             {token: job.token, progress: n / total, action}).then(() => stored.push(now() - at)));
  }
  await Promise.all(pending);
  await sleep(1000);
  const elapsed = (now() - begin) / 1000;
  const perMonitor = monitors.reduce((sum, monitor) => sum + monitor.bytes, 0) / MONITORS;
  const polled = monitors[0].snapshotBytes * (elapsed / 2);
  monitors.forEach((monitor) => monitor.socket.close());
  return {activeJobs: ACTIVE_JOBS, monitors: MONITORS, updatesPerSecond: UPDATES_PER_SECOND, seconds: SECONDS,
          reportToMonitorMs: times(latencies), reportToAnswerMs: times(stored), expected: total * MONITORS,
          bytesPerMonitor: Math.round(perMonitor), bytesByPolling: Math.round(polled),
          fewer: `${(100 * (1 - perMonitor / polled)).toFixed(1)} %`};
}

async function crowd(server) {
  const begin = now();
  await inParallel(WAITING_JOBS, 64, (n) => server.call('POST', '/api/jobs', {name: `Waiting ${n}`, type: 'waiting'}));
  const submitted = (now() - begin) / 1000;
  const shown = [];
  const latencies = [];
  const sent = new Map();
  const monitorBegin = now();
  const monitor = await new Monitor(server, 'crowd', ({action}) => latencies.push(now() - sent.get(action))).ready;
  const snapshotMs = now() - monitorBegin;
  await server.call('POST', '/api/workers/crowd/register', {concurrency: 1, types: ['waiting']});
  const job = (await server.call('POST', '/api/workers/crowd/claim', {waitMs: 5000})).jobs[0];
  for (let n = 0; n < 200; ++n) {
    const action = `crowd ${n}`;
    sent.set(action, now());
    await server.call('POST', `/api/workers/crowd/jobs/${job.id}/progress`,
                      {token: job.token, progress: n / 200, action});
    const at = now();
    await server.call('GET', `/api/jobs/${job.id}`);
    shown.push(now() - at);
  }
  await sleep(500);
  monitor.socket.close();
  return {waitingJobs: WAITING_JOBS, submittedPerSecond: Math.round(WAITING_JOBS / submitted),
          snapshotMs: Math.round(snapshotMs), snapshotBytes: monitor.snapshotBytes, reportToMonitorMs: times(latencies),
          showJobMs: times(shown)};
}

async function main() {
  const server = await new Server(process.argv[2] ?? 'build/release/runcast').start();
  try {
    await past(server);
    console.log(JSON.stringify({load: os.loadavg()[0], ...(await updates(server))}, null, 2));
    console.log(JSON.stringify({load: os.loadavg()[0], ...(await crowd(server))}, null, 2));
  } finally {
    server.stop();
  }
  agent.destroy();
}

setTimeout(() => { console.error('it took too long'); process.exit(1); }, 300_000).unref();
main().catch((error) => { console.error(error); process.exitCode = 1; });
