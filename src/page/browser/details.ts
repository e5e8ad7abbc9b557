import type { ConnectionDetails, IncidentPage } from '../data.ts';
import { h } from '../markup.ts';
import { detailsView } from '../views/details.ts';
import { type Failure, now, read, write } from './api.ts';
import { render } from './dom.ts';
import { byId, dialogOf, say } from './elements.ts';
import { mayChange, model } from './model.ts';
import { announce, failureText } from './notice.ts';

/** Opens or closes the dialog as the filters say, and asks for what is in it. */
export async function followDetails(): Promise<void> {
  const dialog = dialogOf('details');
  const { connection } = model.filters;
  if (connection === null) {
    model.details = null;
    if (dialog.open) dialog.close();
    return;
  }
  if (model.details?.connection.id !== connection) {
    model.details = null;
    say(byId('details-title'), connection);
    say(byId('details-tenant'), '');
    say(byId('details-said'), '');
    render(byId('details-body'), [h('p', { class: 'quiet' }, 'Loading …')]);
  }
  if (!dialog.open) {
    dialog.showModal();
    byId('details-title').focus();
  }
  const failure = await loadDetails();
  if (failure !== null && model.details === null) drawFailure(failure);
}

/** Null when all went well, and when there is no such connection, which is an answer too. */
export async function loadDetails(signal?: AbortSignal): Promise<Failure | null> {
  const { connection: id } = model.filters;
  if (id === null) return null;
  const path = encodeURIComponent(id);
  const [connection, incidents] = await Promise.all([
    read<ConnectionDetails>(`/api/v1/connections/${path}`, signal),
    read<IncidentPage>(`/api/v1/incidents?status=open&connection=${path}&limit=5`, signal),
  ]);
  // Somebody may have gone on to another one meanwhile.
  if (model.filters.connection !== id) return null;
  if (!connection.ok) {
    const { failure } = connection;
    if (failure.kind !== 'refused' || failure.status >= 500) return failure;
    model.details = null;
    drawFailure(failure);
    return null;
  }
  if (!incidents.ok) return incidents.failure;
  model.details = {
    connection: connection.value,
    incidents: incidents.value.incidents,
    mayChange: mayChange(),
  };
  drawDetails();
  return null;
}

export async function checkNow(id: string): Promise<void> {
  const said = byId('details-said');
  say(said, 'Asking …');
  const answer = await write('POST', `/api/v1/connections/${encodeURIComponent(id)}/check`);
  // Somebody may have gone on to another one meanwhile, of which this says nothing.
  if (model.filters.connection !== id) return;
  if (answer.ok) {
    say(said, 'A check is on its way; its answer appears here within seconds.');
    for (const ms of [700, 1_500, 3_000]) setTimeout(() => void loadDetails(), ms);
  } else {
    say(said, failureText(answer.failure));
  }
}

function drawDetails(): void {
  const { details } = model;
  if (details === null) return;
  const { id, tenant } = details.connection;
  say(byId('details-title'), id);
  say(byId('details-tenant'), tenant);
  const known = byId('details-body').querySelector('.details-state')?.textContent;
  render(byId('details-body'), detailsView(details, now()));
  const state = byId('details-body').querySelector('.details-state')?.textContent ?? '';
  if (known !== undefined && known !== state) announce(`${id}: ${state}`);
}

function drawFailure(failure: Failure): void {
  render(byId('details-body'), [h('p', {}, failureText(failure))]);
}
