import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { request } from 'undici';
import type { HttpPorts } from '../../src/http/ports.ts';
import { connectionOf, incidentOf, NEW_YEAR, recordOf, UK } from '../helpers/fleet.ts';
import { type MemoryFleet, memoryPorts } from '../helpers/http-ports.ts';
import { type Answer, ask, serve } from './server-under-test.ts';

const NASTY = '<img src=x onerror=alert(1)>"\'&';
const acme = connectionOf('acme', { labels: { tier: NASTY }, secretExpiresAt: NEW_YEAR + 86_400_000 });
const globex = connectionOf('globex', { tenant: NASTY, gateway: UK });
const initech = connectionOf('initech');

const fleet: MemoryFleet = {
  entries: [
    [acme, recordOf()],
    [globex, recordOf({ state: 'revoked', rejections: 3, lastVerdict: 'rejected' })],
    [initech, recordOf({ state: 'suspect', rejections: 1, lastVerdict: 'rejected' })],
  ],
  open: [incidentOf(globex)],
};

async function pageOf(shown: MemoryFleet, more: Partial<HttpPorts> = {}): Promise<Answer> {
  return ask(await serve(memoryPorts(shown, more)), '/');
}

/** The text that a reader would see, without what only a script or a style looks at. */
function textOf(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ');
}

function placeOf(html: string, id: string): number {
  return html.indexOf(
    `<tr role="row" class="row tone-${id === 'globex' ? 'revoked' : 'suspect'}" data-key="${id}"`,
  );
}

describe('the status page, before any script', () => {
  it('holds the totals and, worst first, what is wrong', async () => {
    const { headers, text } = await pageOf(fleet);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(textOf(text)).toContain('1 of 3 connections is refused');
    for (const total of ['1 revoked', '1 suspect', '1 healthy', '0 expired']) {
      expect(textOf(text)).toContain(total);
    }
    expect(placeOf(text, 'globex')).toBeGreaterThan(-1);
    expect(placeOf(text, 'globex')).toBeLessThan(placeOf(text, 'initech'));
  });

  it('says what happened, who was told, and what to do', async () => {
    const text = textOf((await pageOf(fleet)).text);
    expect(text).toContain('Mimecast credentials of globex were revoked');
    expect(text).toMatch(/Told: soc/);
    expect(text).toContain('In the Mimecast Administration Console');
    expect(text).toMatch(/Expires next acme acme in 1d/);
  });

  it('says so when nothing is wrong, and when there is nothing', async () => {
    const good = { entries: [[acme, recordOf()]] } as const;
    expect(textOf((await pageOf(good)).text)).toContain('Nothing is wrong: 1 connection works');
    expect(textOf((await pageOf({ entries: [] })).text)).toContain('No connection is configured yet');
  });

  it('takes no name for markup', async () => {
    const { text } = await pageOf(fleet);
    expect(text).not.toContain('<img');
    expect(textOf(text)).toContain(NASTY);
  });

  it('lets the browser load nothing but files of this monitor, and run nothing that stands in the page', async () => {
    const { headers, text } = await pageOf(fleet);
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "img-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    const elements = [...text.matchAll(/<[a-z][^>]*>/g)].map(([element]) =>
      element.replaceAll(/"[^"]*"/g, '""'),
    );
    for (const element of elements) expect(element).not.toMatch(/^<style|\sstyle=|\son\w+=/);
    for (const [, attributes] of text.matchAll(/<script([^>]*)>/g))
      expect(attributes).toContain('src="/assets/');
    for (const [, address] of text.matchAll(/(?:src|href)="([^"]*)"/g)) expect(address).toMatch(/^[/#]/);
  });

  it('tells a person, too, that Redis gives no answer, and loads itself again', async () => {
    const readSummaries = () => Promise.reject(new Error('Connection is closed.'));
    const ports = memoryPorts(fleet);
    const server = await serve({ ...ports, records: { ...ports.records, readSummaries } });
    const { status, text, headers } = await ask(server, '/', { headers: { accept: 'text/html,*/*;q=0.8' } });
    expect(status).toBe(503);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(textOf(text)).toContain('Redis gives no answer');
    expect(text).toContain('<meta http-equiv="refresh" content="10">');
    expect(text).not.toContain('Connection is closed');
  });

  it('is packed when asked, and not sent to who has it', async () => {
    const server = await serve(memoryPorts(fleet));
    const packed = await request(`${server.url}/`, { headers: { 'accept-encoding': 'gzip' }, reset: true });
    expect(packed.headers['content-encoding']).toBe('gzip');
    const plain = await ask(server, '/');
    expect(gunzipSync(Buffer.from(await packed.body.arrayBuffer())).toString()).toBe(plain.text);
    const again = await ask(server, '/', { headers: { 'if-none-match': String(plain.headers['etag']) } });
    expect([again.status, again.text]).toEqual([304, '']);
  });
});

describe('the files of the page', () => {
  async function addresses(): Promise<{ answers: Answer[]; paths: string[]; server: { url: string } }> {
    const server = await serve(memoryPorts(fleet));
    const { text } = await ask(server, '/');
    const paths = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]*)"/g)].map(([, path = '']) => path);
    return { server, paths, answers: await Promise.all(paths.map((path) => ask(server, path))) };
  }

  it('are all there, each with its type, for ever under their address', async () => {
    const { answers, paths } = await addresses();
    expect(paths.length).toBeGreaterThan(10);
    for (const { status, headers } of answers) {
      expect(status).toBe(200);
      expect(headers['content-type']).toMatch(/^(text\/javascript|text\/css|image\/svg\+xml)/);
      expect(headers['cache-control']).toBe('private, max-age=31536000, immutable');
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });

  it('import only one another: each module that one names was announced in the page', async () => {
    const { answers, paths } = await addresses();
    const imported = answers.flatMap(({ text }, index) =>
      [...text.matchAll(/^(?:import|export)\b.*? from '([^']+)';$/gm)].map(
        ([, name = '']) => new URL(name, `http://monitor${paths[index]}`).pathname,
      ),
    );
    expect(imported.length).toBeGreaterThan(10);
    expect(imported.filter((path) => !paths.includes(path))).toEqual([]);
  });

  it.each(['/assets/0000000000000000/page/page.css', '/assets/x/..%2f..%2fpackage.json'])(
    'are not served under an address of another build: %s',
    async (path) => {
      const answer = await ask(await serve(memoryPorts(fleet)), path);
      expect(answer.status).toBe(404);
      expect(answer.headers['cache-control']).toBe('no-store');
    },
  );
});

describe('GET /api/v1/overview', () => {
  it('adds the fleet up', async () => {
    const outage = incidentOf(null, { kind: 'gateway_outage', cause: null, subject: UK, evidence: null });
    const server = await serve(memoryPorts({ ...fleet, open: [outage] }));
    expect((await ask(server, '/api/v1/overview')).json()).toEqual({
      denied: 0,
      pageVersion: expect.stringMatching(/^[0-9a-f]{16}$/),
      totals: {
        pending: 0,
        healthy: 1,
        suspect: 1,
        revoked: 1,
        never_valid: 0,
        expired: 0,
        forbidden: 0,
        unverifiable: 0,
        disabled: 0,
      },
      lastCheckAt: '2026-01-01T00:01:00.000Z',
      gateways: [
        {
          gateway: UK,
          watched: 1,
          states: { revoked: 1 },
          outageSince: '2026-01-01T00:01:00.000Z',
          rateLimited: 0,
          waitsUntil: null,
        },
        {
          gateway: acme.gateway,
          watched: 2,
          states: { healthy: 1, suspect: 1 },
          outageSince: null,
          rateLimited: 0,
          waitsUntil: null,
        },
      ],
      expiring: [expect.objectContaining({ id: 'acme', secretExpiresAt: '2026-01-02T00:00:00.000Z' })],
      tenants: [NASTY, 'acme', 'initech'],
      labels: [`tier=${NASTY}`],
    });
  });

  it('counts whose keys work but whose probed call is denied, and says so first', async () => {
    const probe = { method: 'GET', path: '/identity/whoami', body: null, intervalMs: 3_600_000 } as const;
    const permission = {
      call: 'GET /identity/whoami',
      state: 'denied',
      since: NEW_YEAR,
      denials: 2,
      lastCountedAt: NEW_YEAR,
      askedAt: NEW_YEAR,
      permittedAt: null,
      last: { result: 'denied', httpStatus: 403, code: 'app_forbidden', requestId: null },
    } as const;
    const server = await serve(
      memoryPorts({
        entries: [
          [connectionOf('acme', { probe }), recordOf({ permission })],
          [
            connectionOf('globex', { probe }),
            recordOf({ permission: { ...permission, state: 'permitted' } }),
          ],
          [connectionOf('initech', { probe, enabled: false }), recordOf({ permission })],
          // Its probe was just taken out of the config.
          [connectionOf('hooli'), recordOf({ permission })],
        ],
      }),
    );
    expect((await ask(server, '/api/v1/overview')).json()).toMatchObject({ denied: 1 });
    const text = textOf((await ask(server, '/')).text);
    expect(text).toContain('The keys work, but 1 connection is denied what is probed');
    expect(text.match(/permission denied/g)).toHaveLength(1);
  });

  it('says which gateway limits the rate, and until when the longest wait lasts', async () => {
    const limited = (seconds: number | null) =>
      recordOf({
        lastVerdict: 'rate_limited',
        notBefore: seconds === null ? null : NEW_YEAR + seconds * 1_000,
      });
    const server = await serve(
      memoryPorts({
        entries: [
          [acme, limited(40)],
          [initech, limited(90)],
          [connectionOf('hooli'), recordOf({ notBefore: NEW_YEAR + 500_000 })],
          [connectionOf('wonka', { enabled: false }), limited(900)],
          [globex, limited(null)],
        ],
      }),
    );
    expect((await ask(server, '/api/v1/overview')).json()).toMatchObject({
      gateways: [
        { gateway: UK, rateLimited: 1, waitsUntil: null },
        { gateway: acme.gateway, watched: 3, rateLimited: 2, waitsUntil: '2026-01-01T00:01:30.000Z' },
      ],
    });
    const text = textOf((await ask(server, '/')).text);
    expect(text).toContain('limits the rate: it told 2 of 3 to wait; the longest wait ends in 1m');
    expect(text).toMatch(/limits the rate: it told 1 of 1 to wait (?!;)/);
  });
});
