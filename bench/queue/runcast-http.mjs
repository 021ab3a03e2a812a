// runcast over HTTP: submitted with POST /api/jobs, claimed by long poll, completed one by one.
import { Pool } from "./http.mjs";
import { main } from "./measure.mjs";

await main(async (port, concurrency) => {
  const pool = new Pool(Number(port));
  const worker = `/api/workers/bench-${process.pid}`;
  await pool.post(`${worker}/register`, { types: ["bench"], concurrency });
  let told = () => {};
  let free = concurrency;
  let wake = () => {};

  async function work(job) {
    await pool.post(`${worker}/jobs/${job.id}/complete`, { token: job.token, result: { ok: true } });
    ++free;
    wake();
    told(job.payload.number);
  }
  (async () => {
    for (;;) {
      if (free === 0) await new Promise((resolve) => (wake = resolve));
      const { jobs } = JSON.parse(await pool.post(`${worker}/claim`, { max: free, waitMs: 20000 }));
      free -= jobs.length;
      for (const job of jobs) work(job);
    }
  })();
  return {
    submit: (number) => pool.post("/api/jobs", { type: "bench", payload: { number } }),
    finished: (tell) => (told = tell),
  };
});
