import { INCIDENT_KINDS } from '../../domain/incident.ts';
import { h } from '../markup.ts';
import { matchText } from '../views/aside.ts';
import { write } from './api.ts';
import { render } from './dom.ts';
import { byId, dialogOf, inputOf, say } from './elements.ts';
import { model } from './model.ts';
import { announce, failureText } from './notice.ts';
import { recall, remember } from './storage.ts';

const AUTHOR = 'author';

let adding = false;

/** Opens the form; for one connection where `connection` is given. */
export function openSilenceForm(connection: string | null): void {
  say(byId('silence-mistake'), '');
  inputOf('silence-subject').value = connection === null ? 'tenant' : 'connection';
  inputOf('silence-value').value = connection ?? model.filters.tenant.trim();
  inputOf('silence-reason').value = '';
  inputOf('silence-author').value = recall(AUTHOR) ?? '';
  drawChoices();
  dialogOf('silence').showModal();
  inputOf(connection === null ? 'silence-value' : 'silence-reason').focus();
}

/** `done` is called when one was added. */
export function followSilenceForm(done: () => void): void {
  inputOf('silence-subject').addEventListener('change', () => {
    inputOf('silence-value').value = '';
    drawChoices();
  });
  byId('silence-form').addEventListener('submit', (event) => {
    event.preventDefault();
    // A second click would add a second one.
    if (adding) return;
    adding = true;
    void add(done).finally(() => {
      adding = false;
    });
  });
}

export function askWhetherToLift(id: string): void {
  const silence = model.everything?.silences.find((one) => one.id === id);
  if (silence === undefined) return;
  say(byId('lift-mistake'), '');
  say(byId('lift-what'), `${matchText(silence)}: “${silence.reason}” by ${silence.author}`);
  byId('lift-now').dataset['value'] = id;
  dialogOf('lift').showModal();
  byId('lift-now').focus();
}

/** `done` is called when it was. */
export async function lift(id: string, done: () => void): Promise<void> {
  const answer = await write('DELETE', `/api/v1/silences/${encodeURIComponent(id)}`);
  // Another 404 than "gone already" there is not.
  const gone = !answer.ok && answer.failure.kind === 'refused' && answer.failure.status === 404;
  if (!answer.ok && !gone) {
    say(byId('lift-mistake'), failureText(answer.failure));
    return;
  }
  dialogOf('lift').close();
  announce('The silence was lifted.');
  done();
  byId('silences-heading').focus();
}

async function add(done: () => void): Promise<void> {
  const author = inputOf('silence-author').value.trim();
  const answer = await write('POST', '/api/v1/silences', {
    match: match(inputOf('silence-subject').value, inputOf('silence-value').value.trim()),
    duration: inputOf('silence-duration').value,
    reason: inputOf('silence-reason').value,
    author,
  });
  if (!answer.ok) {
    say(byId('silence-mistake'), failureText(answer.failure));
    return;
  }
  remember(AUTHOR, author);
  dialogOf('silence').close();
  announce('The silence was added.');
  done();
}

function match(subject: string, value: string): object {
  if (subject !== 'label') return { [subject]: value };
  const equals = value.indexOf('=');
  return equals === -1
    ? { labels: { [value]: '' } }
    : { labels: { [value.slice(0, equals)]: value.slice(equals + 1) } };
}

function drawChoices(): void {
  const subject = inputOf('silence-subject').value;
  const overview = model.everything?.overview;
  const choices: Readonly<Record<string, readonly string[]>> = {
    connection: model.everything?.page.connections.map(({ id }) => id) ?? [],
    tenant: overview?.tenants ?? [],
    label: overview?.labels ?? [],
    gateway: overview?.gateways.map(({ gateway }) => gateway) ?? [],
    kind: INCIDENT_KINDS,
  };
  render(
    byId('silence-choices'),
    (choices[subject] ?? []).map((value) => h('option', { key: value, value })),
  );
  say(byId('silence-value-title'), TITLES[subject] ?? 'Which');
}

const TITLES: Readonly<Record<string, string>> = {
  connection: 'Its id',
  tenant: 'Its name',
  label: 'The label, as name=value',
  gateway: 'Its origin, such as https://us-api.services.mimecast.com',
  kind: 'The kind',
};
