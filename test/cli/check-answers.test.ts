import { describe, expect, it } from '@jest/globals';
import { simulate } from '../simulator/ask.ts';
import { configOf, ENV, entry, runCheck, unwrapped } from './check-command.ts';

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
    expect(text).toContain('(client id: literal in the config file; secret: env ACME)');
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

  it('that gives no HTTP answer says that the keys may be fine', async () => {
    const gateway = await simulate();
    gateway.setBehaviour('acme', { kind: 'reset' });
    const { code, out } = await runCheck(await configOf([entry('acme', gateway.origin)]));
    expect(code).toBe(3);
    expect(out).toMatch(/\nacme .* network_error +- /);
    expect(unwrapped(out)).toContain(`network_error: acme Reason: ${gateway.origin} could not be reached`);
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
