import { durationText, el, statusIcon, svg } from './dom.js';
import { stepDuration } from './run-state.js';

const WIDTH = 160;
const HEIGHT = 50;
const GAP_X = 44;
const GAP_Y = 14;
const DRAWN_AT_MOST = 200; // steps as boxes with edges; more become a field of dots
const DOTS_AT_MOST = 5000;

// Steps in the columns of their layers, each near the middle of what it needs.
export function arrange(steps) {
  const columns = [];
  for (const step of steps) (columns[step.layer] ??= []).push(step);
  const places = new Map();
  const tallest = Math.max(1, ...columns.filter(Boolean).map((column) => column.length));
  columns.forEach((column, x) => {
    const middle = (step) => {
      const needs = (step.needs ?? []).map((id) => places.get(id)).filter(Boolean);
      return needs.length ? needs.reduce((sum, place) => sum + place.y, 0) / needs.length : Infinity;
    };
    const wanted = new Map(column.map((step) => [step, middle(step)]));
    if (x > 0) column.sort((a, b) => (wanted.get(a) === wanted.get(b) ? 0 : wanted.get(a) - wanted.get(b)));
    const top = ((tallest - column.length) * (HEIGHT + GAP_Y)) / 2;
    column.forEach((step, row) => {
      places.set(step.id, { x: x * (WIDTH + GAP_X), y: top + row * (HEIGHT + GAP_Y) });
    });
  });
  return {
    places,
    width: columns.length * (WIDTH + GAP_X) - GAP_X,
    height: tallest * (HEIGHT + GAP_Y) - GAP_Y,
  };
}

// The DAG of a run. `onSelect(stepId | null)` is told what is clicked.
export class Graph {
  constructor(state, onSelect) {
    this.state = state;
    this.onSelect = onSelect;
    this.selected = null;
    this.element = el('div', { class: 'graph', role: 'group', 'aria-label': 'Steps by layers' });
    this.draw();
  }

  show(state) {
    this.state = state;
    this.draw();
  }

  // What is chosen and what has the focus stay.
  draw() {
    const focused = this.element.contains(document.activeElement) && document.activeElement.dataset.step;
    this.nodes = new Map();
    this.edges = [];
    const steps = [...this.state.steps.values()];
    this.drawnSteps = steps.length;
    this.dots = steps.length > DRAWN_AT_MOST;
    this.element.classList.toggle('dots', this.dots);
    this.element.replaceChildren(this.dots ? this.field(steps) : this.canvas(steps));
    for (const step of steps) this.update(step);
    this.select(this.selected);
    if (focused) this.nodes.get(focused)?.node.focus({ preventScroll: true });
  }

  canvas(steps) {
    const { places, width, height } = arrange(steps);
    const canvas = el('div', { class: 'canvas' });
    const lines = svg('svg', {
      class: 'edges',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      'aria-hidden': 'true',
    });
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    canvas.append(lines);
    for (const step of steps) {
      for (const need of step.needs ?? []) {
        if (places.has(need)) this.edges.push(this.edge(lines, need, step.id, places));
      }
    }
    // In reading order, layer by layer, for the keyboard and for narrow screens.
    const order = [...steps].sort((a, b) => a.layer - b.layer || places.get(a.id).y - places.get(b.id).y);
    let layer = -1;
    for (const step of order) {
      if (step.layer !== layer) canvas.append(el('h3', { class: 'layer', text: `Layer ${step.layer + 1}` }));
      layer = step.layer;
      const node = this.node(step);
      node.style.left = `${places.get(step.id).x}px`;
      node.style.top = `${places.get(step.id).y}px`;
      canvas.append(node);
    }
    return canvas;
  }

  edge(lines, from, to, places) {
    const a = places.get(from);
    const b = places.get(to);
    const [x1, y1, x2, y2] = [a.x + WIDTH, a.y + HEIGHT / 2, b.x, b.y + HEIGHT / 2];
    const bend = Math.max(24, (x2 - x1) / 2);
    const path = svg('path', { d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}` });
    lines.append(path);
    return { from, to, path };
  }

  node(step) {
    const parts = {
      icon: el('span', { class: 'node-icon' }),
      name: el('span', { class: 'node-name', text: step.name || step.id }),
      more: el('span', { class: 'node-more' }),
      bar: el('span', { class: 'node-bar' }),
    };
    const node = el(
      'button',
      { class: 'node', type: 'button', title: step.id, 'data-step': step.id, onclick: () => this.click(step.id) },
      parts.icon,
      el('span', { class: 'node-text' }, parts.name, parts.more),
      parts.bar,
    );
    this.nodes.set(step.id, { node, parts });
    return node;
  }

  field(steps) {
    const field = el('div', { class: 'field' });
    const layers = [];
    for (const step of steps.slice(0, DOTS_AT_MOST)) (layers[step.layer] ??= []).push(step);
    layers.forEach((layer) => {
      const group = el('div', { class: 'field-layer' });
      for (const step of layer) {
        const onclick = () => this.click(step.id);
        const node = el('button', { class: 'dot', type: 'button', 'data-step': step.id, onclick });
        this.nodes.set(step.id, { node });
        group.append(node);
      }
      field.append(group);
    });
    if (steps.length > DOTS_AT_MOST) {
      field.append(el('p', { class: 'muted', text: `and ${steps.length - DOTS_AT_MOST} more steps` }));
    }
    return field;
  }

  click(id) {
    this.select(this.selected === id ? null : id);
    this.onSelect(this.selected);
  }

  select(id) {
    for (const [each, on] of [
      [this.selected, false],
      [id, true],
    ]) {
      this.nodes.get(each)?.node.classList.toggle('selected', on);
      this.nodes.get(each)?.node.setAttribute('aria-pressed', on);
    }
    this.selected = id;
    for (const { from, to, path } of this.edges)
      path.classList.toggle('lit', id !== null && (from === id || to === id));
  }

  update(step) {
    if (this.state.steps.size !== this.drawnSteps) {
      this.draw();
      return;
    }
    const drawn = this.nodes.get(step.id);
    if (!drawn) return;
    drawn.node.dataset.status = step.status;
    drawn.node.setAttribute('aria-label', `${step.name || step.id}, ${step.note ?? step.status}`);
    if (this.dots) {
      drawn.node.title = `${step.id}: ${step.status}`;
      return;
    }
    drawn.parts.icon.replaceChildren(statusIcon(step.status));
    const share = step.status === 'running' ? (step.progress ?? 0) : 0;
    drawn.parts.bar.style.width = `${Math.round(Math.min(1, Math.max(0, share)) * 100)}%`;
    for (const { from, path } of this.edges) if (from === step.id) path.dataset.status = step.status;
    this.tickNode(step, drawn);
  }

  // Running steps grow older without an event.
  tick() {
    if (this.dots) return;
    for (const step of this.state.steps.values()) {
      if (step.status === 'running') this.tickNode(step, this.nodes.get(step.id));
    }
  }

  tickNode(step, drawn) {
    const words = [durationText(stepDuration(step)) || (step.note ?? step.status)];
    if (step.status === 'running' && step.progress !== undefined) words.push(`${Math.round(step.progress * 100)} %`);
    if (step.attempt > 1) words.push(`attempt ${step.attempt}`);
    drawn.parts.more.textContent = words.join(' · ');
  }
}
