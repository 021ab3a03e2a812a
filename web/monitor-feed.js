import { hangUp, monitorSocketUrl } from './api.js';
import { EventPoll } from './event-poll.js';

export const TOPICS = ['jobs', 'workers', 'machines', 'system_stats'];
const BEAT_MS = 30_000;
const ANSWER_MS = 10_000; // whoever has not answered by then is gone
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;
const PATIENCE = 3; // connections that fail before it polls

// The whole system as a monitor is told of it (docs/protocols.md): a snapshot, then every event from there on. A
// connection that is lost comes back by itself and goes on at the last event; while none can be had, it polls.
export class MonitorFeed {
  // `handlers`: snapshot(data, time), event(message) in order, state('live' | 'reconnecting' | 'polling').
  constructor(handlers) {
    this.handlers = handlers;
    this.failures = 0;
    this.connect();
  }

  connect() {
    clearTimeout(this.retry);
    this.retryAt = null;
    this.socket = new WebSocket(monitorSocketUrl(this.id));
    this.socket.onmessage = ({ data }) => this.hear(JSON.parse(data));
    this.socket.onclose = () => this.lost();
    this.expectAnswer();
  }

  say(type, members) {
    this.socket.send(JSON.stringify({ type, monitor_id: this.id, timestamp: Date.now(), ...members }));
  }

  hear(message) {
    if (message.type === 'connected') this.begin(message.monitor_id);
    else if (message.type === 'full_state_snapshot') this.takeSnapshot(message);
    else if (message.type === 'resync_data') this.takePast(message);
    else if (message.type === 'heartbeat_ack') this.takeAck(message);
    else if ('event_id' in message) this.take(message);
  }

  // --- one connection, from its greeting on ---

  begin(id) {
    this.id = id;
    this.stopPolling();
    if (this.last === undefined) {
      this.say('monitor_connect', { request_full_state: true });
    } else {
      this.lookBack(this.last);
      this.subscribe();
    }
  }

  subscribe() {
    this.subscribed = true;
    this.say('subscribe', { topics: TOPICS });
  }

  // Answered with what was missed, or with a snapshot where that is too much.
  lookBack(after) {
    this.say('resync_request', { last_event_id: after, topics: TOPICS });
    this.expectAnswer();
  }

  takeSnapshot({ data, event_id: at, timestamp }) {
    this.last = at;
    this.handlers.snapshot(data, timestamp);
    if (!this.subscribed) this.subscribe();
    this.upToDate();
  }

  takePast({ events, has_more: more, last_event_id: upto }) {
    for (const event of events) this.take(event);
    this.last = Math.max(this.last, upto);
    if (!more) this.upToDate();
  }

  take(message) {
    if (message.event_id > this.last) {
      this.last = message.event_id;
      this.heard += 1;
    }
    this.handlers.event(message);
  }

  upToDate() {
    clearTimeout(this.deadline);
    this.failures = 0;
    this.sure = this.last;
    this.heard = 0; // events since then
    clearTimeout(this.beating);
    this.beating = setTimeout(() => this.beat(), BEAT_MS);
    this.handlers.state('live');
  }

  // --- is it still there, and was nothing lost? ---

  beat() {
    this.say('heartbeat', { last_event_id: this.sure });
    this.expectAnswer();
  }

  // As many events as the server has sent since the last time are here by now, unless some were lost.
  takeAck({ events_missed: sent }) {
    if (sent > this.heard) this.lookBack(this.sure);
    else this.upToDate();
  }

  expectAnswer() {
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => this.lost(), ANSWER_MS);
  }

  lost() {
    this.drop();
    this.failures += 1;
    const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.failures - 1)) * (0.75 + Math.random() / 2);
    this.retryAt = Date.now() + wait;
    this.retry = setTimeout(() => this.connect(), wait);
    if (!this.poll) this.handlers.state('reconnecting');
    if (this.failures >= PATIENCE) this.startPolling();
  }

  drop() {
    clearTimeout(this.deadline);
    clearTimeout(this.beating);
    clearTimeout(this.retry);
    this.subscribed = false;
    if (this.socket) hangUp(this.socket);
    this.socket = null;
  }

  // --- without a socket ---

  startPolling() {
    this.poll ??= new EventPoll(this.last, TOPICS, {
      snapshot: (data, at, time) => {
        this.last = at;
        this.handlers.snapshot(data, time);
      },
      event: (message) => this.handlers.event(message),
      upTo: (id) => {
        this.last = id;
        this.handlers.state('polling');
      },
      failed: () => this.handlers.state('reconnecting'),
    });
  }

  stopPolling() {
    this.poll?.close();
    this.poll = null;
  }

  // --- from outside ---

  // Does not wait for the next attempt.
  hurry() {
    if (!this.socket) this.connect();
  }

  // While nobody looks; hurry() ends it.
  rest() {
    this.drop();
    this.stopPolling();
    this.failures = 0;
  }
}
