// node eventsource.cjs URL RUN: prints "open", then the text of each event; ends when the server answers 204.
const EventSource = require('eventsource');

const [url, run] = process.argv.slice(2);
const source = new EventSource(`${url}/runs/${run}/stream`);
let opened = false;
source.addEventListener('stream_open', () => {
  if (!opened) console.log('open');
  opened = true;
});
source.onmessage = (event) => console.log(event.data);
source.onerror = () => {
  if (source.readyState === EventSource.CLOSED) process.exitCode = opened ? 0 : 1;
};
