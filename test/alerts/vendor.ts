import { expect, it } from '@jest/globals';
import type { Settings } from '../../src/alerts/channel-driver.ts';
import { DRIVERS } from '../../src/alerts/drivers.ts';
import { ALL } from './notifications.ts';
import { contextOf, type Received, receive } from './receiver.ts';

/** A vendor's own checks: what is wrong with a request, or null. Written after the vendor's documentation. */
export type Check = (request: Received) => string | null;

export interface Vendor {
  readonly type: string;
  readonly settings: (origin: string) => Settings;
  readonly check: Check;
  readonly yes: { readonly status: number; readonly body: string };
  /** How the vendor says no. */
  readonly no: { readonly status: number; readonly body: string };
}

/** Sends every kind of message to a server that takes only what the vendor would. */
export function takesEveryMessage({ type, settings, check, yes, no }: Vendor): void {
  it.each(ALL)('is taken by a server as strict as the vendor: %s', async (_what, notification) => {
    const wrong: (string | null)[] = [];
    const receiver = await receive((_request, response) => {
      const request = receiver.received.at(-1);
      const mistake = request ? check(request) : 'nothing came';
      wrong.push(mistake);
      const answer = mistake === null ? yes : no;
      response.writeHead(answer.status).end(answer.body);
    });
    const result = await DRIVERS[type]?.send(notification, settings(receiver.origin), contextOf());
    expect(wrong.filter((mistake) => mistake !== null)).toEqual([]);
    expect(result).toMatchObject({ kind: 'delivered' });
  });
}

/** The first complaint of several checks, each given as `[is it wrong, what to say]`. */
export function firstOf(...checks: readonly (readonly [boolean, string])[]): string | null {
  return checks.find(([wrong]) => wrong)?.[1] ?? null;
}
