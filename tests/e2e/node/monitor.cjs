// node monitor.cjs URL: the client of the event-driven monitor document, with Node's ws. Takes up the full state,
// subscribes, prints "ready", then each event's type and job; ends when a job is completed.
const WebSocket = require('ws');

const monitorId = 'node-monitor';
const socket = new WebSocket(`${process.argv[2].replace('http', 'ws')}/ws/monitor/${monitorId}`);
const send = (message) => socket.send(JSON.stringify({...message, monitor_id: monitorId, timestamp: Date.now()}));

socket.on('open', () => send({type: 'monitor_connect', request_full_state: true}));
socket.on('message', (data) => {
  const message = JSON.parse(data.toString());
  switch (message.type) {
    case 'connected':
      return;
    case 'full_state_snapshot':
      Object.values(message.data.workers);
      ['pending', 'active', 'completed', 'failed'].forEach((list) => message.data.jobs[list].length);
      send({type: 'subscribe', topics: ['workers', 'jobs', 'system_stats']});
      return send({type: 'heartbeat'});
    case 'heartbeat_ack':
      return console.log('ready');
    case 'system_stats':
      return;
    default:
      console.log(`${message.type} ${message.job_id ?? message.worker_id}`);
      if (message.type === 'job_completed') socket.close(1000);
  }
});
socket.on('close', (code) => { process.exitCode = code === 1000 ? 0 : 1; });
socket.on('error', (error) => { console.error(error.message); process.exitCode = 1; });
