// graphile-worker: one runner of the given concurrency. It deletes a job when it is completed.
import { createRequire } from "node:module";
import { main } from "./measure.mjs";

const require = createRequire(import.meta.url);
const { run, makeWorkerUtils, Logger } = require("graphile-worker");

await main(async (url, concurrency) => {
  const quiet = new Logger(() => () => {});
  const utils = await makeWorkerUtils({ connectionString: url, logger: quiet });
  await utils.migrate();
  let told = () => {};
  const runner = await run({
    connectionString: url, concurrency, logger: quiet, noHandleSignals: true,
    maxPoolSize: concurrency + 2, taskList: { bench: async () => {} },
  });
  runner.events.on("job:complete", ({ job }) => told(job.payload.number));
  return {
    submit: (number) => utils.addJob("bench", { number }),
    finished: (tell) => (told = tell),
  };
});
