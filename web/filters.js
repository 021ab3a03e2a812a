import { el } from './dom.js';

const TYPING_MS = 250;

// A button for each status and one for all of them (''), of which one is pressed.
export class StatusChips {
  // `onChoose(status)`: a button was clicked; whether it is pressed is for its list to say.
  constructor(statuses, onChoose) {
    this.buttons = new Map(
      ['', ...statuses].map((status) => [
        status,
        el('button', { class: 'chip', type: 'button', text: status || 'all', onclick: () => onChoose(status) }),
      ]),
    );
    this.element = el('div', { class: 'chips', role: 'group', 'aria-label': 'Status' }, ...this.buttons.values());
    this.press('');
  }

  press(status) {
    for (const [each, button] of this.buttons) button.setAttribute('aria-pressed', String(each === status));
  }
}

// A field whose text is told to `onSearch(text)` when the typing pauses.
export function searchBox({ placeholder, label, onSearch }) {
  let typing;
  const oninput = () => {
    clearTimeout(typing);
    typing = setTimeout(() => onSearch(box.value), TYPING_MS);
  };
  const box = el('input', { type: 'search', placeholder, 'aria-label': label, oninput });
  return box;
}
