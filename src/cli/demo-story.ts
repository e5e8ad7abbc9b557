import { request } from 'undici';
import type { Notification } from '../domain/notification.ts';
import { DAYS_LEFT, type DemoWorld, EXPIRING, MISTYPED, PROBED } from './demo-world.ts';

/** What the story needs to be told. */
export interface Teller {
  readonly url: string;
  readonly world: DemoWorld;
  readonly say: (line: string) => void;
  /** Everything the webhook has received so far, oldest first. */
  readonly notifications: readonly Notification[];
  readonly signal: AbortSignal;
}

interface ConnectionView {
  readonly id: string;
  readonly state: string;
  readonly lastVerdict: string | null;
  readonly lastCheckAt: string | null;
  readonly consecutiveRejections: number;
  readonly permission: string | null;
}

const POLL_MS = 250;

/** Walks through what the monitor is for. Every step waits for what it shows; some two minutes in all. */
export async function tellStory(teller: Teller): Promise<void> {
  await firstChecks(teller);
  await besideTheKeys(teller);
  await spuriousRejection(teller);
  await revocation(teller);
  await outage(teller);
  await storm(teller);
  await recovery(teller);
}

async function firstChecks({ say, world, ...teller }: Teller): Promise<void> {
  say('1. First checks: one token request for each of the twelve connections.');
  const healthy = (all: readonly ConnectionView[]) => all.filter(({ state }) => state === 'healthy').length;
  await until(teller, (all) => healthy(all) === world.connectionIds.length - 1);
  say(
    '   Eleven issue tokens: healthy. One is refused from the start; it is asked again before anybody is told.',
  );
  await until(teller, (all) => stateOf(all, MISTYPED) === 'never_valid');
  await heard(teller, (n) => n.connection?.id === MISTYPED);
  say(
    '   Three refusals in a row, and it never worked before: a mistyped secret, so a warning and not an alarm. It waited ' +
      'half a minute for others of its kind, which would have been in the same message.',
  );
}

/** What else is known of keys that work. Exported for its test, as the storm is. */
export async function besideTheKeys({ say, ...teller }: Teller): Promise<void> {
  await until(teller, (all) => all.some(({ id, permission }) => id === PROBED && permission === 'permitted'));
  say('   Cyberdyne is probed, too: a read-only call with its token shows what its role may do.');
  await heard(teller, (n) => n.kind === 'credential_expiring' && isAbout(n, EXPIRING));
  say(`   For Tyrell an expiry is declared that is ${DAYS_LEFT} days away: a warning, in time.`);
}

async function spuriousRejection({ say, world, ...teller }: Teller): Promise<void> {
  say('2. A spurious 401: Mimecast refuses Hooli once, with the very code of a revoked key.');
  world.gateways.us.setBehaviour('hooli-id', { kind: 'spurious_401', next: 1 });
  await until(teller, (all) => stateOf(all, 'hooli-siem') === 'suspect');
  say('   Hooli is suspect: one refusal is no proof. The monitor asks again after two seconds …');
  await until(teller, (all) => stateOf(all, 'hooli-siem') === 'healthy');
  const told = teller.notifications.some(({ connection }) => connection?.id === 'hooli-siem');
  say(
    told
      ? '   … and told somebody, which is wrong.'
      : '   … and gets a token. Nobody was told, because nothing was wrong.',
  );
}

async function revocation({ say, world, ...teller }: Teller): Promise<void> {
  say("3. A revocation: somebody deletes Acme's API application.");
  const begun = Date.now();
  world.gateways.us.setBehaviour('acme-id', { kind: 'revoked' });
  await heard(teller, (n) => n.connection?.id === 'acme-siem' && n.status === 'firing');
  const seconds = ((Date.now() - begun) / 1_000).toFixed(1);
  say(
    `   Confirmed by three refusals and delivered ${seconds} s after it happened (checks are every 5 s here).`,
  );
}

async function outage({ say, world, ...teller }: Teller): Promise<void> {
  say('4. An outage: the UK gateway answers 503 to everybody.');
  world.gateways.uk.setBehaviour('*', { kind: 'status', status: 503 });
  const ids = world.connectionIds.filter((id) => /^(wonka|tyrell|cyberdyne|soylent)/.test(id));
  await until(teller, (all) => ids.every((id) => verdictOf(all, id) === 'gateway_error'));
  say(
    '   Its four connections answer gateway_error. A vendor that is down has revoked nothing: they stay healthy …',
  );
  await heard(teller, (n) => n.kind === 'gateway_outage' && n.status === 'firing');
  say('   … and the outage is one message, not four.');
  await pause(teller.signal, 15_000);
  world.gateways.uk.setBehaviour('*', { kind: 'normal' });
  await heard(teller, (n) => n.kind === 'gateway_outage' && n.status === 'resolved');
  say('   The gateway is back: one more message.');
}

/** Six at once: one more than are told of one by one. */
const WIPED = ['globex', 'initech', 'umbrella', 'hooli', 'stark', 'wayne'] as const;

/** Exported for its test, which begins it when the six have their turns as far apart as can be. */
export async function storm({ say, world, ...teller }: Teller): Promise<void> {
  say(
    '5. A storm: the keys of six customers are wiped at the same time, and somebody has them checked at once.',
  );
  const before = teller.notifications.length;
  for (const name of WIPED) world.gateways.us.setBehaviour(`${name}-id`, { kind: 'revoked' });
  // Left to their turns they are refused up to five seconds apart, and a page waits three for others of its kind.
  await Promise.all(WIPED.map((name) => check(teller, `${name}-siem`)));
  for (const name of WIPED) await heard(teller, (n) => n.status === 'firing' && isAbout(n, `${name}-siem`));
  const messages = teller.notifications.length - before;
  say(`   All six are confirmed, each by refusals of its own. Messages: ${messages}.`);
}

async function recovery({ say, world, ...teller }: Teller): Promise<void> {
  say("6. A recovery: Acme's keys work again, and those of the six.");
  const names = ['acme', ...WIPED];
  for (const name of names) world.gateways.us.setBehaviour(`${name}-id`, { kind: 'normal' });
  for (const name of names) await heard(teller, (n) => n.status === 'resolved' && isAbout(n, `${name}-siem`));
  say('   The incidents closed themselves, and the team was told that they are over.');
}

/** One message may be about many: how many is the monitor's to decide, and no step may wait for a certain number. */
function isAbout({ connection, connections }: Notification, id: string): boolean {
  return connection?.id === id || (connections?.ids.includes(id) ?? false);
}

async function check({ url, signal }: Waiter, id: string): Promise<void> {
  const { statusCode, body } = await request(`${url}/api/v1/connections/${id}/check`, {
    method: 'POST',
    signal,
  });
  await body.dump();
  if (statusCode !== 202) throw new Error(`the monitor did not take a check of ${id}: HTTP ${statusCode}`);
}

type Waiter = Pick<Teller, 'url' | 'signal' | 'notifications'>;

async function until(teller: Waiter, fits: (all: readonly ConnectionView[]) => boolean): Promise<void> {
  for (;;) {
    const { body } = await request(`${teller.url}/api/v1/connections`, { signal: teller.signal });
    const { connections } = (await body.json()) as { connections: ConnectionView[] };
    if (fits(connections)) return;
    await pause(teller.signal, POLL_MS);
  }
}

async function heard(teller: Waiter, fits: (notification: Notification) => boolean): Promise<void> {
  while (!teller.notifications.some(fits)) await pause(teller.signal, POLL_MS);
}

function pause(signal: AbortSignal, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const end = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', end);
      resolve();
    }, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}

function stateOf(all: readonly ConnectionView[], id: string): string | undefined {
  return all.find((one) => one.id === id)?.state;
}

function verdictOf(all: readonly ConnectionView[], id: string): string | null | undefined {
  return all.find((one) => one.id === id)?.lastVerdict;
}
