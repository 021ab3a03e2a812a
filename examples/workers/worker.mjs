// A worker in JavaScript (Node 18 or later), without a library: node worker.mjs [SERVER] [TYPE]
// It "renders" scenes: reports progress, says what it does, and answers with a result.
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

const [server = process.env.RUNCAST_SERVER ?? "http://127.0.0.1:8080", type = "render"] = process.argv.slice(2);
const id = `${hostname()}-node-${process.pid}`.replace(/[^A-Za-z0-9_.:@-]/g, "-");

async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  if (process.env.RUNCAST_TOKEN) headers.Authorization = `Bearer ${process.env.RUNCAST_TOKEN}`;
  const request = { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await fetch(`${server}/api/workers/${id}${path}`, request);
  if (!answer.ok) throw Object.assign(new Error(`${path}: ${await answer.text()}`), { status: answer.status });
  return answer.json();
}

async function work(job) {
  const tell = (what, body = {}) => post(`/jobs/${encodeURIComponent(job.id)}/${what}`, { token: job.token, ...body });
  const aborted = new AbortController();
  const beat = setInterval(async () => {
    try {
      if ((await tell("heartbeat")).cancel) aborted.abort();
    } catch (error) {
      if (error.status === 409) aborted.abort(); // the job is another's by now
    }
  }, job.leaseMs / 3);
  try {
    const frames = job.payload?.frames ?? 5;
    for (let frame = 1; frame <= frames; ++frame) {
      await sleep(100, null, { signal: aborted.signal });
      await tell("progress", { progress: frame / frames, action: `frame ${frame} of ${frames}` });
    }
    await tell("logs", { lines: [`rendered ${frames} frames`] });
    await tell("complete", { result: { frames } });
  } catch (error) {
    if (aborted.signal.aborted || error.status === 409) return;
    await tell("fail", { error: String(error) }).catch(() => {});
  } finally {
    clearInterval(beat);
  }
}

let known = false;
for (;;) {
  try {
    if (!known) await post("/register", { hostname: hostname(), types: [type], concurrency: 1 });
    known = true;
    const { jobs } = await post("/claim", { waitMs: 20_000 });
    for (const job of jobs) await work(job);
  } catch (error) {
    known = false; // the server may have been started anew
    console.error(String(error));
    await sleep(1000);
  }
}
