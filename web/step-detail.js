import { clockText, durationText, el, statusIcon } from './dom.js';
import { stepDuration } from './run-state.js';

export function factsList(pairs, kind = '') {
  const items = el('dl', { class: `facts-list ${kind}` });
  for (const [term, value] of pairs) {
    if (value === undefined || value === null || value === '') continue;
    items.append(el('div', {}, el('dt', { text: term }), el('dd', { text: value })));
  }
  return items;
}

function decisionText(approval) {
  if (!approval) return undefined;
  if (approval.approved === undefined) return 'awaited';
  const words = `${approval.approved ? 'approved' : 'rejected'} by ${approval.by}`;
  return approval.comment ? `${words}: ${approval.comment}` : words;
}

// What is known of one step, as children for its pane.
export function stepDetail(step) {
  const facts = [
    ['Kind', step.kind],
    ['Attempt', step.attempt || undefined],
    ['Duration', durationText(stepDuration(step))],
    ['Exit code', step.exitCode],
    ['Signal', step.signal],
    ['Progress', step.progressText],
    ['Started', step.startedAt && clockText(step.startedAt)],
    ['Decision', decisionText(step.approval)],
    ['Needs', step.needs?.join(', ')],
  ];
  const outputs = Object.entries(step.outputs ?? {}).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const title = [statusIcon(step.status), step.name || step.id, el('span', { class: 'muted', text: step.status })];
  const parts = [el('h2', {}, ...title), factsList(facts)];
  if (step.error) parts.push(el('p', { class: 'fault', text: step.error }));
  if (outputs.length) parts.push(factsList(outputs, 'outputs'));
  return parts;
}
