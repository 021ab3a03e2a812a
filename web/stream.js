import { streamUrl } from './api.js';

const RETRY_MS = 2000;

// One run's events from a position on, over EventSource. The browser reconnects by itself, with its last position,
// while the server is away; what it gives up on is an error answer. It ends at run_complete.
export class RunStream {
  // `handlers`: event(event), gap() when the position no longer holds, refused() a while after a refusal (open() tries
  // again), state('live' | 'reconnecting' | 'ended').
  constructor(run, after, parameters, handlers) {
    this.run = run;
    this.after = after;
    this.parameters = parameters;
    this.handlers = handlers;
    this.open();
  }

  open() {
    const url = streamUrl(this.run, { ...this.parameters, after: this.after, epoch: this.epoch });
    this.source = new EventSource(url);
    this.source.addEventListener('stream_open', (event) => {
      this.epoch = JSON.parse(event.data).epoch;
      this.handlers.state('live');
    });
    this.source.onmessage = (event) => this.take(JSON.parse(event.data));
    for (const name of ['gap', 'position']) {
      this.source.addEventListener(name, (event) => this.take(JSON.parse(event.data)));
    }
    this.source.onerror = () => this.lost();
  }

  take(event) {
    if (event.type === 'gap') {
      this.close();
      this.handlers.gap();
    } else if (event.type === 'position') {
      this.after = event.upTo;
    } else if (event.seq > this.after) {
      this.after = event.seq;
      this.handlers.event(event);
      if (event.type === 'run_complete') this.end();
    }
  }

  lost() {
    // A refusal, or 204: the run has ended and nothing is left. Which of them, whoever is told finds out.
    if (this.source.readyState === EventSource.CLOSED) {
      this.close();
      this.timer = setTimeout(() => this.handlers.refused(), RETRY_MS);
    }
    this.handlers.state('reconnecting');
  }

  end() {
    this.close();
    this.handlers.state('ended');
  }

  close() {
    this.source.close();
    clearTimeout(this.timer);
  }
}
