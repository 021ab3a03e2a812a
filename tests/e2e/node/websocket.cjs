// node websocket.cjs URL RUN: prints "open", then the text of each event; ends with 0 if the close was the run's end.
const WebSocket = require('ws');

const [url, run] = process.argv.slice(2);
const socket = new WebSocket(`${url.replace('http', 'ws')}/runs/${run}/stream`);
socket.on('message', (data) => {
  const text = data.toString();
  const message = JSON.parse(text);
  if (message.type === 'stream_open') console.log('open');
  else if ('seq' in message) console.log(text);
});
socket.on('close', (code) => {
  process.exitCode = code === 1000 ? 0 : 1;
});
socket.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
