// node ends.cjs URL NAME: one EventSource for all jobs, for as long as it takes. Prints "open" with each connection and
// the name and status of each job that has ended, once; ends with the first whose name begins with NAME.
const EventSource = require('eventsource');

const [url, name] = process.argv.slice(2);
const source = new EventSource(`${url}/api/jobs/stream`);
const told = new Set();
source.onopen = () => console.log('open');
source.onmessage = ({data}) => {
  const {job} = JSON.parse(data);
  if (!['completed', 'failed', 'cancelled'].includes(job.status) || told.has(job.id)) return;
  told.add(job.id);
  console.log(`${job.name} ${job.status}`);
  if (job.name.startsWith(name)) source.close();
};
