// runcast over HTTP: submitted with POST /api/jobs, claimed by long poll, completed one by one.
import { Pool } from "./http.mjs";
import { main } from "./measure.mjs";

await main(async (port, concurrency) => {
  const pool = new Pool(Number(port));
  const worker = `/api/workers/bench-${process.pid}`;
  await pool.post(`${worker}/register`, { types: ["bench"], concurrency });
  let told = () => {};

  async function work(job) {
    await pool.post(`${worker}/jobs/${job.id}/complete`, { token: job.token, result: { ok: true } });
    told(job.payload.number);
  }
  (async () => {
    for (;;) {
      // As many as there is room for, as soon as there is.
      const { jobs } = JSON.parse(await pool.post(`${worker}/claim`, { max: concurrency, waitMs: 20000 }));
      for (const job of jobs) work(job);
    }
  })();
  return {
    submit: (number) => pool.post("/api/jobs", { type: "bench", payload: { number } }),
    finished: (tell) => (told = tell),
  };
});
