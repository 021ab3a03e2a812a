import { getSession } from './api.js';
import { RunPage } from './run.js';
import { RunsPage } from './runs.js';
import { SubmitDialog } from './submit.js';
import { SystemPage } from './system-page.js';
import { WorkflowPage } from './workflow.js';
import { WorkflowsPage } from './workflows.js';

const STATES = {
  live: 'live',
  connecting: 'connecting…',
  reconnecting: 'reconnecting…',
  polling: 'asking every 2 s',
  ended: '',
};
const SYSTEM = { '#/jobs': 'jobs', '#/workers': 'workers' };

const main = document.getElementById('main');
const link = document.getElementById('link-state');
const dialog = new SubmitDialog();
let page = null;

function linkState(state) {
  link.textContent = STATES[state] ?? '';
  link.className = `link-state ${state}`;
}

function route() {
  showPlace();
  scrollTo(0, 0);
  const system = SYSTEM[location.hash];
  if (system && page instanceof SystemPage) {
    page.show(system);
    return;
  }
  page?.close();
  linkState('ended');
  if (system) {
    page = new SystemPage(system, main, linkState);
    return;
  }
  page = pageOf(location.hash);
}

function pageOf(hash) {
  const run = /^#\/runs\/([0-9A-Z]{26})$/i.exec(hash);
  if (run) return new RunPage(run[1].toUpperCase(), main, linkState);
  const workflow = /^#\/workflows\/([\w.-]+)$/.exec(hash); // all that a workflow's name may have
  if (workflow) return new WorkflowPage(workflow[1], main, linkState, (text) => dialog.edit(text));
  return hash === '#/workflows' ? new WorkflowsPage(main, linkState) : new RunsPage(main, linkState);
}

// Which of the pages in the bar this is, or is below.
function showPlace() {
  const [, place] = location.hash.split('/');
  const here = ['jobs', 'workers', 'workflows'].includes(place) ? `#/${place}` : '#/';
  for (const place of document.querySelectorAll('.places a')) {
    if (place.hash === here) place.setAttribute('aria-current', 'page');
    else place.removeAttribute('aria-current');
  }
}

function typesText(element) {
  return element.matches('input, textarea, select') || element.isContentEditable;
}

// Who has signed in can sign out, and is not offered what the token does not allow.
async function showSession() {
  const session = await getSession().catch(() => null);
  if (!session?.signedIn) return;
  document.getElementById('who-name').textContent = session.name;
  document.getElementById('who').hidden = false;
  const scopes = session.scopes.split(',');
  document.body.classList.toggle('read-only', !scopes.includes('submit') && !scopes.includes('admin'));
}

// Its address would be taken for a page's.
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
document.getElementById('new-run').addEventListener('click', () => dialog.open());
addEventListener('hashchange', route);
addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || typesText(event.target)) return;
  event.preventDefault();
  page.focusSearch();
});
route();
showSession();
