import { startRun, storeWorkflow, validate } from './api.js';
import { el } from './dom.js';
import { faultOffset, lineOf, placeOf } from './json-place.js';

const STARTER = `{
  "name": "hello",
  "steps": [
    { "id": "greet", "run": "echo hello" },
    { "id": "count", "run": "for i in 1 2 3 4 5; do echo $i; sleep 0.5; done" },
    { "id": "done", "needs": ["greet", "count"], "run": "echo done" }
  ]
}
`;
const CHECK_AFTER_MS = 400;

// The dialog that starts a run from a definition. What was typed stays while the page is open.
export class SubmitDialog {
  constructor() {
    this.definition = el('textarea', {
      id: 'definition',
      class: 'code',
      rows: 16,
      spellcheck: 'false',
      autocomplete: 'off',
      'aria-describedby': 'faults',
      oninput: () => this.edited(),
    });
    this.definition.value = STARTER;
    this.inputs = el('textarea', {
      id: 'inputs',
      class: 'code',
      rows: 2,
      spellcheck: 'false',
      autocomplete: 'off',
      placeholder: '{ "version": "1.2" }',
      'aria-describedby': 'faults',
    });
    this.faults = el('ul', { class: 'faults', id: 'faults', 'aria-live': 'polite' });
    this.verdict = el('p', { class: 'muted verdict', 'aria-live': 'polite' });
    this.start = el('button', { class: 'button primary', type: 'submit', text: 'Run' });
    this.keep = el('button', {
      class: 'button',
      type: 'button',
      text: 'Store',
      title: 'Keep it on the server, as the next version of its name',
      onclick: () => this.store(),
    });
    const file = el('input', {
      type: 'file',
      accept: '.json,application/json',
      class: 'file',
      'aria-label': 'Read from a file',
      onchange: async () => {
        if (!file.files[0]) return;
        this.definition.value = await file.files[0].text();
        this.edited();
      },
    });
    const form = el(
      'form',
      {
        method: 'dialog',
        onsubmit: (event) => {
          event.preventDefault();
          this.submit();
        },
      },
      el('h2', { text: 'New run' }),
      el('label', { for: 'definition', text: 'Workflow definition (JSON)' }),
      this.definition,
      file,
      el('label', { for: 'inputs', text: 'Inputs (a JSON object, if it takes any)' }),
      this.inputs,
      this.verdict,
      this.faults,
      el(
        'div',
        { class: 'actions' },
        el('button', { class: 'button', type: 'button', text: 'Close', onclick: () => this.dialog.close() }),
        this.keep,
        this.start,
      ),
    );
    this.dialog = el('dialog', { class: 'dialog', 'aria-label': 'New run' }, form);
    document.body.append(this.dialog);
  }

  open() {
    this.dialog.showModal();
    this.definition.focus();
    this.edited();
  }

  // Opens with a definition that is there already.
  edit(definition) {
    this.definition.value = `${JSON.stringify(definition, null, 2)}\n`;
    this.open();
  }

  edited() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.check(), CHECK_AFTER_MS);
  }

  // Asks the server what it thinks, without starting anything.
  async check() {
    const text = this.definition.value;
    const definition = this.parse(text, this.definition, '');
    if (definition === undefined) return;
    try {
      const { layers } = await validate(definition);
      if (text !== this.definition.value) return;
      const count = layers.reduce((sum, layer) => sum + layer.length, 0);
      this.show(
        [],
        `${count} ${count === 1 ? 'step' : 'steps'} in ${layers.length} ${layers.length === 1 ? 'layer' : 'layers'}.`,
      );
    } catch (error) {
      if (text === this.definition.value) this.refuse(error, '');
    }
  }

  submit() {
    const definition = this.parse(this.definition.value, this.definition, '/workflow');
    const inputs = this.inputs.value.trim() ? this.parse(this.inputs.value, this.inputs, '/inputs') : {};
    if (definition === undefined || inputs === undefined) return;
    this.send('/workflow', async () => `#/runs/${(await startRun(definition, inputs)).id}`);
  }

  store() {
    const definition = this.parse(this.definition.value, this.definition, '');
    if (definition === undefined) return;
    // Without a name it has no address; what else is wrong is told with that.
    const call = typeof definition?.name === 'string' ? storeWorkflow : validate;
    this.send('', async () => `#/workflows/${(await call(definition)).name}`);
  }

  // `call()` tells the page to go to; `root` is the pointer of the definition in what it sends.
  async send(root, call) {
    clearTimeout(this.typing);
    const buttons = [this.start, this.keep];
    for (const button of buttons) button.disabled = true;
    try {
      const place = await call();
      this.dialog.close();
      if (location.hash === place) dispatchEvent(new HashChangeEvent('hashchange'));
      else location.hash = place;
    } catch (error) {
      this.refuse(error, root);
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  }

  parse(text, area, where) {
    try {
      return JSON.parse(text);
    } catch (error) {
      const offset = faultOffset(text);
      this.show([this.fault(area, [offset, offset + 1], where, `not JSON: ${error.message}`)], '');
      return undefined;
    }
  }

  // `root` is the pointer of the definition within the body that was sent.
  refuse(error, root) {
    const faults = (error.errors ?? []).map(({ pointer, message }) => {
      const area = pointer.startsWith('/inputs') && root ? this.inputs : this.definition;
      const local = area === this.inputs ? pointer.slice('/inputs'.length) : pointer.slice(root.length);
      return this.fault(area, placeOf(area.value, local), local, message);
    });
    this.show(faults, faults.length ? '' : error.message);
  }

  fault(area, [start, end], pointer, message) {
    const go = el('button', {
      class: 'fault-place',
      type: 'button',
      text: `line ${lineOf(area.value, start)}`,
      onclick: () => {
        area.focus();
        area.setSelectionRange(start, end);
        area.scrollTop = (lineOf(area.value, start) - 3) * parseFloat(getComputedStyle(area).lineHeight);
      },
    });
    return el('li', {}, go, el('code', { text: pointer || '/' }), el('span', { text: message }));
  }

  show(faults, verdict) {
    this.faults.replaceChildren(...faults);
    this.verdict.textContent = verdict;
    this.definition.setAttribute('aria-invalid', faults.length > 0);
  }
}
