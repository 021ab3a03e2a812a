// BullMQ: one worker of the given concurrency, no-op jobs, kept when they are completed.
import { Queue, Worker } from "bullmq";
import { main } from "./measure.mjs";

await main(async (port, concurrency) => {
  const connection = { host: "127.0.0.1", port: Number(port), maxRetriesPerRequest: null };
  const queue = new Queue("bench", { connection });
  let told = () => {};
  const worker = new Worker("bench", async () => ({ ok: true }), { connection, concurrency });
  worker.on("completed", (job) => told(job.data.number));
  await worker.waitUntilReady();
  return {
    submit: (number) => queue.add("bench", { number }),
    finished: (tell) => (told = tell),
  };
});
