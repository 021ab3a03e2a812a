// Elements, icons and the words for times. Text only ever becomes text: nothing here parses markup.

export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === 'text') node.textContent = value;
    else if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== undefined && child !== null));
  return node;
}

export function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

const SHAPES = {
  pending: 'M8 3.500a4.500 4.500 0 1 0 0 9a4.500 4.500 0 1 0 0-9',
  running: 'M8 2.500a5.500 5.500 0 1 1-5.500 5.500',
  succeeded: 'M3.500 8.500l3 3l6-7',
  failed: 'M4 4l8 8M12 4l-8 8',
  skipped: 'M3.500 4.500l4 3.500l-4 3.500M8.500 4.500l4 3.500l-4 3.500',
  cancelled: 'M4.100 4.100a5.500 5.500 0 1 0 7.800 7.800a5.500 5.500 0 1 0-7.800-7.800M4.100 4.100l7.800 7.800',
};

// Jobs, workers and machines have words of their own for what looks the same.
const LOOKS = {
  assigned: 'pending',
  active: 'running',
  completed: 'succeeded',
  busy: 'running',
  idle: 'pending',
  online: 'succeeded',
  offline: 'cancelled',
};

export function statusIcon(status) {
  const look = LOOKS[status] ?? status;
  const icon = svg('svg', { viewBox: '0 0 16 16', class: `icon ${look}`, 'aria-hidden': 'true' });
  icon.append(svg('path', { d: SHAPES[look] ?? SHAPES.pending }));
  return icon;
}

// An icon and the word: a status is never told by colour alone.
export function statusPill(status) {
  return el('span', { class: `pill ${LOOKS[status] ?? status}` }, statusIcon(status), status);
}

// Touches the page only where something is different.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// A table's rows in the order of the items: those of items that are gone are taken out, what is new gets one by
// `add(item)`, and each is brought up to date by `fill(row, item)`. `rows` keeps them by `keyOf(item)`.
export function showRows(body, rows, items, { keyOf, add, fill }) {
  const keys = new Set(items.map(keyOf));
  for (const [key, row] of rows) {
    if (keys.has(key)) continue;
    row.remove();
    rows.delete(key);
  }
  items.forEach((item, index) => {
    const key = keyOf(item);
    if (!rows.has(key)) rows.set(key, add(item));
    const row = rows.get(key);
    fill(row, item);
    if (body.children[index] !== row) body.insertBefore(row, body.children[index] ?? null);
  });
}

export function hasEnded(status) {
  return status !== 'pending' && status !== 'running';
}

export function durationText(ms) {
  if (!Number.isFinite(ms) || ms < 0) return '';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export function agoText(time, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - time) / 1000));
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return new Date(time).toLocaleDateString();
}

export function untilText(time, now = Date.now()) {
  const seconds = Math.max(0, Math.round((time - now) / 1000));
  if (seconds < 60) return `in ${seconds} s`;
  if (seconds < 3600) return `in ${Math.round(seconds / 60)} min`;
  if (seconds < 86400) return `in ${Math.round(seconds / 3600)} h`;
  return new Date(time).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
}

export function clockText(time) {
  const date = new Date(time);
  const two = (n) => String(n).padStart(2, '0');
  const ms = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}

export function toast(text) {
  const note = el('p', { class: 'toast', text });
  document.getElementById('toasts').append(note);
  setTimeout(() => note.remove(), 8000);
}
