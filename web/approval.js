import { el } from './dom.js';

// Asks for the decision that a step waits for. `decide(approved, comment)` tells whether it was taken.
export function approvalBox(step, decide) {
  const comment = el('input', {
    type: 'text',
    placeholder: 'Comment (optional)',
    'aria-label': `Comment on ${step.name || step.id}`,
    maxlength: 1000,
  });
  const buttons = [];
  const choose = async (approved) => {
    for (const button of buttons) button.disabled = true;
    if (await decide(approved, comment.value.trim())) return; // the log takes the box away
    for (const button of buttons) button.disabled = false;
  };
  buttons.push(
    el('button', { class: 'button primary', type: 'button', text: 'Approve', onclick: () => choose(true) }),
    el('button', { class: 'button', type: 'button', text: 'Reject', onclick: () => choose(false) }),
  );
  const box = el(
    'div',
    { class: 'pane approval' },
    el('p', {}, el('strong', { text: step.name || step.id }), ' waits for a decision'),
    step.approval?.message ? el('p', { class: 'muted', text: step.approval.message }) : null,
    el('div', { class: 'approval-choice' }, comment, ...buttons),
  );
  return box;
}
