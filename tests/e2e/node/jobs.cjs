// node jobs.cjs URL NAME: one EventSource for all jobs. Prints "open", then the states of the job of that name, each
// once; ends when it is completed.
const EventSource = require('eventsource');

const [url, name] = process.argv.slice(2);
const source = new EventSource(`${url}/api/jobs/stream`);
let last;
source.onopen = () => console.log('open');
source.onmessage = ({data}) => {
  const {type, job} = JSON.parse(data);
  if (type !== 'job-update' || job.name !== name) return;
  const state = `${job.status} ${job.progress}`;
  if (state !== last) console.log(state);
  last = state;
  if (job.status === 'completed') source.close();
};
