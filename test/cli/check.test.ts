import { describe, expect, it } from '@jest/globals';
import { simulate } from '../simulator/ask.ts';
import { configOf, ENV, entry, runCheck } from './check-command.ts';

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
      `mimecast-monitor: ${config.path} has no connection acne; did you mean acme?\nmimecast-monitor: ${config.path} has no connection umbrella\n`,
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
      'mimecast-monitor: skipped, because enabled is false: acme\nmimecast-monitor: nothing to check: all of these are disabled\n',
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
    expect(err).toBe('mimecast-monitor: skipped, because enabled is false: globex\n');
    expect(out).toContain('1 connection checked');
    expect(out).toContain('; 1 disabled and skipped\n');
    expect(gateway.exchanges('globex')).toBe(0);
  });

  it('says what the config warns of, such as an include that matches nothing', async () => {
    const gateway = await simulate();
    const config = await configOf([entry('acme', gateway.origin)], { include: ['tenants.d/*.yaml'] });
    const { code, out, err } = await runCheck(config, { json: true });
    expect(code).toBe(0);
    expect(err).toMatch(/^mimecast-monitor: warning: .*matches no file/);
    expect(JSON.parse(out).summary.valid).toBe(1);
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
    expect(err).toMatch(
      /\nmimecast-monitor: refused once and not asked again: acme \(401 InvalidClientIdentifier\)\n$/,
    );
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
