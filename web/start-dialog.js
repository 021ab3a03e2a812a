import { startStored } from './api.js';
import { el } from './dom.js';

// A field for an input as the definition declares it. `read()` gives its value, undefined where it is left to its
// default, and throws where the text is not of its type.
function field(name, { type = 'string', enum: choices, default: preset, required, description }) {
  const id = `input-${name}`;
  const hint = preset === undefined ? (required ? 'required' : '') : JSON.stringify(preset);
  const options = choices ?? (type === 'boolean' ? [true, false] : null);
  let control;
  let read = () => control.value;
  if (options) {
    const first = el('option', { value: '', text: hint ? `(${hint})` : '' });
    const rest = options.map((value, i) => el('option', { value: String(i), text: JSON.stringify(value) }));
    control = el('select', { id }, first, ...rest);
    read = () => options[Number(control.value)];
  } else if (type === 'array' || type === 'object') {
    control = el('textarea', { id, rows: 2, placeholder: hint, spellcheck: 'false' });
    read = () => JSON.parse(control.value);
  } else if (type === 'number' || type === 'integer') {
    control = el('input', { id, type: 'number', step: type === 'integer' ? 1 : 'any', placeholder: hint });
    read = () => Number(control.value);
  } else {
    control = el('input', { id, type: 'text', placeholder: hint, autocomplete: 'off' });
  }
  const fault = el('p', { class: 'fault' });
  return {
    name,
    element: el(
      'div',
      { class: 'field-row' },
      el('label', { for: id, text: name, title: description }),
      control,
      description && el('p', { class: 'muted', text: description }),
      fault,
    ),
    read: () => (control.value === '' ? undefined : read()),
    blame: (text) => {
      fault.textContent = text;
      control.setAttribute('aria-invalid', text !== '');
    },
  };
}

// What the fields say, or undefined where one of them cannot be read.
function readAll(fields) {
  const inputs = {};
  let sound = true;
  for (const each of fields) {
    each.blame('');
    try {
      const value = each.read();
      if (value !== undefined) inputs[each.name] = value;
    } catch (error) {
      each.blame(`not JSON: ${error.message}`);
      sound = false;
    }
  }
  return sound ? inputs : undefined;
}

// Asks for the inputs of a stored workflow and starts a run of it; one that takes none starts at once from the dialog.
export function startDialog({ name, version, definition }) {
  const fields = Object.entries(definition.inputs ?? {}).map(([input, declared]) => field(input, declared ?? {}));
  const fault = el('p', { class: 'fault', 'aria-live': 'polite' });
  const start = el('button', { class: 'button primary', type: 'submit', text: 'Run' });
  const refuse = (error) => {
    const rest = [];
    for (const { pointer, message } of error.errors ?? []) {
      const at = fields.find((each) => pointer === `/inputs/${each.name}` || pointer.startsWith(`/inputs/${each.name}/`));
      at ? at.blame(message) : rest.push(`${pointer} ${message}`);
    }
    fault.textContent = error.errors?.length ? rest.join('\n') : error.message;
  };
  const submit = async (event) => {
    event.preventDefault();
    fault.textContent = '';
    const inputs = readAll(fields);
    if (!inputs) return;
    start.disabled = true;
    try {
      const made = await startStored(name, inputs);
      dialog.close();
      location.hash = `#/runs/${made.id}`;
    } catch (error) {
      refuse(error);
    } finally {
      start.disabled = false;
    }
  };
  const dialog = el(
    'dialog',
    { class: 'dialog start', 'aria-label': `Run ${name}`, onclose: () => dialog.remove() },
    el(
      'form',
      { method: 'dialog', onsubmit: submit },
      el('h2', { text: `Run ${name}` }),
      el('p', { class: 'muted', text: definition.description ?? `Version ${version}.` }),
      ...fields.map((each) => each.element),
      fault,
      el(
        'div',
        { class: 'actions' },
        el('button', { class: 'button', type: 'button', text: 'Close', onclick: () => dialog.close() }),
        start,
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}
