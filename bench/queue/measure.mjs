// What the three clients have in common: as many submitters as workers, a bounded number of jobs, and each job's time
// from the call that submits it to the worker's word that it is done, acknowledged.
export async function measure({ jobs, concurrency, submit, finished }) {
  const begun = new Map();
  const latencies = [];
  let next = 0;
  let end;
  const all = new Promise((resolve) => (end = resolve));
  finished((number) => {
    latencies.push(performance.now() - begun.get(number));
    if (latencies.length === jobs) end();
  });
  const start = performance.now();
  const submitters = Array.from({ length: concurrency }, async () => {
    while (next < jobs) {
      const number = next++;
      begun.set(number, performance.now());
      await submit(number);
    }
  });
  await Promise.all([...submitters, all]);
  const seconds = (performance.now() - start) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (part) => latencies[Math.min(jobs - 1, Math.floor(part * jobs))];
  return { jobs, seconds, rate: jobs / seconds, p50: at(0.5), p99: at(0.99) };
}

// One after the other: each job is submitted, claimed and completed before the next, so the time is all latency.
export async function measureAlone({ jobs, submit, finished }) {
  let done;
  finished(() => done());
  const latencies = [];
  const start = performance.now();
  for (let number = 0; number < jobs; ++number) {
    const ended = new Promise((resolve) => (done = resolve));
    const begun = performance.now();
    await submit(number);
    await ended;
    latencies.push(performance.now() - begun);
  }
  const seconds = (performance.now() - start) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (part) => latencies[Math.min(jobs - 1, Math.floor(part * jobs))];
  return { jobs, seconds, rate: jobs / seconds, p50: at(0.5), p99: at(0.99) };
}

// node CLIENT.mjs WHERE CONCURRENCY JOBS: warms up, measures, prints one line of JSON.
export async function main(open) {
  const [where, concurrency, jobs] = process.argv.slice(2);
  const client = await open(where, Number(concurrency));
  const run = Number(concurrency) === 1 ? measureAlone : measure;
  const warmup = Math.min(200, Number(jobs));
  await run({ jobs: warmup, concurrency: Number(concurrency), ...client });
  const begun = process.cpuUsage();
  const result = await run({ jobs: Number(jobs), concurrency: Number(concurrency), ...client });
  const used = process.cpuUsage(begun);
  console.log(JSON.stringify({ ...result, warmup, client: (used.user + used.system) / Number(jobs) }));
  process.exit(0);
}
