// The hub that one writes with Node and ws: JSON encoded once, `send` for each client.
'use strict';

const { createServer } = require('node:http');
const { parseArgs } = require('node:util');
const { WebSocketServer } = require('ws');

const text = { type: 'string' };
const { values } = parseArgs({
  options: {
    port: text, mode: text, subscribers: text, runs: text, rate: text, messages: text, seconds: text,
    'message-bytes': text, lifetime: text,
  },
});
const number = (name, fallback) => Number(values[name] ?? fallback);
const mode = values.mode ?? 'saturated';
const subscribers = number('subscribers', 1);
const runs = Array.from({ length: number('runs', 1) }, (_, run) => ({
  id: `01JBENCH0000000000000${String(run).padStart(5, '0')}`, seq: 0, clients: new Set(),
}));
const rate = number('rate', 1000);
const seconds = number('seconds', 5);
const padding = '.'.repeat(Math.max(0, number('message-bytes', 125) - 20));
const FULL = 64 * 1024; // bytes that a client may have waiting, of a saturating producer

const wallClockNs = () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;

let produced = 0;
let started = 0;

function produce(run, dueNs) {
  produced += 1;
  run.seq += 1;
  const timestamp = Number(dueNs / 1000000n);
  const json = JSON.stringify({
    type: 'step_log', runId: run.id, seq: run.seq, id: produced, timestamp,
    payload: { stepId: 'build', level: 'info', message: `${dueNs} ${padding}`, timestamp },
  });
  for (const client of run.clients) client.send(json);
}

const elapsed = () => (performance.now() - started) / 1000;

// As fast as the clients take it, a few events a turn of the loop.
function saturate() {
  if (elapsed() >= seconds) return finish();
  for (const run of runs) {
    let full = false;
    for (const client of run.clients) full ||= client.bufferedAmount > FULL;
    for (let i = 0; i < 32 && !full; i += 1) produce(run, wallClockNs());
  }
  setImmediate(saturate);
}

function keepRate(startNs) {
  const total = Math.floor(rate * seconds);
  const due = Math.min(total, Math.floor(elapsed() * rate));
  while (produced < due) {
    const atNs = startNs + BigInt(Math.round(((produced + 1) / rate) * 1e9));
    produce(runs[produced % runs.length], atNs);
  }
  if (produced >= total) return finish();
  setTimeout(keepRate, 1, startNs);
}

function burst() {
  const messages = number('messages', 10000);
  while (produced < messages) produce(runs[produced % runs.length], wallClockNs());
  finish();
}

function start() {
  started = performance.now();
  if (mode === 'saturated') saturate();
  if (mode === 'rate') keepRate(wallClockNs());
  if (mode === 'burst') burst();
}

// Ends once everything that is queued has been written.
function finish() {
  const waiting = runs.some((run) => [...run.clients].some((client) => client.bufferedAmount > 0));
  setTimeout(waiting ? finish : () => process.exit(0), 200);
}

setTimeout(() => process.exit(0), number('lifetime', 120) * 1000).unref();

const server = createServer();
const hub = new WebSocketServer({ server, perMessageDeflate: false });
let attached = 0;
hub.on('connection', (client, request) => {
  const run = runs[Number(request.url.split('/')[2]) % runs.length];
  run.clients.add(client);
  client.on('error', () => {});
  client.on('close', () => run.clients.delete(client));
  attached += 1;
  if (attached === subscribers && mode !== 'idle') start();
});
server.listen({ port: number('port', 0), host: '127.0.0.1', backlog: 4096 }, () => {
  console.log(`listening ${server.address().port}`);
});
