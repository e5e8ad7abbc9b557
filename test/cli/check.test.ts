import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { simulate } from '../simulator/ask.ts';
import { configOf, ENV, entry, runCheck, unwrapped } from './check-command.ts';

describe('the exit code of check', () => {
  it('is 0 when every key pair is valid, each asked once', async () => {
    const gateway = await simulate();
    const config = await configOf(['acme', 'globex', 'initech'].map((id) => entry(id, gateway.origin)));
    const { code, out, err, waits } = await runCheck(config);
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(waits).toEqual([]);
    expect(gateway.exchanges('*')).toBe(3);
    expect(out).toMatch(
      /^CONNECTION +TENANT +GATEWAY +VERDICT +HTTP +CODE +TIME\nacme +acme +http\S+ +valid +200 +- +\d+ ms\n/,
    );
    expect(out).toMatch(/\n3 connections checked in \d+\.\d s: 3 valid, 0 invalid, 0 unknown\n$/);
  });

  it('is 1 when one is certainly rejected, whatever the others are', async () => {
    const gateway = await simulate();
    gateway.setBehaviour('globex', { kind: 'revoked' });
    gateway.setBehaviour('initech', { kind: 'status', status: 503 });
    const config = await configOf(['acme', 'globex', 'initech'].map((id) => entry(id, gateway.origin)));
    const { code, out } = await runCheck(config);
    expect(code).toBe(1);
    expect(out).toContain(': 1 valid, 1 invalid, 1 unknown\n');
  });

  it('is 3 when none is rejected but one is unknown', async () => {
    const gateway = await simulate();
    gateway.setBehaviour('globex', { kind: 'unknown_401' });
    const config = await configOf(['acme', 'globex'].map((id) => entry(id, gateway.origin)));
    expect((await runCheck(config)).code).toBe(3);
  });

  it('is 2 for an unknown id, with the one that was meant, and nothing is sent', async () => {
    const gateway = await simulate();
    const config = await configOf([entry('acme', gateway.origin)]);
    const { code, out, err } = await runCheck(config, { ids: ['acne', 'acme', 'umbrella'] });
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toBe(
      `${config.path} has no connection acne; did you mean acme?\n${config.path} has no connection umbrella\n`,
    );
    expect(gateway.exchanges('*')).toBe(0);
  });

  it('is 2 for a config with mistakes, one line each', async () => {
    const config = await configOf([entry('acme', 'https://us-api.mimecast.com'), { id: 'globex' }]);
    const { code, out, err } = await runCheck(config);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain('https://us-api.services.mimecast.com');
    expect(err.trim().split('\n').length).toBeGreaterThanOrEqual(3);
  });

  it('is 2 for a config that is not there', async () => {
    const { code, err } = await runCheck({ path: '/nowhere/tenants.yaml' });
    expect(code).toBe(2);
    expect(err).toContain('does not exist');
  });

  it('is 2 when everything that was named is disabled, since no key was tried', async () => {
    const config = await configOf([entry('acme', 'http://127.0.0.1:1', { enabled: false })]);
    const { code, out, err } = await runCheck(config, { ids: ['acme'] });
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toBe(
      'skipped, because enabled is false: acme\nnothing to check: all of these are disabled\n',
    );
  });
});

describe('which connections check asks', () => {
  it('asks only those that are named, each once', async () => {
    const gateway = await simulate();
    const config = await configOf(['acme', 'globex'].map((id) => entry(id, gateway.origin)));
    const { code, out } = await runCheck(config, { ids: ['globex', 'globex'] });
    expect(code).toBe(0);
    expect(out).not.toContain('acme');
    expect([gateway.exchanges('acme'), gateway.exchanges('globex')]).toEqual([0, 1]);
  });

  it('leaves disabled ones out and says so', async () => {
    const gateway = await simulate();
    const config = await configOf([
      entry('acme', gateway.origin),
      entry('globex', gateway.origin, { enabled: false }),
    ]);
    const { code, out, err } = await runCheck(config);
    expect(code).toBe(0);
    expect(err).toBe('skipped, because enabled is false: globex\n');
    expect(out).toContain('1 connection checked');
    expect(out).toContain('; 1 disabled and skipped\n');
    expect(gateway.exchanges('globex')).toBe(0);
  });

  it('says what the config warns of, such as an include that matches nothing', async () => {
    const gateway = await simulate();
    const config = await configOf([entry('acme', gateway.origin)], { include: ['tenants.d/*.yaml'] });
    const { code, out, err } = await runCheck(config, { json: true });
    expect(code).toBe(0);
    expect(err).toMatch(/^warning: .*matches no file/);
    expect(JSON.parse(out).summary.valid).toBe(1);
  });
});

describe('a rejection', () => {
  it('is asked once more 2 s later and reported when it is repeated', async () => {
    const gateway = await simulate();
    gateway.setBehaviour('acme', { kind: 'revoked' });
    const config = await configOf([entry('acme', gateway.origin, { tenant: 'Acme Corp' })]);
    const { code, out, waits } = await runCheck(config);
    expect(code).toBe(1);
    expect(gateway.exchanges('acme')).toBe(2);
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThan(1_900);
    expect(waits[0]).toBeLessThanOrEqual(2_000);
    const text = unwrapped(out);
    expect(text).toMatch(/ rejected: acme \(Acme Corp, request [\w-]+\) Reason: /);
    expect(text).toContain('answered 401 InvalidClientIdentifier ("Client credentials are invalid")');
    expect(text).toContain('It was asked twice, 2 s apart.');
    expect(text).toContain('Integrations › Integrations Hub › Mimecast API 2.0');
    expect(text).toContain('Administration › Services › API Applications');
    expect(text).toContain('(literal in the config file and env ACME)');
  });

  it('that is not repeated is valid, with a note', async () => {
    const gateway = await simulate();
    gateway.setBehaviour('acme', { kind: 'spurious_401' });
    const config = await configOf([entry('acme', gateway.origin)]);
    const { code, out } = await runCheck(config);
    expect(code).toBe(0);
    expect(out).toContain('note: acme answered 401 InvalidClientIdentifier once, then valid\n');
    expect(out).not.toContain('Reason');
  });

  it('followed by an unknown answer is unknown, since one 401 proves nothing', async () => {
    const gateway = await simulate();
    gateway.setBehaviour('acme', { kind: 'revoked', times: 1 });
    const config = await configOf([entry('acme', gateway.origin)]);
    const { code, out } = await runCheck(config, {
      onWait: () => gateway.setBehaviour('*', { kind: 'status', status: 503 }),
    });
    expect(code).toBe(3);
    expect(unwrapped(out)).toContain(
      'Before that it answered 401 InvalidClientIdentifier once, which alone proves nothing.',
    );
  });

  it.each([
    ['forbidden', 'forbidden'],
    ['gone_418', 'key_expired'],
  ] as const)('of the kind %s is certain too', async (kind, verdict) => {
    const gateway = await simulate();
    gateway.setBehaviour('acme', { kind });
    const config = await configOf([entry('acme', gateway.origin)]);
    const { code, out } = await runCheck(config);
    expect(code).toBe(1);
    expect(gateway.exchanges('acme')).toBe(2);
    expect(out).toMatch(new RegExp(`\n${verdict}: acme \\(request [\\w-]+\\)\n`));
  });
});

describe('check --json', () => {
  it('prints the document of the contract and nothing else, in the order of the config', async () => {
    const gateway = await simulate();
    gateway.setBehaviour('globex', { kind: 'revoked' });
    const config = await configOf([
      entry('acme', gateway.origin, { tenant: 'Acme Corp' }),
      entry('globex', gateway.origin),
      entry('initech', gateway.origin, { clientSecret: { env: 'NOT_SET' } }),
    ]);
    const { code, out } = await runCheck(config, { json: true });
    expect(code).toBe(1);
    const document = JSON.parse(out);
    expect(new Date(document.checkedAt).toISOString()).toBe(document.checkedAt);
    expect(document).toEqual({
      checkedAt: document.checkedAt,
      summary: { valid: 1, invalid: 1, unknown: 1 },
      connections: [
        {
          id: 'acme',
          tenant: 'Acme Corp',
          gateway: gateway.origin,
          verdict: 'valid',
          certainty: 'valid',
          httpStatus: 200,
          code: null,
          message: null,
          requestId: expect.any(String),
          expiresInSeconds: 1799,
          durationMs: expect.any(Number),
        },
        {
          id: 'globex',
          tenant: 'globex',
          gateway: gateway.origin,
          verdict: 'rejected',
          certainty: 'invalid',
          httpStatus: 401,
          code: 'InvalidClientIdentifier',
          message: 'Client credentials are invalid',
          requestId: expect.any(String),
          expiresInSeconds: null,
          durationMs: expect.any(Number),
        },
        {
          id: 'initech',
          tenant: 'initech',
          gateway: gateway.origin,
          verdict: 'secret_unavailable',
          certainty: 'unknown',
          httpStatus: null,
          code: 'env_missing',
          message: 'env NOT_SET is not set; set it where the monitor is started',
          requestId: null,
          expiresInSeconds: null,
          durationMs: null,
        },
      ],
    });
  });
});

describe('trouble on the way', () => {
  it('at a gateway that hangs does not hold up another', async () => {
    const hanging = await simulate();
    hanging.setBehaviour('*', { kind: 'stall' });
    const gateway = await simulate();
    const config = await configOf(
      [
        entry('acme', hanging.origin, { timeout: '700ms' }),
        entry('globex', gateway.origin),
        entry('initech', gateway.origin),
      ],
      { checks: { concurrency: 1 } },
    );
    const running = runCheck(config);
    await hanging.waitForExchanges('acme', 1);
    await gateway.waitForExchanges('*', 2);
    const { code, out } = await running;
    expect(code).toBe(3);
    expect(out).toContain(': 2 valid, 0 invalid, 1 unknown\n');
    expect(unwrapped(out)).toContain(
      `timeout: acme Reason: ${hanging.origin} gave no complete answer within 0.7 s.`,
    );
  });

  it('says which port nobody listens on, and that the keys may be fine', async () => {
    const origin = await freeOrigin();
    const { code, out } = await runCheck(await configOf([entry('acme', origin)]));
    expect(code).toBe(3);
    expect(unwrapped(out)).toContain(
      `${origin} could not be reached: the connection was refused (ECONNREFUSED).`,
    );
    expect(unwrapped(out)).toContain('The keys themselves may be fine.');
  });

  it('tells connections with the same trouble together, and those with another apart, worst first', async () => {
    const gateway = await simulate();
    gateway.setBehaviour('acme', { kind: 'html' });
    gateway.setBehaviour('initech', { kind: 'html' });
    gateway.setBehaviour('globex', { kind: 'revoked' });
    const config = await configOf(['acme', 'globex', 'initech'].map((id) => entry(id, gateway.origin)));
    const { out } = await runCheck(config);
    const ids = out.split('\n').slice(1, 4);
    expect(ids.map((line) => line.split(' ')[0])).toEqual(['globex', 'acme', 'initech']);
    expect(out.match(/Next step:/g)).toHaveLength(2);
    expect(unwrapped(out)).toMatch(/wrong_endpoint: acme\b.*, initech\b/);
    expect(out).toContain('https://uk-api.services.mimecast.com');
  });
});

describe('secrets', () => {
  it('are never printed, whatever the answers are, even when a gateway repeats them', async () => {
    const gateway = await simulate();
    gateway.setBehaviour('acme', { kind: 'unknown_401', code: ENV.ACME });
    gateway.setBehaviour('globex', { kind: 'revoked' });
    const connections = ['acme', 'globex', 'initech'].map((id) => entry(id, gateway.origin));
    const config = await configOf(connections);
    for (const json of [true, false]) {
      const { out, err } = await runCheck(config, { json, terminal: true });
      for (const secret of Object.values(ENV)) expect(out + err).not.toContain(secret);
    }
  });

  it('that cannot be read are told in the words of their source', async () => {
    const gateway = await simulate();
    const config = await configOf([
      entry('acme', gateway.origin, { clientSecret: { file: 'missing' } }),
      entry('globex', gateway.origin),
    ]);
    const { code, out } = await runCheck(config);
    expect(code).toBe(3);
    expect(unwrapped(out)).toContain(
      `could not be read: file ${config.folder}/missing does not exist; create it or correct the path.`,
    );
    expect(gateway.exchanges('acme')).toBe(0);
  });

  it('that end with a space are hinted at when they are rejected', async () => {
    const gateway = await simulate();
    const config = await configOf([entry('acme', gateway.origin)]);
    const { code, out } = await runCheck(config, { env: { ACME: `${ENV.ACME} ` } });
    expect(code).toBe(1);
    expect(unwrapped(out)).toContain('env ACME: begins or ends with a space');
  });
});

describe('an interruption', () => {
  it('ends the run at once with what is known and names what is not', async () => {
    const hanging = await simulate();
    hanging.setBehaviour('*', { kind: 'stall' });
    const gateway = await simulate();
    const config = await configOf([
      entry('acme', hanging.origin, { timeout: '4m' }),
      entry('globex', gateway.origin),
    ]);
    const { code, out, err } = await runCheck(config, {
      terminal: true,
      onStderr: (text, interrupt) => {
        if (text.includes('checked 1 of 2: 1 valid')) interrupt();
      },
    });
    expect(code).toBe(130);
    expect(out).toContain('globex');
    expect(out).not.toContain('acme');
    expect(out).toContain('1 connection checked');
    expect(err).toMatch(/interrupted: 1 of 2 were not finished: acme\n$/);
  });

  it('does not count what was refused only once', async () => {
    const gateway = await simulate();
    gateway.setBehaviour('acme', { kind: 'revoked' });
    const config = await configOf([entry('acme', gateway.origin)]);
    const { code, out, err } = await runCheck(config, {
      json: true,
      terminal: true,
      onWait: (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
      onStderr: (text, interrupt) => {
        if (text.includes('1 refused, to be asked once more')) interrupt();
      },
    });
    expect(code).toBe(130);
    expect(JSON.parse(out)).toMatchObject({ summary: { valid: 0, invalid: 0, unknown: 0 }, connections: [] });
    expect(err).toMatch(/\nrefused once and not asked again: acme \(401 InvalidClientIdentifier\)\n$/);
    expect(gateway.exchanges('acme')).toBe(1);
  });
});

describe('a terminal', () => {
  it('shows one line of progress, which is gone before the table, and colours', async () => {
    const gateway = await simulate();
    const config = await configOf([entry('acme', gateway.origin)]);
    const { out, err } = await runCheck(config, { terminal: true });
    const erase = '\r\u001b[K';
    expect(err.startsWith(`${erase}checked 0 of 1: 0 valid, 0 invalid, 0 unknown`)).toBe(true);
    expect(err.endsWith(erase)).toBe(true);
    expect(err).not.toContain('\n');
    expect(out).toContain('\u001b[32mvalid\u001b[0m');
  });

  it('shows no colour when NO_COLOR is set', async () => {
    const gateway = await simulate();
    const config = await configOf([entry('acme', gateway.origin)]);
    const { out } = await runCheck(config, { terminal: true, env: { ...ENV, NO_COLOR: '1' } });
    expect(out).not.toContain('\u001b');
  });
});

/** The origin of a port that was free a moment ago. */
function freeOrigin(): Promise<string> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        resolve(`http://127.0.0.1:${address === null || typeof address === 'string' ? 0 : address.port}`),
      );
    });
  });
}
