// node client.cjs URL: the client of the broadcast architecture document, with Node's ws. Submits a job and prints each
// message's type; ends when the job does, with 0 if it succeeded.
const WebSocket = require('ws');

const socket = new WebSocket(`${process.argv[2].replace('http', 'ws')}/ws/client/node-client`);
socket.on('message', (data) => {
  const message = JSON.parse(data.toString());
  console.log(message.type);
  if (message.type === 'connection_established') {
    socket.send(JSON.stringify({type: 'submit_job', job_type: 'node', payload: {n: 1}, priority: 1}));
  } else if (message.type === 'complete_job') {
    process.exitCode = message.result.status === 'success' ? 0 : 1;
    socket.close();
  }
});
socket.on('error', (error) => { console.error(error.message); process.exitCode = 1; });
