// runcast over two WebSockets: one submits and is told of its jobs' ends, one claims and completes.
import WebSocket from "ws";
import { main } from "./measure.mjs";

function open(port, path, on) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { perMessageDeflate: false });
  socket.on("message", (data) => {
    const message = JSON.parse(data);
    if (message.type === "error") throw new Error(JSON.stringify(message));
    on[message.type]?.(message);
  });
  const say = (message) => socket.send(JSON.stringify(message));
  return new Promise((resolve) => socket.on("open", () => resolve(say)));
}

await main(async (port, concurrency) => {
  let told = () => {};
  const accepted = new Map();
  const submit = await open(port, "/ws/client/bench", {
    job_accepted({ request_id, job_id }) {
      accepted.get(request_id)(job_id);
      accepted.delete(request_id);
    },
  });

  const numbers = new Map();
  // As many as there is room for, as soon as there is.
  const claim = () => work({ type: "claim", max: concurrency });
  const work = await open(port, `/ws/worker/bench-${process.pid}`, {
    registered: claim,
    jobs({ jobs }) {
      claim();
      for (const { id, token, payload } of jobs) {
        numbers.set(id, payload.number);
        work({ type: "complete", job_id: id, token, result: { ok: true } });
      }
    },
    ack({ job_id }) {
      told(numbers.get(job_id));
      numbers.delete(job_id);
    },
  });
  work({ type: "register", job_types: ["bench"], concurrency });
  return {
    submit: (number) =>
      new Promise((resolve) => {
        accepted.set(number, resolve);
        submit({ type: "submit_job", job_type: "bench", payload: { number }, request_id: number });
      }),
    finished: (tell) => (told = tell),
  };
});
