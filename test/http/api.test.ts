import { describe, expect, it } from '@jest/globals';
import { connectionOf, incidentOf, NEW_YEAR, recordOf, UK } from '../helpers/fleet.ts';
import { memoryPorts } from '../helpers/http-ports.ts';
import { ask, serve } from './server-under-test.ts';

const acme = connectionOf('acme-siem', {
  tenant: 'Acme Corp',
  labels: { tier: 'gold' },
  secretExpiresAt: NEW_YEAR + 86_400_000,
});
const globex = connectionOf('globex', { gateway: UK });
const initech = connectionOf('initech', { enabled: false });
const revoked = recordOf({
  state: 'revoked',
  rejections: 3,
  lastVerdict: 'rejected',
  lastSuccessAt: NEW_YEAR,
});

const DELIVERED = {
  result: 'delivered',
  notification: 'e1-globex-credential_invalid-7-1',
  at: NEW_YEAR + 120_000,
  since: NEW_YEAR + 60_000,
  attempts: 2,
  failure: null,
  reason: null,
} as const;

const fleet = {
  entries: [
    [acme, recordOf()],
    [globex, revoked],
    [initech, null],
  ] as const,
  open: [incidentOf(globex)],
  deliveries: new Map([
    ['e1-globex-credential_invalid-7', [{ channel: 'soc', last: DELIVERED, waits: false }]],
  ]),
  past: [incidentOf(acme, { id: 'e1-old', resolvedAt: NEW_YEAR + 120_000, resolution: 'recovered' })],
};

const ACME = {
  id: 'acme-siem',
  tenant: 'Acme Corp',
  gateway: 'https://us-api.services.mimecast.com',
  state: 'healthy',
  since: '2026-01-01T00:00:00.000Z',
  lastCheckAt: '2026-01-01T00:01:00.000Z',
  lastVerdict: 'valid',
  lastSuccessAt: '2026-01-01T00:01:00.000Z',
  consecutiveRejections: 0,
  secretExpiresAt: '2026-01-02T00:00:00.000Z',
  permission: null,
  expiryOutdated: false,
  labels: { tier: 'gold' },
};

async function idsAt(query: string): Promise<unknown> {
  const server = await serve(memoryPorts(fleet));
  const answer = (await ask(server, `/api/v1/connections${query}`)).json() as {
    connections: { id: string }[];
  };
  return answer.connections.map(({ id }) => id);
}

describe('GET /api/v1/connections', () => {
  it('lists every configured connection with the fields of the contract', async () => {
    const answer = await ask(await serve(memoryPorts(fleet)), '/api/v1/connections');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    const { connections } = answer.json() as { connections: unknown[] };
    expect(connections[0]).toEqual(ACME);
    expect(connections[2]).toEqual({
      ...ACME,
      id: 'initech',
      tenant: 'initech',
      state: 'disabled',
      since: null,
      lastCheckAt: null,
      lastVerdict: null,
      lastSuccessAt: null,
      secretExpiresAt: null,
      labels: {},
    });
  });

  it('says that a declared expiry is that of the previous secret, in the list and for one', async () => {
    const expiresAt = Date.UTC(2026, 0, 2);
    const declaredFor = { expiresAt, fingerprint: 'previous', since: NEW_YEAR };
    const server = await serve(memoryPorts({ entries: [[acme, recordOf({ declaredFor })]] }));
    const { connections } = (await ask(server, '/api/v1/connections')).json() as { connections: unknown[] };
    expect(connections).toEqual([{ ...ACME, expiryOutdated: true }]);
    expect((await ask(server, '/api/v1/connections/acme-siem')).json()).toMatchObject({
      expiryOutdated: true,
    });
  });

  it('is filtered by state and tenant', async () => {
    expect(await idsAt('?state=revoked')).toEqual(['globex']);
    expect(await idsAt('?state=revoked&state=disabled')).toEqual(['globex', 'initech']);
    expect(await idsAt('?tenant=Acme%20Corp')).toEqual(['acme-siem']);
    expect(await idsAt('?tenant=Acme%20Corp&state=revoked')).toEqual([]);
    expect(await idsAt('?tenant=nobody')).toEqual([]);
  });

  it('refuses a state that is none, and lists them', async () => {
    const answer = await ask(await serve(memoryPorts(fleet)), '/api/v1/connections?state=broken');
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('pending, healthy, suspect');
  });

  it('holds a whole large fleet', async () => {
    const entries = Array.from(
      { length: 5_000 },
      (_, index) => [connectionOf(`acme-${index}`), recordOf()] as const,
    );
    const answer = await ask(await serve(memoryPorts({ entries })), '/api/v1/connections');
    expect((answer.json() as { connections: unknown[] }).connections).toHaveLength(5_000);
  });
});

describe('GET /api/v1/connections/{id}', () => {
  it('adds the history of its states, newest first', async () => {
    const answer = await ask(await serve(memoryPorts(fleet)), '/api/v1/connections/globex');
    expect(answer.json()).toMatchObject({
      id: 'globex',
      state: 'revoked',
      consecutiveRejections: 3,
      history: [
        {
          at: '2026-01-01T00:01:00.000Z',
          from: 'suspect',
          to: 'revoked',
          reason: 'rejection_confirmed',
          evidence: {
            verdict: 'rejected',
            httpStatus: 401,
            code: 'InvalidClientIdentifier',
            requestId: 'r-1',
          },
          consecutiveRejections: 3,
          lastSuccessAt: '2026-01-01T00:00:00.000Z',
        },
      ],
    });
  });

  it('shows what is probed with its tokens, and what was answered last', async () => {
    const probe = { method: 'GET', path: '/identity/whoami', body: null, intervalMs: 3_600_000 } as const;
    const last = { result: 'denied', httpStatus: 403, code: 'app_forbidden', requestId: 'r-9' } as const;
    const permission = {
      call: 'GET /identity/whoami',
      state: 'denied',
      since: NEW_YEAR,
      denials: 2,
      lastCountedAt: NEW_YEAR,
      askedAt: NEW_YEAR + 60_000,
      permittedAt: null,
      last,
    } as const;
    const [probed, asked] = [connectionOf('acme', { probe }), connectionOf('globex', { probe })];
    const server = await serve(
      memoryPorts({
        entries: [
          [probed, recordOf({ permission })],
          [asked, null],
        ],
      }),
    );
    expect((await ask(server, '/api/v1/connections/acme')).json()).toMatchObject({
      state: 'healthy',
      permission: 'denied',
      probe: {
        call: 'GET /identity/whoami',
        interval: '1h',
        since: '2026-01-01T00:00:00.000Z',
        lastProbeAt: '2026-01-01T00:01:00.000Z',
        lastPermittedAt: null,
        consecutiveDenials: 2,
        lastAnswer: last,
      },
    });
    const list = (await ask(server, '/api/v1/connections')).json();
    expect(list).toMatchObject({ connections: [{ permission: 'denied' }, { permission: 'unknown' }] });
    const page = (await ask(server, '/api/v1/connections?limit=5&sort=id')).json();
    expect(page).toMatchObject({ connections: [{ permission: 'denied' }, { permission: 'unknown' }] });
    const plain = await ask(await serve(memoryPorts(fleet)), '/api/v1/connections/globex');
    expect(plain.json()).toMatchObject({ permission: null, probe: null });
  });

  it.each(['nobody', '..%2f..%2fetc', 'a'.repeat(90)])('says that there is no %s', async (id) => {
    expect((await ask(await serve(memoryPorts(fleet)), `/api/v1/connections/${id}`)).status).toBe(404);
  });
});

describe('POST /api/v1/connections/{id}/check', () => {
  it.each([
    ['acme-siem', 202],
    ['nobody', 404],
    ['initech', 409],
  ])('of %s answers %i', async (id, status) => {
    const answer = await ask(await serve(memoryPorts(fleet)), `/api/v1/connections/${id}/check`, {
      method: 'POST',
    });
    expect(answer.status).toBe(status);
    if (status === 202) expect(answer.json()).toEqual({ id: 'acme-siem', status: 'queued' });
  });
});

describe('GET /api/v1/incidents', () => {
  it('lists the open ones, and the resolved ones when asked', async () => {
    const server = await serve(memoryPorts(fleet));
    const open = (await ask(server, '/api/v1/incidents')).json();
    expect((await ask(server, '/api/v1/incidents?status=open')).json()).toEqual(open);
    expect(open).toEqual({
      incidents: [
        {
          id: 'e1-globex-credential_invalid-7',
          kind: 'credential_invalid',
          cause: 'revoked',
          status: 'open',
          resolution: null,
          severity: 'critical',
          summary: 'globex: Mimecast credentials of globex were revoked',
          description: expect.stringContaining('refused the key pair in 3 checks in a row'),
          remediation: expect.stringContaining('In the Mimecast Administration Console'),
          connection: { id: 'globex', tenant: 'globex', gateway: UK, labels: {} },
          evidence: {
            verdict: 'rejected',
            httpStatus: 401,
            code: 'InvalidClientIdentifier',
            requestId: 'r-1',
            confirmations: 3,
            lastSuccessAt: '2026-01-01T00:00:00.000Z',
          },
          detail: null,
          subject: null,
          connections: null,
          channels: ['soc'],
          notice: {
            state: 'told',
            reason: null,
            digest: null,
            toldAt: '2026-01-01T00:01:00.000Z',
            toldBy: 'e1-globex-credential_invalid-7',
            deliveries: [
              {
                channel: 'soc',
                state: 'delivered',
                at: '2026-01-01T00:02:00.000Z',
                since: '2026-01-01T00:01:00.000Z',
                attempts: 2,
                failure: null,
                reason: null,
              },
            ],
          },
          startedAt: '2026-01-01T00:01:00.000Z',
          resolvedAt: null,
        },
      ],
    });
    const { incidents } = (await ask(server, '/api/v1/incidents?status=resolved')).json() as {
      incidents: unknown[];
    };
    expect(incidents).toEqual([
      expect.objectContaining({
        status: 'resolved',
        resolution: 'recovered',
        resolvedAt: '2026-01-01T00:02:00.000Z',
      }),
    ]);
  });

  it('reads once what became of the messages, however many incidents share one', async () => {
    const asked: (readonly string[])[] = [];
    const within = { incident: 'e1-digest', channels: ['soc'] };
    const notice = {
      due: null,
      since: null,
      held: null,
      toldAt: NEW_YEAR,
      quiet: 'grouped',
      within,
    } as const;
    const open = Array.from({ length: 2_000 }, (_, index) =>
      incidentOf(connectionOf(`acme-${index}`), { group: 'e1-digest', audiences: [], notice }),
    );
    const server = await serve(
      memoryPorts(fleet, {
        incidents: {
          open: async () => open,
          past: async () => [],
          deliveries: async (ids) => {
            asked.push(ids);
            return new Map([['e1-digest', [{ channel: 'soc', last: DELIVERED, waits: false }]]]);
          },
        },
      }),
    );
    const { incidents } = (await ask(server, '/api/v1/incidents')).json() as {
      incidents: { notice: object }[];
    };
    expect(asked).toEqual([['e1-digest']]);
    expect(incidents).toHaveLength(2_000);
    for (const { notice: shown } of incidents) {
      expect(shown).toMatchObject({
        toldBy: 'e1-digest',
        deliveries: [{ channel: 'soc', state: 'delivered' }],
      });
    }
  });

  it('shows beside a round-up what became of the reminder of its own in a channel that got one', async () => {
    const within = { incident: 'e1-roundup', channels: ['soc'], alone: ['pager'] };
    const notice = { due: null, since: null, held: null, toldAt: NEW_YEAR, quiet: null, within } as const;
    const incident = incidentOf(connectionOf('acme-siem'), { notice });
    const lost = { ...DELIVERED, result: 'given_up', failure: 'refused', reason: 'HTTP 400' } as const;
    const of = (channel: string, last: typeof DELIVERED | typeof lost) => ({ channel, last, waits: false });
    const server = await serve(
      memoryPorts(fleet, {
        incidents: {
          open: async () => [incident],
          past: async () => [],
          deliveries: async () =>
            new Map([
              ['e1-roundup', [of('soc', DELIVERED)]],
              // What the other channel was told before the round-up is not its latest message.
              [incident.id, [of('soc', lost), of('pager', lost)]],
            ]),
        },
      }),
    );
    const { incidents } = (await ask(server, '/api/v1/incidents')).json() as { incidents: object[] };
    expect(incidents).toMatchObject([
      {
        notice: {
          toldBy: 'e1-roundup',
          deliveries: [
            { channel: 'soc', state: 'delivered' },
            { channel: 'pager', state: 'given_up', reason: 'HTTP 400' },
          ],
        },
      },
    ]);
  });

  it('is an empty list where nothing is open', async () => {
    const answer = await ask(await serve(memoryPorts({ entries: [] })), '/api/v1/incidents');
    expect(answer.text).toBe('{"incidents":[]}');
  });

  it('refuses a status that is none', async () => {
    expect((await ask(await serve(memoryPorts(fleet)), '/api/v1/incidents?status=x')).status).toBe(400);
  });
});

describe('POST /api/v1/reload', () => {
  const json = { 'content-type': 'application/json' };

  it.each([
    ['', undefined, false],
    ['?allowRemovals=true', undefined, true],
    ['?allowRemovals=false', undefined, false],
    ['', '{"allowRemovals":true}', true],
    ['', '{"allowRemovals":false}', false],
    ['', '{}', false],
  ])('with %s and %s answers with the difference', async (query, body, allowed) => {
    const asked: boolean[] = [];
    const reload = async (allowRemovals: boolean) => {
      asked.push(allowRemovals);
      return {
        kind: 'reloaded',
        added: 1,
        removed: 2,
        changed: 3,
        unchanged: 4,
        warnings: ['look'],
      } as const;
    };
    const server = await serve(memoryPorts(fleet, { reload }));
    const request = body === undefined ? {} : { body, headers: json };
    const answer = await ask(server, `/api/v1/reload${query}`, { method: 'POST', ...request });
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({ added: 1, removed: 2, changed: 3, unchanged: 4, warnings: ['look'] });
    expect(asked).toEqual([allowed]);
  });

  it('answers 422 with every mistake when the config is refused', async () => {
    const issues = ['config/tenants.yaml:3:5: connections[0].id: is twice'];
    const ports = memoryPorts(fleet, { reload: async () => ({ kind: 'rejected', issues }) });
    const answer = await ask(await serve(ports), '/api/v1/reload', { method: 'POST' });
    expect(answer.status).toBe(422);
    expect(answer.json()).toMatchObject({ status: 422, title: 'Unprocessable Entity', issues });
  });

  it.each(['{"allowRemoval":true}', '{"allowRemovals":"yes"}', '[]', '"x"', '{'])(
    'does not guess what %s means',
    async (body) => {
      let asked = false;
      const reload = async () => {
        asked = true;
        return { kind: 'rejected', issues: [] } as const;
      };
      const server = await serve(memoryPorts(fleet, { reload }));
      const answer = await ask(server, '/api/v1/reload', { method: 'POST', body, headers: json });
      expect(answer.status).toBe(400);
      expect(asked).toBe(false);
    },
  );
});
